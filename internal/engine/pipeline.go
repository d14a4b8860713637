package engine

import (
	"reflect"
	"strings"
	"text/template/parse"
)

// What can be read off the nodes of a pipeline, and how nodes are made.

// escapers divides a pipeline into what gives its value and the escapers that
// html/template put at its end.
func escapers(p *parse.PipeNode) (values []*parse.CommandNode, names []string) {
	n := len(p.Cmds)
	for n > 0 {
		id, ok := p.Cmds[n-1].Args[0].(*parse.IdentifierNode)
		if !ok || len(p.Cmds[n-1].Args) > 1 || !strings.HasPrefix(id.Ident, escaperPrefix) {
			break
		}
		n--
	}
	for _, cmd := range p.Cmds[n:] {
		names = append(names, cmd.Args[0].(*parse.IdentifierNode).Ident)
	}
	return p.Cmds[:n], names
}

// lastFunction returns the function whose call a pipeline ends with, not
// regarding html/template's escapers; nil if it ends with none.
func lastFunction(cmds []*parse.CommandNode) *parse.IdentifierNode {
	if len(cmds) == 0 {
		return nil
	}
	id, _ := cmds[len(cmds)-1].Args[0].(*parse.IdentifierNode)
	return id
}

// fold turns x | f a into f a x, which is the same. It reports whether that
// makes one command of the pipeline.
func fold(cmds []*parse.CommandNode) (*parse.CommandNode, bool) {
	cmd := cmds[0]
	for _, next := range cmds[1:] {
		switch next.Args[0].(type) {
		case *parse.IdentifierNode, *parse.FieldNode, *parse.VariableNode, *parse.ChainNode:
		default:
			return nil, false
		}
		arg := cmd.Args[0]
		if _, isCall := arg.(*parse.IdentifierNode); isCall || len(cmd.Args) > 1 {
			arg = &parse.PipeNode{NodeType: parse.NodePipe, Pos: cmd.Pos, Cmds: []*parse.CommandNode{cmd}}
		}
		args := append(append([]parse.Node{}, next.Args...), arg)
		cmd = &parse.CommandNode{NodeType: parse.NodeCommand, Pos: next.Pos, Args: args}
	}
	return cmd, true
}

// constant returns the value text/template gives a number whose type nothing
// decides: complex128, float64 or int, or none if an int can't hold it.
func constant(n *parse.NumberNode) reflect.Value {
	text := n.Text
	isRune := text != "" && text[0] == '\''
	isHex := len(text) > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') && !strings.ContainsAny(text, "pP")
	switch {
	case n.IsComplex:
		return reflect.ValueOf(n.Complex128)
	case n.IsFloat && !isHex && !isRune && strings.ContainsAny(text, ".eEpP"):
		return reflect.ValueOf(n.Float64)
	case n.IsInt && int64(int(n.Int64)) == n.Int64:
		return reflect.ValueOf(int(n.Int64))
	}
	return reflect.Value{}
}

// constantValue returns the value of a constant; false if n is none.
func constantValue(n parse.Node) (reflect.Value, bool) {
	switch n := n.(type) {
	case *parse.BoolNode:
		return reflect.ValueOf(n.True), true
	case *parse.StringNode:
		return reflect.ValueOf(n.Text), true
	case *parse.NumberNode:
		v := constant(n)
		return v, v.IsValid()
	}
	return reflect.Value{}, false
}

// command returns a command of its arguments, the first of which may be a function.
func command(args ...parse.Node) *parse.CommandNode {
	return &parse.CommandNode{NodeType: parse.NodeCommand, Args: args}
}

// onePipe returns a pipeline that is an argument alone.
func onePipe(n parse.Node) *parse.PipeNode {
	if p, ok := n.(*parse.PipeNode); ok {
		return p
	}
	return &parse.PipeNode{NodeType: parse.NodePipe, Pos: n.Position(), Cmds: []*parse.CommandNode{command(n)}}
}

// actionNode returns an action of one command.
func actionNode(args ...parse.Node) *parse.ActionNode {
	return &parse.ActionNode{
		NodeType: parse.NodeAction,
		Pipe:     &parse.PipeNode{NodeType: parse.NodePipe, Cmds: []*parse.CommandNode{command(args...)}},
	}
}

// fieldNode returns a field chain on dot. It has no place in any source;
// position 0 exists in every text.
func fieldNode(names ...string) *parse.FieldNode {
	return &parse.FieldNode{NodeType: parse.NodeField, Ident: names}
}
