package engine

import (
	"cmp"
	"fmt"
	"slices"
	"text/template/parse"

	"github.com/gin-liveview/liveview/internal/htmlscan"
)

// proofreader reads the HTML of a page before html/template escapes it, each
// template as it is called.
type proofreader struct {
	trees map[string]*parse.Tree
	tree  *parse.Tree // the page's
	lax   bool        // mistakes are passed over
	// readings are of the recursive templates. What one closes around it may only
	// be known when it has been read to its end, though it calls itself, so the page
	// is read in several passes, until there is nothing new.
	readings map[place]*reading
	pass     int
	grown    bool // there was something new in this pass
	// ignored are the actions that show a component, and whether the client leaves
	// it alone in all places.
	ignored map[*parse.ActionNode]bool
	// whole are the ranges, and whether they stand where elements can, and end and
	// are left so, in all places.
	whole map[*parse.RangeNode]bool
	torn  bool // the range that is read is left, by a break or continue, elsewhere
	// streams are where those ranges stand that may be over streams.
	streams map[*parse.RangeNode]*streamPlace
	depth   int // of elements, where the innermost branch begins
	// events are the actions that may print what an event attribute begins with, and the
	// names of the attributes.
	events map[*parse.ActionNode]string
	// opening are texts at whose end a textarea or the like has just begun: HTML
	// drops a newline there.
	opening []*parse.TextNode
	// contents counts the calls of content on the way to what is read, and repeats the
	// ranges and recursive templates around it.
	contents, repeats int
}

// place is a recursive template and where it is called.
type place struct {
	template string
	context  htmlscan.Context
	ignored  bool
}

// reading is what is known of a recursive template at a place.
type reading struct {
	pass   int      // the last in which it was read
	closes []closer // the start tags for which a browser closes what is open around it
	loose  bool     // it opens or closes what it is called in
}

// proofread looks for the first mistake in the HTML of a page, unless lax. It
// also writes a newline where HTML drops one in front of what is shown, and
// returns what it has found.
func proofread(trees map[string]*parse.Tree, page string, lax bool) (p *proofreader, err error) {
	defer catchMistake(&err)
	p = &proofreader{
		trees: trees, tree: trees[page], lax: lax, readings: map[place]*reading{},
		ignored: map[*parse.ActionNode]bool{}, whole: map[*parse.RangeNode]bool{},
		streams: map[*parse.RangeNode]*streamPlace{},
		events:  map[*parse.ActionNode]string{},
	}
	for p.grown = true; p.grown; {
		p.pass, p.grown = p.pass+1, false
		p.opening, p.contents = nil, 0
		m := newMarkup(htmlscan.Context{})
		p.list(m, p.tree.Root)
		if f := m.leftOpen(); f != nil && !p.grown {
			p.fail(f)
		}
	}
	if lax {
		p.streams = nil
	}
	return p, nil
}

// list reads nodes.
func (p *proofreader) list(m *markup, l *parse.ListNode) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		if m.Malformed() {
			return // what follows can't be told
		}
		switch n := n.(type) {
		case *parse.TextNode:
			p.text(m, n)
		case *parse.ActionNode:
			if len(n.Pipe.Decl) == 0 {
				p.shown(m, n)
				p.inValue(m, n)
				switch f := lastFunction(n.Pipe.Cmds); {
				case f != nil && f.Ident == "component":
					others, seen := p.ignored[n]
					p.ignored[n] = m.ignored() && (others || !seen)
				case f != nil && f.Ident == "content":
					p.content(m, n)
				}
				m.Hole()
			}
		case *parse.IfNode:
			p.branch(m, n, &n.BranchNode)
		case *parse.WithNode:
			p.branch(m, n, &n.BranchNode)
		case *parse.RangeNode:
			if rangedOver(n.Pipe) != nil {
				p.streams[n] = streamPlaceOf(m, p.depth, n)
			}
			others, seen := p.whole[n]
			begins, around := m.InText(), p.torn
			p.torn = false
			p.repeats++
			p.branch(m, n, &n.BranchNode)
			p.repeats--
			p.whole[n] = begins && m.InText() && !p.torn && !m.Malformed() && (others || !seen)
			p.torn = p.torn || around // by its else, for instance
		case *parse.BreakNode, *parse.ContinueNode:
			p.torn = p.torn || !m.InText()
		case *parse.ListNode:
			p.list(m, n)
		case *parse.TemplateNode:
			p.shown(m, n)
			p.inValue(m, n)
			p.call(m, n.Name)
		}
	}
}

// text reads HTML.
func (p *proofreader) text(m *markup, n *parse.TextNode) {
	if len(n.Text) == 0 {
		return
	}
	p.opening = nil
	_, continues := m.InTag()
	start := spot{n, 0}
	if continues {
		start = m.tag
	}
	drops := false
	m.Scan(n.Text, func(t *htmlscan.Token) bool {
		at := spot{n, t.Start}
		if t.Kind == htmlscan.StartTag && continues {
			at, continues = start, false
		}
		if f := m.token(t, n.Text, at); f != nil {
			p.fail(f)
		}
		drops = t.Kind == htmlscan.StartTag && t.End == len(n.Text) && (t.Name == "textarea" || t.Name == "pre" || t.Name == "listing")
		return true
	})
	if offset, in := m.InTag(); in && !continues {
		m.tag = spot{n, offset}
	}
	m.value.read(m.Scanner, n.Text)
	if drops {
		p.opening = append(p.opening, n)
	}
}

