package engine

import (
	"fmt"
	"strconv"
)

// differ writes what differs between a tape and what the client holds.
type differ struct {
	tape
	scratch
	numbered int      // the streams that the client was told of
	gone     []error  // of streams whose entries the page has lost
	content  *content // nil: the page is around none
	shared   *shared  // nil: statics stand where they are
	memo     *memo    // nil: no rows are remembered
}

// shared are statics that several nodes of a message have, each of which says their number
// alone.
type shared struct {
	numbers map[*statics]int
	all     []*statics
	often   map[*statics]bool // those of several entries of a comprehension
}

// note finds out which statics several entries have that the client lacks.
func (s *shared) note(of *statics, seen map[*statics]bool) {
	if seen[of] {
		if s.often == nil {
			s.often = map[*statics]bool{}
		}
		s.often[of] = true
	}
	seen[of] = true
}

// number returns the number of statics, if they are shared.
func (s *shared) number(of *statics) (int, bool) {
	if s == nil || !s.often[of] {
		return 0, false
	}
	n, known := s.numbers[of]
	if !known {
		if s.numbers == nil {
			s.numbers = map[*statics]int{}
		}
		n = len(s.all)
		s.numbers[of], s.all = n, append(s.all, of)
	}
	return n, true
}

// append appends the member "p", with a comma after it, if something is shared.
func (s *shared) append(dst []byte) []byte {
	if s == nil || len(s.all) == 0 {
		return dst
	}
	dst = append(dst, `"p":{`...)
	for i, of := range s.all {
		dst = append(appendKey(dst, i), of.json[len(`"s":`):]...)
		dst = append(dst, ',')
	}
	dst[len(dst)-1] = '}'
	return append(dst, ',')
}

// keepItems and keepBytes are the capacity, in items and in bytes of texts, up
// to which a tape is kept to be used again, whatever there was on it. A larger
// one is kept as long as a fair part of it is used: a large page would otherwise
// make it anew each time, while a small one mustn't keep it for good.
const (
	keepItems = 1 << 14
	keepBytes = keepItems * 16
)

// clear lets go of the data, and reports whether the memory is worth keeping.
func (d *differ) clear() bool {
	worth := cap(d.items) <= max(keepItems, 4*len(d.items)) && cap(d.buf) <= max(keepBytes, 4*len(d.buf))
	d.gone = nil
	d.tape.clear()
	d.scratch.clear()
	d.content, d.shared, d.memo = nil, nil, nil
	return worth
}

// members appends the dynamics of the node n that differ from the items that
// begin at i.
func (d *differ) members(dst []byte, i int, n *node) []byte {
	for dyn := range n.cells {
		dst = d.member(dst, dyn, i, &n.cells[dyn])
		i = int(d.items[i].next)
	}
	return dst
}

// member appends one dynamic, item i, if it differs from what c holds.
func (d *differ) member(dst []byte, dyn, i int, c *cell) []byte {
	it := &d.items[i]
	switch it.kind {
	case itemKept:
		return dst
	case itemText, itemLive:
		if c.node == nil && c.sum == it.sum {
			return dst
		}
	case itemContent:
		if c.node != nil && c.node.statics == contentStatics {
			mark := len(dst)
			dst = append(appendKey(dst, dyn), '{')
			opened := len(dst)
			if dst = d.content.show(dst, false); len(dst) > opened {
				dst = append(dst, ',')
			}
			return closeObject(dst, mark, opened)
		}
	default:
		if it.kind == itemStream && it.statics == nil && c.node != nil && c.node.list != nil {
			it.statics = c.node.statics // a component shows no entry by which they were known
		}
		if c.node == nil || c.node.statics != it.statics {
			if it.kind != itemNode && it.kind != itemStream && it.count == 0 && c.node == nil && c.sum == emptySum {
				return dst // an empty list where the client holds no text
			}
			break
		}
		mark := len(dst)
		dst = append(appendKey(dst, dyn), '{')
		opened := len(dst)
		switch it.kind {
		case itemNode:
			dst = d.members(dst, i+1, c.node)
			c.sum = it.sum
		case itemStream:
			dst = d.stream(dst, i, c.node.list, false)
		default:
			dst = d.entries(dst, i, c.node.list)
		}
		return closeObject(dst, mark, opened)
	}
	dst = d.full(appendKey(dst, dyn), i, c)
	return append(dst, ',')
}

