package engine

import (
	"html/template"
	"reflect"
	"strings"
	"text/template/parse"
)

// compiler turns escaped parse trees into blocks.
type compiler struct {
	typer
	page    *template.Template
	calls   map[*parse.ListNode]*parse.TemplateNode
	frags   *fragments
	helpers map[string]string
	procs   map[visit]*procedure
	region  *region
	slots   int    // used in the frame being compiled
	counts  int    // counters used in it
	reads   fields // of the state, by the step being compiled
	blocks  uint64 // compiled so far
	user    template.FuncMap
	// invocations counts the direct calls of the application's functions.
	invocations int
	indexes     map[int]bool // the slots that point to loop counters
}

// procedure is a recursive template, compiled once for each type of dot.
type procedure struct {
	body          *block
	slots, counts int
}

// region is a part of the page that may turn out to be a pure function of
// flat data: the whole page, or the body of a loop.
type region struct {
	impure     bool
	local      int // the first slot that belongs to the region
	index      int // the slot of its index variable; -1: none
	readsIndex bool
	outer      []outer
}

func (rg *region) mark() region   { return *rg }
func (rg *region) reset(m region) { *rg = m }

func compile(src Source, page *template.Template, calls map[*parse.ListNode]*parse.TemplateNode, frags *fragments, funcs map[string]reflect.Type) (t *Template, err error) {
	defer func() {
		if r := recover(); r != nil {
			m, ok := r.(mistake)
			if !ok {
				panic(r)
			}
			t, err = nil, m.err
		}
	}()
	c := &compiler{
		typer:   typer{funcs: funcs, tree: page.Tree},
		page:    page,
		calls:   calls,
		frags:   frags,
		helpers: src.Helpers,
		user:    src.Funcs,
		procs:   map[visit]*procedure{},
		indexes: map[int]bool{},
		region:  &region{index: -1},
		slots:   1,
	}
	t = &Template{state: src.State, statePtr: reflect.PointerTo(src.State), meta: src.Meta}
	dot := operand{static: static{src.State, true}, kind: opPlace, state: true}
	if src.State.Kind() == reflect.Interface {
		// What the interface holds is known when the page is rendered.
		dot.kind, dot.typ = opValue, nil
		c.region.impure = true
	}
	t.page = c.block(newScope(page.Tree, dot), page.Tree.Root)
	t.slots, t.counts = c.slots, c.counts
	if !c.region.impure {
		t.pure = flatOf(src.State)
	}
	t.sorted = &fragment{where: &where{page.Name(), "range"}}
	list := &parse.RangeNode{BranchNode: parse.BranchNode{
		NodeType: parse.NodeRange,
		Pipe: &parse.PipeNode{
			NodeType: parse.NodePipe, Cmds: []*parse.CommandNode{command(fieldNode("Ranged"))},
			Decl: []*parse.VariableNode{
				{NodeType: parse.NodeVariable, Ident: []string{"$k"}},
				{NodeType: parse.NodeVariable, Ident: []string{"$v"}},
			},
		},
		List: &parse.ListNode{NodeType: parse.NodeList, Nodes: []parse.Node{action(
			&parse.VariableNode{NodeType: parse.NodeVariable, Ident: []string{"$", "Entry"}},
			&parse.VariableNode{NodeType: parse.NodeVariable, Ident: []string{"$k"}},
			&parse.VariableNode{NodeType: parse.NodeVariable, Ident: []string{"$v"}},
		)}},
	}}
	t.sorted.template, err = frags.take(false, list)
	if err != nil {
		return nil, err
	}
	t.runs.New = func() any { return newRun(t) }
	return t, nil
}

func command(args ...parse.Node) *parse.CommandNode {
	return &parse.CommandNode{NodeType: parse.NodeCommand, Args: args}
}

func action(args ...parse.Node) *parse.ActionNode {
	return &parse.ActionNode{
		NodeType: parse.NodeAction,
		Pipe:     &parse.PipeNode{NodeType: parse.NodePipe, Cmds: []*parse.CommandNode{command(args...)}},
	}
}

func (c *compiler) where(n parse.Node) *where {
	location, expr := c.tree.ErrorContext(n)
	if i := strings.Index(expr, " | _html_template_"); i >= 0 {
		expr = strings.TrimSuffix(expr[:i], "}}")
	}
	expr = strings.TrimSuffix(strings.TrimPrefix(expr, "{{"), "}}")
	if i := strings.IndexByte(expr, '}'); i >= 0 {
		expr = expr[:i]
	}
	return &where{location, expr}
}

