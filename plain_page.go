package liveview

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/engine"
	"github.com/gin-liveview/liveview/internal/sign"
	"github.com/gin-liveview/liveview/internal/target"
)

// RenderInLayout has a plain Gin handler answer with content in the layout that a live
// page at its route would have, and with title as its title: an imprint, an error page
// that NoRoute shows.
//
//	r.NoRoute(func(c *gin.Context) {
//		c.Status(http.StatusNotFound)
//		if err := liveview.RenderInLayout(c, "Not found", notFound); err != nil {
//			_ = c.AbortWithError(http.StatusInternalServerError, err)
//		}
//	})
//
// The status is the one that c has. In the layout [Meta] is that of a page without a view;
// its Flash and Flashes show what was left for the page, as [Flash] does. The inner
// layouts of the route are around content, with nil in place of a view's state; see
// [UseInnerLayout]. It returns the
// layout's error, upon which nothing has been written by [LayoutOf] and [TemplateLayout],
// and an error where no [Middleware] ran before the route.
func RenderInLayout(c *gin.Context, title string, content template.HTML) error {
	a := appOf(c)
	if a == nil {
		return errors.New("liveview: RenderInLayout has no liveview.Middleware before it: add r.Use(liveview.Middleware()) before the route")
	}
	meta := &Meta{page: &plainPage{c: c, app: a, browser: ensureBrowser(c, a), title: title}}
	body := []byte(content)
	if layouts := hooksOf(c); layouts != nil {
		err := guard("inner layout", func() (err error) {
			body, err = layouts.around(RenderComponent(plainContent(content)), meta, nil).appendHTML(nil, meta, engine.Live{})
			return err
		})
		if err != nil {
			return fmt.Errorf("liveview: the page at %s: %w", c.FullPath(), err)
		}
	}
	c.Header("Cache-Control", "no-store") // as the page holds tokens of this visitor's
	page := Page{content: body, title: title, titles: a.config.Title, scripts: a.client.Tags, meta: meta}
	if err := guard("layout", func() error { return layoutOf(c, a)(c, page) }); err != nil {
		return fmt.Errorf("liveview: the page at %s: %w", c.FullPath(), err)
	}
	return nil
}

// plainContent is HTML as a Component.
type plainContent template.HTML

func (p plainContent) Render(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, string(p))
	return err
}

// plainPage is what a page without a view tells of itself.
type plainPage struct {
	c       *gin.Context
	app     *app
	browser string
	title   string
	asked   bool // for the flash
	flash   []FlashMessage
}

func (p *plainPage) connected() bool          { return false }
func (p *plainPage) fullPath() string         { return p.c.FullPath() }
func (p *plainPage) shownTitle() string       { return p.title }
func (p *plainPage) viewID() string           { return "" }
func (p *plainPage) csrfToken() string        { return signCSRF(p.app.signer, p.browser) }
func (p *plainPage) context() context.Context { return p.c.Request.Context() }

func (p *plainPage) currentURL() string {
	return target.Path(string(pageURLOf(p.app.config.BasePath, p.c.Request)))
}

func (p *plainPage) value(key any) any {
	value, _ := p.c.Get(key)
	return value
}

// shownFlash forgets the flash that is left for the page only where it is shown.
func (p *plainPage) shownFlash() []FlashMessage {
	if !p.asked {
		p.asked, p.flash = true, Flash(p.c)
	}
	return p.flash
}

func (p *plainPage) shownUpload(name string) (*Upload, error) {
	return nil, fmt.Errorf("%w: a page without a view has no %q", ErrNoUpload, name)
}

func (p *plainPage) live() (engine.Host, int) { return nil, 0 }
func (p *plainPage) signer() *sign.Signer     { return p.app.signer }
func (p *plainPage) signedFor() signedFor     { return signedFor{browser: p.browser} }
