package engine

import (
	"errors"
	"fmt"
	"strings"
	"text/template/parse"
)

// where is a place in a template's source, for errors. Line and column are
// counted when they are asked for: text/template counts them from the start of
// the source, which takes too long to be done for every action of a large page.
type where struct {
	tree *parse.Tree
	node parse.Node
}

// text returns name:line:column of the place, and the expression there.
func (w *where) text() (location, expr string) {
	location, expr = w.tree.ErrorContext(w.node)
	if i := strings.Index(expr, " | "+escaperPrefix); i >= 0 {
		expr = strings.TrimSuffix(expr[:i], "}}")
	}
	expr = strings.TrimSuffix(strings.TrimPrefix(expr, "{{"), "}}")
	if i := strings.IndexByte(expr, '}'); i >= 0 {
		expr = expr[:i]
	}
	return location, expr
}

func (w *where) errorf(format string, args ...any) error {
	location, expr := w.text()
	return fmt.Errorf("%s: <%s>: %w", location, expr, fmt.Errorf(format, args...))
}

// renderError is the panic that ends a rendering. Evaluation is deep and fails
// rarely, so errors aren't passed up through every step of it; guard, where a
// rendering began, makes an error of the panic.
type renderError struct {
	err error
	at  *where // nil: at the step that is being evaluated
}

var errNilPointer = errors.New("nil pointer evaluating a field")

// mistake is the panic that ends the parsing of a page: the first error found.
type mistake struct{ err error }

// catchMistake, deferred, makes an error of a mistake.
func catchMistake(err *error) {
	switch p := recover().(type) {
	case nil:
	case mistake:
		*err = p.err
	default:
		panic(p)
	}
}

// failure is an error of an action that html/template executed, without
// text/template's preamble: that would place it in the fragment the action was
// made into, rather than in the page.
type failure struct {
	text  string
	below error
}

func (f *failure) Error() string { return f.text }
func (f *failure) Unwrap() error { return f.below }

// cause strips text/template's error down to what happened. Of its chain, what
// the application returned is kept.
func cause(err error) error {
	text := err.Error()
	if i := strings.Index(text, ">: "); strings.HasPrefix(text, "template: ") && i >= 0 {
		text = text[i+3:]
	}
	below := err
	for below != nil {
		next := errors.Unwrap(below)
		if next == nil {
			break
		}
		below = next
	}
	if errors.Unwrap(err) == nil || strings.HasPrefix(below.Error(), "template: ") {
		below = nil
	}
	return &failure{text, below}
}
