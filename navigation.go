package liveview

// Navigation says how a view came to the URL that it is at; see [Socket.Navigation].
type Navigation uint8

// The ways there are.
const (
	NavigationHTTP      Navigation = iota // the HTTP render
	NavigationJoin                        // the first join of the page that was rendered
	NavigationRejoin                      // a join after a lost connection, a crash or a restart
	NavigationLive                        // live navigation: a navigate link, PushRedirect, or back and forward between views
	NavigationPatch                       // a patch link, or back and forward within the view
	NavigationPushPatch                   // Socket.PushPatch
)

var navigationNames = [...]string{"HTTP", "join", "rejoin", "live navigation", "patch", "PushPatch"}

// String returns a word for it, for logs.
func (n Navigation) String() string {
	if int(n) < len(navigationNames) {
		return navigationNames[n]
	}
	return "unknown"
}
