package liveview

import (
	"errors"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/bufpool"
)

// httpPage is a page that is being rendered over HTTP, and what its guests need for
// that.
type httpPage struct {
	*page
	*rendering
	c        *gin.Context
	inLayout bool // the view is done, and the layout is being written
}

// rendering is what the views of one page have in common while it is rendered over HTTP.
type rendering struct {
	shown *guestIDs
	depth int         // how deep the one that is being rendered is nested
	moved bool        // a guest sends the visitor elsewhere
	post  formHandler // that the page answers; nil for none
	plain *plainHTML

	rehearses bool                  // nobody is going to see it
	kept      map[string]*keptGuest // guests that are mounted, by their ids, where the page is rendered more than once
}

// formHandler handles a form that was posted to a page.
type formHandler interface {
	// handle has the form's events handled, if they are for the view, which is mounted, and
	// what its callbacks send each other. live are its live components, and id is that of a
	// view in another one's page, "" for the page's own.
	handle(h *httpPage, view liveView, id string, live *components) error

	// settle handles what callbacks of the view have sent since.
	settle(h *httpPage, view liveView, live *components) error
	// takeLoad has the view, or the live component whose it is, take what came of a load,
	// and handles what that leads to.
	takeLoad(h *httpPage, view liveView, live *components, l *load) error
}

// taker returns what takes the loads that the render of a view waits for.
func (h *httpPage) taker(view liveView, live *components) func(l *load) error {
	if h.post == nil {
		return view.takeLoad
	}
	return func(l *load) error { return h.post.takeLoad(h, view, live, l) }
}

// keptGuest is a guest that was mounted for a rendering before this one.
type keptGuest struct {
	view liveView
	host *httpPage
	live *components
}

// errMoved ends a rendering that nobody is to see, as a view in the page answers the
// request in another way.
var errMoved = errors.New("a view in the page sends the visitor elsewhere")

// left reports whether a guest has answered the request.
func (r *rendering) left() bool { return r.moved }

// guestIDs are the ids of the guests that a page shows, those in its guests too.
type guestIDs struct {
	all     map[string]bool
	inOrder []string
}

// add notes that the page has a guest's id, and reports whether it hadn't.
func (g *guestIDs) add(id string) bool {
	if g.all[id] {
		return false
	}
	if g.all == nil {
		g.all = make(map[string]bool)
	}
	g.all[id] = true
	g.inOrder = append(g.inOrder, id)
	return true
}

// mark returns what unshow goes back to.
func (g *guestIDs) mark() int { return len(g.inOrder) }

// unshow says that nobody is to see what was shown since mark.
func (g *guestIDs) unshow(mark int) {
	for _, id := range g.inOrder[mark:] {
		delete(g.all, id)
	}
	g.inOrder = g.inOrder[:mark]
}

// components returns the live components of the page, which may show guests as the page
// itself does; failed is told of those that fail.
func (h *httpPage) components(failed func(c liveComponent, err error)) *components {
	return &components{page: h.page, shows: &httpComponents{host: h, failed: failed}}
}

// httpComponents is a page that is being rendered over HTTP, for its components.
type httpComponents struct {
	host   *httpPage
	failed func(c liveComponent, err error)
	before int // what was shown before the component that is being rendered
}

func (h *httpComponents) tellFailure(c liveComponent, err error) {
	if !h.host.moved { // or it is a guest in it that sends the visitor elsewhere
		h.failed(c, err)
	}
}

func (h *httpComponents) infoOf(part partInfo) pageInfo {
	h.before = h.host.shown.mark()
	return httpPart{part, h.host}
}

func (h *httpComponents) unshow() { h.host.shown.unshow(h.before) }

// httpPart is a live component of a page that is being rendered over HTTP.
type httpPart struct {
	partInfo
	host *httpPage
}

// renderGuest mounts view and renders it into content, and returns it. What goes wrong in
// the view is no error of the page's: its element stays empty, and its join tries again.
//
// For a form that was posted the page may be rendered more than once. A guest is mounted
// by the first, and is then the one that is returned.
func (h *httpPage) renderGuest(view liveView, content *bufpool.Buffer) (liveView, error) {
	id := view.page().id
	guest := h.kept[id]
	isKept := guest != nil
	if !isKept {
		guest = h.newGuest(view)
	}
	if isKept { // what it showed then, it shows anew
		guest.live.begin()
	}
	view, page := guest.view, guest.view.page()
	guest.host.c = h.c
	before := h.shown.mark()
	h.depth++
	defer func() { h.depth-- }()
	defer func() { page.rootOwns.loads.stop() }()
	var steps []func() error
	if !isKept {
		steps = append(steps, func() error { return view.mount(h.c) }, func() error { return view.handleParams(h.c) })
	}
	if h.post != nil {
		steps = append(steps, func() error { return h.tellGuest(guest, id) })
	}
	steps = append(steps, func() error { return view.awaitLoads(guest.host.taker(view, guest.live)) },
		func() (err error) { content.B, err = appendView(content.B, view, guest.live); return err })
	if !h.rehearses {
		steps = append(steps,
			func() error { h.plain.rewrite(page, id, guest.live, content, 0); return nil },
			func() error { return view.release(nil, nil, guest.live.around(0)) },
			view.afterRender)
	}
	err := h.steps(page, steps...)
	if h.moved {
		return view, errMoved
	}
	if err != nil {
		content.B = content.B[:0]
		h.shown.unshow(before)
		h.tell("liveview: a view within a page is not shown; the page is shown without", page, errAttrs(err))
		recordError(h.c, err)
	}
	return view, nil
}

