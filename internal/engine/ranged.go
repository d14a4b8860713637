package engine

import "text/template/parse"

// streamRange is the range over a stream called so, for errors.
const streamRange = "{{range $id, $item := .%s.All}}"

// rangedOver returns what the pipeline p calls a method All of, and nothing else; nil if
// it is another pipeline.
func rangedOver(p *parse.PipeNode) parse.Node {
	if len(p.Cmds) != 1 || len(p.Cmds[0].Args) != 1 {
		return nil
	}
	cut := func(names []string) ([]string, bool) {
		last := len(names) - 1
		return names[:max(last, 0)], last >= 0 && names[last] == streamMethod
	}
	switch n := p.Cmds[0].Args[0].(type) {
	case *parse.FieldNode:
		if names, ok := cut(n.Ident); ok && len(names) == 0 {
			return &parse.DotNode{NodeType: parse.NodeDot, Pos: n.Pos}
		} else if ok {
			return &parse.FieldNode{NodeType: parse.NodeField, Pos: n.Pos, Ident: names}
		}
	case *parse.VariableNode:
		if names, ok := cut(n.Ident); ok && len(names) > 0 {
			return &parse.VariableNode{NodeType: parse.NodeVariable, Pos: n.Pos, Ident: names}
		}
	case *parse.ChainNode:
		if names, ok := cut(n.Field); ok && len(names) == 0 {
			return n.Node
		} else if ok {
			return &parse.ChainNode{NodeType: parse.NodeChain, Pos: n.Pos, Node: n.Node, Field: names}
		}
	}
	return nil
}

// rangedNode returns the operand of a range's pipeline that may be a call of a stream's
// All; nil for none.
func rangedNode(p *parse.PipeNode) parse.Node {
	for _, cmd := range p.Cmds {
		for _, arg := range cmd.Args {
			one := &parse.CommandNode{NodeType: parse.NodeCommand, Args: []parse.Node{arg}}
			if rangedOver(&parse.PipeNode{NodeType: parse.NodePipe, Cmds: []*parse.CommandNode{one}}) != nil {
				return arg
			}
		}
	}
	return nil
}
