package engine

import (
	"bytes"
	"hash/maphash"
	stdhtml "html"
	"slices"

	"github.com/gin-liveview/liveview/internal/htmlscan"
)

// splitter takes the HTML that a component wrote apart and puts it onto a tape.
// There is no template to tell what can change, so the HTML itself has to: tags
// and attribute names are statics, texts and attribute values are dynamics, and
// the children of an element that has several are the entries of a
// comprehension, matched by their place and content. HTML whose tags don't
// match is one dynamic.
type splitter struct {
	tape *tape
	html []byte
	base int // where html begins in the texts of the tape
	// context is where on the page html stands.
	context htmlscan.Context
	ignored bool                // the client leaves it alone there
	known   map[string]*statics // those of the last rendering, by themselves as JSON
	found   map[string]*statics // those of this one
	json    []byte              // scratch memory
	fresh   bool                // statics were found that weren't known
	streams *shownStreams       // those of the state; nil: there are none
	marks   int                 // of live components that were found
}

// mistakes returns what is wrong with the HTML, if some of it is of a kind that
// the client hasn't been sent before.
func (s *splitter) mistakes() []string {
	if !s.fresh {
		return nil
	}
	return mistakesIn(s.html, s.context, s.ignored)
}

// lost returns an error if a live component stands in the HTML where none can.
func (s *splitter) lost() error {
	if countMarks(s.html) != s.marks {
		return errLostMark
	}
	return nil
}

// piece is an element with its content, or what is no element.
type piece struct {
	start, end  int // in the HTML, with the tags
	open, close int // the content of an element
	values      []htmlscan.Span
	children    []*piece
	kind        htmlscan.Kind // StartTag: an element
	replaceable bool          // a placeholder can stand for the element
	form        bool          // or could, were it no form
	disturbed   bool          // something in it doesn't stay where it is written
	id          string        // of an entry or container of a stream
	container   bool          // of a stream
	stream      *shownStream  // the one that it contains; nil: none that is known
	entries     []*piece      // that are among its children
	entry       *shownStream  // the stream that it is an entry of; nil: none
	live        bool          // it holds live components
	cid         int           // of the live component that it stands for; 0 for none
}

// isElement reports whether p is an element, or a live component, which is one.
func (p *piece) isElement() bool { return p.kind == htmlscan.StartTag || p.cid > 0 }

// one reports whether p is certain to be one element to the client.
func (p *piece) one() bool { return (p.replaceable || p.form) && !p.disturbed }

// root is one where the client may leave p out while it doesn't change.
func (p *piece) root() bool { return p.replaceable && !p.disturbed && !p.live }

// page puts the whole HTML onto the tape and returns its statics. A part of a
// page says whether it is a single element, the page itself needn't.
func (s *splitter) page(part bool) *statics {
	var l layout
	root, one := false, false
	if children, ok := s.parse(); ok {
		l.content(s.html, 0, len(s.html), children)
		if part {
			root, one = s.single(children)
		}
	} else {
		l.dynamic(0, len(s.html))
	}
	found := s.statics(&l, root)
	if part {
		found.one = one
	}
	s.push(&l)
	return found
}

// parse returns what the HTML consists of, if its tags match.
func (s *splitter) parse() ([]*piece, bool) {
	scanner := htmlscan.Scanner{Around: s.context}
	top := &piece{}
	open := []*piece{top}
	scanner.Scan(s.html, func(t *htmlscan.Token) bool {
		outer := open[len(open)-1]
		for i := len(open) - 1; t.Misplaced && i > 0 && !open[i].disturbed; i-- {
			open[i].disturbed = true
		}
		if t.Kind == htmlscan.EndTag {
			outer.close, outer.end = t.Start, t.End
			if outer.container {
				s.place(outer)
			}
			open = open[:len(open)-1]
			return true
		}
		p := &piece{kind: t.Kind, start: t.Start, open: t.End, close: t.End, end: t.End, values: slices.Clone(t.Values)}
		if t.Kind == htmlscan.Comment {
			if p.cid = markedCID(s.html[t.Start:t.End]); p.cid > 0 {
				for _, outer := range open {
					outer.live = true
				}
			}
		}
		outer.children = append(outer.children, p)
		if t.Kind == htmlscan.StartTag {
			p.replaceable = replaceable(t)
			s.look(p, outer, t)
			p.form = t.Name == "form" && substitutable(t)
			if !t.Empty {
				open = append(open, p)
			}
		}
		return true
	})
	return top.children, !scanner.Malformed() && scanner.InText() && scanner.Depth() == 0
}

