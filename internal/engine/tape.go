package engine

import (
	"hash/maphash"
	"math/rand/v2"
)

// tape is a rendering before it is compared with what the client holds: the
// page's dynamics in the order in which they were evaluated, each action once,
// as html/template would.
type tape struct {
	items []item
	buf   []byte // the texts
	// rows has for each list of flat rows the address of the first, followed by
	// those of the values outside of the list that its body reads.
	rows  []pointer
	lists []streamRecord // the streams
	marks []mark         // of the entries of what components wrote
	// unkeyed counts the lists without keys that are being recorded, whose
	// entries need the sums of all they contain. Each item has then that of what
	// it contains itself, so that an entry needs no more than those of its own
	// items, however deep these go on.
	unkeyed int
}

// item is one entry of the tape. What it contains follows it, up to next.
type item struct {
	kind     itemKind
	keyed    bool  // itemList: the sums of its entries are keys
	shown    bool  // itemList: it is of what a component wrote
	still    bool  // itemList: each entry is where it was, and those that are not on the tape are unchanged
	next     int32 // the item after this one and all it contains
	off, end int32 // itemText: its text in the tape's buf; itemList: off is which rows of the memo it shows, from 1 on; itemEntry: off is where it is, in a list that is still
	count    int32 // itemList, itemStream: entries; itemRows: rows; itemLive: the component's number; itemEntry: its index in the tape's marks
	at       int32 // itemRows: where its addresses begin in the tape's rows; itemStream: its index in the tape's lists;
	// itemEntry: from 1 on, which of the entries that the client holds it is, without a change; 0: that isn't known
	sum     uint64   // itemText, itemLive: hash; itemEntry: key or content; others: content, where unkeyed
	statics *statics // itemNode; itemList, itemStream, itemRows: of the entries
	list    rowList  // itemRows
}

type itemKind uint8

const (
	itemText itemKind = iota
	itemNode
	itemList    // followed by an itemEntry for each entry
	itemEntry   // followed by its dynamics
	itemStream  // followed by an itemEntry for each entry that is to be sent
	itemRows    // rows of flat data, evaluated when they are compared
	itemKept    // what the client shows stays
	itemLive    // a live component
	itemContent // another rendering, which is written when this one is compared
)

// rowList is a list of rows of flat data. On the tape there is only where its
// rows lie; they are compared, and what differs is evaluated, when the diff is
// written.
type rowList interface {
	// appendRows appends the member "k", if the client's differs, and notes in
	// held what it has then. There are n rows; the first of at is the address of
	// the first of them, the others are those of the outer values.
	appendRows(dst []byte, s *scratch, n int, at []pointer, held *list) []byte
	// sum returns a hash of what the rows render to.
	sum(n int, at []pointer) uint64
}

// clear empties the tape without letting go of its memory.
func (t *tape) clear() {
	clear(t.items)
	clear(t.rows)
	clear(t.lists)
	t.items, t.buf, t.rows, t.lists, t.marks, t.unkeyed = t.items[:0], t.buf[:0], t.rows[:0], t.lists[:0], t.marks[:0], 0
}

func (t *tape) push(it item) int {
	t.items = append(t.items, it)
	return len(t.items) - 1
}

// close ends what was pushed at index at and contains all that follows.
func (t *tape) close(at int) {
	it := &t.items[at]
	it.next = int32(len(t.items))
	if t.unkeyed > 0 && it.kind != itemEntry && it.kind != itemStream {
		it.sum = t.content(at+1, len(t.items))
	}
}

// closeEntry ends an entry whose content tells it apart.
func (t *tape) closeEntry(at int) {
	t.close(at)
	t.items[at].sum = t.content(at+1, len(t.items))
}

// pushText adds what was appended to the buffer since off.
func (t *tape) pushText(off int) { t.pushPart(off, len(t.buf)) }

// pushPart adds a part of the buffer as a text.
func (t *tape) pushPart(off, end int) {
	t.push(item{
		kind: itemText, next: int32(len(t.items) + 1), off: int32(off), end: int32(end),
		sum: maphash.Bytes(seed, t.buf[off:end]),
	})
}

// pushKept adds a dynamic that stays as the client shows it.
func (t *tape) pushKept() { t.push(item{kind: itemKept, next: int32(len(t.items) + 1)}) }

// pushRows adds a list of n flat rows, whose addresses were added to the tape's
// rows from index at on.
func (t *tape) pushRows(s *statics, list rowList, n, at int) {
	it := item{kind: itemRows, next: int32(len(t.items) + 1), statics: s, list: list, count: int32(n), at: int32(at)}
	if t.unkeyed > 0 {
		it.sum = list.sum(n, t.rows[at:])
	}
	t.push(it)
}

// content is a hash of what the items from a up to b render to, recorded where
// unkeyed.
func (t *tape) content(a, b int) uint64 {
	sum := uint64(0)
	keyed := a > 0 && t.items[a-1].keyed // they are entries, whose sums are keys
	for i := a; i < b; i = int(t.items[i].next) {
		it := &t.items[i]
		sum = mix(sum, uint64(it.kind)<<32|uint64(uint32(it.count)))
		if it.statics != nil {
			sum = mix(sum, it.statics.id)
		}
		sum = mix(sum, it.sum)
		if keyed {
			sum = mix(sum, t.content(i+1, int(it.next)))
		}
	}
	return sum
}

// pushStream begins a stream, whose entries follow.
func (t *tape) pushStream(st *statics, s Stream, ch streamChange) int {
	s.log.shown = true
	sum := s.log.mark
	if !ch.isEmpty() {
		sum = rand.Uint64() // never that of what the client holds, which goes without
	}
	t.lists = append(t.lists, streamRecord{stream: s, change: ch})
	return t.push(item{kind: itemStream, statics: st, count: int32(len(ch.inserts)), at: int32(len(t.lists) - 1), sum: sum})
}

// endStreams ends the rendering for the streams in it. If it went well, the client is
// about to be told of what they were asked for.
func (t *tape) endStreams(well bool) {
	for i := range t.lists {
		s := &t.lists[i].stream
		s.log.shown = false
		if well {
			s.taken()
		}
	}
}
