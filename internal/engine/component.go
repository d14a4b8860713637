package engine

import (
	"bytes"
	"context"
	"hash/maphash"
	"io"
	"sync"
)

// Component is anything that writes HTML, as templ's and gomponents' do.
type Component interface {
	Render(ctx context.Context, w io.Writer) error
}

// components stands for the template of all trees that components render.
var components = &Template{}

var componentRuns = sync.Pool{New: func() any { return &run{now: &frame{}, old: &frame{}, template: components} }}

// DiffComponent is [Tree.Diff] for what a component writes. There is no
// template to tell what can change, so the HTML itself is taken apart: tags
// and attribute names are statics, texts and attribute values are dynamics,
// and the children of an element that has several are the entries of a
// comprehension, matched by their place and content. HTML whose tags don't
// match is one dynamic.
func (r *Tree) DiffComponent(dst []byte, c Component, ctx context.Context) ([]byte, error) {
	rn := componentRuns.Get().(*run)
	rn.sink.buf = rn.buf[:0]
	err := c.Render(ctx, &rn.sink)
	rn.buf, rn.sink.buf = rn.sink.buf, nil
	if err != nil {
		r.Reset()
		return dst, err
	}
	if r.template != components {
		*r = Tree{template: components}
	}
	t := &taker{run: rn, html: rn.buf, known: r.shapes, used: map[string]*block{}}
	root := t.page(false)
	r.shapes = t.used
	if r.root == nil || r.root.block != root {
		r.root = &node{block: root}
		dst = append(rn.fullMembers(dst, 0, r.root), root.statics...)
	} else {
		dst = trimComma(dst, rn.members(dst, 0, r.root))
	}
	clear(rn.items)
	rn.items, rn.ints = rn.items[:0], rn.ints[:0]
	if cap(rn.items) <= keepItems && cap(rn.buf) <= keepItems*16 {
		componentRuns.Put(rn)
	}
	return dst, nil
}

// taker takes rendered HTML apart and puts it onto the tape.
type taker struct {
	run   *run
	html  []byte
	base  int               // where html begins in the text of the tape
	known map[string]*block // the shapes of the last rendering, by their statics
	used  map[string]*block
}

// element is a parsed piece of HTML: a tag with its content, or a text.
type element struct {
	start, end int // in the HTML, with the tags
	open       int // where the content begins; a text has none
	close      int // where it ends
	values     [][2]int
	children   []*element
	tag        bool
	verbatim   bool // a comment or the like, which is a static
}

// shape is an element as a block: its statics, and where its dynamics lie.
type shape struct {
	statics [][]byte
	last    []byte
	slots   []shapeSlot
}

type shapeSlot struct {
	from, to int
	children []*element // several: a comprehension
}

// page puts the whole HTML onto the tape and returns its block. A part of a
// page says whether it is a single element, the page itself needn't.
func (t *taker) page(part bool) *block {
	p := &elementParser{html: t.html}
	var s shape
	root := false
	if top, ok := p.parse(); ok {
		s.content(t.html, 0, len(t.html), top.children)
		root = part && t.single(top.children)
	} else {
		s.dynamic(0, len(t.html))
	}
	b := t.block(&s, root)
	t.slots(&s)
	return b
}

// single reports whether there is one element with nothing but space beside it.
func (t *taker) single(children []*element) bool {
	tags := 0
	for _, c := range children {
		switch {
		case c.tag:
			tags++
		case c.verbatim, len(bytes.TrimSpace(t.html[c.start:c.end])) > 0:
			return false
		}
	}
	return tags == 1
}

// block returns the block of a shape, the same as last time if it was known then.
func (t *taker) block(s *shape, root bool) *block {
	json := []byte(`"s":[`)
	for _, part := range s.statics {
		json = append(appendString(json, part), ',')
	}
	json = append(appendString(json, s.last), ']')
	if root {
		json = append(json, 'r')
	}
	if b := t.used[string(json)]; b != nil {
		return b
	}
	key := string(json)
	b := t.known[key]
	if b == nil {
		b = &block{dyns: len(s.slots), root: root, id: maphash.String(seed, key), statics: bytes.TrimSuffix(json, []byte("r"))}
	}
	t.used[key] = b
	return b
}

