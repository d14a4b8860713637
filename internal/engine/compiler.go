package engine

import (
	"html/template"
	"reflect"
	"text/template/parse"
)

// compiler turns escaped parse trees into blocks.
type compiler struct {
	typer
	statements map[parse.NodeType]statement
	printers   map[string]printer // by the engine's own functions
	page       *template.Template
	calls      map[*parse.ListNode]*parse.TemplateNode // of inlined templates, by their bodies
	ignored    map[*parse.ActionNode]bool              // components that the client leaves alone
	places     map[*parse.RangeNode]*streamPlace       // where streams stand; nil: that isn't checked
	events     map[*parse.ActionNode]string            // what may print how an event attribute begins, and its name
	ownKey     func(t reflect.Type) string             // of Source
	command    reflect.Type                            // what may print commands; nil for nothing
	frags      *fragments
	user       template.FuncMap     // the application's functions
	pure       map[string]bool      // those whose result depends on what they are given alone
	helpers    map[string]string    // methods of the meta value, by function name
	attributes map[string]Attribute // by the pipeline's last functions
	methods    func(function string, t reflect.Type, method string) MethodText
	procs      map[entrance]*procedure // recursive templates compiled so far
	blocks     uint64                  // compiled so far
	// invocations counts the direct calls of the application's functions.
	invocations int
	myself      bool // the page asks for myself
	around      bool // the page shows another rendering
	scene
}

// scene is what is being compiled: the page, or a recursive template.
type scene struct {
	region *region
	slots  int // used in its frame
	counts int // loop counters used in its frame
	// inlined counts the templates copied around the node being compiled.
	inlined int
	// streams is whether there is a stream in the node being compiled.
	streams bool
	// whole counts the ranges around it whose entries are texts.
	whole int
	reads fields // of the state, by the node being compiled
	// unknown are fields that each of its steps may read as well: all of them in
	// a recursive template, whose dot depends on the call.
	unknown fields
}

// entrance is a recursive template with what is known of its dot.
type entrance struct {
	template string
	dot      staticType
	kind     kind
	borrowed bool
}

// statement compiles a node of one kind: it adds to w what the node does.
type statement func(c *compiler, w *writer, sc *scope, n parse.Node)

// printer compiles an action that ends with a call of one of the engine's own
// functions, which is the last of values. The names are those of the escapers
// that html/template found necessary.
type printer func(c *compiler, w *writer, sc *scope, n *parse.ActionNode, values []*parse.CommandNode, escapers []string)

// region is a part of the page that may turn out to be a pure function of
// flat data: the whole page, or the body of a loop.
type region struct {
	impure     bool
	local      int // the first slot that belongs to the region
	index      int // the slot of its index variable; -1: none
	readsIndex bool
	live       bool    // it shows live components
	outer      []outer // what it reads of the slots before
}

// mark and reset take back what an attempt noted that came to nothing.
func (rg *region) mark() region   { return *rg }
func (rg *region) reset(m region) { *rg = m }

// slot returns a slot that nothing else uses.
func (c *compiler) slot() int {
	c.slots++
	return c.slots - 1
}

// where returns the place of a node in its source.
func (c *compiler) where(n parse.Node) *where { return &where{c.tree, n} }

// block compiles the body of a node.
func (c *compiler) block(sc *scope, l *parse.ListNode) *block {
	w := c.writer()
	if l != nil {
		c.nodes(w, sc, l.Nodes)
	}
	return w.finish()
}

// nodes compiles a list in its order.
func (c *compiler) nodes(w *writer, sc *scope, list []parse.Node) {
	for _, n := range list {
		compile := c.statements[n.Type()]
		if compile == nil {
			continue // a comment, or the like
		}
		before, streams := c.reads, c.streams
		c.reads, c.streams = 0, false
		compile(c, w, sc, n)
		c.reads |= before
		c.streams = c.streams || streams
		if w.ended {
			return // html/template leaves what follows unescaped, since it is dead
		}
	}
}

func (c *compiler) writer() *writer {
	c.blocks++
	return &writer{compiler: c, block: &block{statics: &statics{id: c.blocks}}}
}

// writer adds steps to a block, gathering the text between them.
type writer struct {
	compiler *compiler
	block    *block
	text     []byte // since the last step
	ended    bool   // by a break or continue
}

// dynamic adds a step that is a dynamic.
func (w *writer) dynamic(at *where, do action) {
	st := w.block.statics
	w.step(step{lead: w.text, dyn: st.dyns, where: at, do: do})
	st.dyns++
	reads := w.compiler.reads | w.compiler.unknown
	if w.compiler.streams {
		reads = 0 // what is put into a stream is sent, whatever was released
	}
	st.reads = append(st.reads, reads)
}

// silent adds a step that shows nothing.
func (w *writer) silent(at *where, do action) {
	w.step(step{lead: w.text, dyn: -1, where: at, do: do})
}

func (w *writer) step(s step) {
	s.pure, _ = s.do.(pureAction)
	w.block.steps = append(w.block.steps, s)
	w.text = nil
}

// finish returns the block.
func (w *writer) finish() *block {
	b := w.block
	b.tail = w.text
	json := []byte(staticsKey)
	var static []byte // silent steps may divide it into several
	for i := range b.steps {
		static = append(static, b.steps[i].lead...)
		if b.steps[i].dyn >= 0 {
			json = appendStatic(json, static)
			static = static[:0]
		}
	}
	b.statics.json = string(closeStatics(appendStatic(json, append(static, b.tail...))))
	return b
}
