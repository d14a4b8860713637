package engine

import (
	"fmt"
	"reflect"
	"strings"
	"text/template/parse"
)

// typer infers the static types of pipelines by the rules that text/template
// applies at run time.
type typer struct {
	funcs map[string]reflect.Type // the user's functions and the helpers
	// own are the engine's own functions, by their names.
	own  map[string]ownType
	tree *parse.Tree // to place nodes in their source
	// forms returns what is known of forms of a type, nil for any other; it may be nil.
	forms func(reflect.Type) FormModel
	// printed is the function that the action being checked ends with, if any:
	// the only place of a call of the engine's functions that print.
	printed *parse.IdentifierNode
	// ranged is what the range being checked is over: the only place of a call of a
	// stream's All.
	ranged parse.Node
	// fail receives mistakes; nil when the templates have been checked already.
	fail func(error)
}

// ownType checks a call of one of the engine's own functions and returns the
// type of its result.
type ownType func(ty *typer, sc *scope, n *parse.IdentifierNode, args []parse.Node, final *staticType) staticType

func (ty *typer) errorf(n parse.Node, format string, args ...any) {
	if ty.fail == nil {
		return
	}
	location, expr := ty.tree.ErrorContext(n)
	ty.fail(fmt.Errorf("%s: %s: %s", location, expr, fmt.Sprintf(format, args...)))
}

// missing reports that t lacks name, and which of its names is nearest.
func (ty *typer) missing(n parse.Node, t reflect.Type, name string) {
	if isDict(t) {
		ty.errorf(n, "the template is given no %s: add it to the dict of its call", name)
		return
	}
	best, distance := "", len(name)/2+2
	consider := func(candidate string) {
		if d := editDistance(strings.ToLower(name), strings.ToLower(candidate)); d < distance {
			best, distance = candidate, d
		}
	}
	if t.Kind() == reflect.Struct {
		for _, f := range reflect.VisibleFields(t) {
			if f.IsExported() {
				consider(f.Name)
			}
		}
	}
	for p, i := reflect.PointerTo(t), 0; i < p.NumMethod(); i++ {
		consider(p.Method(i).Name)
	}
	if best != "" {
		ty.errorf(n, "%s has no field or method %s; did you mean %s?", t, name, best)
		return
	}
	ty.errorf(n, "%s has no field or method %s", t, name)
}

// isDict reports whether the function dict has made a type.
func isDict(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t.Name() == "" && t.PkgPath() == ""
}