func (c *compiler) slot() int {
	c.slots++
	return c.slots - 1
}

// block compiles the body of a node.
func (c *compiler) block(sc *scope, l *parse.ListNode) *block {
	w := c.writer()
	if l != nil {
		c.nodes(w, sc, l.Nodes)
	}
	return w.finish()
}

func (c *compiler) writer() *writer {
	c.blocks++
	return &writer{block: &block{id: c.blocks}}
}

// writer adds steps to a block, gathering the text between them.
type writer struct {
	block *block
	text  []byte
}

func (w *writer) add(s step) {
	s.dyn = -1
	switch s.op {
	case opSet, opCheck:
	case opBreak, opContinue:
		s.lead, w.text = w.text, nil
	default:
		s.lead, w.text = w.text, nil
		s.dyn = w.block.dyns
		w.block.dyns++
	}
	w.block.steps = append(w.block.steps, s)
}

func (w *writer) finish() *block {
	b := w.block
	b.tail = w.text
	b.root = singleRoot(b)
	json := []byte(`"s":[`)
	var part []byte
	for i := range b.steps {
		part = append(part, b.steps[i].lead...)
		if b.steps[i].dyn >= 0 {
			json = append(appendString(json, part), ',')
			part = part[:0]
		}
	}
	json = append(appendString(json, append(part, b.tail...)), ']')
	b.statics = json
	return b
}

// nodes compiles a list in its order.
func (c *compiler) nodes(w *writer, sc *scope, list []parse.Node) {
	for _, n := range list {
		switch n := n.(type) {
		case *parse.TextNode:
			w.text = append(w.text, n.Text...)
		case *parse.ListNode:
			if call := c.calls[n]; call != nil {
				c.inlined(w, sc, call, n)
			} else {
				c.nodes(w, sc, n.Nodes)
			}
		case *parse.ActionNode:
			c.step(w, func() step { return c.action(w, sc, n) })
		case *parse.IfNode:
			c.step(w, func() step { return c.conditional(w, sc, n) })
		case *parse.WithNode:
			c.step(w, func() step { return c.with(w, sc, n) })
		case *parse.RangeNode:
			c.step(w, func() step { return c.loop(w, sc, n) })
		case *parse.TemplateNode:
			c.step(w, func() step { return c.template(w, sc, n) })
		case *parse.BreakNode:
			c.region.impure = true // whether an entry exists depends on those before it
			w.add(step{op: opBreak})
			return // html/template leaves what follows unescaped, since it is dead
		case *parse.ContinueNode:
			w.add(step{op: opContinue})
			return
		}
	}
}

// step compiles one step and notes what it reads.
func (c *compiler) step(w *writer, compile func() step) {
	before := c.reads
	c.reads = 0
	s := compile()
	s.reads = c.reads
	c.reads |= before
	if s.op != opNothingToDo {
		w.add(s)
	}
}

// opNothingToDo marks a step that compiled to nothing.
const opNothingToDo = opContinue + 1

func (c *compiler) action(w *writer, sc *scope, n *parse.ActionNode) step {
	if len(n.Pipe.Decl) == 0 {
		if values, names := escapers(n.Pipe); componentCall(values) != nil {
			return c.component(sc, n, values, names)
		}
		s := step{op: opText, where: c.where(n.Pipe), text: c.texter(sc, n)}
		if f, ok := s.text.(*fragmentText); ok {
			f.frag.where = s.where
		}
		return s
	}
	op := c.bind(w, sc, n.Pipe)
	c.declare(w, sc, n.Pipe, op)
	return step{op: opNothingToDo}
}

// declare gives the variables of a pipeline its value.
func (c *compiler) declare(w *writer, sc *scope, p *parse.PipeNode, op operand) {
	for _, v := range p.Decl {
		name := v.Ident[0]
		if p.IsAssign {
			c.region.impure = true
			target := sc.lookup(name)
			target.reads |= op.reads
			w.add(step{op: opSet, target: target.at.slot, source: op})
			continue
		}
		if !sc.assigned[name] {
			sc.declare(name, op)
			continue
		}
		c.region.impure = true
		own := operand{kind: opValue, at: loc{slot: c.slot()}, reads: allFields}
		w.add(step{op: opSet, target: own.at.slot, source: op})
		sc.declare(name, own)
	}
}

