package engine

import (
	"reflect"
	"text/template/parse"
)

// streamOf returns the pipeline whose value is the stream that p ranges over by its
// method All, and the type of its items; nil if it ranges over something else.
func streamOf(ty *typer, sc *scope, p *parse.PipeNode) (list *parse.PipeNode, elem reflect.Type) {
	base := rangedOver(p)
	if base == nil {
		return nil, nil
	}
	quiet := *ty
	quiet.fail = nil // what is wrong is found where the whole pipeline is checked
	if elem = streamElem(indirectType(quiet.arg(sc, base).typ)); elem == nil {
		return nil, nil
	}
	cmd := &parse.CommandNode{NodeType: parse.NodeCommand, Pos: p.Pos, Args: []parse.Node{base}}
	return &parse.PipeNode{NodeType: parse.NodePipe, Pos: p.Pos, Line: p.Line, Cmds: []*parse.CommandNode{cmd}}, elem
}

// stream checks the pipeline of a range that may be over a stream.
func (ty *typer) stream(sc *scope, n *parse.RangeNode) {
	if _, elem := streamOf(ty, sc, unkeyed(n.Pipe)); elem == nil {
		return
	}
	decl := n.Pipe.Decl
	switch _, keyed := keyPath(n.Pipe); {
	case keyed:
		ty.errorf(n.Pipe, "the entries of a stream are told apart by their ids; leave out keyed")
	case len(decl) != 2 || n.Pipe.IsAssign:
		ty.errorf(n.Pipe, "the range over a stream declares two variables, the id of an entry and its item, as in "+streamRange, "Messages")
	case jumpFinder{}.jumps(n.List):
		ty.errorf(n.Pipe, "the range over a stream has a break or continue: what isn't to be shown isn't put into the stream")
	case sc.assigned[decl[0].Ident[0]] || sc.assigned[decl[1].Ident[0]]:
		ty.errorf(n.Pipe, "the variables of the range over a stream are assigned to; declare others for that")
	}
}
