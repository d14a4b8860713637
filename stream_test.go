package liveview_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// note is an item of a stream.
type note struct {
	ID   int
	Text string
	Tags []string
}

// notes is a state with a stream.
type notes struct {
	Notes liveview.Stream[note]
	Count int
}

// streamed is a view whose events are functions.
type streamed[C any] struct {
	page  *liveview.Template[C]
	write func(b *strings.Builder, st C) // instead of page; nil: not
	mount func(st *C)
	do    map[string]func(st *C)
}

func (v *streamed[C]) Mount(_ *gin.Context, s *liveview.Socket[C]) error {
	if v.mount != nil {
		s.Assign(v.mount)
	}
	return nil
}

func (v *streamed[C]) HandleEvent(s *liveview.Socket[C], e liveview.Event) error {
	s.Assign(v.do[e.Name])
	return nil
}

func (v *streamed[C]) Render(st C) liveview.Rendered {
	if v.write != nil {
		return liveview.RenderComponent(written(func(b *strings.Builder) { v.write(b, st) }))
	}
	return v.page.Render(st)
}

// written is a component.
type written func(b *strings.Builder)

func (c written) Render(_ context.Context, w io.Writer) error {
	var b strings.Builder
	c(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

const notesPage = `<p id="count">{{.Count}}</p><ul id="notes" phx-update="stream">{{range $id, $n := .Notes.All}}<li id="{{$id}}">{{$n.Text}}{{range $n.Tags}}<b>{{.}}</b>{{end}}</li>{{end}}</ul><i id="hook" phx-hook="Hook"></i>`

// openStream opens a page with a stream, and returns it with a function that changes
// its state.
func openStream[C any](t *testing.T, text string, mount func(st *C)) (v *liveviewtest.View, do func(change func(st *C))) {
	t.Helper()
	v, do, _ = openStreamed(t, &streamed[C]{page: liveview.MustParse[C](text), mount: mount})
	return v, do
}

func openStreamed[C any](t *testing.T, view *streamed[C]) (v *liveviewtest.View, do func(change func(st *C)), log *logBuffer) {
	t.Helper()
	view.do = map[string]func(*C){}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", view) })
	v = s.browse("/")
	return v, func(change func(st *C)) {
		t.Helper()
		view.do["do"] = change
		v.Hook("#hook").Push("do", nil)
	}, s.log
}

// items lists the ids and texts of a container's children.
func items(v *liveviewtest.View, container string) string {
	var all []string
	for _, n := range v.Find(container + " > *").EachIter() {
		all = append(all, n.AttrOr("id", "")+"="+n.Text())
	}
	return strings.Join(all, " ")
}

// What is asked of a stream is what the page shows, in the order asked for.
func TestStream(t *testing.T) {
	t.Parallel()
	v, do := openStream(t, notesPage, func(st *notes) {
		st.Notes.InsertAll([]note{{ID: 1, Text: "a"}, {ID: 2, Text: "b"}, {ID: 3, Text: "c"}})
	})
	shows := func(what, want string) {
		t.Helper()
		if got := items(v, "#notes"); got != want {
			t.Errorf("%s: the page shows %q, want %q", what, got, want)
		}
	}
	shows("join", "notes-1=a notes-2=b notes-3=c")
	do(func(st *notes) { st.Count++ })
	shows("nothing", "notes-1=a notes-2=b notes-3=c")
	do(func(st *notes) { st.Notes.Insert(note{4, "d", []string{"x", "y"}}) })
	shows("insert", "notes-1=a notes-2=b notes-3=c notes-4=dxy")
	do(func(st *notes) {
		st.Notes.InsertAt(0, note{ID: 5, Text: "e"})
		st.Notes.InsertAt(0, note{ID: 6, Text: "f"})
		st.Notes.InsertAt(2, note{ID: 7, Text: "g"})
	})
	shows("insert at", "notes-6=f notes-5=e notes-7=g notes-1=a notes-2=b notes-3=c notes-4=dxy")
	do(func(st *notes) {
		st.Notes.Delete(note{ID: 5})
		st.Notes.DeleteByID("notes-7")
		st.Notes.Update(note{ID: 1, Text: "A"})
		st.Notes.Update(note{ID: 99, Text: "none"})
		st.Notes.Insert(note{ID: 2, Text: "B"})
	})
	shows("delete and update", "notes-6=f notes-1=A notes-2=B notes-3=c notes-4=dxy")
	do(func(st *notes) { st.Notes.Delete(note{ID: 4}); st.Notes.InsertAt(0, note{ID: 4, Text: "D"}) })
	shows("move", "notes-4=D notes-6=f notes-1=A notes-2=B notes-3=c")
	do(func(st *notes) {
		st.Notes.InsertAllAt(0, []note{{ID: 10, Text: "x"}, {ID: 11, Text: "y"}, {ID: 12, Text: "z"}}, liveview.KeepFirst(4))
	})
	shows("several at the start, with a limit", "notes-10=x notes-11=y notes-12=z notes-4=D")
	do(func(st *notes) { st.Notes.Insert(note{ID: 13, Text: "w"}, liveview.KeepLast(3)) })
	shows("one at the end, with a limit", "notes-12=z notes-4=D notes-13=w")
	do(func(st *notes) {
		st.Notes.Insert(note{ID: 20, Text: "lost"})
		st.Notes.Reset([]note{{ID: 13, Text: "w"}, {ID: 1, Text: "one"}})
		st.Notes.Insert(note{ID: 2, Text: "two"})
	})
	shows("reset", "notes-13=w notes-1=one notes-2=two")
	do(func(st *notes) {
		st.Notes.Insert(note{ID: 3, Text: "three"})
		st.Notes.Insert(note{ID: 4, Text: "four"})
		st.Notes.Insert(note{ID: 3, Text: "III"})
		st.Notes.Update(note{ID: 4, Text: "IV"})
		st.Notes.Insert(note{ID: 5, Text: "five"})
		st.Notes.Delete(note{ID: 5})
		st.Notes.Update(note{ID: 5, Text: "V"})
	})
	shows("an id several times", "notes-13=w notes-1=one notes-2=two notes-4=IV notes-3=III")
	do(func(st *notes) { st.Notes.Reset(nil) })
	shows("empty", "")
	do(func(st *notes) { st.Notes.Insert(note{ID: 1, Text: "a"}) })
	shows("one again", "notes-1=a")
	do(func(st *notes) { *st = notes{Count: 7} })
	shows("another stream", "")
	do(func(st *notes) { st.Notes.Insert(note{ID: 8, Text: "h"}) })
	shows("the other stream's", "notes-8=h")
	do(func(st *notes) { st.Notes = liveview.Stream[note]{}; st.Notes.Insert(note{ID: 9, Text: "i"}) })
	shows("another stream with an entry", "notes-9=i")
}

// column is an entry of a list that has a stream itself.
type column struct {
	ID    int
	Notes liveview.Stream[note]
}

// boards is a state with streams in a list.
type boards struct {
	Columns []column
	Show    bool
}

const boardsPage = `{{if .Show}}<p>shown</p>{{end}}{{range .Columns}}<ul id="column-{{.ID}}" phx-update="stream">{{range $id, $n := .Notes.All}}<li id="{{$id}}">{{$n.Text}}</li>{{end}}</ul>{{end}}<i id="hook" phx-hook="Hook"></i>`

// Streams in the entries of a list are told apart, wherever the entries move.
func TestStreamsInAList(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"keyed": strings.Replace(boardsPage, ".Columns", `.Columns | keyed "ID"`, 1), "unkeyed": boardsPage} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, do := openStream(t, text, func(st *boards) {
				for i := range 3 {
					c := column{ID: i}
					c.Notes.InsertAll([]note{{ID: 10 * i, Text: fmt.Sprint("a", i)}, {ID: 10*i + 1, Text: fmt.Sprint("b", i)}})
					st.Columns = append(st.Columns, c)
				}
			})
			shows := func(what string, want ...string) {
				t.Helper()
				for i, want := range want {
					if got := items(v, fmt.Sprintf("#column-%d", i)); got != want {
						t.Errorf("%s: column %d is %q, want %q", what, i, got, want)
					}
				}
			}
			shows("join", "columns-notes-0=a0 columns-notes-1=b0", "columns-notes-10=a1 columns-notes-11=b1", "columns-notes-20=a2 columns-notes-21=b2")
			do(func(st *boards) { st.Columns[0], st.Columns[2] = st.Columns[2], st.Columns[0] })
			do(func(st *boards) { st.Columns[0].Notes.Reset([]note{{ID: 22, Text: "c2"}}) })
			shows("swap", "columns-notes-0=a0 columns-notes-1=b0", "columns-notes-10=a1 columns-notes-11=b1", "columns-notes-22=c2")
			do(func(st *boards) { // a note moves to another column
				st.Columns[1].Notes.Delete(note{ID: 10})
				st.Columns[0].Notes.Insert(note{ID: 10, Text: "a1"})
			})
			shows("another's", "columns-notes-0=a0 columns-notes-1=b0", "columns-notes-11=b1", "columns-notes-22=c2 columns-notes-10=a1")
			do(func(st *boards) {
				st.Columns = st.Columns[1:]
				st.Columns[0].Notes.InsertAt(0, note{ID: 12, Text: "new"})
			})
			shows("one less", "columns-notes-0=a0 columns-notes-1=b0", "columns-notes-12=new columns-notes-11=b1", "")
			do(func(st *boards) {
				c := column{ID: 1}
				c.Notes.Insert(note{ID: 5, Text: "five"})
				st.Columns[0] = c
			})
			shows("another in its place", "columns-notes-0=a0 columns-notes-1=b0", "columns-notes-5=five")
			do(func(st *boards) { st.Columns[1].Notes.Reset(nil) })
			shows("reset", "", "columns-notes-5=five")
		})
	}
}

