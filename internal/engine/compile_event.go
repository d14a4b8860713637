package engine

import (
	"errors"
	"strings"
	"text/template/parse"
)

// printEvent compiles an action that may print how an event attribute begins.
func (c *compiler) printEvent(w *writer, sc *scope, n *parse.ActionNode, attribute string) {
	at := c.where(n.Pipe)
	values, names := escapers(n.Pipe)
	g := &eventGuard{attribute: attribute, command: c.command, caution: caution{where: at}}
	switch text := c.direct(sc, values, names).(type) {
	case nil:
	case *placeText:
		if basicClass(text.kind) != classText {
			w.dynamic(at, text)
			return
		}
		w.dynamic(at, &eventText{text, g})
		return
	case *scalarText:
		if text.class != classText {
			w.dynamic(at, text)
			return
		}
		w.dynamic(at, &eventText{text, g})
		return
	}
	if t := indirectType(c.pipe(sc, &parse.PipeNode{NodeType: parse.NodePipe, Cmds: values}).typ); t != nil && t == c.command {
		c.print(w, sc, n, at)
		return
	}
	noted := n.Copy().(*parse.ActionNode)
	note := command(fieldNode("Note"))
	note.Pos = n.Pos
	copied := append(append([]*parse.CommandNode{}, noted.Pipe.Cmds[:len(values)]...), note)
	noted.Pipe.Cmds = append(copied, noted.Pipe.Cmds[len(values):]...)
	frag := c.fragment(sc, n.Pipe, &parse.PipeNode{NodeType: parse.NodePipe, Cmds: copied[:len(values)]}, noted, false)
	frag.where = at
	w.dynamic(at, &eventFragment{frag, g})
}

// printConstant compiles an action whose text is known before anything is rendered, and
// reports whether it is one.
func (c *compiler) printConstant(w *writer, n *parse.ActionNode, values []*parse.CommandNode) bool {
	if !c.isConstant(&parse.PipeNode{NodeType: parse.NodePipe, Cmds: values}) {
		return false
	}
	t, err := c.frags.take(false, n.Copy())
	if err != nil {
		c.refuse(n, err)
	}
	out := &sink{}
	if err := t.Execute(out, nil); err != nil {
		c.refuse(n, errors.New(strings.TrimPrefix(cause(err).Error(), "error calling ")))
	}
	w.text = append(w.text, out.buf...)
	return true
}

// isConstant reports whether a value is made of constants by the functions that are
// constant, one of them at least.
func (c *compiler) isConstant(p *parse.PipeNode) bool {
	calls := 0
	var known func(n parse.Node) bool
	known = func(n parse.Node) bool {
		switch n := n.(type) {
		case *parse.IdentifierNode:
			calls++
			return c.constants[n.Ident]
		case *parse.ChainNode:
			return known(n.Node)
		case *parse.PipeNode:
			for _, cmd := range n.Cmds {
				for _, arg := range cmd.Args {
					if !known(arg) {
						return false
					}
				}
			}
			return len(n.Decl) == 0
		}
		_, ok := constantValue(n)
		return ok
	}
	return known(p) && calls > 0
}
