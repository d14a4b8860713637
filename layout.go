package liveview

import (
	"bytes"
	"fmt"
	"html/template"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/bufpool"
	"github.com/gin-liveview/liveview/internal/client"
)

// Layout writes the HTML document around a rendered view as c's response, with the
// status that c has. What Mount and the middleware have put into c, by c.Set, it finds
// there. [LayoutOf] and [TemplateLayout] make one of a template. An error it returns is
// answered with status 500 if nothing has been written yet.
type Layout func(c *gin.Context, p Page) error

// Page is what a [Layout] puts together. All of it is safe to stand in an
// html/template as it is: a layout of one's own needs
//
//	<head>
//	  {{.CSRFMeta}}
//	  {{.LiveTitle}}
//	  {{.Scripts}}
//	</head>
//	<body>{{.Content}}{{.Notice}}</body>
//
// where {{.Notice}} may be left out.
type Page struct {
	// Data is for what an application's layout needs besides; see
	// [TemplateLayout].
	Data any

	content []byte
	title   string
	titles  Title // around and in place of title
	scripts template.HTML
	meta    *Meta
	used    *pageParts
}

// pageParts are those that a layout has asked for.
type pageParts uint8

const (
	partContent pageParts = 1 << iota
	partCSRF
	partScripts
	partTitle
)

// add notes one; there is nobody to tell for a Page of a test's.
func (p *pageParts) add(part pageParts) {
	if p != nil {
		*p |= part
	}
}

// missing names what a page needs that its layout hasn't asked for, "" if it has
// all.
func (p pageParts) missing() string {
	var names []string
	for _, need := range []struct {
		part pageParts
		name string
	}{{partContent, "{{.Content}}"}, {partCSRF, "{{.CSRFMeta}}"}, {partScripts, "{{.Scripts}}"}, {partTitle, "{{.LiveTitle}}"}} {
		if p&need.part == 0 {
			names = append(names, need.name)
		}
	}
	return strings.Join(names, ", ")
}

// Title says what stands around and in place of a page's title, on the first
// render and for [Socket.PageTitle] alike.
type Title struct {
	Prefix  string // before the view's title
	Suffix  string // after it
	Default string // for a view that has set none
}

// Content is the rendered view in its element.
func (p Page) Content() template.HTML {
	p.used.add(partContent)
	return template.HTML(p.content)
}

// Meta is what a page may show besides its state.
func (p Page) Meta() *Meta {
	p.used.add(partCSRF) // it may be for the token
	return p.meta
}

// CSRFMeta is the <meta> element from which the start script takes the CSRF
// token for the socket.
func (p Page) CSRFMeta() template.HTML {
	p.used.add(partCSRF)
	return template.HTML(`<meta name="csrf-token" content="` + p.meta.CSRFToken() + `">`)
}

// LiveTitle is the <title> element, which the client keeps up to date. A
// document needs one: without it the client shows "undefined"
// (phoenix_live_view/assets/js/phoenix_live_view/dom.js, putTitle).
func (p Page) LiveTitle() template.HTML {
	p.used.add(partTitle)
	t := p.titles
	text := p.title
	if text == "" {
		text = t.Default
	}
	var b bytes.Buffer
	b.WriteString("<title")
	for _, attr := range []struct{ name, value string }{
		// An empty default as well: without one the client keeps the title of the page before
		// (phoenix_live_view/assets/js/phoenix_live_view/dom.js, putTitle).
		{"data-prefix", t.Prefix}, {"data-default", t.Default}, {"data-suffix", t.Suffix},
	} {
		if attr.value != "" || attr.name == "data-default" {
			b.WriteString(" " + attr.name + `="`)
			template.HTMLEscape(&b, []byte(attr.value))
			b.WriteByte('"')
		}
	}
	b.WriteByte('>')
	template.HTMLEscape(&b, []byte(t.Prefix+text+t.Suffix))
	b.WriteString("</title>")
	return template.HTML(b.String())
}

// Scripts are the <script> elements of the official client and of the start
// script, or those of [Config].Scripts. They are deferred: an application's own scripts, with its hooks, may
// stand before or after them.
func (p Page) Scripts() template.HTML {
	p.used.add(partScripts)
	return p.scripts
}