// A component shows streams by Go's range, in a page of its own or as a part of one.
func TestStreamInAComponent(t *testing.T) {
	t.Parallel()
	write := func(b *strings.Builder, st notes) {
		fmt.Fprintf(b, "<p>%d</p><ul id=\"notes\" phx-update=\"stream\">\n", st.Count)
		for id, n := range st.Notes.All() {
			fmt.Fprintf(b, "<li id=%q>%s", id, n.Text)
			for _, tag := range n.Tags {
				fmt.Fprintf(b, "<b>%s</b>", tag)
			}
			b.WriteString("</li>\n")
		}
		b.WriteString(`<li id="none">none</li></ul><i id="hook" phx-hook="Hook"></i>`)
	}
	for name, view := range map[string]*streamed[notes]{
		"page": {write: write},
		"part": {page: liveview.MustParseSource[notes](liveview.Source{Text: `<div>{{component (made .)}}</div>`, Funcs: template.FuncMap{
			"made": func(st notes) liveview.Component { return written(func(b *strings.Builder) { write(b, st) }) },
		}})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, do, log := openStreamed(t, view)
			shows := func(what, want string) {
				t.Helper()
				if got := items(v, "#notes"); got != strings.TrimSpace(want+" none=none") {
					t.Errorf("%s: the page shows %q, want %q", what, got, want)
				}
			}
			shows("join", "")
			do(func(st *notes) { st.Notes.InsertAll([]note{{ID: 1, Text: "a"}, {ID: 2, Text: "b"}}) })
			shows("insert", "notes-1=a notes-2=b")
			do(func(st *notes) { st.Count++ })
			shows("nothing", "notes-1=a notes-2=b")
			do(func(st *notes) { st.Notes.InsertAt(0, note{3, "c", []string{"x"}}); st.Count++ })
			shows("another shape", "notes-3=cx notes-1=a notes-2=b")
			do(func(st *notes) { st.Notes.Delete(note{ID: 1}) })
			shows("delete alone", "notes-3=cx notes-2=b")
			do(func(st *notes) {
				st.Notes.Update(note{ID: 2, Text: "B"})
				st.Notes.InsertAt(1, note{4, "d", []string{"x", "y"}})
			})
			shows("mixed shapes", "notes-3=cx notes-4=dxy notes-2=B")
			do(func(st *notes) { st.Notes.Reset(nil) })
			shows("reset", "")
			do(func(st *notes) { st.Notes.Insert(note{ID: 1, Text: "a"}); st.Count++ })
			shows("one again", "notes-1=a")
			do(func(st *notes) { st.Notes = liveview.Stream[note]{}; st.Notes.Insert(note{ID: 5, Text: "e"}) })
			shows("another stream", "notes-5=e")
			if log.String() != "" {
				t.Errorf("the log says\n%s", log)
			}
		})
	}
}

