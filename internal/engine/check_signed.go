package engine

import (
	"fmt"
	"strings"
	"text/template/parse"

	"github.com/gin-liveview/liveview/internal/htmlscan"
)

// A signature holds for the name that the value is sent by. signed is the function that
// signs: signed "id" .ID.

// signedFor returns the name that a pipeline's value is signed for, if it is a constant.
func signedFor(p *parse.PipeNode) (name string, ok bool) {
	if id := lastFunction(p.Cmds); id == nil || id.Ident != "signed" {
		return "", false
	}
	args := p.Cmds[len(p.Cmds)-1].Args
	if len(args) < 2 {
		return "", false
	}
	text, ok := args[1].(*parse.StringNode)
	if !ok {
		return "", false
	}
	return text.Text, true
}

// wrongSignature says what is wrong with a value that an action signs where m stands, or
// with those that it passes on with their names.
func wrongSignature(m *markup, action *parse.ActionNode) string {
	if signed, ok := signedFor(action.Pipe); ok {
		name, _, in := m.InValue(clientsRank)
		sent, isValue := strings.CutPrefix(name, "phx-value-")
		switch {
		case !in || strings.IndexByte(name, htmlscan.Blank) >= 0:
		case isValue && sent != signed:
			return sentAs(name, signed, sent)
		case name == "value":
			m.signed = signed // what it is sent as says the rest of the tag
		}
	}
	return wrongSignatures(action.Pipe)
}

// wrongSignatures looks at the calls in a pipeline that take names and values in turn.
func wrongSignatures(p *parse.PipeNode) string {
	for _, cmd := range p.Cmds {
		prefix, where, takesPairs := namesIn(cmd.Args[0])
		for i, arg := range cmd.Args {
			if chain, ok := arg.(*parse.ChainNode); ok {
				arg = chain.Node
			}
			inner, ok := arg.(*parse.PipeNode)
			if !ok {
				continue
			}
			if text := wrongSignatures(inner); text != "" {
				return text
			}
			signed, ok := signedFor(inner)
			if !ok || !takesPairs || i < 2 {
				continue
			}
			name, ok := cmd.Args[i-1].(*parse.StringNode)
			if !ok {
				continue
			}
			sent, ok := strings.CutPrefix(name.Text, prefix)
			if prefix != "" {
				sent = strings.ToLower(sent)
			}
			if ok && sent != signed {
				return sentAs(fmt.Sprintf(where, name.Text), signed, sent)
			}
		}
	}
	return ""
}

// namesIn returns what is before the name, as it is sent, in the names that a function takes
// with its values, and how these are called in errors.
func namesIn(function parse.Node) (prefix, where string, ok bool) {
	switch n := function.(type) {
	case *parse.IdentifierNode:
		return "phx-value-", "%s", n.Ident == "attrs" || n.Ident == "attr"
	case *parse.ChainNode:
		id, isFunction := n.Node.(*parse.IdentifierNode)
		return "", "js.Value %q", isFunction && id.Ident == "js" && len(n.Field) == 1 && n.Field[0] == "Value"
	}
	return "", "", false
}