// single reports whether there is one element with nothing but space beside it,
// and the client sees that, too; and whether it may leave it out.
func (s *splitter) single(children []*piece) (root, one bool) {
	elements := 0
	for _, p := range children {
		switch {
		case p.one():
			elements++
			root = p.root()
		case !p.space(s.html):
			return false, false
		}
	}
	return root && elements == 1, elements == 1
}

// space reports whether p is nothing but white space.
func (p *piece) space(html []byte) bool {
	return p.kind == htmlscan.Text && htmlscan.IsSpace(html[p.start:p.end])
}

// statics returns the statics of a layout, the same as last time if they were
// there then.
func (s *splitter) statics(l *layout, root bool) *statics {
	json := append(s.json[:0], staticsKey...)
	for _, static := range l.statics {
		json = appendStatic(json, static)
	}
	json = closeStatics(appendStatic(json, l.last))
	end := len(json)
	if root {
		json = append(json, 'r')
	}
	s.json = json
	if found := s.found[string(json)]; found != nil {
		return found
	}
	key := string(json)
	found := s.known[key]
	if found == nil {
		s.fresh = true
		found = &statics{json: key[:end], shape: key, root: root, dyns: len(l.dynamics), id: maphash.String(seed, key)}
	}
	s.found[key] = found
	return found
}

// push puts the dynamics of a layout onto the tape.
func (s *splitter) push(l *layout) {
	for _, d := range l.dynamics {
		switch {
		case d.container != nil:
			s.pushStream(d.container, d.list)
		case d.list != nil:
			s.pushList(d.list)
		case d.cid > 0:
			s.marks++
			s.tape.push(item{kind: itemLive, next: int32(len(s.tape.items) + 1), count: int32(d.cid), sum: liveSum(d.cid)})
		default:
			s.tape.pushPart(s.base+d.from, s.base+d.to)
		}
	}
}

// mixed is the layout of the entries of a comprehension whose entries differ:
// each is a node of its own.
var mixed = &layout{statics: [][]byte{nil}, dynamics: []dynamic{{}}}

func (s *splitter) pushList(entries []*piece) {
	l := s.lay(entries)
	t := s.tape
	t.unkeyed++
	at := t.push(item{kind: itemList, statics: l.of, count: int32(len(entries))})
	s.pushEntries(&l)
	t.unkeyed--
	t.close(at)
}

// laid are the entries of a comprehension.
type laid struct {
	layouts []layout
	each    []*statics
	of      *statics // those of the comprehension
	same    bool     // they are those of each entry
}

func (s *splitter) lay(entries []*piece) laid {
	l := laid{layouts: make([]layout, len(entries)), each: make([]*statics, len(entries)), same: true}
	for i, p := range entries {
		if p.kind == htmlscan.StartTag {
			l.layouts[i].element(s.html, p)
		} else {
			l.layouts[i].text(s.html, p)
		}
		l.each[i] = s.statics(&l.layouts[i], p.root())
		l.same = l.same && l.each[i] == l.each[0]
	}
	if l.of = l.each[0]; !l.same {
		l.of = s.statics(mixed, false)
	}
	return l
}

func (s *splitter) pushEntries(l *laid) {
	t := s.tape
	for i := range l.layouts {
		entry := t.push(item{kind: itemEntry})
		if l.same {
			s.push(&l.layouts[i])
		} else {
			node := t.push(item{kind: itemNode, statics: l.each[i]})
			s.push(&l.layouts[i])
			t.close(node)
		}
		if t.unkeyed > 0 {
			t.closeEntry(entry)
		} else {
			t.close(entry)
		}
	}
}

// layout is how a piece of HTML divides into statics and dynamics.
type layout struct {
	statics  [][]byte // those before a dynamic
	last     []byte   // the one after the last dynamic
	dynamics []dynamic
}

// dynamic is a text or attribute value, or a comprehension.
type dynamic struct {
	from, to int
	list     []*piece // several: a comprehension
	// container is that of a stream, of which list are the entries.
	container *piece
	cid       int // a live component
}

func (l *layout) static(html []byte) { l.last = append(l.last, html...) }

func (l *layout) dynamic(from, to int) { l.add(dynamic{from: from, to: to}) }

func (l *layout) add(d dynamic) {
	l.dynamics = append(l.dynamics, d)
	l.statics, l.last = append(l.statics, l.last), nil
}