// strange has streams where ids have to be chosen, or can't be found.
type strange struct {
	Nameless liveview.Stream[string]
	Pointers liveview.Stream[*note]
	Any      liveview.Stream[any]
	Methods  liveview.Stream[named]
}

// named is told apart by a method.
type named struct{ Name string }

func (n named) ID() string { return "the " + n.Name }

// What can't work of a stream is refused when the page is parsed, with what does.
func TestParseRefusesStreams(t *testing.T) {
	t.Parallel()
	type state struct {
		notes
		On   bool
		Any  any
		List []note
	}
	const entry = `<li id="{{$id}}">x</li>`
	in := func(body string) string { return `<ul id="notes" phx-update="stream">` + body + `</ul>` }
	loop := func(body string) string { return `{{range $id, $n := .Notes.All}}` + body + `{{end}}` }
	for name, test := range map[string]struct{ text, want string }{
		"right":                 {in(loop(entry)), ""},
		"with space":            {in("\n<!-- c -->" + loop("\n "+entry+"\n") + "\n"), ""},
		"with an empty row":     {in(loop(entry) + `<li id="none">none</li>`), ""},
		"in a branch":           {`{{if .On}}` + in(loop(entry)) + `{{end}}`, ""},
		"entries in branches":   {in(loop(`{{if $n.Text}}<li id="{{$id}}" class="a"><b>x</b></li>{{else}}<li class="{{$n.Text}}" id='{{$id}}'>{{if $n.Tags}}<i>y</i>{{end}}</li>{{end}}`)), ""},
		"in a template":         {`{{define "l"}}` + in(`{{range $id, $n := .All}}`+entry+`{{end}}`) + `{{end}}{{template "l" .Notes}}`, ""},
		"entries of a template": {`{{define "e"}}<li id="{{.ID}}">{{.Note.Text}}</li>{{end}}` + in(loop(`{{template "e" dict "ID" $id "Note" $n}}`)), ""},
		"an optional id":        {`<ul {{if .On}}id="a"{{else}}id="b"{{end}} phx-update="stream">` + loop(entry) + `</ul>`, ""},
		"a computed id":         {`<ul id="n-{{.Count}}" phx-update="stream">` + loop(entry) + `</ul>`, ""},
		"another All":           {`<ul>{{range $id, $n := .Any.All}}<li>x</li>{{end}}</ul>`, ""},

		"not a stream's container": {`<ul id="notes">` + loop(entry) + `</ul>`, `<ul>, needs phx-update="stream"`},
		"no container":             {loop(entry), `phx-update="stream"`},
		"container without an id":  {`<ul phx-update="stream">` + loop(entry) + `</ul>`, "without an id"},
		"empty container":          {`<ul phx-update="stream"></ul>`, `phx-update="stream" without an id`},
		"not right in it":          {in(`{{if .On}}` + loop(entry) + `{{end}}`), "put that around the <ul>"},
		"two in one":               {in(loop(entry) + loop(entry)), "two streams in one element"},
		"behind another":           {in(`<li id="first">first</li>` + loop(entry)), "before the entries"},
		"else":                     {in(`{{range $id, $n := .Notes.All}}` + entry + `{{else}}<li id="none">none</li>{{end}}`), "no {{else}}"},
		"another id":               {in(loop(`<li id="n-{{$n.ID}}">x</li>`)), `<li id="{{$id}}">`},
		"an id with more":          {in(loop(`<li id="x{{$id}}">x</li>`)), `<li id="{{$id}}">`},
		"no id":                    {in(loop(`<li>x</li>`)), `<li id="{{$id}}">`},
		"no id in a branch":        {in(loop(`{{if .Text}}` + entry + `{{else}}<li>x</li>{{end}}`)), `<li id="{{$id}}">`},
		"no element":               {in(loop(`{{$n.Text}}`)), "one element"},
		"nothing":                  {in(loop(``)), "one element"},
		"two elements":             {in(loop(entry + `<li id="b">b</li>`)), "here are two"},
		"text beside it":           {in(loop(entry + "text")), "one element"},
		"one variable":             {in(`{{range $n := .Notes.All}}<li id="{{$n}}"></li>{{end}}`), "two variables"},
		"no variable":              {in(`{{range .Notes.All}}<li id="{{.}}"></li>{{end}}`), "two variables"},
		"without All":              {in(`{{range .Notes}}<li></li>{{end}}`), "{{range $id, $item := .Messages.All}}"},
		"keyed":                    {in(`{{range $id, $n := .Notes.All | keyed "ID"}}` + entry + `{{end}}`), "leave out keyed"},
		"break":                    {in(loop(`{{if not $n.Text}}{{continue}}{{end}}` + entry)), "break or continue"},
		"assigned":                 {in(loop(`{{$id = "x"}}` + entry)), "assigned to"},
		"in a variable":            {`{{$all := .Notes.All}}` + in(`{{range $id, $n := $all}}`+entry+`{{end}}`), "stand in a range"},
		"printed":                  {`{{.Notes}}`, "shown by a range"},
		"if":                       {`{{if .Notes}}x{{end}}`, "a stream is always true"},
		"len":                      {`{{len .Notes}}`, "a stream has no length"},
		"in a script":              {`<template data-phx-portal="#x"></template><textarea>` + loop(entry) + `</textarea>`, "not in a tag, script"},
		"in an attribute":          {`<p title="` + loop("x") + `"></p>`, "not in a tag, script"},
		"left in the middle":       {`{{range .List}}` + in(`{{range $id, $n := $.Notes.All}}`+entry+`{{end}}`) + `{{if .Text}}{{break}}{{else if .Tags}}{{continue}}{{end}}x{{end}}`, "break or continue"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := liveview.Parse[state](test.text)
			switch {
			case test.want == "" && err != nil:
				t.Errorf("Parse(%s) = %v", test.text, err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), ".go:")):
				t.Errorf("Parse(%s) = %v, want an error with its place and %q", test.text, err, test.want)
			}
		})
	}
}

