package liveview

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/bufpool"
	"github.com/gin-liveview/liveview/internal/target"
)

// Sticky is a view that stays on the page when live navigation puts another view in the
// place of the page's own: a player, a chat, a list of what is under way. Its element,
// with what was typed into it, its state and its channel are those that they were. It has
// no parent: a page's view that crashes or goes isn't its affair, nor the other way round.
// It moves the page by [Socket.PushRedirect], and stays. PushPatch is an error in it.
//
// It is a [Component], and is shown in one of two ways: in the layout, by
// {{.Component .Data.Player}}, or in templ with the context of [Page.Meta]; then it is
// there on all pages of that layout, and left out where it may not be. Or in the pages' own
// templates, by {{component .Player}}; then it stays for as long as the page that comes
// shows it too.
// From one [LiveSession] to another there is a page load, and it starts anew.
//
// [NewSticky] makes one that is guarded by what guards the pages, [StickyAt] one that has a
// route of its own. As a page does, and other than a nested view, it may have to join on another process than the one that
// rendered it: so it is made once, and knows of its visitor what the request says.
type Sticky struct {
	id   string
	name string    // of its view, or where it is
	path string    // of its own route; "" for none
	view mountable // without one
	err  error     // why it can't be shown

	missed atomic.Bool // the log says that a layout shows it where it may not be
}

// NewSticky returns a sticky view that is guarded by the middleware of the page that it
// came to the browser with, whose URL its joins go to. [Sticky.Middleware] says on which
// pages it may be. For id and view see [Nest].
//
//	var player = liveview.NewSticky("player", playerView{})
//
//	members := r.Group("/", requireUser, player.Middleware())
//
// Live navigation to another page doesn't change which page guards it; where that one
// may be gone while the view is to stay, give it a route of its own by [StickyAt].
func NewSticky[C any](id string, view View[C]) *Sticky {
	if view == nil {
		misuse("NewSticky wants a view for %q, not nil", id)
	}
	n := newNested("NewSticky", id, view, callbacksOf(view), "or give it a route, and show it by StickyAt")
	return &Sticky{id: id, name: n.view.own().name, view: n.view, err: n.err}
}

// StickyAt returns a sticky view that has a route of its own, given to [Handle], whose
// middleware guards it:
//
//	liveview.Handle(members, "/player/:list", playerView{})
//
//	liveview.StickyAt("player", "/player/7")
//
// path is a path of this host, and may have a query. It is signed into the page, and so
// may be made for each visitor anew. A visitor whom the route doesn't let pass sees
// nothing in its place. For id see [Nest].
func StickyAt(id, path string) *Sticky {
	s := &Sticky{id: id, name: path, path: path}
	to, err := target.Local(path)
	switch {
	case err != nil:
		s.err = fmt.Errorf("liveview: StickyAt(%q, %q): %w", id, path, err)
	case len(path) > maxStickyURL:
		s.err = fmt.Errorf("liveview: StickyAt(%q, …): the path is longer than %d bytes", id, maxStickyURL)
	case !isElementID(id):
		s.err = fmt.Errorf("liveview: StickyAt(%q, %q): the id must be 1 to %d letters, digits, _ and -, a letter first, and not begin with phx-", id, path, maxElementID)
	default:
		s.path = to.RequestURI()
	}
	return s
}

// maxStickyURL is the longest path and query that is signed for a sticky view, in bytes.
const maxStickyURL = 2048

// Middleware has the pages behind it be such as may show the view: it is for one of
// [NewSticky].
func (s *Sticky) Middleware() gin.HandlerFunc {
	if s == nil || s.path != "" {
		misuse("Middleware is for a Sticky of NewSticky; that of StickyAt is guarded by its route")
	}
	return func(c *gin.Context) {
		if s.err == nil {
			mayShow(c, s.id, s.view)
		}
	}
}

// stickyHost is a page that sticky views can stand in.
type stickyHost interface {
	appendSticky(dst []byte, s *Sticky) ([]byte, error)
}

// Render implements [Component]: with the page it writes the view, in a live page's
// template the element that the view stands in.
func (s *Sticky) Render(ctx context.Context, w io.Writer) error {
	if s == nil {
		return nil
	}
	if s.err != nil {
		return s.err
	}
	m := MetaFrom(ctx)
	if m == nil {
		return fmt.Errorf("liveview: the sticky view %s, %q, can be shown within a live page or its layout only: by {{component …}} in a template of Parse, "+
			"{{.Component …}} in a layout, or in templ with the context of Page.Meta", s.name, s.id)
	}
	page, ok := m.page.(stickyHost)
	if !ok {
		return nil // a page without a view, or a layout that nobody is going to see
	}
	buf := bufpool.Frames.Get()
	defer bufpool.Frames.Put(buf)
	var err error
	if buf.B, err = page.appendSticky(buf.B, s); err != nil {
		return err
	}
	_, err = w.Write(buf.B)
	return err
}

// inPage marks a sticky view in a page's own template: the client takes it over into the
// next page. One in the layout must not bear it, as it would be taken there as well.
const inPage = ` data-phx-sticky`

// appendSticky appends the element that s stands in, in a live page's template. The
// client joins it where it isn't there yet, and otherwise leaves it alone.
func (p *page) appendSticky(dst []byte, s *Sticky) ([]byte, error) {
	if p.mailbox == nil {
		return dst, nil
	}
	if p.nest == nil {
		p.nest = &nesting{}
	}
	token, known := p.nest.tokens[s.id]
	if !known {
		token = p.stickyToken(s).sign(p.app.signer)
		if p.nest.tokens == nil {
			p.nest.tokens = make(map[string]string)
		}
		p.nest.tokens[s.id] = token
	}
	e := plainElement
	if s.view != nil {
		e = &s.view.own().element
	}
	return e.appendEnd(e.appendGuest(dst, s.id, token, "", inPage)), nil
}

