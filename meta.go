package liveview

import "context"

// Meta is what a page may show besides its state. In a template its methods
// are functions: {{if connected}}…{{end}}.
type Meta struct {
	socket  *socketBase
	browser string
}

// metaHelpers names, for templates, the methods of Meta.
var metaHelpers = map[string]string{
	"connected":  "Connected",
	"currentURL": "CurrentURL",
	"csrfToken":  "CSRFToken",
	"viewID":     "ViewID",
	"flash":      "Flash",
	"flashes":    "Flashes",
	"upload":     "Upload",
}

// Connected reports whether the page is live.
func (m *Meta) Connected() bool { return m.socket.channel != nil }

// CurrentURL returns path and query of the page's URL.
func (m *Meta) CurrentURL() string { return string(m.socket.url) }

// ViewID returns the id of the view's element, [Socket.ID].
func (m *Meta) ViewID() string { return m.socket.id }

// Upload returns an upload that the view has allowed under a name, see
// [Socket.AllowUpload]; otherwise [ErrNoUpload].
func (m *Meta) Upload(name string) (*Upload, error) { return m.socket.uploadNamed(name) }

// CSRFToken returns a token that proves to the socket that one of our pages
// opened it. The layout puts it into <meta name="csrf-token">.
func (m *Meta) CSRFToken() string {
	return m.socket.endpoint.signer.sign(purposeCSRF, m.browser)
}

type metaKey struct{}

// Context returns what a [Component] is rendered with: on the live page it
// ends with the view, and [MetaFrom] finds m in it.
func (m *Meta) Context() context.Context {
	ctx := context.Background()
	if ch := m.socket.channel; ch != nil {
		ctx = ch.ctx
	}
	return context.WithValue(ctx, metaKey{}, m)
}

// MetaFrom returns the Meta of the view that a [Component] is rendered for;
// nil for a context that isn't a component's.
func MetaFrom(ctx context.Context) *Meta {
	m, _ := ctx.Value(metaKey{}).(*Meta)
	return m
}