// What the page doesn't show is lost, and the log says so; so is what was on a page
// that hides the list for a while.
func TestStreamThatIsNotShown(t *testing.T) {
	t.Parallel()
	type state struct {
		notes
		Hidden bool
	}
	page := strings.Replace(notesPage, `<ul`, `{{if not .Hidden}}<ul`, 1)
	page = strings.Replace(page, `</ul>`, `</ul>{{end}}`, 1)
	v, do, log := openStreamed(t, &streamed[state]{page: liveview.MustParse[state](page), mount: func(st *state) {
		st.Notes.Insert(note{ID: 1, Text: "a"})
	}})
	do(func(st *state) { st.Hidden = true })
	do(func(st *state) { st.Hidden = false; st.Notes.Reset([]note{{ID: 2, Text: "b"}}) })
	if got := items(v, "#notes"); got != "notes-2=b" || log.String() != "" {
		t.Errorf("with Reset the page shows %q, and the log says %q", got, log)
	}
	do(func(st *state) { st.Hidden = true; st.Notes.Delete(note{ID: 2}) })
	if log.String() != "" {
		t.Errorf("a delete in a hidden list is lost: %s", log)
	}
	do(func(st *state) { st.Notes.Insert(note{ID: 3, Text: "c"}) })
	if want := `stream=notes`; !strings.Contains(log.String(), want) || !strings.Contains(log.String(), "doesn't show") {
		t.Errorf("the log says %q, want %q", log, want)
	}
	do(func(st *state) { st.Hidden = false; st.Notes.Insert(note{ID: 4, Text: "d"}) })
	if got := items(v, "#notes"); got != "notes-4=d" || !strings.Contains(log.String(), "call Reset") {
		t.Errorf("the page shows %q, and the log says %q", got, log)
	}
	before := len(log.String())
	do(func(st *state) { st.Hidden = true })
	do(func(st *state) { st.Hidden = false })
	if len(log.String()) > before {
		t.Errorf("the log says it again: %s", log.String()[before:])
	}
}

