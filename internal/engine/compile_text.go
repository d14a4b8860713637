package engine

import "text/template/parse"

func compileText(_ *compiler, w *writer, _ *scope, node parse.Node) {
	w.text = append(w.text, node.(*parse.TextNode).Text...)
}

// compileAction compiles an action that prints, or that sets variables.
func compileAction(c *compiler, w *writer, sc *scope, node parse.Node) {
	n := node.(*parse.ActionNode)
	if len(n.Pipe.Decl) > 0 {
		c.declare(w, sc, n.Pipe, c.bind(w, sc, n.Pipe))
		return
	}
	values, names := escapers(n.Pipe)
	if id := lastFunction(values); id != nil && c.printers[id.Ident] != nil {
		c.printers[id.Ident](c, w, sc, n, values, names)
		return
	}
	if compileAttribute(c, w, sc, n, values, names) || c.printConstant(w, n, values) {
		return
	}
	if attribute, ok := c.events[n]; ok {
		c.printEvent(w, sc, n, attribute)
		return
	}
	c.print(w, sc, n, c.where(n.Pipe))
}
