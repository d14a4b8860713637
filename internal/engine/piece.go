package engine

import (
	"bytes"
	"hash/maphash"
	stdhtml "html"

	"github.com/gin-liveview/liveview/internal/htmlscan"
)

// piece is an element with its content, or what is no element, of the HTML that a
// component wrote.
type piece struct {
	start, end  int // in the HTML, with the tags
	open, close int // the content of an element
	name        string
	values      []htmlscan.Span
	children    []*piece
	kind        htmlscan.Kind // StartTag: an element
	key         uint64        // what tells an element from others beside it; 0: nothing does
	replaceable bool          // a placeholder can stand for the element
	form        bool          // or could, were it no form
	disturbed   bool          // something in it doesn't stay where it is written
	id          string        // of an entry or container of a stream
	container   bool          // of a stream
	stream      *shownStream  // the one that it contains; nil: none that is known
	entries     []*piece      // that are among its children
	entry       *shownStream  // the stream that it is an entry of; nil: none
	streams     bool          // it is a container of a stream, or has one in it
	live        bool          // it holds live components
	cid         int           // of the live component that it stands for; 0 for none

	// What the client seems to hold there: the node that the element is in, and how many
	// of that node's elements are open in its content.
	held  *node
	level int
	next  int // of the held comprehension's entries, the one expected next

	// Comments say where rows are in it that components show by Rows.
	rows  int // which they are, from 1 on; -1: something else is before them
	begun int // which were begun last
	ended int // before which of the children they end

	// from is the comprehension of which it is some entries as the client holds them, so
	// that they weren't read; nil: it was.
	from *list
	at   int // the first of them
	run  int // how many
}

// isElement reports whether p is an element, or a live component, which is one.
func (p *piece) isElement() bool { return p.kind == htmlscan.StartTag || p.cid > 0 }

// one reports whether p is certain to be one element to the client.
func (p *piece) one() bool { return (p.replaceable || p.form) && !p.disturbed }

// root is one where the client may leave p out while it doesn't change.
func (p *piece) root() bool { return p.replaceable && !p.disturbed && !p.live }

// space reports whether p is nothing but white space.
func (p *piece) space(html []byte) bool {
	return p.kind == htmlscan.Text && htmlscan.IsSpace(html[p.start:p.end])
}

func (p *piece) length() int { return p.end - p.start }

// list returns the comprehension that the client seems to hold for the children of p, and
// of which something is known.
func (p *piece) list() *list {
	in := p.inside()
	if in == nil || in.slots != nil {
		return nil
	}
	for i := range p.held.cells {
		if n := p.held.cells[i].node; n != nil && n.list != nil && n.list.shown != nil {
			return n.list
		}
	}
	return nil
}

// inside returns how the client seems to hold the children of p, nil if they are none of
// its dynamics.
func (p *piece) inside() *inside {
	if p.held == nil || !p.held.statics.inside.is(p.level, p.name) {
		return nil
	}
	return p.held.statics.inside
}

// hold notes in child what the client seems to hold of it.
func (p *piece) hold(child *piece) {
	in := p.inside()
	switch {
	case p.held == nil:
	case in == nil:
		child.held, child.level = p.held, p.level+1
	case in.slots == nil:
		if l := p.list(); l != nil && p.next < len(l.entries) {
			child.held, child.level = l.entries[p.next].content(), 1
		}
	default:
		for i := p.next; i < len(in.slots); i++ {
			if in.slots[i] == child.name {
				p.next, child.level = i+1, 1
				child.held = p.held.slot(i)
				return
			}
		}
	}
}

// reader takes HTML apart.
type reader struct {
	html     []byte
	context  htmlscan.Context // where on the page it stands
	streams  *shownStreams    // those of the state; nil: there are none
	whole    bool             // also what the client holds is read
	pieces   []piece          // scratch memory
	marks    int              // of live components that were passed over
	places   map[*list]map[uint64]int
	memo     *memo // nil: no rows are remembered
	rowMarks int   // of rows that were found
}

