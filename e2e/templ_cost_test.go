package e2e

import (
	"fmt"
	"io"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/e2e/templpage"
)

// todosHTML is the page of templ in html/template: its twin.
var todosHTML = liveview.MustParse[templpage.Todos](`<main><h1>{{.Title}}</h1><ul id="rows">{{range .Rows | keyed "ID"}}` +
	`<li id="row-{{.ID}}"><span>{{.Name}}</span>{{if .Done}}<b>done</b>{{end}}</li>{{end}}</ul><button phx-click="text">text</button></main>`)

// counterOfTodos shows no row, so that an event costs what a counter's does.
var counterOfTodos = liveview.MustParse[templpage.Todos](`<div>{{len .Title}}</div>`)

// todos are views of n rows.
func todos(n int, render func(templpage.Todos) liveview.Rendered) todosView {
	change := func(fn func(t *templpage.Todos)) func(*liveview.Socket[templpage.Todos], liveview.Event) error {
		return func(s *liveview.Socket[templpage.Todos], _ liveview.Event) error {
			s.Assign(func(t *templpage.Todos) {
				t.Rows = slices.Clone(t.Rows)
				fn(t)
			})
			return nil
		}
	}
	clicks := 0
	return todosView{render, liveview.ViewFuncs[templpage.Todos]{
		Mount: func(_ *gin.Context, s *liveview.Socket[templpage.Todos]) error {
			s.Assign(func(t *templpage.Todos) {
				t.Title, t.Rows = "Errands", make([]templpage.Todo, n, n+1)
				for i := range t.Rows {
					t.Rows[i] = templpage.Todo{ID: i, Name: fmt.Sprint("Task ", i)}
				}
			})
			return nil
		},
		Events: liveview.Events[templpage.Todos]{
			"text": change(func(t *templpage.Todos) {
				clicks++
				t.Rows[n/2].Name = fmt.Sprint("Task ", clicks%10, "!")
			}),
			"done":   change(func(t *templpage.Todos) { t.Rows[n/2].Done = !t.Rows[n/2].Done }),
			"append": change(func(t *templpage.Todos) { t.Rows = append(t.Rows, templpage.Todo{ID: n, Name: "Task new"}) }),
			"delete": change(func(t *templpage.Todos) { t.Rows = slices.Delete(t.Rows, n-2, n-1) }),
			"move": change(func(t *templpage.Todos) {
				t.Rows[n-2], t.Rows[n-3] = t.Rows[n-3], t.Rows[n-2]
			}),
			"title": func(s *liveview.Socket[templpage.Todos], _ liveview.Event) error {
				s.Assign(func(t *templpage.Todos) { t.Title = t.Title[:len(t.Title)%9] + "." })
				return nil
			},
		},
	}}
}

// todosView shows its state as render does.
type todosView struct {
	render func(templpage.Todos) liveview.Rendered
	liveview.ViewFuncs[templpage.Todos]
}

// Render implements [liveview.View].
func (v todosView) Render(t templpage.Todos) liveview.Rendered { return v.render(t) }

func renderTempl(t templpage.Todos) liveview.Rendered {
	return liveview.RenderComponent(templpage.TodosPage(t))
}

func renderRows(t templpage.Todos) liveview.Rendered {
	return liveview.RenderComponent(templpage.TodosRows(t))
}

// site is a server for what is measured.
func site(tb testing.TB, routes func(r *gin.Engine)) string {
	r := gin.New()
	r.Use(liveview.Middleware(liveview.Config{EventRate: 1e9, Secret: liveview.NewSecret(strings.Repeat("s", 32))}))
	routes(r)
	srv := httptest.NewServer(r)
	tb.Cleanup(srv.Close)
	return srv.URL
}

