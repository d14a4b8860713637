package engine

import (
	"bytes"
	"hash/maphash"
	"math/rand/v2"
	"slices"

	"github.com/gin-liveview/liveview/internal/htmlscan"
)

// splitter takes the HTML that a component wrote apart and puts it onto a tape.
// There is no template to tell what can change, so the HTML itself has to: tags
// and attribute names are statics, texts and attribute values are dynamics, and
// so are the children of an element that has several, see layout. What the client
// holds says how that was done before, so that what was added to or taken from
// the HTML leaves the rest as it is. HTML whose tags don't match is one dynamic.
type splitter struct {
	reader
	tape    *tape
	base    int                 // where html begins in the texts of the tape
	ignored bool                // the client leaves it alone there
	known   map[string]*statics // those of the last rendering, by themselves as JSON
	found   map[string]*statics // those of this one
	json    []byte              // scratch memory
	fresh   bool                // statics were found that weren't known
	again   bool                // something is needed that wasn't read
	failed  error               // of a row's component
}

// mistakes returns what is wrong with the HTML, if some of it is of a kind that
// the client hasn't been sent before.
func (s *splitter) mistakes() []string {
	if !s.fresh {
		return nil
	}
	return mistakesIn(s.html, s.context, s.ignored)
}

// lost returns the error of a row's component, or an error if a live component stands in the HTML where none can.
func (s *splitter) lost() error {
	if s.failed != nil {
		return s.failed
	}
	if countMarks(s.html) != s.marks {
		return errLostMark
	}
	return nil
}

// page puts the whole HTML onto the tape and returns its statics. A part of a
// page says whether it is a single element, the page itself needn't. held is what
// the client holds of it, nil for nothing.
func (s *splitter) page(held *node, part bool) *statics {
	items, marks, lists := len(s.tape.items), len(s.tape.marks), len(s.tape.lists)
	found := s.split(held, part)
	rows := bytes.Count(s.html, rowsStart)
	for strip := false; s.again || s.memo != nil && rows != s.rowMarks; strip = true {
		for i := range s.tape.lists[lists:] {
			s.tape.lists[lists+i].stream.log.shown = false
		}
		s.tape.items, s.tape.marks, s.tape.lists = s.tape.items[:items], s.tape.marks[:marks], s.tape.lists[:lists]
		s.again, s.whole, s.marks, s.rowMarks = false, true, 0, 0
		if rows > 0 {
			html, err := s.memo.expand(nil, s.html, strip)
			if err != nil {
				s.failed = err
				return found
			}
			s.html, s.tape.buf = html, html
			if rows = bytes.Count(html, rowsStart); strip {
				rows = 0
			}
		}
		found = s.split(held, part)
	}
	return found
}

