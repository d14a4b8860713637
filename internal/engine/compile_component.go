package engine

import (
	"errors"
	"fmt"
	"html/template"
	"reflect"
	"text/template/parse"
)

// htmlEscaper is what html/template appends to an action in HTML text, and
// nowhere else alone.
const htmlEscaper = escaperPrefix + "htmlescaper"

// componentStandIn is what html/template sees of the function component: HTML
// that needs no escape. It is only called where a recursive template stands in
// another context than text, which html/template executes by itself.
func componentStandIn(any) (template.HTML, error) {
	return "", errors.New("a component can stand in HTML text only, not in a script, style or attribute")
}

// componentResult checks a call of component and returns the type of its result.
func componentResult(ty *typer, sc *scope, n *parse.IdentifierNode, args []parse.Node, final *staticType) staticType {
	result := staticType{typ: reflect.TypeFor[template.HTML]()}
	if n != ty.printed {
		ty.errorf(n, "component writes HTML into the page, so it is the last of an action of its own, as in {{component .Card}}")
	}
	var arg staticType
	switch {
	case len(args) == 1 && final == nil:
		if _, ok := args[0].(*parse.NilNode); ok {
			ty.errorf(n, "component takes a component, not nil")
			return result
		}
		arg = ty.arg(sc, args[0])
	case len(args) == 0 && final != nil:
		arg = *final
	default:
		ty.errorf(n, "component takes one component, as in {{component .Card}}")
		return result
	}
	t := arg.typ
	if t == nil || t.Kind() == reflect.Interface || t.Implements(componentType) {
		return result
	}
	if !reflect.PointerTo(t).Implements(componentType) {
		ty.errorf(n, "%v", noComponent(t))
	} else if !arg.addr {
		ty.errorf(n, "Render is a method of *%s, and this %s isn't addressable", t, t)
	}
	return result
}

// compileComponent compiles an action that shows a component.
func compileComponent(c *compiler, w *writer, sc *scope, n *parse.ActionNode, values []*parse.CommandNode, escapers []string) {
	at := c.where(n.Pipe)
	if len(escapers) != 1 || escapers[0] != htmlEscaper {
		location, expr := at.text()
		panic(mistake{fmt.Errorf("%s: %s: a component can stand in HTML text only, not in a tag, attribute, comment, script or style", location, expr)})
	}
	last := len(values) - 1
	pipe := &parse.PipeNode{NodeType: parse.NodePipe, Pos: n.Pipe.Pos, Line: n.Pipe.Line, Cmds: values[:last]}
	if args := values[last].Args; len(args) > 1 {
		pipe.Cmds = []*parse.CommandNode{{NodeType: parse.NodeCommand, Pos: args[1].Position(), Args: args[1:]}}
	}
	source, prep := c.source(sc, pipe)
	if prep != nil && prep.frag != nil {
		prep.frag.where = at
	}
	c.region.impure = true
	w.dynamic(at, &component{source: source, prep: prep, ignored: c.ignored[n]})
}