// bind makes the value of a pipeline available as an operand.
func (c *compiler) bind(w *writer, sc *scope, p *parse.PipeNode) operand {
	op, prep := c.source(sc, p)
	switch {
	case prep != nil:
		w.add(step{op: opSet, target: -1, prep: prep, where: c.where(p)})
	case op.kind == opPlace && len(op.at.more) > 0:
		w.add(step{op: opCheck, source: op, where: c.where(p)})
	}
	return op
}

// source compiles a pipeline to an operand that holds its value after prep,
// which may be nil, was evaluated.
func (c *compiler) source(sc *scope, p *parse.PipeNode) (operand, *prep) {
	if p == nil {
		return operand{kind: opNothing}, nil
	}
	typ := c.pipe(sc, p)
	if len(p.Cmds) == 1 && len(p.Cmds[0].Args) == 1 {
		arg := p.Cmds[0].Args[0]
		if op, ok := c.operand(sc, arg); ok {
			dynamic := op.kind == opValue && op.typ == nil
			if op.kind == opPlace && op.typ.Kind() == reflect.Interface && op.typ.NumMethod() == 0 {
				dynamic = true
			}
			if op.kind == opPlace {
				c.note(op, nil)
			}
			op.reads |= c.reads
			if !dynamic {
				if op.kind == opValue {
					c.region.impure = true
				}
				return op, nil
			}
			c.region.impure = true
			own := operand{kind: opValue, at: loc{slot: c.slot()}, reads: op.reads}
			return own, &prep{from: &op, slot: own.at.slot}
		}
		if v, ok := constantValue(arg); ok {
			c.region.impure = true
			own := operand{static: static{typ: v.Type()}, kind: opValue, at: loc{slot: c.slot()}}
			return own, &prep{val: v, slot: own.at.slot}
		}
	}
	copied := p.CopyPipe()
	copied.Decl, copied.IsAssign = nil, false
	frag := c.fragment(sc, p, copied, action(fieldNode("Capture"), copied), false)
	own := operand{static: typ, kind: opValue, at: loc{slot: c.slot()}, reads: c.reads}
	return own, &prep{frag: frag, slot: own.at.slot}
}

func constantValue(n parse.Node) (reflect.Value, bool) {
	switch n := n.(type) {
	case *parse.BoolNode:
		return reflect.ValueOf(n.True), true
	case *parse.StringNode:
		return reflect.ValueOf(n.Text), true
	case *parse.NumberNode:
		v := constant(n)
		return v, v.IsValid()
	}
	return reflect.Value{}, false
}

// fragment compiles a pipeline, copied to be rewritten in place, for html/template.
func (c *compiler) fragment(sc *scope, original, copied *parse.PipeNode, n parse.Node, own bool) *fragment {
	c.region.impure = true
	c.noteAll(sc, original)
	rw := &rewriter{scope: sc, helpers: c.helpers, vars: map[string]int{}}
	rw.pipe(copied)
	f := &fragment{dot: sc.dot, root: *sc.lookup("$"), where: c.where(original)}
	f.vars = rw.ops
	err := rw.err
	if err == nil {
		f.template, err = c.frags.take(own, n)
	}
	if err != nil {
		panic(mistake{f.where.errorf("%w", err)})
	}
	return f
}

// truthOf is a condition that is evaluated directly.
type truthOf func(*frame) bool

func (f truthOf) truth(_ *run, fr *frame) bool { return f(fr) }

// truthOfValue is the truth of an operand, after its evaluation.
type truthOfValue struct{ op operand }

func (t *truthOfValue) truth(_ *run, fr *frame) bool { return isTrue(fr.value(&t.op)) }

func (c *compiler) conditional(w *writer, sc *scope, n *parse.IfNode) step {
	s := step{op: opIf, where: c.where(n.Pipe)}
	in := sc.inner()
	mark := c.region.mark()
	if f := c.truth(in, n.Pipe); f != nil && len(n.Pipe.Decl) == 0 {
		s.cond = truthOf(f)
	} else {
		c.region.reset(mark)
		op := c.bind(w, in, n.Pipe)
		c.impureUnlessBasic(op)
		s.cond = c.truthOperand(op)
		c.declare(w, in, n.Pipe, op)
	}
	s.decides = c.reads
	s.then = c.block(in.inner(), n.List)
	if n.ElseList != nil {
		s.els = c.block(in.inner(), n.ElseList)
	}
	return s
}