// A Stream is a value: what is asked of a copy changes nothing on the page, and reading
// the state asks for nothing.
func TestStreamIsAValue(t *testing.T) {
	t.Parallel()
	v, do := openStream(t, notesPage, func(st *notes) { st.Notes.Insert(note{ID: 1, Text: "a"}) })
	do(func(st *notes) {
		st.Notes.Insert(note{ID: 2, Text: "b"})
		other := *st
		other.Notes.Insert(note{ID: 3, Text: "of the copy"})
		for range other.Notes.All() {
		}
		st.Notes.Insert(note{ID: 4, Text: "d"})
	})
	if got := items(v, "#notes"); got != "notes-1=a notes-2=b notes-4=d" {
		t.Errorf("the page shows %q", got)
	}
	list := []note{{ID: 5, Text: "e"}}
	do(func(st *notes) { st.Notes.InsertAll(list); list[0].Text = "changed" })
	if got := items(v, "#notes"); got != "notes-1=a notes-2=b notes-4=d notes-5=e" {
		t.Errorf("the page shows %q, want items as they were put in", got)
	}
}

// A view that crashes, in its rendering too, comes back with what its Mount puts in.
func TestStreamAfterACrash(t *testing.T) {
	t.Parallel()
	mounts := 0
	view := &streamed[notes]{page: liveview.MustParseSource[notes](liveview.Source{Text: strings.Replace(notesPage, "{{.Count}}", "{{fail .Count}}", 1), Funcs: template.FuncMap{
		"fail": func(n int) (int, error) {
			if n < 0 {
				return 0, errors.New("on purpose")
			}
			return n, nil
		},
	}}), mount: func(st *notes) {
		mounts++
		st.Notes.InsertAll([]note{{ID: mounts, Text: "m"}})
	}}
	v, do, _ := openStreamed(t, view)
	do(func(st *notes) { st.Notes.Insert(note{ID: 50, Text: "x"}) })
	view.do["do"] = func(st *notes) { st.Notes.Insert(note{ID: 51, Text: "y"}); st.Count = -1 }
	v.Hook("#hook").Push("do", nil)
	v.ExpectCrash()
	v.Reconnect()
	if got := items(v, "#notes"); got != "notes-3=m" {
		t.Errorf("the page shows %q, want what the third Mount put in", got)
	}
	do(func(st *notes) { st.Notes.InsertAt(0, note{ID: 52, Text: "z"}) })
	if got := items(v, "#notes"); got != "notes-52=z notes-3=m" {
		t.Errorf("the page shows %q", got)
	}
}

