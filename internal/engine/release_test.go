package engine_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/internal/engine"
)

type feed struct {
	Count int
	Show  bool
	Posts []post
	Other []post
	Body  string
}

type post struct {
	ID   int
	Text string
}

func posts(n, size int) []post {
	list := make([]post, n)
	for i := range list {
		list[i] = post{i, strings.Repeat("x", size-8) + fmt.Sprint(i)}
	}
	return list
}

// What shows released data stays in the client, and isn't sent again until a
// field that it reads is changed.
func TestRelease(t *testing.T) {
	for name, text := range map[string]string{
		"rows":     `{{.Count}}{{range .Posts}}<p>{{.Text}}</p>{{end}}{{len .Other}}`,
		"keyed":    `{{.Count}}{{range .Posts | keyed "ID"}}<p>{{.Text}}</p>{{end}}{{len .Other}}`,
		"fallback": `{{.Count}}{{range .Posts}}<p>{{upper .Text}}</p>{{end}}{{len .Other}}`,
		"nested":   `{{.Count}}{{if .Posts}}<ul>{{range .Posts}}<p>{{.Text}}</p>{{end}}</ul>{{.Show}}{{end}}{{len .Other}}`,
		"variable": `{{.Count}}{{$p := .Posts}}{{range $i, $e := $p}}<p>{{$i}}{{.Text}}</p>{{else}}none{{end}}{{len .Other}}`,
		"template": `{{define "p"}}{{range .}}<p>{{.Text}}</p>{{end}}{{end}}{{.Count}}{{template "p" .Posts}}{{len .Other}}`,
	} {
		t.Run(name, func(t *testing.T) {
			page := newTwin(t, text, &feed{})
			tmpl, theirs := page.ours, page.theirs
			var tree engine.Tree
			var c client
			diff := func(state *feed) string {
				t.Helper()
				out, err := tree.Diff(nil, tmpl, state, nil)
				if err != nil {
					t.Fatal(err)
				}
				if err := c.apply(out); err != nil {
					t.Fatalf("{%s}: %v", out, err)
				}
				return string(out)
			}
			shows := func(state *feed) {
				t.Helper()
				if want, err := renderTheirs(theirs, state); err != nil || c.html() != want {
					t.Errorf("the client shows %.200q, want %.200q (%v)", c.html(), want, err)
				}
			}
			state := &feed{Posts: posts(3, 10)}
			diff(state)
			before := *state
			state.Posts = nil
			tree.Release(tmpl, &before, state)
			if out := diff(state); out != "" {
				t.Errorf("after the release {%s} is sent", out)
			}
			state.Count++
			state.Show = true
			diff(state)
			shown := *state
			shown.Posts = posts(3, 10)
			shows(&shown) // the released list stays
			state.Posts = posts(4, 12)
			out := diff(state)
			if !strings.Contains(out, `"kc":4`) {
				t.Errorf("the new list is sent as {%s}", out)
			}
			shows(state)
			state.Posts = posts(2, 9)
			diff(state)
			shows(state)
			if state.Posts = nil; true {
				diff(state)
				shows(state)
			}
		})
	}
}

// The same holds of a pure page, which is compared by its state.
func TestReleaseText(t *testing.T) {
	type flatPage struct {
		N    int
		Body string
	}
	tmpl := mustParse(t, `{{.N}}<p>{{.Body}}</p>`, &flatPage{})
	var tree engine.Tree
	state := &flatPage{1, "text"}
	if _, err := tree.Diff(nil, tmpl, state, nil); err != nil {
		t.Fatal(err)
	}
	before := *state
	state.Body = ""
	tree.Release(tmpl, &before, state)
	for _, test := range []struct {
		change func()
		want   string
	}{
		{func() {}, ``},
		{func() { state.N = 2 }, `"0":"2"`},
		{func() { state.Body = "text" }, ``},
		{func() { state.Body = "other" }, `"1":"other"`},
		{func() { state.Body = "" }, `"1":""`},
	} {
		test.change()
		if out, err := tree.Diff(nil, tmpl, state, nil); err != nil || string(out) != test.want {
			t.Errorf("Diff = %s, %v, want %s", out, err, test.want)
		}
	}
}

