package engine_test

import (
	"errors"
	"fmt"
	"html/template"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/internal/engine"
)

// functions are those the test pages may call.
var functions = template.FuncMap{
	"add":    func(a, b int) int { return a + b },
	"upper":  strings.ToUpper,
	"fail":   func(s string) (string, error) { return "", errors.New("failed on " + s) },
	"panic":  func() string { panic("oh") },
	"list":   func(items ...any) []any { return items },
	"safe":   func(s string) template.HTML { return template.HTML(s) },
	"nums":   func() []int { return []int{1, 2, 3} },
	"listed": func() []string { return []string{"p", "q"} },
}

// twin is a page compiled twice: by the engine, and by html/template, which says
// what the engine has to show.
type twin struct {
	text   string
	ours   *engine.Template
	theirs *template.Template
}

func newTwin(tb testing.TB, text string, state any) twin {
	tb.Helper()
	theirs, err := parseTheirs(text)
	if err != nil {
		tb.Fatalf("html/template's Parse(%s) = %v", text, err)
	}
	return twin{text, mustParse(tb, text, state), theirs}
}

func parseOurs(text string, state any) (*engine.Template, error) {
	return engine.ParseLax(engine.Source{Name: "page", Text: text, Funcs: functions, State: reflect.TypeOf(state).Elem()})
}

func mustParse(tb testing.TB, text string, state any) *engine.Template {
	tb.Helper()
	t, err := parseOurs(text, state)
	if err != nil {
		tb.Fatalf("Parse(%s) = %v", text, err)
	}
	return t
}

// parseTheirs parses with html/template, which finds some mistakes only when
// the page is rendered. What is shown first in a textarea or pre follows a
// newline, as the engine has it.
func parseTheirs(text string) (*template.Template, error) {
	return template.New("page").Funcs(template.FuncMap{
		"keyed":     keyedByNothing,
		"component": written,
	}).Funcs(functions).Parse(opening.ReplaceAllString(text, "$1\n{{"))
}

// opening is where HTML would drop a newline that an action shows first.
var opening = regexp.MustCompile(`(<(?:textarea|pre|listing)\b[^>]*>)\{\{`)

// keyedByNothing is the function keyed for html/template: the list.
func keyedByNothing(_ string, list reflect.Value) reflect.Value { return list }

// renderTheirs renders with html/template.
func renderTheirs(t *template.Template, state any) (_ string, err error) {
	defer func() {
		if r := recover(); r != nil { // an iterator's panic passes through text/template
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	var b strings.Builder
	err = t.Execute(&b, reflect.ValueOf(state).Elem())
	return runs.ReplaceAllString(b.String(), "$1#ZgotmplZ$2"), err
}

// runs are the values of event attributes that the client would run, which the engine
// shows otherwise than html/template does.
var runs = regexp.MustCompile(`( phx-click=")\[[^"]*(")`)

// session is one client of one page.
type session struct {
	twin
	client client
	tree   engine.Tree
	want   string // what the client has to show
}

func (w twin) session() *session { return &session{twin: w} }

// show renders the state in every way, each of which has to give what
// html/template writes: as HTML, as a diff onto what the client shows, once
// more, which has to give nothing, and as the full tree for a new client. It
// returns the diff.
func (s *session) show(tb testing.TB, state any) (diff string) {
	tb.Helper()
	diff, ok := s.render(tb, state)
	if !ok {
		return ""
	}
	again, err := s.tree.Diff(nil, s.ours, state, nil)
	if err != nil || len(again) > 0 {
		tb.Fatalf("an unchanged state gives {%s}, %v", again, err)
	}
	fresh := session{twin: s.twin, want: s.want}
	fresh.update(tb, state)
	return diff
}

// render renders the state as HTML and as a diff. It isn't ok if html/template
// can't render it, which the engine then can't either.
func (s *session) render(tb testing.TB, state any) (diff string, ok bool) {
	tb.Helper()
	want, wantErr := renderTheirs(s.theirs, state)
	html, err := s.ours.HTML([]byte("x"), state, nil)
	if (err != nil) != (wantErr != nil) {
		tb.Fatalf("HTML of %s with %+v: error %v, html/template's %v", s.text, reflect.ValueOf(state).Elem(), err, wantErr)
	}
	if wantErr != nil {
		if out, err := s.tree.Diff([]byte("y"), s.ours, state, nil); err == nil || string(out) != "y" {
			tb.Fatalf("Diff of %s returned %s, %v; html/template's error is %v", s.text, out, err, wantErr)
		}
		return "", false
	}
	if string(html) != "x"+want {
		tb.Fatalf("HTML of %s with %+v\n got %q\nwant %q", s.text, reflect.ValueOf(state).Elem(), html[1:], want)
	}
	s.want = want
	return s.update(tb, state), true
}

// update sends the client the diff, after which it has to show what is wanted.
func (s *session) update(tb testing.TB, state any) (diff string) {
	tb.Helper()
	out, err := s.tree.Diff([]byte("y"), s.ours, state, nil)
	if err != nil {
		tb.Fatalf("Diff of %s: %v", s.text, err)
	}
	if err := s.client.apply(out[1:]); err != nil {
		tb.Fatalf("the client refuses {%s} of %s: %v", out[1:], s.text, err)
	}
	if err := s.client.checkRoots(); err != nil {
		tb.Fatalf("%v in {%s} of %s", err, out[1:], s.text)
	}
	if got, want := s.client.html(), wire(s.want); got != want {
		tb.Fatalf("the client shows of %s with %+v after {%s}\n got %q\nwant %q", s.text, reflect.ValueOf(state).Elem(), out[1:], got, want)
	}
	return string(out[1:])
}

// wire is what text becomes in JSON: bytes that are not UTF-8 are replaced.
func wire(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteRune(r)
	}
	return b.String()
}