// Notice is the element that tells the visitor when the page isn't live: that there is no
// connection, once that has lasted for two seconds, that the server can't make the page
// live, or that nothing more is tried. Readers of screens say it, too. It is in English and
// in the document's font, and styled by the class liveview-notice; docs/layouts.md tells how
// to have another text, markup or time, or none at all.
func (p Page) Notice() template.HTML { return client.Notice }

// TemplateLayout is a layout by one of the Gin engine's HTML templates, whose
// dot is a [Page]. data, if not nil, is called for its Data field. What goes wrong
// in the template is the layout's error, and nothing of the page goes out then.
func TemplateLayout(name string, data func(c *gin.Context) any) Layout {
	return func(c *gin.Context, p Page) error {
		if data != nil {
			p.Data = data(c)
		}
		// Gin would write what there is up to an error, and keep that to itself.
		w := &bufferedWriter{ResponseWriter: c.Writer}
		c.Writer = w
		known := len(c.Errors)
		err := guard(fmt.Sprintf("template %q", name), func() error {
			c.HTML(c.Writer.Status(), name, p)
			if len(c.Errors) > known {
				return c.Errors.Last().Err
			}
			return nil
		})
		c.Writer = w.ResponseWriter
		c.Errors = c.Errors[:known]
		if isPanic(err) {
			return fmt.Errorf("%w; has the engine been given its templates, by LoadHTMLGlob or SetHTMLTemplate?", err)
		}
		if err != nil {
			return err
		}
		_, err = w.body.WriteTo(c.Writer)
		return err
	}
}

// LayoutOf is a layout by a template of your own, whose dot is a [Page]: that of t that
// is called name. data, if not nil, is called for the Page's Data field. What goes wrong
// in the template is the layout's error, and nothing of the page goes out then. It panics
// if t has no template of that name.
func LayoutOf(t *template.Template, name string, data func(c *gin.Context) any) Layout {
	if t == nil {
		misuse("LayoutOf wants a template, not nil")
	}
	// Whether a template has a text is asked by the names of those that have one: its Tree
	// is written when it is first shown, which may be now.
	if defined := t.DefinedTemplates(); t.Lookup(name) == nil || !strings.Contains(defined, strconv.Quote(name)) {
		misuse("LayoutOf wants the template %q, which isn't there%s", name, defined)
	}
	return func(c *gin.Context, p Page) error {
		if data != nil {
			p.Data = data(c)
		}
		buf := bufpool.Frames.Get()
		defer bufpool.Frames.Put(buf)
		w := bytes.NewBuffer(buf.B)
		err := guard(fmt.Sprintf("template %q", name), func() error { return t.ExecuteTemplate(w, name, p) })
		buf.B = w.Bytes()
		if err != nil {
			return err
		}
		c.Header("Content-Type", "text/html; charset=utf-8")
		c.Header("Content-Length", strconv.Itoa(len(buf.B)))
		_, err = c.Writer.Write(buf.B)
		return err
	}
}

// bufferedWriter keeps a response's body.
type bufferedWriter struct {
	gin.ResponseWriter
	body bytes.Buffer
}

func (w *bufferedWriter) Write(p []byte) (int, error)       { return w.body.Write(p) }
func (w *bufferedWriter) WriteString(s string) (int, error) { return w.body.WriteString(s) }
func (w *bufferedWriter) WriteHeaderNow()                   {} // there may be an error yet

// defaultLayout is a plain document. It writes without html/template, and in
// pieces, so that the page isn't copied on its way out.
func defaultLayout(c *gin.Context, p Page) error {
	p.used.add(partContent)
	buf := bufpool.Frames.Get()
	defer bufpool.Frames.Put(buf)
	b := append(buf.B, `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
`...)
	b = append(b, p.CSRFMeta()...)
	b = append(b, '\n')
	b = append(b, p.LiveTitle()...)
	b = append(b, '\n')
	b = append(b, p.Scripts()...)
	b = append(b, "\n</head>\n<body>\n"...)
	buf.B = b
	const end = "\n" + string(client.Notice) + "\n</body>\n</html>\n"
	c.Header("Content-Type", "text/html; charset=utf-8")
	c.Header("Content-Length", strconv.Itoa(len(b)+len(p.content)+len(end)))
	_, err := c.Writer.Write(b)
	if err == nil {
		_, err = c.Writer.Write(p.content)
	}
	if err == nil {
		_, err = c.Writer.WriteString(end)
	}
	return err
}