// full appends item i as the client must receive it if it holds nothing there,
// and notes in c that it does now.
func (d *differ) full(dst []byte, i int, c *cell) []byte {
	it := &d.items[i]
	before := c.node
	*c = cell{sum: emptySum}
	switch it.kind {
	case itemText:
		c.sum = it.sum
		return appendString(dst, d.buf[it.off:it.end])
	case itemLive:
		c.sum = it.sum
		return strconv.AppendInt(dst, int64(it.count), 10)
	case itemNode:
		c.node, c.sum = &node{statics: it.statics}, it.sum
		dst = d.fullMembers(append(dst, '{'), i+1, c.node)
		if n, ok := d.shared.number(it.statics); ok {
			return append(strconv.AppendInt(append(dst, `"s":`...), int64(n), 10), '}')
		}
		return it.statics.closeNode(dst, d.live)
	case itemStream: // also if it is empty: else the client wouldn't take entries that come later
		if it.statics == nil {
			it.statics = unknownEntries
		}
		c.node = &node{statics: it.statics, list: &list{}}
		if before != nil && before.list != nil {
			c.node.list.stream = before.list.stream
		}
		dst = append(d.stream(append(dst, '{'), i, c.node.list, true), it.statics.json...)
		return append(dst, '}')
	case itemContent:
		c.node = &node{statics: contentStatics}
		return append(d.content.show(append(dst, '{'), true), '}')
	default:
		if it.count == 0 {
			return append(dst, `""`...)
		}
		c.node = &node{statics: it.statics, list: &list{}}
		dst = d.entries(append(dst, '{'), i, c.node.list)
		dst = append(dst, it.statics.json...)
		return append(dst, '}')
	}
}

// likeMembers is fullMembers where the client begins with a copy of the node like,
// which has the same statics: those of nodes that like has as well are left out.
func (d *differ) likeMembers(dst []byte, i int, n, like *node) []byte {
	n.cells = make([]cell, n.statics.dyns)
	for dyn := range n.cells {
		dst = d.like(appendKey(dst, dyn), i, &n.cells[dyn], like.cells[dyn].node)
		dst = append(dst, ',')
		i = int(d.items[i].next)
	}
	return dst
}

// like is full where the client begins with a copy of a dynamic that has the node
// like, nil for none.
func (d *differ) like(dst []byte, i int, c *cell, like *node) []byte {
	it := &d.items[i]
	if like == nil || like.statics != it.statics || like.list != nil || it.kind != itemNode {
		return d.full(dst, i, c)
	}
	*c = cell{sum: emptySum, node: &node{statics: it.statics}}
	dst = append(dst, '{')
	opened := len(dst)
	dst = d.likeMembers(dst, i+1, c.node, like)
	return append(trimComma(dst[:opened], dst), '}')
}

// fullMembers appends all dynamics of the node n and fills its cells.
func (d *differ) fullMembers(dst []byte, i int, n *node) []byte {
	n.cells = make([]cell, n.statics.dyns)
	for dyn := range n.cells {
		dst = d.full(appendKey(dst, dyn), i, &n.cells[dyn])
		dst = append(dst, ',')
		i = int(d.items[i].next)
	}
	return dst
}

