package liveview

import (
	"crypto/rand"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/origin"
	"github.com/gin-liveview/liveview/internal/sign"
)

// DefaultMaxUploadBytes is what [Config].MaxUploadBytes means by zero: 1 GiB.
const DefaultMaxUploadBytes = 1 << 30

const defaultDrainTime = 25 * time.Second

// Config configures [Middleware]. The zero value is ready for production on
// one machine; set Secret to keep open pages joined across restarts.
type Config struct {
	// Secret signs what travels through the browser, at least 32 bytes. The
	// processes of one application share it. Empty means a random one for this
	// process: pages that are open while it restarts are loaded anew.
	Secret string

	// OldSecrets are still accepted, not used to sign. To rotate, move Secret
	// here, set a new one, and drop the old after 14 days.
	OldSecrets []string

	// Origins lists further origins whose pages may open a socket, such as
	// "https://www.example.com". Empty means only pages of the same host.
	Origins []string

	// Path is where the socket and the client's scripts are served, as the
	// router sees it: no page may live below it. Empty means "/live".
	Path string

	// BasePath is what a proxy, or http.StripPrefix, takes off the path of each
	// request before the router sees it, such as "/shop": pages then are below
	// it for browsers, and not for the router. Routes, Path and c.Request are
	// the router's; all else is as browsers know it, BasePath included: links,
	// what PushPatch and its like are given, [Socket.URL]. Empty means that the
	// router sees what browsers ask for.
	BasePath string

	// Client holds the official client's npm packages in the layout of
	// node_modules, for example os.DirFS("node_modules") or an embed.FS. Nil
	// means that pages load them from a public CDN, by exact version and with
	// integrity hashes.
	Client fs.FS

	// Layout writes the HTML around a view. Nil means a plain document with
	// title, CSRF token and the client's scripts. See [Page] and
	// [TemplateLayout].
	Layout Layout

	// Title completes every page's title. The zero value adds nothing.
	Title Title

	// Recheck is how long the answer of a route's middleware holds for an open
	// page: the first event after that runs the middleware again, with the
	// cookies of the socket, and isn't handled if it doesn't let the visitor
	// pass. 0 means one minute, a negative value never. See also [Disconnect],
	// which is immediate.
	Recheck time.Duration

	// DrainDelay is how long [Shutdown] goes on before it closes the first
	// socket: the time that a load balancer which asks [Ready] needs to notice.
	// 0 is right for a proxy that takes a refused connection or a 503 to another
	// process by itself.
	DrainDelay time.Duration

	// DrainTime is how long [Shutdown] may take in all, DrainDelay included. 0
	// means 25 seconds, which is less than the 30 seconds that Kubernetes and
	// others give a process to end.
	DrainTime time.Duration

	// PubSub carries what views subscribe to. Nil means [DefaultPubSub], which
	// serves one process; for several see packages pubsub/redis and pubsub/nats.
	PubSub PubSub

	// UploadDir is where uploads are kept until they are consumed, on a disk
	// with room for them. Each process makes a directory of its own in it, and
	// removes those of killed ones of the same host; those of other hosts, on a
	// disk that they share, after 14 days without a change. Empty means
	// os.TempDir().
	UploadDir string

	// MaxUploadBytes bounds the bytes of all uploads of this process that are
	// under way or not consumed yet; further ones are refused with
	// [UploadBusy]. Zero means [DefaultMaxUploadBytes], a negative number no
	// limit.
	MaxUploadBytes int64

	// Handler serves the HTTP requests that a join is turned into, at the paths
	// that the router sees. Nil means the handler of the http.Server that accepted
	// the socket, which is right wherever a Gin engine, possibly wrapped, is that
	// handler.
	Handler http.Handler

	// Logger gets what the operator should know. Nil means slog.Default().
	Logger *slog.Logger
}

// withDefaults returns a complete copy of c, and panics on a setting that
// can't work.
func (c Config) withDefaults() Config {
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Path == "" {
		c.Path = "/live"
	}
	if !isPath(c.Path) {
		panic(fmt.Sprintf(`liveview: Config.Path is %q; it must start with a slash and not end in one, like "/live"`, c.Path))
	}
	if c.BasePath != "" && !isPath(c.BasePath) {
		panic(fmt.Sprintf(`liveview: Config.BasePath is %q; it must start with a slash and not end in one, like "/shop"`, c.BasePath))
	}
	for i, secret := range append([]string{c.Secret}, c.OldSecrets...) {
		if len(secret) >= sign.MinSecret || i == 0 && secret == "" {
			continue
		}
		if gin.Mode() == gin.ReleaseMode {
			panic(fmt.Sprintf("liveview: a secret in Config has %d bytes; it must have at least %d, "+
				"for example from: openssl rand -base64 48", len(secret), sign.MinSecret))
		}
		c.Logger.Warn("liveview: a secret in Config is too short; release mode will refuse it",
			"bytes", len(secret), "want", sign.MinSecret)
	}
	if c.Secret == "" {
		c.Secret = rand.Text() + rand.Text()
		if gin.Mode() == gin.ReleaseMode {
			c.Logger.Warn("liveview: Config.Secret is not set; pages open during a restart will be loaded anew, " +
				"and several processes can't serve one application")
		}
	}
	for _, o := range c.Origins {
		if _, err := origin.Parse(o); err != nil {
			panic(fmt.Sprintf("liveview: Config.Origins holds %q: %v", o, err))
		}
	}
	if c.UploadDir == "" {
		c.UploadDir = os.TempDir()
	}
	if c.MaxUploadBytes == 0 {
		c.MaxUploadBytes = DefaultMaxUploadBytes
	}
	if c.Layout == nil {
		c.Layout = defaultLayout
	}
	if c.Recheck == 0 {
		c.Recheck = time.Minute
	}
	if c.DrainTime == 0 {
		c.DrainTime = defaultDrainTime
	}
	if c.DrainDelay < 0 || c.DrainTime <= c.DrainDelay {
		panic(fmt.Sprintf("liveview: Config.DrainDelay is %v and Config.DrainTime %v; the delay is the first part of that time, so it must be shorter",
			c.DrainDelay, c.DrainTime))
	}
	if c.PubSub == nil {
		c.PubSub = DefaultPubSub
	}
	return c
}

// isPath reports whether s is a path that reads the same wherever it is written:
// elements of letters, digits and -._~ (RFC 3986, section 2.3).
func isPath(s string) bool {
	u, err := url.Parse(s)
	return err == nil && len(s) > 1 && s[0] == '/' && u.EscapedPath() == s && u.Path == s && path.Clean(s) == s
}