// What tells items apart is their ID, a field or method, or what the application
// chooses; without one the view can't be rendered, and the error says what to do.
func TestStreamIDs(t *testing.T) {
	t.Parallel()
	v, do := openStream(t, `<ul id="a" phx-update="stream">{{range $id, $x := .Nameless.All}}<li id="{{$id}}">{{$x}}</li>{{end}}</ul>
<ul id="b" phx-update="stream">{{range $id, $x := .Pointers.All}}<li id="{{$id}}">{{$x.Text}}</li>{{end}}</ul>
<ul id="c" phx-update="stream">{{range $id, $x := .Any.All}}<li id="{{$id}}">{{$x.Name}}</li>{{end}}</ul>
<ul id="d" phx-update="stream">{{range $id, $x := .Methods.All}}<li id="{{$id}}">{{$x.Name}}</li>{{end}}</ul><i id="hook" phx-hook="Hook"></i>`,
		func(st *strange) { st.Nameless.IdentifyBy(func(s string) string { return "<" + s + `">` }) })
	do(func(st *strange) {
		st.Nameless.InsertAll([]string{"x", "&y", "日本"})
		st.Pointers.Insert(&note{ID: 7, Text: "p"})
		st.Any.InsertAll([]any{named{"one"}, &named{"two"}})
		st.Methods.Insert(named{"three"})
	})
	do(func(st *strange) { st.Nameless.Delete("&y"); st.Methods.Update(named{"three"}) })
	for container, want := range map[string]string{
		"#a": `<x">=x <日本">=日本`, "#b": "pointers-7=p", "#c": "any-the one=one any-the two=two", "#d": "methods-the three=three",
	} {
		if got := items(v, container); got != want {
			t.Errorf("%s is %q, want %q", container, got, want)
		}
	}

	view := &streamed[strange]{
		page:  liveview.MustParse[strange](`<ul id="a" phx-update="stream">{{range $id, $x := .Nameless.All}}<li id="{{$id}}">{{$x}}</li>{{end}}</ul>`),
		mount: func(st *strange) { st.Nameless.Insert("x") },
	}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", view) })
	if p := s.visitor().get("/"); p.status != http.StatusInternalServerError || !strings.Contains(s.log.String(), "IdentifyBy") {
		t.Errorf("status %d, log %q; want an error that names IdentifyBy", p.status, s.log)
	}
}

// A stream that a page ranges over twice is an error with the place.
func TestStreamTwice(t *testing.T) {
	t.Parallel()
	type state struct{ A, B liveview.Stream[note] }
	const list = `<ul id="%[1]s" phx-update="stream">{{range $id, $n := .%[1]s.All}}<li id="{{$id}}">{{$n.Text}}</li>{{end}}</ul>`
	page := fmt.Sprintf(list, "A") + fmt.Sprintf(list, "B")
	view := &streamed[state]{page: liveview.MustParse[state](page), mount: func(st *state) { st.A.Insert(note{ID: 1}); st.B = st.A }}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", view) })
	c := s.visitor().get("/").connect()
	if status, response := c.join(); status != "error" {
		t.Errorf("the join is answered with %s %v", status, response)
	}
	eventually(t, 10*time.Second, "the log to name what is ranged over twice", func() bool {
		return strings.Contains(s.log.String(), "ranged over twice") && strings.Contains(s.log.String(), ".B.All")
	})
}

