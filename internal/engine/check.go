package engine

import (
	"fmt"
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
}

// visit is a template and the type of dot it was checked with.
type visit struct {
	template string
	dot      static
}

// mistake carries the first error out of the walk.
type mistake struct{ err error }

// check returns the first mistake in the page named page.
func check(trees map[string]*parse.Tree, page string, funcs map[string]reflect.Type, state reflect.Type) (err error) {
	defer func() {
		if r := recover(); r != nil {
			m, ok := r.(mistake)
			if !ok {
				panic(r)
			}
			err = m.err
		}
	}()
	c := &checker{trees: trees, done: map[visit]bool{}}
	c.typer = typer{funcs: funcs, fail: func(err error) { panic(mistake{err}) }}
	c.template(page, static{typ: state, addr: true})
	return nil
}

func (c *checker) template(name string, dot static) {
	v := visit{name, dot}
	if c.done[v] {
		return
	}
	c.done[v] = true
	tree := c.trees[name]
	outer := c.tree
	c.tree = tree
	c.list(newScope(tree, operand{static: dot}), tree.Root)
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
				c.printed = componentCall(n.Pipe.Cmds)
			}
			value := c.pipe(sc, n.Pipe)
			c.printed = nil
			c.declare(sc, n.Pipe, value)
			if len(n.Pipe.Decl) == 0 && value.typ != nil {
				switch value.typ.Kind() {
				case reflect.Func, reflect.Chan:
					c.errorf(n.Pipe, "%s can't be printed", value.typ)
				}
			}
		case *parse.IfNode:
			in := sc.inner()
			c.declare(in, n.Pipe, c.pipe(in, n.Pipe))
			c.list(in.inner(), n.List)
			c.list(in.inner(), n.ElseList)
		case *parse.WithNode:
			in := sc.inner()
			value := c.pipe(in, n.Pipe)
			c.declare(in, n.Pipe, value)
			body := in.inner()
			body.dot = operand{static: value}
			c.list(body, n.List)
			c.list(in.inner(), n.ElseList)
		case *parse.RangeNode:
			in := sc.inner()
			value := c.pipe(in, n.Pipe)
			c.declare(in, n.Pipe, value)
			key, elem := c.elements(n, value)
			if path, ok := keyPath(n.Pipe); ok {
				c.keyPath(n, elem, path)
			}
			body := in.inner()
			body.dot = operand{static: elem}
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
				location, expr := c.tree.ErrorContext(n)
				c.fail(fmt.Errorf("%s: %s: template %q is not defined", location, expr, n.Name))
			}
			var dot static
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
func (c *checker) declare(sc *scope, p *parse.PipeNode, value static) {
	if p.IsAssign {
		return
	}
	for _, v := range p.Decl {
		sc.declareUnlessAssigned(v.Ident[0], value)
	}
}

// declareUnlessAssigned gives a variable its static type, which it only keeps
// if nothing assigns another value to it.
func (sc *scope) declareUnlessAssigned(name string, value static) {
	if sc.assigned[name] {
		value = static{}
	}
	sc.declare(name, operand{static: value})
}

// keyPath checks that the elements of a keyed list have the key.
func (c *checker) keyPath(n *parse.RangeNode, elem static, path []string) {
	if len(path) == 0 {
		return
	}
	c.chain(&scope{}, elem, n.Pipe, path, nil, nil)
}

// elements returns the types of the first and second range variable.
func (ty *typer) elements(n *parse.RangeNode, list static) (key, elem static) {
	t := list.typ
	if t == nil {
		return static{}, static{}
	}
	addr := list.addr
	for t.Kind() == reflect.Pointer {
		t, addr = t.Elem(), true
	}
	integer := static{typ: reflect.TypeFor[int]()}
	single := func() {
		if len(n.Pipe.Decl) > 1 {
			ty.errorf(n.Pipe, "range over %s has one variable, not two", t)
		}
	}
	switch t.Kind() {
	case reflect.Interface:
		return static{}, static{}
	case reflect.Slice:
		return integer, static{typ: t.Elem(), addr: true}
	case reflect.Array:
		return integer, static{typ: t.Elem(), addr: addr}
	case reflect.Map:
		return static{typ: t.Key()}, static{typ: t.Elem()}
	case reflect.Chan:
		if t.ChanDir()&reflect.RecvDir != 0 {
			return integer, static{typ: t.Elem()}
		}
	case reflect.Func:
		if t.CanSeq() {
			single()
			return static{}, static{typ: t.In(0).In(0)}
		}
		if t.CanSeq2() {
			if len(n.Pipe.Decl) > 1 {
				return static{typ: t.In(0).In(0)}, static{typ: t.In(0).In(1)}
			}
			return static{}, static{typ: t.In(0).In(0)}
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		single()
		return static{}, static{typ: t}
	}
	ty.errorf(n.Pipe, "range can't iterate over %s", t)
	return static{}, static{}
}

// newScope is the scope at the start of a template.
func newScope(tree *parse.Tree, dot operand) *scope {
	sc := &scope{dot: dot, assigned: map[string]bool{}, template: tree.Name}
	assignments(tree.Root, sc.assigned)
	sc.declare("$", dot)
	return sc
}

// assignments collects the names of the variables that l assigns to with =.
func assignments(l *parse.ListNode, names map[string]bool) {
	if l == nil {
		return
	}
	branch := func(b *parse.BranchNode) {
		assigned(b.Pipe, names)
		assignments(b.List, names)
		assignments(b.ElseList, names)
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			assigned(n.Pipe, names)
		case *parse.IfNode:
			branch(&n.BranchNode)
		case *parse.WithNode:
			branch(&n.BranchNode)
		case *parse.RangeNode:
			branch(&n.BranchNode)
		case *parse.TemplateNode:
			assigned(n.Pipe, names)
		}
	}
}

func assigned(p *parse.PipeNode, names map[string]bool) {
	if p == nil || !p.IsAssign {
		return
	}
	for _, v := range p.Decl {
		names[v.Ident[0]] = true
	}
}