// BenchmarkTempl has what an event of a templ page costs, beside templ's own rendering and
// html/template's twin.
func BenchmarkTempl(b *testing.B) {
	for _, n := range []int{200, 1000} {
		rows := templpage.Todos{Title: "Errands"}
		for i := range n {
			rows.Rows = append(rows.Rows, templpage.Todo{ID: i, Name: fmt.Sprint("Task ", i)})
		}
		b.Run(fmt.Sprint(n, " rows/templ alone"), func(b *testing.B) {
			b.ReportAllocs()
			page := templpage.TodosPage(rows)
			for b.Loop() {
				if err := page.Render(b.Context(), io.Discard); err != nil {
					b.Fatal(err)
				}
			}
		})
		for _, c := range []struct {
			name, event string
			render      func(templpage.Todos) liveview.Rendered
		}{
			{"event of templ", "text", renderTempl},
			{"event of templ with Rows", "text", renderRows},
			{"event of html template", "text", todosHTML.Render},
			{"event of a counter", "title", counterOfTodos.Render},
		} {
			b.Run(fmt.Sprint(n, " rows/", c.name), func(b *testing.B) {
				url := site(b, func(r *gin.Engine) { liveview.Handle(r, "/", todos(n, c.render)) })
				conn, topic, _ := joinedPage(b, url)
				defer func() { _ = conn.Close() }()
				b.ReportAllocs()
				size := 0
				for b.Loop() {
					size = len(clickPage(b, conn, topic, c.event))
				}
				b.ReportMetric(float64(size), "B/answer")
			})
		}
	}
}

// BenchmarkTemplMemory has what an idle view holds, of templ and of html/template's twin.
func BenchmarkTemplMemory(b *testing.B) {
	for _, c := range []struct {
		name   string
		render func(templpage.Todos) liveview.Rendered
	}{{"templ", renderTempl}, {"templ with Rows", renderRows}, {"html template", todosHTML.Render}} {
		b.Run(c.name, func(b *testing.B) {
			url := site(b, func(r *gin.Engine) { liveview.Handle(r, "/", todos(200, c.render)) })
			for range b.N {
				const pages = 50
				conn, _, _ := joinedPage(b, url)
				_ = conn.Close()
				heap := func() uint64 {
					var m runtime.MemStats
					runtime.GC()
					runtime.GC()
					runtime.ReadMemStats(&m)
					return m.HeapAlloc
				}
				before := heap()
				var open []io.Closer
				for range pages {
					conn, _, _ := joinedPage(b, url)
					open = append(open, conn)
				}
				b.ReportMetric(float64(heap()-before)/pages, "B/view")
				for _, conn := range open {
					_ = conn.Close()
				}
			}
		})
	}
}

// What a templ page of 200 rows sends: for what changes in one row that alone.
func TestTemplListSendsWhatChanged(t *testing.T) {
	for name, render := range map[string]func(templpage.Todos) liveview.Rendered{"loop": renderTempl, "Rows": renderRows} {
		t.Run(name, func(t *testing.T) { sendsWhatChanged(t, render) })
	}
}

func sendsWhatChanged(t *testing.T, render func(templpage.Todos) liveview.Rendered) {
	twin := site(t, func(r *gin.Engine) { liveview.Handle(r, "/", todos(200, todosHTML.Render)) })
	page := site(t, func(r *gin.Engine) { liveview.Handle(r, "/", todos(200, render)) })
	conn, topic, join := joinedPage(t, page)
	defer func() { _ = conn.Close() }()
	theirs, theirTopic, theirJoin := joinedPage(t, twin)
	defer func() { _ = theirs.Close() }()
	if most := len(theirJoin) * 13 / 10; len(join) > most {
		t.Errorf("the join has %d bytes, want at most %d: %.1000s", len(join), most, join)
	}
	for _, step := range []struct {
		event string
		most  int
	}{{"text", 140}, {"done", 150}, {"done", 150}, {"append", 170}, {"done", 150}, {"text", 140}, {"delete", 0}, {"move", 0}} {
		got, twins := clickPage(t, conn, topic, step.event), clickPage(t, theirs, theirTopic, step.event)
		t.Logf("%s: %d bytes, html/template %d", step.event, len(got), len(twins))
		if step.most == 0 {
			step.most = len(twins) + 20
		}
		if len(got) > step.most {
			t.Errorf("%s sent %d bytes, want at most %d; html/template %s", step.event, len(got), step.most, twins)
		}
	}
}