// shown notes that a node shows what isn't known.
func (p *proofreader) shown(m *markup, n parse.Node) {
	for _, text := range p.opening {
		text.Text = append(slices.Clip(text.Text), '\n')
	}
	p.opening = nil
	if m.inert() {
		p.mistake(n, "what changes in a <template> doesn't change on the page: the client doesn't see into it, unless it is a portal (data-phx-portal)")
	}
}

// inValue sees what an action, or the call of a template that calls itself, means where it
// stands in an attribute's value.
func (p *proofreader) inValue(m *markup, n parse.Node) {
	if wrong := m.value.wrongIn(m.Scanner); wrong != "" {
		p.mistake(n, wrong)
	}
	if action, ok := n.(*parse.ActionNode); ok {
		if wrong := wrongSignature(m, action); wrong != "" {
			p.mistake(n, wrong)
		}
		if wrong := wrongFileInput(m, action); wrong != "" {
			p.mistake(n, wrong)
		}
	}
	name, begins := m.value.beginsEvent(m.Scanner)
	if !begins {
		return
	}
	if action, ok := n.(*parse.ActionNode); ok {
		p.events[action] = name
		return
	}
	p.mistake(n, name+" is written by a template that calls itself, and so may begin with what the client would run; begin it with some text, or give it a js.Command")
}

// content sees whether a view can be shown by n, which is all of a page of its own.
func (p *proofreader) content(m *markup, n parse.Node) {
	switch p.contents++; {
	case p.repeats > 0:
		p.mistake(n, "{{content}} stands in a range or in a template that calls itself, and there is one view to show")
	case p.contents > 1:
		p.mistake(n, "{{content}} is shown a second time, and there is one view to show")
	case m.ignored():
		p.mistake(n, `the client leaves alone what stands in phx-update="ignore", so {{content}} would stay as it is first shown`)
	case !m.Context().Known() || m.Context().Markup() != 0:
		p.mistake(n, "{{content}} stands in an element that a view's HTML may close or be moved out of, such as a p, a, button, li, heading, form, select or part of a table: put it in a div, main or section outside of that")
	}
}

// branch reads a node that shows one of two bodies, or none.
func (p *proofreader) branch(m *markup, n parse.Node, b *parse.BranchNode) {
	if m.inert() {
		p.shown(m, n)
	}
	opening, contents := p.opening, p.contents
	depth := p.depth
	p.depth = m.Depth()
	defer func() { p.depth = depth }()
	fork := m.clone()
	p.list(m, b.List)
	after, shown := p.opening, p.contents
	other := fork.clone()
	p.opening, p.contents = opening, contents
	p.list(other, b.ElseList)
	p.contents = max(p.contents, shown)
	for _, text := range p.opening {
		if !slices.Contains(after, text) {
			after = append(after, text)
		}
	}
	p.opening = after
	m.Join(other.Scanner, fork.Scanner)
	m.loose = m.loose || other.loose
	m.value.join(other.value)
	m.signed = cmp.Or(m.signed, other.signed)
	for _, l := range other.lost {
		m.keep(l)
	}
	m.lose(&m.open, m.Depth())
	m.lose(&other.open, m.Depth())
	m.open.Cut(min(m.Depth(), m.open.Len()))
	for i := htmlscan.Common(&m.open, &other.open); i < min(m.open.Len(), other.open.Len()); i++ {
		if e := other.open.At(i); e.closer.name != "" {
			m.closeFor(i, e.closer)
		}
	}
}

// call reads a recursive template where it is called, once in each pass for all
// places that are alike.
func (p *proofreader) call(m *markup, name string) {
	tree := p.trees[name]
	if _, in := m.InTag(); in || !m.InText() || tree == nil {
		m.Hole()
		return
	}
	at := place{name, m.Context(), m.ignored()}
	r := p.readings[at]
	if r == nil {
		r = &reading{}
		p.readings[at] = r
	}
	if r.pass < p.pass {
		r.pass = p.pass
		p.body(m, r, tree.Root)
	}
	m.loose = m.loose || r.loose
	for _, c := range r.closes {
		if i := m.Closes(c.name); i >= 0 {
			m.closeFor(i, c)
		}
	}
}

// body reads the body of a recursive template that is called where m stands.
func (p *proofreader) body(m *markup, r *reading, body *parse.ListNode) {
	in := m.clone()
	around := in.open.From(0)
	for i := range around {
		around[i].closer = closer{}
	}
	p.repeats++
	p.list(in, body)
	p.repeats--
	p.opening = nil
	r.loose = in.loose || in.unclosed(m.Depth()) != nil || in.Depth() < m.Depth() || len(in.lost) > len(m.lost)
	for i := range min(in.open.Len(), m.open.Len()) {
		e := in.open.At(i)
		known := func(c closer) bool { return c.name == e.closer.name }
		if e.closer.name != "" && !slices.ContainsFunc(r.closes, known) {
			r.closes = append(r.closes, e.closer)
			p.grown = true
		}
	}
}

// fail reports a mistake in a text.
func (p *proofreader) fail(f *fault) {
	// The copy has the text's place in its source, and another offset in it.
	n := &parse.TextNode{}
	*n = *f.at.text
	n.Pos += parse.Pos(f.at.offset)
	p.mistake(n, f.text)
}

func (p *proofreader) mistake(n parse.Node, text string) {
	if p.lax {
		return
	}
	location, _ := p.tree.ErrorContext(n)
	panic(mistake{fmt.Errorf("%s: %s", location, text)})
}
