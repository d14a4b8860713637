package engine

import (
	"html/template"
	"reflect"
	"slices"
	"text/template/parse"
)

// plainEscapers escape a plain value by htmlEscapes, all of them alike.
var plainEscapers = map[string]bool{
	escaperPrefix + "htmlescaper":   true,
	escaperPrefix + "attrescaper":   true,
	escaperPrefix + "rcdataescaper": true,
}

// digitEscapers leave the digits and the minus sign of an integer as they are.
var digitEscapers = map[string]bool{
	escaperPrefix + "htmlescaper":    true,
	escaperPrefix + "attrescaper":    true,
	escaperPrefix + "rcdataescaper":  true,
	escaperPrefix + "nospaceescaper": true,
	escaperPrefix + "urlfilter":      true,
	escaperPrefix + "urlnormalizer":  true,
	escaperPrefix + "urlescaper":     true,
}

// filterEscapers put unsafeText in place of what they take for unsafe.
var filterEscapers = map[string]bool{
	escaperPrefix + "urlfilter":      true,
	escaperPrefix + "cssvaluefilter": true,
	escaperPrefix + "htmlnamefilter": true,
	escaperPrefix + "srcsetescaper":  true,
}

// print compiles an action that prints.
func (c *compiler) print(w *writer, sc *scope, n *parse.ActionNode, at *where) {
	values, names := escapers(n.Pipe)
	text := c.direct(sc, values, names)
	if text == nil {
		text = c.methodText(sc, values, names, at)
	}
	if text == nil {
		copied := n.Copy().(*parse.ActionNode)
		frag := c.fragment(sc, n.Pipe, copied.Pipe, copied, false)
		frag.where = at
		printed := &fragmentText{frag: frag, markup: mayBeHTML(c.pipe(sc, &parse.PipeNode{NodeType: parse.NodePipe, Cmds: values}).typ)}
		if slices.ContainsFunc(names, func(name string) bool { return filterEscapers[name] }) {
			printed.filters = &caution{where: at}
		}
		text = printed
	}
	w.dynamic(at, text)
}

// mayBeHTML reports whether html/template may find that a value of type t, or of
// an unknown one if t is nil, is HTML and needs no escape.
func mayBeHTML(t reflect.Type) bool {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t == nil || t.Kind() == reflect.Interface || t == reflect.TypeFor[template.HTML]()
}

// direct compiles what can be printed without html/template, or returns nil.
func (c *compiler) direct(sc *scope, values []*parse.CommandNode, names []string) action {
	if len(values) == 0 || len(names) == 0 {
		return nil
	}
	digits := true
	for _, name := range names {
		digits = digits && digitEscapers[name]
	}
	plain := len(names) == 1 && plainEscapers[names[0]]
	if !digits && !plain {
		return nil
	}
	pipe := &parse.PipeNode{NodeType: parse.NodePipe, Cmds: values}
	mark := c.region.mark()
	s, ok := c.scalar(sc, pipe)
	if !ok || !printsPlainly(s.typ) || !plain && s.class != classInt && s.class != classUint {
		c.region.reset(mark)
		return nil
	}
	if s.at != nil {
		return &placeText{*s.at, s.typ.Kind()}
	}
	return &scalarText{s}
}