func (s *reader) piece() *piece {
	if len(s.pieces) == 0 {
		s.pieces = make([]piece, 8)
	}
	p := &s.pieces[0]
	s.pieces = s.pieces[1:]
	return p
}

// parse returns what the HTML consists of, if its tags match. What is, by all its bytes,
// an entry of a comprehension that the client holds there isn't read.
func (s *reader) parse(held *node) (*piece, bool) {
	scanner := htmlscan.Scanner{Around: s.context}
	top := &piece{held: held}
	open := []*piece{top}
	at := 0
	read := func(t *htmlscan.Token) bool { return s.token(&open, t, at) }
	for at < len(s.html) {
		jump := -1
		scanner.Scan(s.html[at:], func(t *htmlscan.Token) bool {
			end := at + t.End
			if !read(t) {
				return false
			}
			if s.whole {
				return true
			}
			outer := open[len(open)-1]
			if l := outer.list(); l != nil {
				if to := s.pass(outer, l, end); to > end {
					jump = to
					return false
				}
			}
			return true
		})
		if jump < 0 {
			break
		}
		at = jump
	}
	return top, !scanner.Malformed() && scanner.InText() && scanner.Depth() == 0
}

// token adds a token that stands behind at to the innermost of the open elements.
func (s *reader) token(open *[]*piece, t *htmlscan.Token, at int) bool {
	all := *open
	outer := all[len(all)-1]
	for i := len(all) - 1; t.Misplaced && i > 0 && !all[i].disturbed; i-- {
		all[i].disturbed = true
	}
	if t.Kind == htmlscan.EndTag {
		outer.close, outer.end = at+t.Start, at+t.End
		if outer.container {
			s.place(outer)
		}
		*open = all[:len(all)-1]
		around := all[len(all)-2]
		around.streams = around.streams || outer.streams
		if outer.key != 0 {
			s.found(around, outer.key)
		}
		return true
	}
	p := s.piece()
	p.kind, p.start, p.open, p.close, p.end = t.Kind, at+t.Start, at+t.End, at+t.End, at+t.End
	if t.Kind == htmlscan.Comment {
		if s.mark(p, outer) {
			for _, outer := range all {
				outer.streams = true // there may be something to tell of it that isn't to be seen
			}
			return true
		}
		if p.cid = markedCID(s.html[p.start:p.end]); p.cid > 0 {
			for _, outer := range all {
				outer.live = true
			}
		}
	}
	outer.children = append(outer.children, p)
	if t.Kind == htmlscan.StartTag {
		p.name = t.Name
		if len(t.Values) > 0 {
			p.values = make([]htmlscan.Span, len(t.Values))
			for i, v := range t.Values {
				p.values[i] = htmlscan.Span{Start: at + v.Start, End: at + v.End}
			}
			p.key = keyOf(t)
		}
		p.replaceable = replaceable(t)
		s.look(p, outer, t)
		p.streams = p.container
		p.form = t.Name == "form" && substitutable(t)
		outer.hold(p)
		if !t.Empty {
			*open = append(all, p)
		} else if p.key != 0 {
			s.found(outer, p.key)
		}
	}
	return true
}

// mark reads a comment in outer, if it stands for rows.
func (s *reader) mark(p, outer *piece) bool {
	comment := s.html[p.start:p.end]
	if s.memo == nil || !bytes.HasPrefix(comment, rowsStart) {
		return false
	}
	s.rowMarks++
	var k, at, from, run int
	switch {
	case numbersOf(comment, rowsBegin, &k):
		outer.begun, outer.rows = k+1, k+1
		for _, c := range outer.children {
			if !c.space(s.html) {
				outer.rows = -1
			}
		}
	case bytes.Equal(comment, rowsEnd):
		outer.ended = len(outer.children)
	case numbersOf(comment, rowsKept, &k, &at, &from, &run):
		p.kind, p.start, p.open, p.close = htmlscan.StartTag, p.end, p.end, p.end
		p.from, p.at, p.run = s.memo.all[k].list, at, run
		outer.children, outer.next = append(outer.children, p), at+run
	}
	return true
}