// What is released is freed, by the tree and by the pooled scratch memory.
func TestReleaseMemory(t *testing.T) {
	for name, text := range map[string]string{
		"rows":     `{{.Count}}{{range .Posts}}<p>{{.Text}}</p>{{end}}`,
		"fallback": `{{.Count}}{{range .Posts}}<p>{{upper .Text}}</p>{{end}}`,
		"outer":    `{{range .Other}}{{$.Body}}{{end}}{{range .Posts}}{{.Text}}{{end}}`,
	} {
		t.Run(name, func(t *testing.T) {
			tmpl := mustParse(t, text, &feed{})
			const trees, size = 10, 1 << 19
			list := make([]engine.Tree, trees)
			start := heap()
			for i := range list {
				state := &feed{Posts: posts(16, size/16), Body: strings.Repeat("b", 1000)}
				if _, err := list[i].Diff(nil, tmpl, state, nil); err != nil {
					t.Fatal(err)
				}
				before := *state
				state.Posts = nil
				list[i].Release(tmpl, &before, state)
			}
			runtime.GC()
			if kept := int64(heap()) - int64(start); kept > trees*size/10 {
				t.Errorf("%d bytes are kept of %d that were released", kept, trees*size)
			}
			runtime.KeepAlive(list)
		})
	}
}

// Rows that are gone from a list are freed.
func TestShrink(t *testing.T) {
	text := `{{range .Posts}}<p>{{.Text}}</p>{{end}}`
	tmpl := mustParse(t, text, &feed{})
	const trees, size = 10, 1 << 19
	list := make([]engine.Tree, trees)
	start := heap()
	for i := range list {
		state := &feed{Posts: posts(16, size/16)}
		for range 2 {
			if _, err := list[i].Diff(nil, tmpl, state, nil); err != nil {
				t.Fatal(err)
			}
			small := posts(6, 10)
			state.Posts = small
		}
	}
	if kept := int64(heap()) - int64(start); kept > trees*size/10 {
		t.Errorf("%d bytes are kept of %d that were shown", kept, trees*size)
	}
	runtime.KeepAlive(list)
}

type poster struct {
	Raw, Kept component
	Posts     []post
	N         int
}

// While some data is released, only the shapes of components that the client
// shows are remembered, however many others there were in between, and those of
// what stays among them.
func TestReleasedShapes(t *testing.T) {
	page := newTwin(t, `{{component .Raw}}{{if .Posts}}<p>{{.N}}</p>{{component .Kept}}{{end}}`, &poster{})
	var tree engine.Tree
	var c client
	diff := func(state *poster) string {
		t.Helper()
		out, err := tree.Diff(nil, page.ours, state, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.apply(out); err != nil {
			t.Fatalf("{%s}: %v", out, err)
		}
		return string(out)
	}
	state := &poster{Kept: "<b>kept</b>", Posts: posts(1, 10)}
	diff(state)
	before := *state
	state.Posts = nil
	tree.Release(page.ours, &before, state)
	shape := func(i int) component {
		return component(fmt.Sprintf("<p class-%d>x</p>%s", i, strings.Repeat("<i></i>", 100)))
	}
	state.Raw = shape(0)
	diff(state)
	start := heap()
	const renders = 1000
	for i := range renders {
		state.Raw = shape(i)
		diff(state)
	}
	if kept := int64(heap()) - int64(start); kept > renders*50 {
		t.Errorf("%d bytes are kept of shapes that %d renderings had", kept, renders)
	}
	state.Posts, state.N, state.Kept = posts(1, 10), 5, "<b>changed</b>"
	if out, want := diff(state), `"1":{"0":"5","1":{"0":"changed"}}`; out != want {
		t.Errorf("what was kept is sent as {%s}, want {%s}", out, want)
	}
	if want, err := renderTheirs(page.theirs, state); err != nil || c.html() != want {
		t.Errorf("the client shows %.200q, want %.200q (%v)", c.html(), want, err)
	}
	if out := diff(state); out != "" {
		t.Errorf("an unchanged state gives {%s}", out)
	}
	runtime.KeepAlive(&tree)
}
