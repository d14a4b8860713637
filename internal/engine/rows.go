package engine

import (
	"bytes"
	"hash/maphash"
	"reflect"
)

// emptySum is the hash of no text.
var emptySum = maphash.Bytes(seed, nil)

// rows is what the client holds of a list of flat rows: the rows themselves,
// as they were, and what else the body reads. Nothing is kept for each dynamic.
type rows struct {
	copy  reflect.Value // []T
	outer []pointer     // copies of the loop's outer values
}

// ensure makes the frame large enough.
func (fr *frame) ensure(slots int) {
	if len(fr.ptrs) < slots {
		fr.ptrs = append(fr.ptrs, make([]pointer, slots-len(fr.ptrs))...)
	}
}

// rowsMember appends the member "k" of a list of flat rows, if the client's differs.
func (r *run) rowsMember(dst []byte, it *item, l *list) []byte {
	lp, f := it.loop, it.loop.flat.row
	n := int(it.count)
	outer := r.ptrs[it.outer : int(it.outer)+len(lp.outer)]
	held := l.rows
	if held == nil {
		held = &rows{copy: reflect.Zero(reflect.SliceOf(lp.elem)), outer: make([]pointer, len(lp.outer))}
		l.rows = held
	}
	oldN := held.copy.Len()
	old := pointerTo(held.copy)
	different := l.forgotten
	for i := range outer {
		if held.outer[i] == nil || !lp.outer[i].flat.equal(held.outer[i], outer[i]) {
			different = true
		}
	}
	size := f.size
	if n == oldN && !different && bytes.Equal(bytesAt(old, uintptr(n)*size), bytesAt(it.first, uintptr(n)*size)) {
		return dst
	}
	d := rowDiff{r: r, loop: lp, size: size, old: old, now: it.first, oldN: oldN, n: n, different: different}
	d.frames(outer, held.outer)
	mark := len(dst)
	dst = append(dst, `"k":{`...)
	opened := len(dst)
	moved := false
	if d.inPlace() {
		dst = d.changes(dst)
	} else {
		dst, moved = d.moves(dst)
	}
	dst = closeEntries(dst, mark, opened, n, moved, n != oldN || l.forgotten)
	l.forgotten = false
	held.keep(&d, moved || d.matched, outer)
	return dst
}

// rowDiff compares the rows rendered last with those to be rendered.
type rowDiff struct {
	r         *run
	loop      *loop
	size      uintptr
	old, now  pointer
	oldN, n   int
	different bool // the data outside the rows differs
	matched   bool // entries were matched other than by their place
}

// frames sets up the two frames the body is evaluated on.
func (d *rowDiff) frames(now, old []pointer) {
	r, l := d.r, d.loop
	r.now.ensure(l.slots)
	r.old.ensure(l.slots)
	for i := range l.outer {
		r.now.ptrs[l.outer[i].slot] = now[i]
		r.old.ptrs[l.outer[i].slot] = old[i]
	}
	if l.count >= 0 {
		r.now.counts = append(r.now.counts[:0], 0)
		r.old.counts = append(r.old.counts[:0], 0)
		r.now.ptrs[l.index] = intPointer(&r.now.counts[0])
		r.old.ptrs[l.index] = intPointer(&r.old.counts[0])
	}
}

func (d *rowDiff) nowAt(i int) pointer { return add(d.now, uintptr(i)*d.size) }
func (d *rowDiff) oldAt(i int) pointer { return add(d.old, uintptr(i)*d.size) }

func (d *rowDiff) same(i, from int) bool {
	return bytes.Equal(bytesAt(d.nowAt(i), d.size), bytesAt(d.oldAt(from), d.size))
}

// set puts row i of the new rows, and from of the old unless negative, into the frames.
func (d *rowDiff) set(i, from int) {
	l := d.loop
	d.r.now.ptrs[l.dot] = d.nowAt(i)
	if l.count >= 0 {
		d.r.now.counts[0] = i
	}
	if from >= 0 {
		d.r.old.ptrs[l.dot] = d.oldAt(from)
		if l.count >= 0 {
			d.r.old.counts[0] = from
		}
	}
}

// keyAt returns the hash of a row's key.
func (d *rowDiff) keyAt(row pointer) uint64 {
	k := d.loop.key
	return k.flat.hash(add(row, k.at.off))
}

// inPlace reports whether each row is matched with the one that was at its
// place: all of those that remain have their keys or, without keys, at most
// one of them differs.
func (d *rowDiff) inPlace() bool {
	if d.oldN == 0 {
		if d.loop.key != nil {
			d.unique()
		}
		return true
	}
	both := min(d.n, d.oldN)
	if k := d.loop.key; k != nil {
		for i := d.next(0, both); i < both; i = d.next(i+1, both) {
			if !k.flat.equal(add(d.nowAt(i), k.at.off), add(d.oldAt(i), k.at.off)) && d.keyAt(d.nowAt(i)) != d.keyAt(d.oldAt(i)) {
				d.unique()
				return false
			}
		}
		if d.n > d.oldN {
			d.unique()
		}
		return true
	}
	// Without keys a single differing row, or rows added to or taken from the
	// end of unchanged ones, can't be moves.
	first := d.next(0, both)
	return first == both || d.n == d.oldN && d.next(first+1, both) == both
}

