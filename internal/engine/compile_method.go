package engine

import (
	"reflect"
	"text/template/parse"
)

// nameFilter is what html/template appends to an action where an attribute's
// name would stand, and nowhere else.
const nameFilter = escaperPrefix + "htmlnamefilter"

// methodText compiles an action that Source.Methods writes, or returns nil.
func (c *compiler) methodText(sc *scope, values []*parse.CommandNode, names []string, at *where) action {
	if c.methods == nil || len(values) != 1 || len(values[0].Args) != 2 || len(names) != 1 || names[0] != nameFilter {
		return nil
	}
	function, ok := values[0].Args[0].(*parse.IdentifierNode)
	if !ok {
		return nil
	}
	of, method, ok := c.receiver(sc, values[0].Args[1])
	if !ok {
		return nil
	}
	write := c.methods(function.Ident, of.typ, method)
	if write == nil {
		return nil
	}
	c.region.impure = true
	c.note(of, nil)
	return &methodText{of, write, at}
}

// receiver resolves what the method at the end of n is called on: a struct.
func (c *compiler) receiver(sc *scope, n parse.Node) (of operand, method string, ok bool) {
	var base operand
	var names []string
	switch n := n.(type) {
	case *parse.FieldNode:
		base, names = sc.dot, n.Ident
	case *parse.VariableNode:
		base, names = *sc.lookup(n.Ident[0]), n.Ident[1:]
	}
	last := len(names) - 1
	if last < 0 {
		return operand{}, "", false
	}
	of, ok = c.fields(base, names[:last])
	if !ok || of.typ == nil || of.typ.Kind() != reflect.Struct {
		return operand{}, "", false
	}
	return of, names[last], true
}