// entries appends the member "k" of the comprehension at item i, if the
// client's differs.
func (d *differ) entries(dst []byte, i int, l *list) []byte {
	it := d.items[i]
	if it.kind == itemRows {
		return it.list.appendRows(dst, &d.scratch, int(it.count), d.rows[it.at:], l)
	}
	if it.off > 0 {
		d.memo.all[it.off-1].list, d.memo.all[it.off-1].bound = l, true
	}
	if it.still {
		return d.still(dst, i, l)
	}
	n, oldN := int(it.count), len(l.entries)
	base := len(d.matches)
	d.matches = append(d.matches, make([]int32, 2*n)...)
	match, starts := d.matches[base:base+n], d.matches[base+n:base+2*n]
	inPlace, matched, found := 0, 0, false
	for j, at := 0, i+1; j < n; j++ {
		starts[j] = int32(at)
		match[j] = -1
		if e := &d.items[at]; e.at > 0 {
			match[j], found = e.at-1, true
		} else if j < oldN && l.entries[j].sum == e.sum {
			match[j] = int32(j)
		}
		at = int(d.items[at].next)
	}
	if found {
		unmatch(match, oldN, func(j int) bool { return d.items[starts[j]].at > 0 })
	}
	for j, from := range match {
		if from >= 0 {
			matched++
		}
		if int(from) == j {
			inPlace++
		}
	}
	if matched < n && oldN > 0 {
		matchRest(match, oldN, it.keyed,
			func(j int) uint64 { return l.entries[j].sum },
			func(j int) uint64 { return d.items[starts[j]].sum })
	}
	var was, now *shownList // of entries of one shape
	if it.shown {
		was, now = d.noteShown(it, l, match, starts)
	}
	old := l.entries
	if inPlace < n || n != oldN {
		l.entries = make([]entry, n)
	}
	mark := len(dst)
	dst = append(dst, entriesKey...)
	opened := len(dst)
	anyMoved := false
	for j := range n {
		at, from := int(starts[j]), int(match[j])
		sum := d.items[at].sum
		if from < 0 {
			e := entry{sum: sum}
			dst = append(appendKey(dst, j), '{')
			inner := len(dst)
			if now != nil {
				dst = closeNewEntry(d.cells(dst, at+1, nil, now.at(j, it.statics.dyns)), inner)
				l.entries[j] = e
				continue
			}
			e.node = &node{statics: it.statics}
			dst = closeNewEntry(d.fullMembers(dst, at+1, e.node), inner)
			l.entries[j] = e
			continue
		}
		e := old[from]
		unchanged := !it.keyed && e.sum == sum || d.items[at].at > 0
		e.sum = sum
		var moved bool
		dst, moved = appendEntry(dst, j, from, func(dst []byte) []byte {
			if now != nil {
				held := was.at(from, it.statics.dyns)
				if unchanged {
					copy(now.at(j, it.statics.dyns), held)
					return dst
				}
				return d.cells(dst, at+1, held, now.at(j, it.statics.dyns))
			}
			if unchanged {
				return dst
			}
			return d.members(dst, at+1, e.node)
		})
		anyMoved = anyMoved || moved
		l.entries[j] = e
	}
	d.matches = d.matches[:base]
	dst = closeEntries(dst, mark, opened, n, anyMoved, n != oldN || l.forgotten)
	l.forgotten = false
	return dst
}

// still is entries of a list in which each entry is where it was.
func (d *differ) still(dst []byte, i int, l *list) []byte {
	it := &d.items[i]
	mark := len(dst)
	dst = append(dst, entriesKey...)
	opened := len(dst)
	for at := i + 1; at < int(it.next); at = int(d.items[at].next) {
		j := int(d.items[at].off)
		dst, _ = appendEntry(dst, j, j, func(dst []byte) []byte {
			if it.statics == mixed {
				return d.members(dst, at+1, l.entries[j].node)
			}
			held := l.shown.at(j, it.statics.dyns)
			return d.cells(dst, at+1, held, held)
		})
		if l.shown.marks != nil {
			l.shown.marks[j] = d.marks[d.items[at].count]
		}
	}
	return closeEntries(dst, mark, opened, int(it.count), false, false)
}

// cells appends the dynamics of an entry that has no node, beginning at item i, that aren't
// those of the sums was, or all if that is nil, and notes their sums in now.
func (d *differ) cells(dst []byte, i int, was, now []uint64) []byte {
	for dyn := range now {
		it := &d.items[i]
		if was == nil || was[dyn] != it.sum {
			dst = appendKey(dst, dyn)
			if it.kind == itemLive {
				dst = strconv.AppendInt(dst, int64(it.count), 10)
			} else {
				dst = appendString(dst, d.buf[it.off:it.end])
			}
			dst = append(dst, ',')
		}
		now[dyn] = it.sum
		i = int(it.next)
	}
	return dst
}

