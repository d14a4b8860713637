package engine_test

import (
	"context"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/internal/engine"
)

// frame is the state of an inner layout.
type frame struct {
	Active string
	Wide   bool
	Hidden bool
	Crumbs []string
}

type bookcase struct {
	Title string
	Rows  []row
}

type flatCase struct{ Title string }

const frameText = `<nav><b class="{{.Active}}">x</b></nav>
{{if not .Hidden}}{{if .Wide}}<main>{{content}}</main>{{else}}<div><aside>{{range .Crumbs}}<i>{{.}}</i>{{end}}</aside>{{content}}</div>{{end}}{{end}}<footer>{{len .Crumbs}}</footer>`

func parse(tb testing.TB, text string, state any) *engine.Template {
	tb.Helper()
	t, err := engine.Parse(engine.Source{Name: "page", Text: text, Funcs: functions, State: reflect.TypeOf(state).Elem()})
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

// framed is a view in layouts, of which the first is outermost.
type framed struct {
	layouts []layered
	view    layered
	part    engine.Component // in place of the view
}

type layered struct {
	template *engine.Template
	state    any
}

func (f framed) html(dst []byte, depth int) ([]byte, error) {
	switch {
	case depth < len(f.layouts):
		return f.layouts[depth].template.HTMLAround(dst, f.layouts[depth].state, nil, engine.Live{}, func(dst []byte) ([]byte, error) { return f.html(dst, depth+1) })
	case f.part != nil:
		w := writer{dst}
		err := f.part.Render(context.Background(), &w)
		return w.b, err
	}
	return f.view.template.HTML(dst, f.view.state, nil)
}

func (f framed) diff(dst []byte, tree *engine.Tree, depth int) ([]byte, error) {
	switch {
	case depth < len(f.layouts):
		return tree.DiffAround(dst, f.layouts[depth].template, f.layouts[depth].state, nil, engine.Live{}, func(dst []byte, inner *engine.Tree) ([]byte, error) {
			return f.diff(dst, inner, depth+1)
		})
	case f.part != nil:
		return tree.DiffComponent(dst, f.part, context.Background())
	}
	return tree.Diff(dst, f.view.template, f.view.state, nil)
}

type writer struct{ b []byte }

func (w *writer) Write(p []byte) (int, error) {
	w.b = append(w.b, p...)
	return len(p), nil
}

type textPart string

func (p textPart) Render(_ context.Context, w io.Writer) error {
	if p == "fails" {
		return errors.New("the part failed")
	}
	_, err := io.WriteString(w, "<p>"+string(p)+"</p>")
	return err
}

// show has tree's client come to what f is, and returns what that took.
func (f framed) show(t *testing.T, tree *engine.Tree, c *client) string {
	t.Helper()
	diff, err := f.diff(nil, tree, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.apply(diff); err != nil {
		t.Fatal(err)
	}
	want, err := f.html(nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.html(); got != string(want) {
		t.Fatalf("the client shows %s, want %s, after %s", got, want, diff)
	}
	return string(diff)
}

// A page around another and that one are compared each by itself: what doesn't differ
// isn't sent, and the inner one is sent anew just where the client doesn't hold it.
func TestContentIsComparedByItself(t *testing.T) {
	outer, inner := &frame{Active: "a", Crumbs: []string{"Home"}}, &bookcase{Title: "Books", Rows: []row{{ID: 1, Name: "one"}, {ID: 2, Name: "two"}}}
	layout := parse(t, frameText, outer)
	f := framed{
		layouts: []layered{{layout, outer}},
		view:    layered{parse(t, `<h1>{{.Title}}</h1><ul>{{range .Rows | keyed "ID"}}<li>{{.Name}}</li>{{end}}</ul>`, inner), inner},
	}
	var tree engine.Tree
	var c client
	f.show(t, &tree, &c)
	for _, step := range []struct {
		does   string
		change func()
		want   string // all that is sent; empty: that is another matter
		lacks  string // what isn't sent
	}{
		{does: "nothing", change: func() {}},
		{does: "the layout alone", change: func() { outer.Active = "b" }, want: `"0":"b"`},
		{does: "the view alone", change: func() { inner.Title = "Shelf" }, want: `"1":{"0":{"1":{"0":"Shelf"}}}`},
		{does: "a row of the view", change: func() { inner.Rows[1].Name = "2" }, want: `"1":{"0":{"1":{"1":{"k":{"1":{"0":"2"},"kc":2}}}}}`},
		{does: "both", change: func() { outer.Crumbs, inner.Title = []string{"Home", "Books"}, "B" }, lacks: "two"},
		{does: "what is around the content", change: func() { outer.Wide = true }},
		{does: "a row after that", change: func() { inner.Rows[0].Name = "1" }, want: `"1":{"0":{"0":{"1":{"k":{"0":{"0":"1"},"kc":2}}}}}`},
		{does: "it goes", change: func() { outer.Hidden = true }},
		{does: "what isn't shown", change: func() { inner.Title = "Unseen" }},
		{does: "it comes again", change: func() { outer.Hidden = false }},
		{does: "another view", change: func() { f.view = layered{parse(t, `<h2>{{.Title}}</h2>`, &flatCase{}), &flatCase{"Flat"}} }, lacks: "nav"},
		{does: "its flat state", change: func() { f.view.state = &flatCase{"Flatter"} }, want: `"1":{"0":{"0":{"0":"Flatter"}}}`},
		{does: "a component", change: func() { f.part = textPart("one") }, lacks: "nav"},
		{does: "its text", change: func() { f.part = textPart("two") }, want: `"1":{"0":{"0":{"0":"two"}}}`},
		{does: "one more layout", change: func() {
			f.layouts = []layered{{parse(t, `<header>{{.Title}}</header>{{content}}`, &flatCase{}), &flatCase{"Top"}}, f.layouts[0]}
		}},
		{does: "the outermost of two", change: func() { f.layouts[0].state = &flatCase{"Topmost"} }, want: `"0":"Topmost"`},
		{does: "the inner of two", change: func() { outer.Active = "z" }, want: `"1":{"0":"z"}`},
		{does: "the part in two", change: func() { f.part = textPart("three") }, want: `"1":{"1":{"0":{"0":{"0":"three"}}}}`},
		{does: "no layout", change: func() { f.layouts = nil }, lacks: "nav"},
	} {
		t.Run(step.does, func(t *testing.T) {
			step.change()
			diff := f.show(t, &tree, &c)
			if step.want != "" && diff != step.want {
				t.Errorf("sent %s, want %s", diff, step.want)
			}
			if step.lacks != "" && strings.Contains(diff, step.lacks) {
				t.Errorf("sent %s again", diff)
			}
			if again := f.show(t, &tree, &c); again != "" {
				t.Errorf("sent %s for nothing", again)
			}
		})
	}
}

// What fails within keeps its own place, and nothing counts as sent after it.
func TestContentThatFails(t *testing.T) {
	outer := &frame{Active: "a"}
	f := framed{layouts: []layered{{parse(t, frameText, outer), outer}}, part: textPart("one")}
	var tree engine.Tree
	var c client
	f.show(t, &tree, &c)
	outer.Active, f.part = "b", textPart("fails")
	dst := []byte("before")
	for _, render := range []func() ([]byte, error){
		func() ([]byte, error) { return f.diff(dst, &tree, 0) },
		func() ([]byte, error) { return f.html(dst, 0) },
	} {
		if out, err := render(); string(out) != "before" || err == nil || err.Error() != "the part failed" {
			t.Errorf("it returned %s, %v", out, err)
		}
	}
	f.part = textPart("two")
	if diff := f.show(t, &tree, &c); !strings.Contains(diff, "<nav>") {
		t.Errorf("after a failure only %s was sent", diff)
	}

	// A panic is for who called, with where it came from.
	f.part = panicking{}
	defer func() {
		if p := recover(); p != "oh" {
			t.Errorf("the panic is %v", p)
		}
	}()
	_, _ = f.diff(nil, &tree, 0)
}

type panicking struct{}

func (panicking) Render(context.Context, io.Writer) error { panic("oh") }

// What the application lets go of is let go of within a layout as well.
func TestContentIsReleased(t *testing.T) {
	outer, inner := &frame{}, &bookcase{Title: "Books", Rows: []row{{ID: 1, Name: "one"}}}
	f := framed{
		layouts: []layered{{parse(t, frameText, outer), outer}},
		view:    layered{parse(t, `<h1>{{.Title}}</h1><ul>{{range .Rows | keyed "ID"}}<li>{{.Name}}</li>{{end}}</ul>`, inner), inner},
	}
	var tree engine.Tree
	var c client
	f.show(t, &tree, &c)
	before := *inner
	inner.Rows = nil
	tree.Release(f.view.template, &before, inner)
	if diff, err := f.diff(nil, &tree, 0); err != nil || len(diff) > 0 {
		t.Errorf("what was let go of is shown as gone: %s, %v", diff, err)
	}
}

// A place where there can be no view is found when the layout is parsed.
func TestMisplacedContent(t *testing.T) {
	for text, want := range map[string]string{
		`<p>{{content}}</p>`:                                "may close",
		`<a href="/">{{content}}</a>`:                       "may close",
		`<ul><li>{{content}}</li></ul>`:                     "may close",
		`<table><tr><td>{{content}}</td></tr></table>`:      "may close",
		`<form id="f">{{content}}</form>`:                   "may close",
		`<svg>{{content}}</svg>`:                            "may close",
		`<div id="i" phx-update="ignore">{{content}}</div>`: "stay as it is",
		`{{range .Crumbs}}{{content}}{{end}}`:               "in a range",
		`{{content}}{{content}}`:                            "a second time",
		`{{if .Wide}}{{content}}{{end}}{{content}}`:         "a second time",
		`{{define "again"}}{{content}}{{template "again"}}{{end}}{{if .Wide}}{{template "again"}}{{end}}`: "calls itself",
		`<b title="{{content}}"></b>`:      "HTML text only",
		`<textarea>{{content}}</textarea>`: "HTML text only",
		`{{if content}}x{{end}}`:           "stands alone",
		`{{content | printf "%s"}}`:        "stands alone",
		`{{content 1}}`:                    "stands alone",
	} {
		_, err := engine.Parse(engine.Source{Name: "page", Text: text, Funcs: functions, State: reflect.TypeFor[frame]()})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "page:1:") {
			t.Errorf("Parse(%s) = %v, want an error that says %q with its place", text, err, want)
		}
	}
	for _, text := range []string{
		`{{content}}`, `{{if .Wide}}{{content}}{{else}}<main>{{content}}</main>{{end}}`,
		`{{define "body"}}<section>{{content}}</section>{{end}}<div>{{template "body" .}}</div>`,
	} {
		if layout := parse(t, text, &frame{}); !layout.Around() {
			t.Errorf("%s is around nothing", text)
		}
	}
	if page := parse(t, `<p>{{.Active}}</p>`, &frame{}); page.Around() {
		t.Error("a page without content is around one")
	}
}

// A page that shows a content is no page by itself.
func TestContentWithoutAPage(t *testing.T) {
	layout := parse(t, `<div>{{content}}</div>`, &frame{})
	if _, err := layout.HTML(nil, &frame{}, nil); err == nil || !strings.Contains(err.Error(), "isn't one") {
		t.Errorf("HTML returned %v", err)
	}
	if _, err := new(engine.Tree).Diff(nil, layout, &frame{}, nil); err == nil || !strings.Contains(err.Error(), "isn't one") {
		t.Errorf("Diff returned %v", err)
	}
}
