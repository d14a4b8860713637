package engine

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"reflect"
	"strings"
	"text/template/parse"
)

// fragment is one action that html/template executes, as it escaped it. Its
// nodes are copies in which dot, variables and helpers are read from an env,
// the data it is executed with.
type fragment struct {
	template *template.Template
	vars     []operand // what env.V0, env.V1, … are
	dot      operand
	root     operand
	where    *where
}

// where is a place in a template's source, for errors.
type where struct {
	location string // name:line:column
	expr     string
}

func (w *where) errorf(format string, args ...any) error {
	return fmt.Errorf("%s: <%s>: %w", w.location, w.expr, fmt.Errorf(format, args...))
}

// fragmentsPerSet is how many fragments share a template set. Escaping a
// template costs html/template time proportional to those of its set that are
// escaped already, so sets are small.
const fragmentsPerSet = 32

// fragments hands out empty escaped templates.
type fragments struct {
	name   string
	funcs  template.FuncMap
	free   []*template.Template
	own    []*template.Template // in the page's own set, for calls of its templates
	byTail map[string]*fragment // fragments that only escape, by their escapers
}

func newFragments(page *template.Template, funcs template.FuncMap) (*fragments, error) {
	f := &fragments{name: page.Name(), funcs: funcs, byTail: map[string]*fragment{}}
	calls := 0
	for _, t := range page.Templates() {
		if t.Tree == nil {
			continue
		}
		walk(t.Tree.Root, func(n parse.Node) {
			if _, ok := n.(*parse.TemplateNode); ok {
				calls++
			}
		})
	}
	var err error
	f.own, err = emptyTemplates(page, calls)
	return f, err
}

// emptyTemplates adds n empty templates to a set nothing of which has been executed.
func emptyTemplates(set *template.Template, n int) ([]*template.Template, error) {
	list := make([]*template.Template, n)
	for i := range list {
		name := fmt.Sprintf("%s, action %d", set.Name(), i)
		tree := &parse.Tree{Name: name, ParseName: name, Root: &parse.ListNode{NodeType: parse.NodeList}}
		t, err := set.AddParseTree(name, tree)
		if err != nil {
			return nil, err
		}
		list[i] = t
	}
	return list, nil
}

// take returns an empty template that html/template regards as escaped, with
// nodes put into it afterwards, which must have been escaped in the page.
func (f *fragments) take(own bool, nodes ...parse.Node) (*template.Template, error) {
	free := &f.free
	if own {
		free = &f.own
	}
	if len(*free) == 0 {
		if own {
			return nil, errors.New("more template calls than counted")
		}
		var err error
		if f.free, err = emptyTemplates(template.New(f.name).Funcs(f.funcs), fragmentsPerSet); err != nil {
			return nil, err
		}
	}
	t := (*free)[0]
	*free = (*free)[1:]
	if err := t.Execute(io.Discard, nil); err != nil {
		return nil, err
	}
	t.Tree.Root.Nodes = nodes
	return t, nil
}

// env is the data fragments are executed with. text/template unwraps a
// reflect.Value that a method returns, so values keep all they are: whether
// they can be addressed, and the type of a nil.
type env struct {
	run      *run
	frame    *frame
	frag     *fragment
	captured reflect.Value
	ranged   reflect.Value
	yield    func(key, elem reflect.Value) bool
}

// Dot returns dot.
func (e *env) Dot() reflect.Value { return e.frame.value(&e.frag.dot) }

// Root returns the value of $.
func (e *env) Root() reflect.Value { return e.frame.value(&e.frag.root) }

// Meta returns the receiver of the helpers.
func (e *env) Meta() reflect.Value { return e.run.meta }

// Ranged returns the map to range over.
func (e *env) Ranged() reflect.Value { return e.ranged }

// Capture keeps a pipeline's value. It prints nothing.
func (e *env) Capture(v reflect.Value) string {
	e.captured = v
	return ""
}

// Entry is called for each entry of Ranged; its error ends the range.
func (e *env) Entry(key, elem reflect.Value) (string, error) {
	if !e.yield(key, elem) {
		return "", errStop
	}
	return "", nil
}

