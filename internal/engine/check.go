package engine

import (
	"reflect"
	"text/template/parse"
)

// checker walks the templates a page reaches, before they are escaped, with
// the static type of everything in scope. What is only known when the page is
// rendered (what an interface holds, a map's missing key) isn't checked.
type checker struct {
	typer
	trees map[string]*parse.Tree
	done  map[visit]bool
	hint  func(t reflect.Type) (printed, asked string) // of [Source]
}

// hinted returns the hints for a type.
func (c *checker) hinted(t reflect.Type) (printed, asked string) {
	if t == nil || c.hint == nil {
		return "", ""
	}
	return c.hint(t)
}

// visit is a template and the type of dot it was checked with.
type visit struct {
	template string
	dot      staticType
}

// checkPage returns the first mistake in the page named page.
func checkPage(trees map[string]*parse.Tree, page string, ty typer, state reflect.Type, hint func(reflect.Type) (printed, asked string)) (err error) {
	defer catchMistake(&err)
	ty.fail = func(err error) { panic(mistake{err}) }
	c := &checker{typer: ty, trees: trees, done: map[visit]bool{}, hint: hint}
	c.template(page, staticType{typ: state, addr: true})
	return nil
}

func (c *checker) template(name string, dot staticType) {
	v := visit{name, dot}
	if c.done[v] {
		return
	}
	c.done[v] = true
	tree := c.trees[name]
	outer := c.tree
	c.tree = tree
	c.list(newScope(tree, operand{staticType: dot}), tree.Root)
	c.tree = outer
}

func (c *checker) list(sc *scope, l *parse.ListNode) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			if len(n.Pipe.Decl) == 0 {
				c.printed = lastFunction(n.Pipe.Cmds)
			}
			value := c.pipe(sc, n.Pipe)
			c.printed = nil
			c.declare(sc, n.Pipe, value)
			if len(n.Pipe.Decl) == 0 && value.typ != nil {
				if printed, _ := c.hinted(value.typ); printed != "" {
					c.errorf(n.Pipe, "%s", printed)
				}
				if streamElem(indirectType(value.typ)) != nil {
					c.errorf(n.Pipe, "a stream is shown by a range over its entries, as in "+streamRange, "Messages")
				}
				switch value.typ.Kind() {
				case reflect.Func, reflect.Chan:
					c.errorf(n.Pipe, "%s can't be printed", value.typ)
				}
			}
		case *parse.IfNode:
			in := sc.inner()
			value := c.pipe(in, n.Pipe)
			if streamElem(indirectType(value.typ)) != nil {
				c.errorf(n.Pipe, "a stream is always true: the page keeps its entries, and the server doesn't know whether there are any; "+
					"count them in a field of the state, or show by CSS that there are none (:only-child)")
			}
			if _, asked := c.hinted(value.typ); asked != "" {
				c.errorf(n.Pipe, "%s", asked)
			}
			c.declare(in, n.Pipe, value)
			c.list(in.inner(), n.List)
			c.list(in.inner(), n.ElseList)
		case *parse.WithNode:
			in := sc.inner()
			value := c.pipe(in, n.Pipe)
			c.declare(in, n.Pipe, value)
			body := in.inner()
			body.dot = operand{staticType: value}
			c.list(body, n.List)
			c.list(in.inner(), n.ElseList)
		case *parse.RangeNode:
			in := sc.inner()
			c.ranged = rangedNode(n.Pipe)
			value := c.pipe(in, n.Pipe)
			c.ranged = nil
			c.declare(in, n.Pipe, value)
			key, elem := c.elements(n, value)
			c.stream(in, n)
			if path, ok := keyPath(n.Pipe); ok {
				c.keyPath(n, elem, path)
			}
			body := in.inner()
			body.dot = operand{staticType: elem}
			if !n.Pipe.IsAssign {
				switch len(n.Pipe.Decl) {
				case 1:
					body.declareUnlessAssigned(n.Pipe.Decl[0].Ident[0], elem)
				case 2:
					body.declareUnlessAssigned(n.Pipe.Decl[0].Ident[0], key)
					body.declareUnlessAssigned(n.Pipe.Decl[1].Ident[0], elem)
				}
			}
			c.list(body, n.List)
			c.list(in.inner(), n.ElseList)
		case *parse.TemplateNode:
			if c.trees[n.Name] == nil {
				c.errorf(n, "template %q is not defined", n.Name)
			}
			var dot staticType
			if n.Pipe != nil {
				dot = c.pipe(sc, n.Pipe)
				c.declare(sc, n.Pipe, dot)
			}
			c.template(n.Name, dot)
		case *parse.ListNode:
			c.list(sc, n)
		}
	}
}

// declare brings a pipeline's variables into scope.
func (c *checker) declare(sc *scope, p *parse.PipeNode, value staticType) {
	if p.IsAssign {
		return
	}
	for _, v := range p.Decl {
		sc.declareUnlessAssigned(v.Ident[0], value)
	}
}

// keyPath checks that the elements of a keyed list have the key.
func (c *checker) keyPath(n *parse.RangeNode, elem staticType, path []string) {
	if len(path) == 0 {
		return
	}
	c.chain(&scope{}, elem, n.Pipe, path, nil, nil)
}