// plainElement is that of a view whose own isn't known.
var plainElement = &element{tag: "div"}

// stickyToken says of s what its join goes by.
func (p *page) stickyToken(s *Sticky) stickyToken {
	t := stickyToken{id: s.id, browser: p.browser, user: p.user, group: p.group, own: s.path != "", url: s.path}
	if !t.own {
		if p.nobody { // whom the page's route, which is asked then, doesn't name
			t.user = ""
		}
		t.url = string(p.url)
		if len(t.url) > maxStickyURL {
			t.url = p.url.parse().EscapedPath()
		}
		t.url = t.url[:min(len(t.url), maxStickyURL)]
	}
	return t
}

// appendSticky mounts s and appends what it shows, in its element; nothing for a visitor
// who may not see it.
func (h *httpPage) appendSticky(dst []byte, s *Sticky) ([]byte, error) {
	if s.path == "" && stickyCalled(h.c, s.id) != s.view {
		return dst, h.missing(s)
	}
	before := h.shown.mark()
	first := h.shown.add(s.id)
	content := bufpool.Frames.Get()
	defer bufpool.Frames.Put(content)
	var view liveView
	switch {
	case s.path != "":
		view = h.askRoute(s, content).view
		if h.moved {
			return dst, errMoved
		}
		if view == nil {
			h.shown.unshow(before)
			return dst, nil
		}
	case first:
		view = s.view.mountable(h.c, h.app, s.id, h.browser, nil)
		view.page().nest = &nesting{host: h.hostRoute(), sticky: true}
		var err error
		if view, err = h.renderGuest(view, content); err != nil {
			return dst, err
		}
	}
	if !first {
		return dst, fmt.Errorf("liveview: two views with the id %q stand in the page of %s; each needs an id of its own", s.id, h.route.name)
	}
	return h.appendShown(dst, s, view, content.B), nil
}

// missing says that s isn't shown, as the page isn't among its own: a fault of the page's,
// but not of a layout, which may be that of other pages too.
func (h *httpPage) missing(s *Sticky) error {
	if !h.inLayout {
		return fmt.Errorf("liveview: the sticky view %s is shown as %q at %s, which isn't among its pages: "+
			"add its Middleware() to what stands before the route, or give it a route of its own by StickyAt", s.name, s.id, h.pattern)
	}
	if s.missed.CompareAndSwap(false, true) {
		h.app.config.Logger.Warn("liveview: the layout shows a sticky view on a page that isn't among its own, where it is left out, as on all such pages; "+
			"where it is to be there too, add its Middleware() to what stands before the route", "view", s.name, "id", s.id, "route", h.pattern)
	}
	return nil
}

func (p httpPart) appendSticky(dst []byte, s *Sticky) ([]byte, error) {
	return p.host.appendSticky(dst, s)
}

// appendShown appends the element of a view that was rendered.
func (h *httpPage) appendShown(dst []byte, s *Sticky, view liveView, content []byte) []byte {
	page := view.page()
	mark := inPage
	if h.inLayout {
		mark = ""
	}
	e := &page.route.element
	static := h.app.signStatic(staticOf("", s.id), page.flash.shown(), 0)
	dst = e.appendGuest(dst, s.id, h.stickyToken(s).sign(h.app.signer), static, mark)
	return e.appendEnd(append(dst, content...))
}

// askRoute sends a request for the route of s through the router, and returns the
// question when nobody is behind its door any more.
func (h *httpPage) askRoute(s *Sticky, content *bufpool.Buffer) *routeQuestion {
	q := &routeQuestion{id: s.id, host: h, content: content}
	defer q.door.close()
	asked := newUpgradeRequest(h.c.Request, h.browser, "")
	handler, own := h.app.handlerFor(h.c.Request.Context())
	to, below := asked.handlerURL(pageURL(s.path).parse(), h.app.config.BasePath, own)
	if handler == nil || !below {
		h.app.config.Logger.Error("liveview: a sticky view isn't shown with its page, as its route can't be asked", "id", s.id,
			"err", errors.Join(errNoHandler, errNotBelow))
		return q
	}
	w := &response{header: make(http.Header)}
	r := asked.get(context.WithValue(h.c.Request.Context(), questionKey{}, q), to)
	err := guard("middleware", func() error { handler.ServeHTTP(w, r); return nil })
	q.door.close()
	switch sent := w.sent(); {
	case err == nil && q.moved && h.post != nil: // by what it made of the form
		for _, cookie := range sent.cookies {
			h.c.Writer.Header().Add("Set-Cookie", cookie)
		}
		redirectSeeOther(h.c, sent.location)
		h.moved = true
	case err != nil:
		h.app.config.Logger.Error("liveview: a sticky view isn't shown", append(errAttrs(err), "id", s.id, "path", q.shownPath(to.Path))...)
	case q.view == nil:
		h.app.config.Logger.Debug("liveview: a sticky view isn't shown, as its route doesn't let the visitor pass", "id", s.id, "status", sent.status)
	default:
		h.app.warnOfLostCookies(sent.cookies, q.shownPath(to.Path))
	}
	return q
}

var errNotBelow = errors.New("or the path isn't below Config.BasePath")