// noteShown notes what is known of the entries of what a component wrote. It returns, if
// they are of one shape, where the sums of their dynamics are and are to be.
func (d *differ) noteShown(it item, l *list, match, starts []int32) (was, now *shownList) {
	was = l.shown
	if was == nil || len(l.entries) != len(match) || !inOrder(match) {
		l.shown = &shownList{}
		if it.statics != mixed {
			l.shown.cells = make([]uint64, len(match)*it.statics.dyns)
		}
	}
	if it.statics != mixed {
		now = l.shown
	}
	l.shown.keyed = it.keyed
	switch {
	case it.off > 0 && it.keyed && len(d.memo.all[it.off-1].also) == 0:
		l.shown.marks = nil
	case len(l.shown.marks) != len(match):
		l.shown.marks = make([]mark, len(match))
	}
	var seen map[*statics]bool
	for j, at := range starts {
		if l.shown.marks != nil {
			l.shown.marks[j] = d.marks[d.items[at].count]
		}
		if match[j] < 0 && it.statics == mixed && d.shared != nil {
			if content := &d.items[at+1]; content.kind == itemNode {
				if seen == nil {
					seen = map[*statics]bool{}
				}
				d.shared.note(content.statics, seen)
			}
		}
	}
	return was, now
}

// inOrder reports whether each entry is where it was.
func inOrder(match []int32) bool {
	for j, from := range match {
		if int(from) != j {
			return false
		}
	}
	return true
}

// stream appends the members of the comprehension at item i, but for its statics, if
// there is something to tell of it. The client holds what l says: a stream or, if it
// is fresh, nothing yet.
func (d *differ) stream(dst []byte, i int, l *list, fresh bool) []byte {
	it := d.items[i]
	if it.at < 0 {
		if fresh {
			dst = closeEntries(append(dst, entriesKey...), 0, 0, 0, false, true)
		}
		return dst
	}
	rec := &d.lists[it.at]
	log, ch := rec.stream.log, &rec.change
	again := fresh && log.ref != 0 && !log.warned
	switch held := l.stream; {
	case log.ref != 0:
	case held != nil && !held.shown: // what was here is gone, and its entries with it
		log.ref, ch.reset = held.ref, !held.none
	default:
		ch.reset = false // the client has none
		d.numbered++
		log.ref = d.numbered
	}
	if again && log.some && !ch.reset && rec.where != nil { // else components may be sent anew, and the page keep the entries

		d.lost(rec)
	}
	log.some = len(ch.inserts) > 0 || log.some && !ch.reset
	l.stream = log
	if !fresh && ch.isEmpty() {
		return dst
	}
	dst = append(dst, entriesKey...)
	for j, at := 0, i+1; j < int(it.count); j++ {
		dst = append(appendKey(dst, j), '{')
		opened := len(dst)
		for dyn, k := 0, at+1; dyn < it.statics.dyns; dyn++ {
			var c cell
			dst = append(d.full(appendKey(dst, dyn), k, &c), ',')
			k = int(d.items[k].next)
		}
		dst = closeNewEntry(dst, opened)
		at = int(d.items[at].next)
	}
	dst = closeEntries(dst, 0, 0, int(it.count), false, true)
	return ch.appendJSON(dst, streamScope{log.cid}.ref(log.ref))
}

// unknownEntries are the statics of a stream in a component that has shown no entry yet.
var unknownEntries = &statics{json: staticsKey + `"",""]`, dyns: 1}

// lost warns of a stream that the page shows again, without the entries that it had.
func (d *differ) lost(rec *streamRecord) {
	err := fmt.Errorf("the stream %s is shown again, and begins without the entries that it had, as the page keeps none that it doesn't show; "+
		"call Reset with those to be shown in the callback that shows it again", rec.stream.log.name)
	if rec.where != nil {
		err = rec.where.errorf("%w", err)
	}
	rec.stream.log.warned = true
	d.gone = append(d.gone, err)
}