// text adds what is no element. Space and comments are static, so that they
// hold no place among the dynamics.
func (l *layout) text(html []byte, p *piece) {
	if p.cid > 0 {
		l.add(dynamic{from: p.start, to: p.close, cid: p.cid})
		l.static(html[p.close:p.end])
		return
	}
	if p.kind == htmlscan.Comment || p.space(html) {
		l.static(html[p.start:p.end])
		return
	}
	l.dynamic(p.start, p.end)
}

func (l *layout) element(html []byte, p *piece) {
	at := p.start
	for _, v := range p.values {
		l.static(html[at:v.Start])
		l.dynamic(v.Start, v.End)
		at = v.End
	}
	l.static(html[at:p.open])
	if p.container {
		l.contained(html, p)
	} else {
		l.content(html, p.open, p.close, p.children)
	}
	l.static(html[p.close:p.end])
}

// content adds the children of an element: in a list of their own if there are
// several elements among them, so that one more or less leaves the others be.
func (l *layout) content(html []byte, from, to int, children []*piece) {
	elements := 0
	for _, p := range children {
		if p.isElement() {
			elements++
		}
	}
	if elements > 1 {
		l.add(dynamic{from: from, to: to, list: l.entries(html, children)})
		return
	}
	for _, p := range children {
		if p.kind == htmlscan.StartTag {
			l.element(html, p)
		} else {
			l.text(html, p)
		}
	}
}

// entries returns the children as the entries of a list. Space after an element
// belongs to it; space before the first is a static of the parent.
func (l *layout) entries(html []byte, children []*piece) []*piece {
	var list []*piece
	for _, p := range children {
		switch n := len(list); {
		case n == 0 && p.space(html):
			l.static(html[p.start:p.end])
		case n > 0 && p.space(html) && list[n-1].isElement():
			longer := *list[n-1]
			longer.end = p.end
			list[n-1] = &longer
		default:
			list = append(list, p)
		}
	}
	return list
}

// look finds out whether an element, whose start tag is given, is a container of a
// stream, or in one. Outer is the element around it.
func (s *splitter) look(p, outer *piece, t *htmlscan.Token) {
	if s.streams == nil {
		return
	}
	container := bytes.Contains(t.Tag, []byte("phx-update"))
	if !container && !outer.container {
		return
	}
	for a := range htmlscan.Attributes(t.Tag) {
		switch {
		case bytes.EqualFold(a.Name, []byte("id")) && p.id == "":
			p.id = stdhtml.UnescapeString(string(a.Value))
		case container && string(a.Name) == "phx-update":
			p.container = string(a.Value) == "stream"
		}
	}
}

// contained adds the content of a stream's container: the elements that aren't among its
// entries, and then these. The client puts no other node there.
func (l *layout) contained(html []byte, p *piece) {
	var others []*piece
	for _, c := range p.children {
		if c.entry == nil && (c.kind == htmlscan.StartTag || c.kind == htmlscan.Text && !c.space(html)) {
			others = append(others, c)
		}
	}
	l.content(html, p.open, p.close, others)
	l.add(dynamic{container: p, list: p.entries})
}

// place finds the entries of streams in a container.
func (s *splitter) place(p *piece) {
	for _, c := range p.children {
		one := s.streams.ids[c.id]
		if c.kind != htmlscan.StartTag || c.id == "" || one == nil || p.stream != nil && p.stream != one {
			continue
		}
		p.stream, c.entry = one, one
		p.entries = append(p.entries, c)
	}
	if p.stream == nil {
		for _, one := range s.streams.all {
			if one.stream.log != nil && p.id != "" && one.stream.log.container == p.id {
				p.stream = one
			}
		}
	}
}

// pushStream puts the entries of the stream in container onto the tape.
func (s *splitter) pushStream(container *piece, entries []*piece) {
	one := container.stream
	if one == nil || one.stream.log == nil || one.stream.log.shown { // there was nothing in it yet
		s.tape.push(item{kind: itemStream, next: int32(len(s.tape.items) + 1), at: -1})
		return
	}
	log := one.stream.log
	log.container = container.id
	one.placed = true
	change := one.change
	change.inserts = nil
	for _, p := range entries {
		change.inserts = append(change.inserts, one.entries[p.id])
	}
	if len(entries) == 0 {
		s.tape.close(s.tape.pushStream(nil, *one.stream, change))
		return
	}
	l := s.lay(entries)
	at := s.tape.pushStream(l.of, *one.stream, change)
	s.pushEntries(&l)
	s.tape.close(at)
}
