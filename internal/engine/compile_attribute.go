package engine

import (
	"fmt"
	"text/template/parse"
)

// compileAttribute compiles an action that is an attribute of Source.Attributes,
// and reports whether it is.
func compileAttribute(c *compiler, w *writer, sc *scope, n *parse.ActionNode, values []*parse.CommandNode, escapers []string) bool {
	name, values := attributeCall(values)
	attr, ok := c.attributes[name]
	if !ok {
		return false
	}
	if len(escapers) != 1 || escapers[0] != nameFilter {
		c.refuse(n, fmt.Errorf("%s writes attributes, so it stands in a tag, between them: <a {{%s …}}>", name, name))
	}
	if err := attr.check(values); err != nil {
		c.refuse(n, err)
	}
	w.text = append(w.text, attr.Before...)
	action := n.Copy().(*parse.ActionNode)
	action.Pipe.Cmds = nil
	for _, v := range values {
		action.Pipe.Cmds = append(action.Pipe.Cmds, v.Copy().(*parse.CommandNode))
	}
	last := action.Pipe.Cmds[len(values)-1]
	last.Args[0] = parse.NewIdentifier(attr.Value).SetPos(last.Pos).SetTree(c.tree)
	escaper := parse.NewIdentifier(escaperPrefix + "attrescaper").SetPos(n.Pos).SetTree(c.tree)
	action.Pipe.Cmds = append(action.Pipe.Cmds, &parse.CommandNode{NodeType: parse.NodeCommand, Pos: n.Pos, Args: []parse.Node{escaper}})
	c.print(w, sc, action, c.where(n.Pipe))
	w.text = append(w.text, attr.After...)
	return true
}

// refuse ends the compilation: err is wrong with n.
func (c *compiler) refuse(n *parse.ActionNode, err error) {
	panic(mistake{c.where(n.Pipe).errorf("%w", err)})
}

// check calls Check for the function that the pipeline ends with.
func (a *Attribute) check(values []*parse.CommandNode) error {
	if a.Check == nil {
		return nil
	}
	given := values[len(values)-1].Args[1:]
	if len(values) > 1 { // one more comes through the pipeline
		return a.Check(nil, len(given)+1)
	}
	var path *string
	if len(given) > 0 {
		if constant, ok := given[0].(*parse.StringNode); ok {
			path = &constant.Text
		}
	}
	return a.Check(path, len(given))
}

// attributeCall returns the name of the function that the pipeline ends with, and
// the pipeline. One that takes the result of another's, and nothing else, is named
// after both, as in "patch | replace", and isn't of the pipeline.
func attributeCall(values []*parse.CommandNode) (string, []*parse.CommandNode) {
	id := lastFunction(values)
	if id == nil {
		return "", values
	}
	last := len(values) - 1
	if before := lastFunction(values[:last]); before != nil && len(values[last].Args) == 1 {
		return before.Ident + " | " + id.Ident, values[:last]
	}
	return id.Ident, values
}
