package e2e

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/e2e/templpage"
	"github.com/gin-liveview/liveview/js"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// shownNode makes a node of gomponents a component.
type shownNode struct{ g.Node }

func (n shownNode) Render(_ context.Context, w io.Writer) error { return n.Node.Render(w) }

// inContext makes a component a node, within a page that is rendered with ctx.
type inContext struct {
	ctx context.Context
	liveview.Component
}

func (c inContext) Render(w io.Writer) error { return c.Component.Render(c.ctx, w) }

// spread are attributes as nodes.
func spread(attrs liveview.Attrs) g.Node {
	var all g.Group
	values := attrs.Templ()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if values[name] == true {
			all = append(all, g.Attr(name))
		} else {
			all = append(all, g.Attr(name, fmt.Sprint(values[name])))
		}
	}
	return all
}

// gomponentsPage is a page of gomponents.
type gomponentsPage templpage.Todos

func (s gomponentsPage) Render(ctx context.Context, w io.Writer) error {
	row := func(t templpage.Todo) shownNode {
		return shownNode{h.Li(h.ID(fmt.Sprint("row-", t.ID)), h.Span(g.Text(t.Name)), g.If(t.Done, h.B(g.Text("done"))))}
	}
	return h.Main(
		h.H1(g.Text(s.Title)),
		h.Ul(h.ID("rows"), inContext{ctx, liveview.Rows(s.Rows, row)}),
		h.A(h.ID("next"), spread(liveview.PatchAttrs("/", "page", 2)), g.Text(liveview.MetaFrom(ctx).CurrentURL())),
		h.A(h.ID("home"), spread(liveview.NavigateAttrs("/")), g.Text("home")),
		h.Nav(g.Map([]string{"text", "done", "append", "delete", "move", "title"}, func(event string) g.Node {
			return h.Button(h.ID(event), spread(liveview.Attrs{"phx-click": js.Push(event)}), g.Text(event))
		})),
	).Render(w)
}

// A page of gomponents shows what has changed after each event, and the HTML
// that a browser gets first has nothing in it that stands for rows.
func TestGomponents(t *testing.T) {
	l := newLab(t, "", func(r *gin.Engine) {
		liveview.Handle(r, "/", todos(20, func(s templpage.Todos) liveview.Rendered {
			return liveview.RenderComponent(gomponentsPage(s))
		}))
	})
	b := liveviewtest.Open(t, l.Config.Handler, "/")
	if html := b.HTML(); strings.Contains(html, "<!--rows") {
		t.Errorf("the page is %s", html)
	}
	if href, _ := b.Find("#next").Attr("href"); href != "/?page=2" {
		t.Errorf("there is no link to another page in %s", b.HTML())
	}
	if kind, _ := b.Find("#home").Attr("data-phx-link"); kind != "redirect" {
		t.Errorf("the link home is one of %q", kind)
	}
	for _, step := range []struct{ event, want string }{
		{"text", "Task 9 Task 1! Task 11"},
		{"done", "Task 1!done Task 11"},
		{"append", "Task 19 Task new"},
		{"delete", "Task 17 Task 19 Task new"},
		{"done", "Task 1! Task 11"},
		{"move", "Task 19 Task 17 Task new"},
	} {
		b.Click("#" + step.event)
		if got := b.Text("#rows"); !strings.Contains(got, step.want) {
			t.Errorf("after %s it shows %q, without %q", step.event, got, step.want)
		}
	}
}