func (c *compiler) impureUnlessBasic(op operand) {
	if op.kind != opPlace || flatOf(op.typ) == nil {
		c.region.impure = true
	}
}

// truthOperand is the truth of an operand, evaluated directly where possible.
func (c *compiler) truthOperand(op operand) condition {
	if op.kind == opPlace && basicClass(op.typ.Kind()) != classNone {
		in := &scope{dot: op}
		if f := c.truth(in, &parse.DotNode{NodeType: parse.NodeDot}); f != nil {
			return truthOf(f)
		}
	}
	if op.kind == opPlace && op.typ.Kind() == reflect.Struct {
		return truthOf(func(*frame) bool { return true })
	}
	c.region.impure = true
	return &truthOfValue{op}
}

func (c *compiler) with(w *writer, sc *scope, n *parse.WithNode) step {
	s := step{op: opWith, where: c.where(n.Pipe)}
	in := sc.inner()
	op := c.bind(w, in, n.Pipe)
	s.cond = c.truthOperand(op)
	c.declare(w, in, n.Pipe, op)
	s.decides = c.reads
	body := in.inner()
	body.dot = op
	s.then = c.block(body, n.List)
	if n.ElseList != nil {
		s.els = c.block(in.inner(), n.ElseList)
	}
	return s
}

// inlined compiles the body of a template in place of its call.
func (c *compiler) inlined(w *writer, sc *scope, call *parse.TemplateNode, body *parse.ListNode) {
	before := c.reads
	c.reads = 0
	dot := c.bind(w, sc, call.Pipe)
	dot.reads |= c.reads
	c.reads |= before
	tree := &parse.Tree{Name: call.Name, ParseName: c.tree.ParseName, Root: body}
	c.nodes(w, newScope(tree, dot), body.Nodes)
}

// template compiles the call of a template that isn't inlined.
func (c *compiler) template(w *writer, sc *scope, n *parse.TemplateNode) step {
	s := step{where: c.where(n)}
	callee := c.page.Lookup(n.Name)
	if callee == nil || callee.Tree == nil {
		// html/template derived a copy for another context than text, which it
		// keeps to itself: it executes the call.
		copied := n.Copy().(*parse.TemplateNode)
		original, pipe := n.Pipe, copied.Pipe
		if original == nil {
			original = &parse.PipeNode{NodeType: parse.NodePipe, Pos: n.Pos}
			pipe = original.CopyPipe()
		}
		s.op = opText
		s.text = &fragmentText{c.fragment(sc, original, pipe, copied, true)}
		return s
	}
	dot, prep := c.source(sc, n.Pipe)
	if n.Pipe != nil && len(n.Pipe.Decl) > 0 {
		w.add(step{op: opSet, target: -1, prep: prep, source: dot, where: s.where})
		prep = nil
		c.declare(w, sc, n.Pipe, dot)
	}
	c.region.impure = true
	if dot.state {
		c.note(dot, nil)
	}
	p := c.procedure(callee, dot)
	s.op = opCall
	s.call = &call{proc: p, dot: dot, prep: prep}
	return s
}

// procedure compiles a recursive template for one type of dot.
func (c *compiler) procedure(callee *template.Template, dot operand) *procedure {
	v := visit{callee.Name(), dot.static}
	if dot.kind != opPlace {
		v.dot = static{}
	}
	if p := c.procs[v]; p != nil {
		return p
	}
	p := &procedure{body: &block{}}
	c.procs[v] = p
	saved := *c
	c.tree, c.region, c.slots, c.counts, c.reads = callee.Tree, &region{index: -1, impure: true}, 1, 0, 0
	c.indexes = map[int]bool{}
	own := operand{static: v.dot, kind: opValue}
	if dot.kind == opPlace {
		own.kind = opPlace
	}
	*p.body = *c.block(newScope(callee.Tree, own), callee.Tree.Root)
	p.slots, p.counts = c.slots, c.counts
	c.tree, c.region, c.slots, c.counts, c.reads = saved.tree, saved.region, saved.slots, saved.counts, saved.reads
	c.indexes = saved.indexes
	return p
}