// An entry more, or one less, is sent as what it consists of and little else, and the
// first of a list that was empty brings what all of them share.
func TestStreamOnTheWire(t *testing.T) {
	t.Parallel()
	view := &streamed[notes]{page: liveview.MustParse[notes](notesPage), do: map[string]func(*notes){}}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", view) })
	c := s.visitor().get("/").connect()
	if status, _ := c.join(); status != "ok" {
		t.Fatal(status)
	}
	for _, test := range []struct {
		do   func(st *notes)
		want string
	}{
		{
			func(st *notes) { st.Notes.InsertAt(0, note{ID: 20000, Text: "new"}) },
			`{"1":{"k":{"0":{"0":"notes-20000","1":"new","2":""},"kc":1},"stream":["0",[["notes-20000",0,null,false]],[]]}}`,
		},
		{
			func(st *notes) { st.Notes.Update(note{ID: 1, Text: "u", Tags: []string{"x"}}) },
			`{"1":{"k":{"0":{"0":"notes-1","1":"u","2":{"k":{"0":{"0":"x"},"kc":1},"s":["<b>","</b>"]}},"kc":1},"stream":["0",[["notes-1",-1,null,true]],[]]}}`,
		},
		{func(st *notes) { st.Notes.Delete(note{ID: 20000}) }, `{"1":{"k":{"kc":0},"stream":["0",[],["notes-20000"]]}}`},
		{
			func(st *notes) { st.Notes.Insert(note{ID: 1}, liveview.KeepLast(2)) },
			`{"1":{"k":{"0":{"0":"notes-1","1":"","2":""},"kc":1},"stream":["0",[["notes-1",-1,-2,false]],[]]}}`,
		},
		{func(st *notes) { st.Notes.Reset(nil) }, `{"1":{"k":{"kc":0},"stream":["0",[],[],true]}}`},
		{func(st *notes) { st.Notes.DeleteByID("x"); st.Notes.Reset(nil); st.Notes.Delete(note{ID: 4}) }, `{"1":{"k":{"kc":0},"stream":["0",[],[],true]}}`},
		{func(st *notes) { st.Count++ }, `{"0":"1"}`},
		{func(*notes) {}, ``},
	} {
		view.do["do"] = test.do
		got := c.click("do", nil)
		var want map[string]any
		if test.want != "" {
			if err := json.Unmarshal([]byte(test.want), &want); err != nil {
				t.Fatal(err)
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("the diff is\n%v, want\n%v", got, want)
		}
	}
}

// rack is a live component with a stream.
type rack struct {
	Name  string
	Notes liveview.Stream[note]
	next  int
}

type rackComponent struct{ page *liveview.Template[rack] }

func (c rackComponent) Update(s *liveview.Socket[rack], name string) error {
	s.Assign(func(st *rack) {
		if st.Name == "" {
			st.Notes.Insert(note{ID: 0, Text: name})
		}
		st.Name = name
	})
	return nil
}

func (c rackComponent) HandleEvent(s *liveview.Socket[rack], e liveview.Event) error {
	s.Assign(func(st *rack) {
		switch e.Name {
		case "add":
			st.next++
			st.Notes.InsertAt(0, note{ID: st.next, Text: fmt.Sprint(st.Name, st.next)})
		case "reset":
			st.Notes.Reset([]note{{ID: 99, Text: "reset"}})
		}
	})
	return nil
}

func (c rackComponent) Render(st rack) liveview.Rendered { return c.page.Render(st) }

// racks is a view with live components that have streams, and with live components
// as entries of a stream.
type racks struct {
	Names   []string
	Entries liveview.Stream[note]
	Count   int
}

// ofComponents is what ids of streams in live components begin with.
var ofComponents = regexp.MustCompile(`notes-\d+-`)

// Streams in live components are each its own, and live components live in the entries
// of a stream, as the entries and in them.
func TestStreamsAndLiveComponents(t *testing.T) {
	t.Parallel()
	rackPage := liveview.MustParse[rack](`<section><h2>{{.Name}}</h2><button phx-click="add" phx-target="{{myself}}">add {{.Name}}</button><button phx-click="reset" phx-target="{{myself}}">reset {{.Name}}</button><ul id="rack-{{.Name}}" phx-update="stream">{{range $id, $n := .Notes.All}}<li id="{{$id}}">{{$n.Text}}</li>{{end}}</ul></section>`)
	rowPage := liveview.MustParse[rack](`<li id="entries-{{.Name}}">{{.Name}} <b>{{len .Name}}</b><ul id="in-{{.Name}}" phx-update="stream">{{range $id, $n := .Notes.All}}<li id="{{$id}}">{{$n.Text}}</li>{{end}}</ul><button phx-click="add" phx-target="{{myself}}">more {{.Name}}</button></li>`)
	page := liveview.MustParseSource[racks](liveview.Source{
		Text: `<p>{{.Count}}</p>{{range .Names}}{{rack . .}}{{end}}<ul id="entries" phx-update="stream">{{range $id, $n := .Entries.All}}{{row $n.ID $n.Text}}{{end}}</ul><i id="hook" phx-hook="Hook"></i>`,
		Live: map[string]liveview.AnyLive{
			"rack": liveview.NewLive[rack, string](rackComponent{rackPage}),
			"row":  liveview.NewLive[rack, string](rackComponent{rowPage}),
		},
	})
	v, do, log := openStreamed(t, &streamed[racks]{page: page, mount: func(st *racks) {
		st.Names = []string{"a", "b"}
		st.Entries.InsertAll([]note{{ID: 1, Text: "1"}, {ID: 2, Text: "2"}})
	}})
	shows := func(what, container, want string) {
		t.Helper()
		if got := ofComponents.ReplaceAllString(items(v, container), "notes-"); got != want {
			t.Errorf("%s: %s is %q, want %q", what, container, got, want)
		}
	}
	v.Click("add a")
	v.Click("add b")
	v.Click("add b")
	shows("add", "#rack-a", "notes-1=a1 notes-0=a")
	shows("add", "#rack-b", "notes-2=b2 notes-1=b1 notes-0=b")
	v.Click("reset a")
	shows("reset", "#rack-a", "notes-99=reset")
	shows("reset of another", "#rack-b", "notes-2=b2 notes-1=b1 notes-0=b")
	do(func(st *racks) { st.Names = []string{"b", "a"}; st.Count++ })
	v.Click("add a")
	shows("moved", "#rack-a", "notes-2=a2 notes-99=reset")

	v.Click("more 2")
	shows("in an entry", "#in-2", "notes-1=21 notes-0=2")
	do(func(st *racks) { st.Entries.InsertAt(0, note{ID: 3, Text: "3"}) })
	v.Click("more 3")
	v.Click("more 2")
	shows("in another", "#in-3", "notes-1=31 notes-0=3")
	shows("in the entry again", "#in-2", "notes-2=22 notes-1=21 notes-0=2")
	do(func(st *racks) { st.Entries.Delete(note{ID: 2}); st.Entries.InsertAt(0, note{ID: 2, Text: "2"}) })
	shows("of an entry that moved", "#in-2", "notes-2=22 notes-1=21 notes-0=2")
	do(func(st *racks) { st.Entries.Delete(note{ID: 2}) })
	do(func(st *racks) { st.Entries.Insert(note{ID: 2, Text: "2"}); st.Count++ })
	if got := v.Count("#entries > *"); got != 3 {
		t.Errorf("%d entries", got)
	}
	v.Click("more 2")
	if log.String() != "" {
		t.Errorf("the log says\n%s", log)
	}
}

// thread is an entry of a stream that has a stream itself.
type thread struct {
	ID      int
	Title   string
	Replies liveview.Stream[note]
}

// An entry may have a stream of its own, which is filled with it. When the entry is sent
// again, what is put in then comes to what the page has.
func TestStreamInAnEntryOfAStream(t *testing.T) {
	t.Parallel()
	type state struct{ Threads liveview.Stream[thread] }
	made := func(id int, title string, replies ...int) thread {
		th := thread{ID: id, Title: title}
		for _, r := range replies {
			th.Replies.Insert(note{ID: r, Text: fmt.Sprint("reply ", r)})
		}
		return th
	}
	v, do := openStream(t, `<div id="threads" phx-update="stream">{{range $id, $t := .Threads.All}}<section id="{{$id}}"><h2>{{$t.Title}}</h2><ul id="of-{{$id}}" phx-update="stream">{{range $rid, $r := $t.Replies.All}}<li id="{{$rid}}">{{$r.Text}}</li>{{end}}</ul></section>{{end}}</div><i id="hook" phx-hook="Hook"></i>`,
		func(st *state) { st.Threads.InsertAll([]thread{made(1, "one", 10, 11), made(2, "two")}) })
	do(func(st *state) { st.Threads.InsertAt(0, made(3, "three", 30)) })
	do(func(st *state) { st.Threads.Update(made(1, "ONE", 12)) })
	for id, want := range map[int]string{
		1: "threads-replies-10=reply 10 threads-replies-11=reply 11 threads-replies-12=reply 12",
		2: "",
		3: "threads-replies-30=reply 30",
	} {
		if got := items(v, fmt.Sprintf("#of-threads-%d", id)); got != want {
			t.Errorf("the replies to %d are %q, want %q", id, got, want)
		}
	}
	if got := v.Text("#threads-1 h2"); got != "ONE" {
		t.Errorf("the title is %q", got)
	}
}