// chunk is how many rows are compared at once while looking for those that differ.
const chunk = 64

// next returns the first row from i on that differs from the one at its place;
// limit if there is none.
func (d *rowDiff) next(i, limit int) int {
	for i < limit {
		if m := uintptr(min(chunk, limit-i)); bytes.Equal(bytesAt(d.nowAt(i), m*d.size), bytesAt(d.oldAt(i), m*d.size)) {
			i += int(m)
			continue
		}
		for d.same(i, i) { // one of the chunk isn't
			i++
		}
		return i
	}
	return limit
}

// unique fails if two of the new rows have the same key.
func (d *rowDiff) unique() {
	keys := keySet{seen: make(map[uint64]bool, d.n)}
	for i := range d.n {
		if !keys.add(d.keyAt(d.nowAt(i))) {
			k := d.loop.key
			d.r.where = d.loop.where
			panic(renderError{duplicateKey(valueAt(k.flat.typ, add(d.nowAt(i), k.at.off)))})
		}
	}
}

// changes appends the rows that differ from those at their places, and copies them.
func (d *rowDiff) changes(dst []byte) []byte {
	r, body := d.r, d.loop.body
	both := min(d.n, d.oldN)
	for i := 0; i < both; i++ {
		if !d.different {
			if i = d.next(i, both); i == both {
				break
			}
		}
		d.set(i, i)
		mark := len(dst)
		dst = append(appendKey(dst, i), '{')
		opened := len(dst)
		dst, _ = closeObject(r.pureDiff(dst, body, r.now, r.old), mark, opened)
		if !d.same(i, i) {
			valueAt(d.loop.elem, d.oldAt(i)).Set(valueAt(d.loop.elem, d.nowAt(i)))
		}
	}
	for i := both; i < d.n; i++ {
		dst = d.fullEntry(dst, i)
	}
	return dst
}

func (d *rowDiff) fullEntry(dst []byte, i int) []byte {
	d.set(i, -1)
	dst = append(appendKey(dst, i), '{')
	opened := len(dst)
	return closeEntry(d.r.pureFull(dst, d.loop.body, d.r.now), opened)
}

// moves matches the rows by key or content and appends what became of them.
func (d *rowDiff) moves(dst []byte) ([]byte, bool) {
	d.matched = true
	r := d.r
	base := len(r.ints)
	r.ints = append(r.ints, make([]int32, d.n)...)
	match := r.ints[base : base+d.n]
	keyed := d.loop.key != nil
	for i := range match {
		match[i] = -1
		if i < d.oldN && d.same(i, i) {
			match[i] = int32(i)
		}
	}
	sum := d.loop.flat.row.hash
	if keyed {
		sum = d.keyAt
	}
	matchRest(match, d.oldN, keyed,
		func(i int) uint64 { return sum(d.oldAt(i)) },
		func(i int) uint64 { return sum(d.nowAt(i)) })
	moved := false
	for i := range match {
		from := int(match[i])
		if from < 0 {
			dst = d.fullEntry(dst, i)
			continue
		}
		dst, moved = entryMember(dst, i, from, moved, func(dst []byte) []byte {
			if !d.different && (from == i || !d.loop.flat.readsIndex) && d.same(i, from) {
				return dst
			}
			d.set(i, from)
			return r.pureDiff(dst, d.loop.body, r.now, r.old)
		})
	}
	r.ints = r.ints[:base]
	return dst, moved
}

// keep brings the copies up to date.
func (rw *rows) keep(d *rowDiff, all bool, outer []pointer) {
	n, oldN := d.n, d.oldN
	if n != oldN {
		all = all || n > oldN
		if c := rw.copy.Cap(); n > c || n < c/4 {
			grown := reflect.MakeSlice(rw.copy.Type(), n, n)
			if !all {
				reflect.Copy(grown, rw.copy)
			}
			rw.copy = grown
		} else {
			if n < oldN {
				rw.copy.Slice(n, oldN).Clear() // let go of the strings
			}
			rw.copy = rw.copy.Slice(0, n)
		}
	}
	if all && n > 0 {
		reflect.Copy(rw.copy, sliceOf(d.loop.elem, d.now, n))
	}
	for i := range outer {
		f := d.loop.outer[i].flat
		if rw.outer[i] == nil {
			rw.outer[i] = pointerTo(reflect.New(f.typ))
		}
		if !f.equal(rw.outer[i], outer[i]) {
			valueAt(f.typ, rw.outer[i]).Set(valueAt(f.typ, outer[i]))
		}
	}
}