// slots puts the dynamics of a shape onto the tape.
func (t *taker) slots(s *shape) {
	for _, slot := range s.slots {
		if slot.children == nil {
			t.text(slot.from, slot.to)
			continue
		}
		t.list(slot.children)
	}
}

func (t *taker) text(from, to int) {
	t.run.push(item{
		kind: itemText, next: int32(len(t.run.items) + 1), off: int32(t.base + from), end: int32(t.base + to),
		sum: maphash.Bytes(seed, t.html[from:to]),
	})
}

// entryShape is the body of a comprehension whose entries differ in shape:
// each is a node of its own, or a text.
var entryShape = &shape{statics: [][]byte{nil}, slots: []shapeSlot{{}}}

func (t *taker) list(children []*element) {
	shapes := make([]shape, len(children))
	blocks := make([]*block, len(children))
	same := true
	for i, e := range children {
		if e.tag {
			shapes[i].element(t.html, e)
		} else {
			shapes[i].text(t.html, e)
		}
		blocks[i] = t.block(&shapes[i], e.tag)
		same = same && blocks[i] == blocks[0]
	}
	body := blocks[0]
	if !same {
		body = t.block(entryShape, false)
	}
	r := t.run
	at := r.push(item{kind: itemList, block: body, count: int32(len(children))})
	for i := range children {
		entry := r.push(item{kind: itemEntry})
		if same {
			t.slots(&shapes[i])
		} else {
			node := r.push(item{kind: itemNode, block: blocks[i]})
			t.slots(&shapes[i])
			r.items[node].next = int32(len(r.items))
		}
		r.items[entry].next = int32(len(r.items))
		r.items[entry].sum = r.content(entry+1, len(r.items))
	}
	r.items[at].next = int32(len(r.items))
}

func (s *shape) static(html []byte) { s.last = append(s.last, html...) }

func (s *shape) dynamic(from, to int) {
	s.slots = append(s.slots, shapeSlot{from: from, to: to})
	s.statics, s.last = append(s.statics, s.last), nil
}

// text adds a text: space is static, so that it holds no place among the dynamics.
func (s *shape) text(html []byte, e *element) {
	if text := html[e.start:e.end]; e.verbatim || len(bytes.TrimSpace(text)) == 0 {
		s.static(text)
		return
	}
	s.dynamic(e.start, e.end)
}

func (s *shape) element(html []byte, e *element) {
	at := e.start
	for _, v := range e.values {
		s.static(html[at:v[0]])
		s.dynamic(v[0], v[1])
		at = v[1]
	}
	s.static(html[at:e.open])
	s.content(html, e.open, e.close, e.children)
	s.static(html[e.close:e.end])
}

// content adds the children of an element: in a list of their own if there are
// several elements among them, so that one more or less leaves the others be.
func (s *shape) content(html []byte, from, to int, children []*element) {
	tags := 0
	for _, c := range children {
		if c.tag {
			tags++
		}
	}
	if tags > 1 {
		// Space after an element belongs to it, space before the first to the parent.
		var list []*element
		for _, c := range children {
			space := !c.tag && !c.verbatim && len(bytes.TrimSpace(html[c.start:c.end])) == 0
			switch n := len(list); {
			case space && n == 0:
				s.static(html[c.start:c.end])
			case space && list[n-1].tag:
				longer := *list[n-1]
				longer.end = c.end
				list[n-1] = &longer
			default:
				list = append(list, c)
			}
		}
		s.slots = append(s.slots, shapeSlot{children: list})
		s.statics, s.last = append(s.statics, s.last), nil
		return
	}
	for _, c := range children {
		if c.tag {
			s.element(html, c)
		} else {
			s.text(html, c)
		}
	}
}