func (s *splitter) split(held *node, part bool) *statics {
	l := layout{html: s.html, held: held}
	root, one := false, false
	if top, ok := s.parse(held); ok {
		top.close, top.end = len(s.html), len(s.html)
		l.content(top, top.children)
		if part {
			root, one = s.single(top.children)
		}
	} else {
		l.dynamic(0, len(s.html))
		if bytes.Contains(s.html, rowsStart) {
			s.rowMarks = -1 // they would be seen
		}
	}
	if l.inside != nil && l.inside.level == 0 {
		root = false // that is said of what is in its dynamics, if of anything
	}
	found := s.staticsOf(&l, root, one)
	s.push(&l, found)
	return found
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

// statics returns the statics of a layout, the same as last time if they were
// there then.
func (s *splitter) statics(l *layout, root bool) *statics { return s.staticsOf(l, root, false) }

// staticsOf is statics of what may be all that a part of a page shows: one element then.
func (s *splitter) staticsOf(l *layout, root, one bool) *statics {
	json := append(s.json[:0], staticsKey...)
	for _, static := range l.statics {
		json = appendStatic(json, static)
	}
	json = closeStatics(appendStatic(json, l.last))
	end := len(json)
	if root {
		json = append(json, 'r')
	}
	if one {
		json = append(json, 'o')
	}
	if in := l.inside; in != nil {
		json = append(json, byte(in.level), byte(in.level>>8), byte(in.level>>16))
		json = append(append(json, in.name...), ' ')
		for _, name := range in.slots {
			json = append(append(json, name...), ',')
		}
	}
	s.json = json
	if found := s.found[string(json)]; found != nil {
		return found
	}
	found := s.known[string(json)]
	if found == nil {
		s.fresh = true
		found = shapes.of(json, func(shape string) *statics {
			made := &statics{json: shape[:end], shape: shape, root: root, one: one, dyns: len(l.dynamics), id: maphash.String(seed, shape), inside: l.inside}
			for _, static := range l.statics {
				made.texts = append(made.texts, string(static))
			}
			made.texts = append(made.texts, string(l.last))
			return made
		})
	}
	s.found[found.shape] = found
	return found
}

// push puts the dynamics of a layout onto the tape, whose statics these are.
func (s *splitter) push(l *layout, of *statics) {
	s.again = s.again || l.unread
	held := l.held
	if held != nil && (held.statics != of || len(held.cells) != len(l.dynamics)) {
		held = nil
	}
	for i := range l.dynamics {
		d := &l.dynamics[i]
		var c *node
		if held != nil {
			c = held.cells[i].node
		}
		switch d.kind {
		case dynamicStream:
			s.pushStream(d.container, d.list)
		case dynamicList:
			rows := 0
			if d.within != nil && s.memo != nil {
				rows = s.rowsIn(d.within)
			}
			s.pushList(d.list, c, rows)
		case dynamicSlot:
			s.pushSlot(d.list, c)
		case dynamicLive:
			s.pushLive(d.cid)
		default:
			s.tape.pushPart(s.base+d.from, s.base+d.to)
		}
	}
}

func (s *splitter) pushLive(cid int) {
	s.marks++
	s.tape.push(item{kind: itemLive, next: int32(len(s.tape.items) + 1), count: int32(cid), sum: liveSum(cid)})
}

// pushSlot puts the elements in place of one onto the tape.
func (s *splitter) pushSlot(list []*piece, held *node) {
	switch {
	case len(list) > 1, held != nil && held.list != nil: // once there were several, there may be again
		s.pushList(list, held, 0)
	case len(list) == 0:
		s.tape.pushPart(s.base, s.base)
	case list[0].cid > 0 && list[0].close == list[0].end:
		s.pushLive(list[0].cid)
	default:
		p := list[0]
		l := layout{html: s.html, held: held}
		if p.kind == htmlscan.StartTag {
			l.element(p)
		} else {
			l.text(p)
		}
		s.pushNode(&l, s.statics(&l, p.root()))
	}
}

func (s *splitter) pushNode(l *layout, of *statics) {
	at := s.tape.push(item{kind: itemNode, statics: of})
	s.push(l, of)
	s.tape.close(at)
}

// pushList puts the entries of a comprehension onto the tape. held is what the client
// holds in its place, nil for nothing, and shown which rows of the memo they are, from 1 on,
// or 0.
func (s *splitter) pushList(entries []*piece, held *node, shown int) {
	l := laidRows{splitter: s, entries: entries}
	if held != nil && held.list != nil && held.list.shown != nil {
		l.held, l.was = held.list, held.statics
	}
	l.read()
	of := l.arrange()
	t := s.tape
	at := t.push(item{kind: itemList, keyed: l.keyed, shown: true, statics: of, count: int32(l.count), off: int32(shown)})
	t.items[at].still = l.still && l.was == of && l.held.shown.keyed && t.unkeyed == 0 && l.count == len(l.held.entries)
	place := 0
	for i, p := range entries {
		if p.from == nil {
			entry := t.push(item{kind: itemEntry, sum: l.sums[i], count: int32(len(t.marks)), off: int32(place)})
			place++
			t.marks = append(t.marks, l.marks[i])
			l.push(i, of)
			t.items[entry].next = int32(len(t.items))
			continue
		}
		if l.again {
			break
		}
		if place += p.run; t.items[at].still {
			continue
		}
		for k := p.at; k < p.at+p.run; k++ {
			t.push(item{kind: itemEntry, next: int32(len(t.items) + 1), sum: l.held.entries[k].sum, count: int32(len(t.marks)), at: int32(k) + 1})
			t.marks = append(t.marks, l.held.shown.mark(k))
		}
	}
	t.close(at)
}

// laidRows are the entries of a comprehension, while they are put onto the tape.
type laidRows struct {
	*splitter
	entries []*piece
	held    *list    // what the client holds of it; nil: nothing
	was     *statics // those of held
	keyed   bool     // sums are keys
	still   bool     // and each entry is where the client holds it
	count   int      // of the entries

	// Of those that were read:
	sums    []uint64
	marks   []mark
	layouts []layout
}

// read finds out what tells the entries apart.
func (l *laidRows) read() {
	n := len(l.entries)
	l.sums, l.marks, l.layouts = make([]uint64, n), make([]mark, n), make([]layout, n)
	l.keyed = true
	known := l.held != nil // each entry is where it was
	behind := 0            // the entries of held that are here already
	for i, p := range l.entries {
		if p.from != nil {
			if p.from != l.held {
				l.again = true
				return
			}
			l.keyed, known = l.keyed && l.held.shown.keyed, known && p.at == l.count
			if !l.held.shown.keyed && p.at < behind { // one of them may be here twice
				l.again = true
				return
			}
			behind = p.at + p.run
			l.count += p.run
			continue
		}
		l.count++
		m := mark{sum: maphash.Bytes(seed, l.html[p.start:p.end]), size: int32(p.end - p.start)}
		if p.live || p.cid > 0 || p.streams || p.kind != htmlscan.StartTag {
			m.size = 0
		}
		l.marks[i] = m
		key := p.key
		if p.cid > 0 {
			key = liveSum(p.cid)
		}
		l.sums[i], l.keyed = key, l.keyed && key != 0
		known = known && l.count <= len(l.held.entries) && l.held.entries[l.count-1].sum == key
		lay := &l.layouts[i]
		lay.html, lay.row = l.html, true
		if p.kind == htmlscan.StartTag {
			lay.element(p)
		} else {
			lay.text(p)
		}
		l.again = l.again || lay.unread
	}
	l.still = l.keyed && known
	if l.keyed && !known {
		l.keyed = l.distinct()
	}
	if l.keyed {
		return
	}
	for i, p := range l.entries {
		switch {
		case p.from != nil && l.held.shown.keyed:
			l.again = true
		case p.from != nil:
		case p.streams: // there may be something to tell of a stream in it that isn't to be seen
			l.sums[i] = rand.Uint64()
		default:
			l.sums[i] = l.marks[i].sum
		}
	}
}

// distinct reports whether no two entries have one key.
func (l *laidRows) distinct() bool {
	seen := make(map[uint64]struct{}, l.count)
	for i, p := range l.entries {
		if p.from == nil {
			seen[l.sums[i]] = struct{}{}
			continue
		}
		for _, e := range l.held.entries[p.at : p.at+p.run] {
			seen[e.sum] = struct{}{}
		}
	}
	return len(seen) == l.count
}

// maxShapesOfRows bounds how many shapes of entries are tried as that of all.
const maxShapesOfRows = 4

// arrange returns the statics of the comprehension: those that are the shape of all
// entries, or mixed. They stay what they were, if they can be.
func (l *laidRows) arrange() *statics {
	switch {
	case l.again:
		return mixed
	case l.was == mixed:
		return mixed
	case l.was != nil:
		if l.fits(l.was) {
			return l.was
		}
		l.again = l.again || slices.ContainsFunc(l.entries, func(p *piece) bool { return p.from != nil })
		return mixed
	}
	var shapes []*statics
	sizes := map[*statics]int{}
	for i := range l.layouts {
		lay := &l.layouts[i]
		if l.entries[i].kind != htmlscan.StartTag || !lay.uniform(l.entries[i]) {
			return mixed
		}
		of := l.statics(lay, false)
		if _, known := sizes[of]; known {
			continue
		}
		if len(shapes) == maxShapesOfRows {
			return mixed
		}
		shapes = append(shapes, of)
		for _, text := range of.texts {
			sizes[of] += len(text)
		}
	}
	slices.SortStableFunc(shapes, func(a, b *statics) int { return sizes[a] - sizes[b] })
	for _, of := range shapes {
		if l.fits(of) {
			return of
		}
	}
	return mixed
}

// uniform reports whether an entry may be of one shape with all others: it is one element
// in another, at most, down to the last.
func (l *layout) uniform(p *piece) bool {
	if l.lists > 0 || p.streams {
		return false
	}
	for {
		var only *piece
		for _, c := range p.children {
			if c.kind != htmlscan.StartTag {
				continue
			}
			if only != nil {
				return false
			}
			only = c
		}
		if only == nil {
			return true
		}
		p = only
	}
}

// fits reports whether all entries that were read can be of that shape, and has them so.
func (l *laidRows) fits(of *statics) bool {
	if len(of.texts) < 2 {
		return !slices.ContainsFunc(l.entries, func(p *piece) bool { return p.from == nil }) || len(l.layouts) > 0 && l.allHave(of)
	}
	fitted := make([][]htmlscan.Span, len(l.entries))
	for i, p := range l.entries {
		lay := &l.layouts[i]
		if p.from != nil || lay.has(of.texts) {
			continue
		}
		spans, ok := l.fit(i, of)
		if !ok {
			return false
		}
		fitted[i] = spans
	}
	for i, spans := range fitted {
		if spans != nil {
			l.bend(i, spans)
		}
	}
	return true
}

func (l *laidRows) allHave(of *statics) bool {
	for i, p := range l.entries {
		if p.from == nil && !l.layouts[i].has(of.texts) {
			return false
		}
	}
	return true
}

// fit returns what the dynamics of entry i are in that shape.
func (l *laidRows) fit(i int, of *statics) ([]htmlscan.Span, bool) {
	p := l.entries[i]
	if p.live || p.streams || p.kind != htmlscan.StartTag || !l.layouts[i].simple() {
		return nil, false
	}
	return fit(l.html[p.start:p.end], of.texts)
}

// bend gives the layout of entry i other dynamics.
func (l *laidRows) bend(i int, spans []htmlscan.Span) {
	lay := &l.layouts[i]
	l.statics(lay, false) // HTML of that kind may be new
	at := l.entries[i].start
	lay.dynamics = lay.dynamics[:0]
	for _, span := range spans {
		lay.dynamics = append(lay.dynamics, dynamic{from: at + span.Start, to: at + span.End})
	}
}

// push puts the content of entry i onto the tape, in a comprehension of those statics.
func (l *laidRows) push(i int, of *statics) {
	lay, p := &l.layouts[i], l.entries[i]
	if of != mixed {
		l.splitter.push(lay, of)
		return
	}
	switch {
	case p.cid > 0 && p.close == p.end:
		l.pushLive(p.cid)
	case p.kind == htmlscan.Text:
		l.tape.pushPart(l.base+p.start, l.base+p.end)
	default:
		own := l.statics(lay, false)
		if held := l.heldBy(i); held != nil {
			lay.held = held
			if held.statics != own && held.list == nil && len(held.statics.texts) > 1 {
				if spans, ok := l.fit(i, held.statics); ok {
					l.bend(i, spans)
					own = held.statics
				}
			}
		}
		l.pushNode(lay, own)
	}
}

// heldBy returns what the client holds of entry i, nil if that isn't known.
func (l *laidRows) heldBy(i int) *node {
	if l.held == nil {
		return nil
	}
	if !l.keyed || !l.held.shown.keyed {
		return nil
	}
	// Nearly always where it was, which spares a map of all.
	if at := l.placeBeside(i); at >= 0 && at < len(l.held.entries) && l.held.entries[at].sum == l.sums[i] {
		return l.held.entries[at].content()
	}
	if at, ok := l.placeOf(l.held, l.sums[i]); ok {
		return l.held.entries[at].content()
	}
	return nil
}

// placeBeside returns where entry i was held if it was beside those that it is beside now.
func (l *laidRows) placeBeside(i int) int {
	if i > 0 {
		if before := l.entries[i-1]; before.from != nil {
			return before.at + before.run
		}
	}
	if i+1 < len(l.entries) {
		if after := l.entries[i+1]; after.from != nil {
			return after.at - 1
		}
	}
	return i
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
	l := laidRows{splitter: s, entries: entries}
	l.read()
	same := true
	each := make([]*statics, len(entries))
	for i := range entries {
		each[i] = s.statics(&l.layouts[i], false)
		same = same && each[i] == each[0]
	}
	of := mixed
	if same {
		of = each[0]
	}
	at := s.tape.pushStream(of, *one.stream, change)
	for i := range entries {
		entry := s.tape.push(item{kind: itemEntry})
		if same {
			s.push(&l.layouts[i], of)
		} else {
			s.pushNode(&l.layouts[i], each[i])
		}
		s.tape.close(entry)
	}
	s.tape.close(at)
}