// rowsIn returns which rows are all that there is in p, from 1 on; 0 for none.
func (s *reader) rowsIn(p *piece) int {
	if p.rows <= 0 || p.begun != p.rows || p.live {
		return 0
	}
	for _, c := range p.children[p.ended:] {
		if !c.space(s.html) {
			return 0
		}
	}
	return p.rows
}

// keyOf returns what an element says of itself by which it is told from others: its
// data-key or, without one, its id. It is 0 for neither.
func keyOf(t *htmlscan.Token) (key uint64) {
	if !bytes.Contains(t.Tag, []byte("id")) && !bytes.Contains(t.Tag, []byte("data-key")) {
		return 0
	}
	for a := range htmlscan.Attributes(t.Tag) {
		switch {
		case len(a.Value) == 0:
		case string(a.Name) == "data-key":
			return maphash.Bytes(seed, a.Value) | 1
		case string(a.Name) == "id" && key == 0:
			key = maphash.Bytes(seed, a.Value) | 1
		}
	}
	return key
}

// ahead is how many of the entries that are expected next may have gone for the one behind
// them to be known at once.
const ahead = 3

// pass adds those entries of l that stand at at to outer, and returns where they end.
func (s *reader) pass(outer *piece, l *list, at int) int {
	for {
		i := s.entryAt(outer.next, l, at)
		if i < 0 {
			return at
		}
		from := at
		at += int(l.shown.marks[i].size)
		outer.next = i + 1
		if n := len(outer.children); n > 0 {
			if last := outer.children[n-1]; last.from == l && last.at+last.run == i && last.end == from {
				last.end, last.close = at, at
				last.run++
				continue
			}
		}
		p := s.piece()
		p.kind, p.start, p.open, p.close, p.end = htmlscan.StartTag, from, from, at, at
		p.from, p.at, p.run = l, i, 1
		outer.children = append(outer.children, p)
	}
}

// entryAt returns which entry of l stands at at, -1 for none.
func (s *reader) entryAt(next int, l *list, at int) int {
	if at == len(s.html) || s.html[at] != '<' {
		return -1
	}
	for i := next; i < min(next+ahead, len(l.shown.marks)); i++ {
		m := l.shown.marks[i]
		end := at + int(m.size)
		if m.size > 0 && end <= len(s.html) && (end == len(s.html) || !htmlscan.IsSpace(s.html[end:end+1])) && maphash.Bytes(seed, s.html[at:end]) == m.sum {
			return i
		}
	}
	return -1
}

// found notes that the children of outer have come to the one with that key.
func (s *reader) found(outer *piece, key uint64) {
	l := outer.list()
	if l == nil || !l.shown.keyed {
		return
	}
	for i := outer.next; i < min(outer.next+ahead, len(l.entries)); i++ {
		if l.entries[i].sum == key {
			outer.next = i + 1
			return
		}
	}
	if i, ok := s.placeOf(l, key); ok {
		outer.next = i + 1
	}
}

// placeOf returns which entry of l, whose entries have keys, has that one.
func (s *reader) placeOf(l *list, key uint64) (int, bool) {
	places := s.places[l]
	if places == nil {
		places = make(map[uint64]int, len(l.entries))
		for i := range l.entries {
			places[l.entries[i].sum] = i
		}
		if s.places == nil {
			s.places = map[*list]map[uint64]int{}
		}
		s.places[l] = places
	}
	i, ok := places[key]
	return i, ok
}

// look finds out whether an element, whose start tag is given, is a container of a
// stream, or in one. Outer is the element around it.
func (s *reader) look(p, outer *piece, t *htmlscan.Token) {
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

// place finds the entries of streams in a container.
func (s *reader) place(p *piece) {
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