// newGuest prepares the rendering of a guest.
func (h *httpPage) newGuest(view liveView) *keptGuest {
	page := view.page()
	guest := &keptGuest{view: view, host: &httpPage{page: page, rendering: h.rendering, c: h.c}}
	page.meta.page = guest.host
	guest.live = guest.host.components(func(lc liveComponent, err error) {
		h.tell("liveview: live component ended by an error", page, append(errAttrs(err), "component", lc.kindOf().label()))
	})
	page.host = guest.live
	if h.post != nil {
		page.posting = newPosting(page.app)
		if h.kept == nil {
			h.kept = map[string]*keptGuest{}
		}
		h.kept[page.id] = guest
	}
	return guest
}

// tellGuest has a guest handle the form, if that is for it, and what it was sent.
func (h *httpPage) tellGuest(guest *keptGuest, id string) error {
	if err := h.post.handle(guest.host, guest.view, id, guest.live); err != nil {
		return err
	}
	for _, info := range h.posting.takeChild(id) {
		if err := guest.view.handleInfo(info); err != nil {
			return err
		}
	}
	return h.post.settle(guest.host, guest.view, guest.live)
}

// appendView appends what a view shows, over HTTP.
func appendView(dst []byte, view liveView, live *components) ([]byte, error) {
	r, err := view.render()
	if err == nil {
		err = guard("Render", func() (err error) { dst, err = r.appendHTML(dst, &view.page().meta, live.around(0)); return err })
	}
	if err == nil {
		dst, err = live.expand(dst)
	}
	return dst, err
}

// steps takes steps with a guest until one of them fails, or answers the request in
// another way.
func (h *httpPage) steps(guest *page, steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil || h.moved {
			return err
		}
		if answered(h.c) {
			h.moved = true
			return nil
		}
		var err error
		if h.moved, err = redirectHTTP(h.c, guest); err != nil || h.moved {
			return err
		}
	}
	return nil
}

// tell tells the operator of something that went wrong in a guest.
func (h *httpPage) tell(message string, guest *page, attrs []any) {
	attrs = append(attrs, "view", guest.route.name, "id", guest.id, "route", h.pattern, "path", shownPath("", h.pattern, h.c.Request.URL.Path)) // no query: it may hold secrets
	h.app.config.Logger.Error(message, append(attrs, visitorAttrs(guest.user, guest.requestID())...)...)
}

// redirectHTTP carries out a move that a callback of the HTTP render asked for,
// and reports whether there was one.
func redirectHTTP(c *gin.Context, p *page) (bool, error) {
	m := p.takeMove()
	if m == nil {
		return false, nil
	}
	if p.posting != nil {
		p.app.keepFlashCookie(c, p.browser, m, p.flash.put())
		redirectSeeOther(c, m.target())
		return true, nil
	}
	// What was brought along is kept already, and maybe where there is no session.
	if put, kept := p.flash.put(), pendingFlash(c); !slices.Equal(put, kept) {
		switch err := keepFlash(c, func([]FlashMessage) []FlashMessage { return put }); {
		case err == nil:
			forgetFlashCookie(c)
		case errors.Is(err, errNoSessions) || errors.Is(err, errManySessions):
			return true, err
		default: // too long for the store, for instance: the visitor goes there without
			p.app.config.Logger.Error("liveview: a flash is lost on the way to another page", "err", err, "view", p.route.name, "route", p.pattern)
		}
	}
	c.Header("Cache-Control", "no-store")
	c.Redirect(http.StatusFound, m.target())
	c.Abort()
	return true, nil
}

// redirectSeeOther has the browser ask for another page, as the answer to a form.
func redirectSeeOther(c *gin.Context, to string) {
	c.Header("Cache-Control", "no-store")
	c.Redirect(http.StatusSeeOther, to)
	c.Abort()
}
