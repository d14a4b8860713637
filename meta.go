package liveview

import (
	"context"
	"fmt"
	"slices"

	"github.com/gin-liveview/liveview/internal/engine"
	"github.com/gin-liveview/liveview/internal/sign"
)

// Meta is what a page may show besides its state. In a template its methods
// are functions: {{if connected}}…{{end}}.
type Meta struct{ page pageInfo }

// pageInfo is what a page tells of itself.
type pageInfo interface {
	connected() bool
	currentURL() string
	fullPath() string
	shownTitle() string
	value(key any) any
	viewID() string
	csrfToken() string
	shownFlash() []FlashMessage
	shownUpload(name string) (*Upload, error)
	context() context.Context
	signedFor() signedFor
	signer() *sign.Signer

	// live returns the live components of the page, and the number of the one that is
	// rendered, 0 for the page itself.
	live() (engine.Host, int)
}

// metaHelpers names, for templates, the methods of Meta.
var metaHelpers = map[string]string{
	"connected":  "Connected",
	"currentURL": "CurrentURL",
	"fullPath":   "FullPath",
	"pageTitle":  "Title",
	"csrfToken":  "CSRFToken",
	"viewID":     "ViewID",
	"flash":      "Flash",
	"flashes":    "Flashes",
	"upload":     "Upload",
	"signed":     "Signed",
}

// Connected reports whether the page is live.
func (m *Meta) Connected() bool { return m.page.connected() }

// CurrentURL returns path and query of the page's URL.
func (m *Meta) CurrentURL() string { return m.page.currentURL() }

// FullPath returns Gin's pattern of the route that the page is at, such as
// "/products/:id/edit", as c.FullPath() does.
func (m *Meta) FullPath() string { return m.page.fullPath() }

// Title returns the title that [Socket.PageTitle] gave the page, without what
// [Config].Title puts around it.
func (m *Meta) Title() string { return m.page.shownTitle() }

// Value returns what the route's middleware has put into the Gin context under key; see
// [Socket.Value].
func (m *Meta) Value(key any) any { return m.page.value(key) }

// ViewID returns the id of the view's element, [Socket.ID].
func (m *Meta) ViewID() string { return m.page.viewID() }

// CSRFToken returns a token that proves to the socket that one of our pages
// opened it. The layout puts it into <meta name="csrf-token">.
func (m *Meta) CSRFToken() string { return m.page.csrfToken() }

// Flash returns the flash's message of that kind, "" for none; of several each on a
// line of its own, which HTML shows as one text unless CSS says "white-space: pre-line".
func (m *Meta) Flash(kind string) string {
	var text string
	for _, message := range m.page.shownFlash() {
		switch {
		case message.Kind != kind:
		case text == "":
			text = message.Text
		default:
			text += "\n" + message.Text
		}
	}
	return text
}

// Flashes returns all messages of the flash, in the order put.
func (m *Meta) Flashes() []FlashMessage { return slices.Clone(m.page.shownFlash()) }

// Upload returns an upload that the view has allowed under a name, see
// [Socket.AllowUpload]; nil for one that it has disallowed since, and otherwise
// [ErrNoUpload].
func (m *Meta) Upload(name string) (*Upload, error) { return m.page.shownUpload(name) }

// Myself returns the number of the live component that is being rendered, 0 for a view
// itself: for phx-target where {{myself}} isn't at hand, as in templ
// phx-target={ liveview.MetaFrom(ctx).Myself() }.
func (m *Meta) Myself() int {
	_, self := m.page.live()
	return self
}

// Signed returns value, as fmt.Sprint prints it, with a signature: for what an event
// brings back and nobody is to change, an id for instance.
//
//	<button phx-click="delete" phx-value-id="{{signed "id" .ID}}">
//	<input type="hidden" name="id" value="{{signed "id" .ID}}">
//	{{js.Push "delete" (js.Value "id" (signed "id" .ID))}}
//
// It is bound to the name that the value has in the event, to the view or the live component
// that is rendered, and to the visitor: their browser, and who Identify says they are. Where
// an event brings it for another one, or changed, the event isn't handled, and the log
// says so. The view reads the plain value by [Event.Value], and by [Event.Signed] learns
// that it was signed. The visitor can read it.
func (m *Meta) Signed(name string, value any) string {
	return m.page.signedFor().sign(m.page.signer(), name, fmt.Sprint(value))
}

type metaKey struct{}

// Context returns what a [Component] is rendered with. It has the values of the
// request's context that the route's middleware has put there, on the live page
// those of the newest join, patch or recheck; there it ends with the view,
// otherwise with the request. [MetaFrom] finds m in it.
func (m *Meta) Context() context.Context {
	return context.WithValue(m.page.context(), metaKey{}, m)
}

// MetaFrom returns the Meta of the view that a [Component] is rendered for;
// nil for a context that isn't a component's.
func MetaFrom(ctx context.Context) *Meta {
	m, _ := ctx.Value(metaKey{}).(*Meta)
	return m
}
