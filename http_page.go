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
	shown map[string]bool // ids of the guests so far
	depth int             // how deep the one that is being rendered is nested
	moved bool            // a guest sends the visitor elsewhere
}

// errMoved ends a rendering that nobody is to see, as a view in the page answers the
// request in another way.
var errMoved = errors.New("a view in the page sends the visitor elsewhere")

// left reports whether a guest has answered the request.
func (r *rendering) left() bool { return r.moved }

// first notes that the page has a guest's id, and reports whether it hadn't.
func (r *rendering) first(id string) bool {
	if r.shown[id] {
		return false
	}
	if r.shown == nil {
		r.shown = make(map[string]bool)
	}
	r.shown[id] = true
	return true
}

// renderGuest mounts view and renders it into content. What goes wrong in the view is no
// error of the page's: its element stays empty, and its join tries again.
func (h *httpPage) renderGuest(view liveView, content *bufpool.Buffer) error {
	page := view.page()
	inner := &httpPage{page: page, rendering: h.rendering, c: h.c}
	page.meta.page = inner
	h.depth++
	defer func() { h.depth-- }()
	err := view.mount(h.c)
	if err == nil && answered(h.c) {
		h.moved = true
		return errMoved
	}
	if err == nil {
		h.moved, err = redirectHTTP(h.c, page)
		if h.moved {
			return errors.Join(err, errMoved)
		}
	}
	if err == nil {
		err = view.handleParams(h.c)
	}
	var r Rendered
	if err == nil {
		r, err = view.render()
	}
	if err == nil {
		err = guard("Render", func() (err error) { content.B, err = r.appendHTML(content.B, &page.meta); return err })
	}
	if h.moved {
		return errMoved
	}
	if err == nil {
		err = view.release(nil, nil)
	}
	if err == nil {
		err = view.afterRender()
	}
	if err != nil {
		content.B = content.B[:0]
		attrs := append(errAttrs(err), "view", page.route.name, "id", page.id, "route", h.pattern, "path", h.c.Request.URL.Path)
		h.app.config.Logger.Error("liveview: a view within a page is not shown; the page is shown without", append(attrs, visitorAttrs(page.user, page.requestID())...)...)
		recordError(h.c, err)
	}
	return nil
}

// redirectHTTP carries out a move that a callback of the HTTP render asked for,
// and reports whether there was one.
func redirectHTTP(c *gin.Context, p *page) (bool, error) {
	m := p.takeMove()
	if m == nil {
		return false, nil
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