// elementParser parses HTML whose tags match. It need not know more of HTML
// than where tags, attribute values and raw text begin and end: whatever it
// makes of them, statics and dynamics together are the HTML as it was.
type elementParser struct {
	html []byte
	at   int
}

func (p *elementParser) parse() (*element, bool) {
	top := &element{tag: true}
	ok := p.children(top, "")
	return top, ok && p.at == len(p.html)
}

// children parses up to the end tag of the element called name, or to the end.
func (p *elementParser) children(e *element, name string) bool {
	for p.at < len(p.html) {
		start := p.at
		if p.html[p.at] != '<' {
			p.until("<")
			e.children = append(e.children, &element{start: start, end: p.at})
			continue
		}
		rest := p.html[p.at:]
		switch {
		case bytes.HasPrefix(rest, []byte("<!--")):
			if !p.past("-->") {
				return false
			}
			e.children = append(e.children, &element{start: start, end: p.at, verbatim: true})
		case bytes.HasPrefix(rest, []byte("<!")), bytes.HasPrefix(rest, []byte("<?")):
			if !p.past(">") {
				return false
			}
			e.children = append(e.children, &element{start: start, end: p.at, verbatim: true})
		case bytes.HasPrefix(rest, []byte("</")):
			i := bytes.IndexByte(rest, '>')
			if i < 0 || name == "" || lower(bytes.TrimSpace(rest[2:i])) != name {
				return false
			}
			e.close = p.at
			p.at += i + 1
			e.end = p.at
			return true
		default:
			child, ok := p.element()
			if !ok {
				return false
			}
			e.children = append(e.children, child)
		}
	}
	return name == ""
}

func lower(b []byte) string { return string(bytes.ToLower(b)) }

func (p *elementParser) until(s string) {
	if i := bytes.Index(p.html[p.at:], []byte(s)); i >= 0 {
		p.at += i
		return
	}
	p.at = len(p.html)
}

func (p *elementParser) past(s string) bool {
	i := bytes.Index(p.html[p.at:], []byte(s))
	if i >= 0 {
		p.at += i + len(s)
	}
	return i >= 0
}

// element parses a tag and its content.
func (p *elementParser) element() (*element, bool) {
	e := &element{start: p.at, tag: true}
	p.at++
	begin := p.at
	for p.at < len(p.html) && !isSpace(p.html[p.at]) && p.html[p.at] != '>' && p.html[p.at] != '/' {
		p.at++
	}
	name := lower(p.html[begin:p.at])
	if name == "" || name[0] < 'a' || name[0] > 'z' {
		return nil, false
	}
	for {
		if p.at == len(p.html) {
			return nil, false
		}
		c := p.html[p.at]
		p.at++
		switch c {
		case '"', '\'':
			from := p.at
			p.until(string(c))
			if p.at == len(p.html) {
				return nil, false
			}
			e.values = append(e.values, [2]int{from, p.at})
			p.at++
		case '=':
			from := p.at
			for p.at < len(p.html) && !isSpace(p.html[p.at]) && p.html[p.at] != '>' && p.html[p.at] != '"' && p.html[p.at] != '\'' {
				p.at++
			}
			if p.at > from {
				e.values = append(e.values, [2]int{from, p.at})
			}
		}
		if c == '>' {
			break
		}
	}
	e.open, e.close, e.end = p.at, p.at, p.at
	if voidElements[name] || p.html[p.at-2] == '/' {
		return e, true
	}
	if rawElements[name] {
		i := bytes.Index(bytes.ToLower(p.html[p.at:]), []byte("</"+name))
		if i < 0 {
			return nil, false
		}
		if i > 0 {
			e.children = append(e.children, &element{start: p.at, end: p.at + i})
		}
		p.at += i
		e.close = p.at
		if !p.past(">") {
			return nil, false
		}
		e.end = p.at
		return e, true
	}
	return e, p.children(e, name)
}
