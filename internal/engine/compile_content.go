package engine

import (
	"errors"
	"fmt"
	"html/template"
	"text/template/parse"
)

// contentStandIn is what html/template sees of the function content.
func contentStandIn() (template.HTML, error) {
	return "", errors.New("content can stand in HTML text only, not in a script, style or attribute")
}

// contentResult checks a call of content.
func contentResult(ty *typer, _ *scope, n *parse.IdentifierNode, args []parse.Node, final *staticType) staticType {
	if n != ty.printed || len(args) > 0 || final != nil {
		ty.errorf(n, "content shows the view, so it stands alone in an action of its own: {{content}}")
	}
	return staticType{}
}

// compileContent compiles the action.
func compileContent(c *compiler, w *writer, _ *scope, n *parse.ActionNode, _ []*parse.CommandNode, escapers []string) {
	at := c.where(n.Pipe)
	if len(escapers) != 1 || escapers[0] != htmlEscaper {
		location, expr := at.text()
		panic(mistake{fmt.Errorf("%s: %s: content can stand in HTML text only, not in a tag, attribute, comment, script or style", location, expr)})
	}
	c.region.impure = true
	c.around = true
	w.dynamic(at, contentAction{})
}