func (e *env) variable(i int) reflect.Value { return e.frame.value(&e.frag.vars[i]) }

// maxVariables is how many different variables one action can read. They are
// methods because text/template passes on what a method returns unchanged,
// while a variable declared for the purpose would lose that it was an interface.
const maxVariables = 16

// V0 to V15 return the variables the fragment reads.
func (e *env) V0() reflect.Value  { return e.variable(0) }
func (e *env) V1() reflect.Value  { return e.variable(1) }
func (e *env) V2() reflect.Value  { return e.variable(2) }
func (e *env) V3() reflect.Value  { return e.variable(3) }
func (e *env) V4() reflect.Value  { return e.variable(4) }
func (e *env) V5() reflect.Value  { return e.variable(5) }
func (e *env) V6() reflect.Value  { return e.variable(6) }
func (e *env) V7() reflect.Value  { return e.variable(7) }
func (e *env) V8() reflect.Value  { return e.variable(8) }
func (e *env) V9() reflect.Value  { return e.variable(9) }
func (e *env) V10() reflect.Value { return e.variable(10) }
func (e *env) V11() reflect.Value { return e.variable(11) }
func (e *env) V12() reflect.Value { return e.variable(12) }
func (e *env) V13() reflect.Value { return e.variable(13) }
func (e *env) V14() reflect.Value { return e.variable(14) }
func (e *env) V15() reflect.Value { return e.variable(15) }

// rewriter turns the nodes of one action into those of a fragment.
type rewriter struct {
	scope   *scope
	helpers map[string]string
	vars    map[string]int
	ops     []operand
	err     error
}

// pipe rewrites p in place.
func (rw *rewriter) pipe(p *parse.PipeNode) {
	if p == nil {
		return
	}
	for _, cmd := range p.Cmds {
		for i, arg := range cmd.Args {
			cmd.Args[i] = rw.node(arg)
		}
	}
}

func (rw *rewriter) node(n parse.Node) parse.Node {
	switch n := n.(type) {
	case *parse.DotNode:
		return fieldNode("Dot")
	case *parse.FieldNode:
		return fieldNode(append([]string{"Dot"}, n.Ident...)...)
	case *parse.VariableNode:
		return fieldNode(append([]string{rw.variable(n.Ident[0])}, n.Ident[1:]...)...)
	case *parse.IdentifierNode:
		if method, ok := rw.helpers[n.Ident]; ok {
			return fieldNode("Meta", method)
		}
	case *parse.ChainNode:
		n.Node = rw.node(n.Node)
	case *parse.PipeNode:
		rw.pipe(n)
	}
	return n
}

func (rw *rewriter) variable(name string) string {
	if name == "$" {
		return "Root"
	}
	i, ok := rw.vars[name]
	if !ok {
		i = len(rw.ops)
		if i == maxVariables {
			rw.err = fmt.Errorf("more than %d variables in one action", maxVariables)
			i = 0
		} else {
			rw.vars[name] = i
			rw.ops = append(rw.ops, *rw.scope.lookup(name))
		}
	}
	return fmt.Sprintf("V%d", i)
}

// fieldNode returns a field chain on dot. It has no place in any source;
// position 0 exists in every text.
func fieldNode(names ...string) *parse.FieldNode {
	return &parse.FieldNode{NodeType: parse.NodeField, Ident: names}
}

// failure is an error of a fragment, or of a call, without text/template's
// preamble, which would place it in the fragment rather than in the page.
type failure struct {
	text  string
	cause error
}

func (f *failure) Error() string { return f.text }
func (f *failure) Unwrap() error { return f.cause }

// cause strips an execution error down to what happened.
func cause(err error) error {
	text := err.Error()
	if i := strings.Index(text, ">: "); strings.HasPrefix(text, "template: ") && i >= 0 {
		text = text[i+3:]
	}
	// Keep the chain below text/template's own errors.
	below := err
	for below != nil {
		next := errors.Unwrap(below)
		if next == nil {
			break
		}
		below = next
	}
	if errors.Unwrap(err) == nil || strings.HasPrefix(below.Error(), "template: ") {
		below = nil
	}
	return &failure{text, below}
}
