package engine

import (
	"reflect"
	"strings"
	"text/template/parse"
)

// The function keyed names what tells the entries of a list apart, as in
// {{range .Rows | keyed "ID"}}. It is compiled with the range it stands in.

// keyedStandIn is what html/template sees of keyed: the list itself.
func keyedStandIn(_ string, list reflect.Value) reflect.Value { return list }

// keyedResult returns the type of the list that a call of keyed passes on.
func keyedResult(ty *typer, sc *scope, n *parse.IdentifierNode, args []parse.Node, final *staticType) staticType {
	count := len(args)
	if final != nil {
		count++
	}
	if count != 2 {
		ty.errorf(n, `keyed takes the path of the key and the list, as in .Rows | keyed "ID"`)
		return staticType{}
	}
	if _, ok := args[0].(*parse.StringNode); !ok {
		ty.errorf(n, `the first argument of keyed is the path of the key as a constant, as in keyed "ID"`)
	}
	if final != nil {
		return *final
	}
	return ty.arg(sc, args[1])
}

// keyPath finds the path of the key in the pipeline of a range. It is nil for
// ".", the entry itself; without keyed it isn't ok.
func keyPath(p *parse.PipeNode) (path []string, ok bool) {
	if len(p.Cmds) == 0 {
		return nil, false
	}
	args := p.Cmds[len(p.Cmds)-1].Args
	if id := lastFunction(p.Cmds); id == nil || id.Ident != "keyed" || len(args) < 2 {
		return nil, false
	}
	text, ok := args[1].(*parse.StringNode)
	if !ok {
		return nil, false
	}
	names := strings.Trim(text.Text, ".")
	if names == "" {
		return nil, true
	}
	return strings.Split(names, "."), true
}

// unkeyed returns the pipeline without its call of keyed, which is the identity.
func unkeyed(p *parse.PipeNode) *parse.PipeNode {
	if _, ok := keyPath(p); !ok {
		return p
	}
	bare := p.CopyPipe()
	last := bare.Cmds[len(bare.Cmds)-1]
	bare.Cmds = bare.Cmds[:len(bare.Cmds)-1]
	if len(last.Args) == 3 {
		bare.Cmds = append(bare.Cmds, &parse.CommandNode{NodeType: parse.NodeCommand, Pos: last.Pos, Args: last.Args[2:]})
	}
	return bare
}
