package engine

import (
	"reflect"
	"strconv"
	"strings"
	"text/template/parse"
)

// placeText prints a field of a basic kind.
type placeText struct {
	at   loc
	kind reflect.Kind
}

func (t *placeText) appendText(dst []byte, _ *run, fr *frame) []byte {
	p := fr.must(&t.at)
	switch basicClass(t.kind) {
	case classText:
		return appendEscaped(dst, stringAt(p))
	case classInt:
		return strconv.AppendInt(dst, intAt(p, t.kind), 10)
	case classUint:
		return strconv.AppendUint(dst, uintAt(p, t.kind), 10)
	case classBool:
		return strconv.AppendBool(dst, boolAt(p))
	default:
		return appendFloat(dst, floatAt(p, t.kind), bitsOf(t.kind))
	}
}

func bitsOf(k reflect.Kind) int {
	if k == reflect.Float32 {
		return 32
	}
	return 64
}

// scalarText prints a computed scalar.
type scalarText struct{ scalar }

func (t *scalarText) appendText(dst []byte, _ *run, fr *frame) []byte {
	switch t.class {
	case classText:
		return appendEscaped(dst, t.text(fr))
	case classInt:
		return strconv.AppendInt(dst, t.int(fr), 10)
	case classUint:
		return strconv.AppendUint(dst, t.uint(fr), 10)
	case classBool:
		return strconv.AppendBool(dst, t.bool(fr))
	default:
		return appendFloat(dst, t.float(fr), bitsOf(t.typ.Kind()))
	}
}

// fragmentText leaves an action to html/template.
type fragmentText struct{ frag *fragment }

func (t *fragmentText) appendText(dst []byte, r *run, fr *frame) []byte {
	return r.execute(dst, t.frag, fr)
}

// escapers are those that html/template put at the end of a pipeline.
func escapers(p *parse.PipeNode) (values []*parse.CommandNode, names []string) {
	n := len(p.Cmds)
	for n > 0 {
		id, ok := p.Cmds[n-1].Args[0].(*parse.IdentifierNode)
		if !ok || len(p.Cmds[n-1].Args) > 1 || !strings.HasPrefix(id.Ident, "_html_template_") {
			break
		}
		n--
	}
	for _, cmd := range p.Cmds[n:] {
		names = append(names, cmd.Args[0].(*parse.IdentifierNode).Ident)
	}
	return p.Cmds[:n], names
}

// plainEscapers escape a plain value by htmlEscapes, all of them alike.
var plainEscapers = map[string]bool{
	"_html_template_htmlescaper":   true,
	"_html_template_attrescaper":   true,
	"_html_template_rcdataescaper": true,
}

// digitEscapers leave the digits and the minus sign of an integer as they are.
var digitEscapers = map[string]bool{
	"_html_template_htmlescaper":    true,
	"_html_template_attrescaper":    true,
	"_html_template_rcdataescaper":  true,
	"_html_template_nospaceescaper": true,
	"_html_template_urlfilter":      true,
	"_html_template_urlnormalizer":  true,
	"_html_template_urlescaper":     true,
}

// texter compiles an action that prints.
func (c *compiler) texter(sc *scope, n *parse.ActionNode) texter {
	values, names := escapers(n.Pipe)
	if t := c.direct(sc, values, names); t != nil {
		return t
	}
	copied := n.Copy().(*parse.ActionNode)
	return &fragmentText{c.fragment(sc, n.Pipe, copied.Pipe, copied, false)}
}

// direct compiles what can be printed without html/template, or returns nil.
func (c *compiler) direct(sc *scope, values []*parse.CommandNode, names []string) texter {
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
