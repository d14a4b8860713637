package engine

import (
	"bytes"
	"reflect"
)

// flatRows is a loop over rows of flat data whose body is pure. The rows are
// compared as memory with a copy of those rendered last, and only where they
// differ the body is evaluated, on both side by side.
type flatRows struct {
	loop       *loop
	row        *flat // what a row is
	readsIndex bool  // the body does
	live       bool  // the body shows live components
}

func (f *flatRows) sum(n int, at []pointer) uint64 {
	sum := uint64(0)
	for i := range f.loop.outer {
		sum = mix(sum, f.loop.outer[i].flat.hash(at[1+i]))
	}
	for i := range n {
		sum = mix(sum, f.row.hash(add(at[0], uintptr(i)*f.row.size)))
	}
	return sum
}

func (f *flatRows) appendRows(dst []byte, s *scratch, n int, at []pointer, l *list) []byte {
	first, outer := at[0], at[1:1+len(f.loop.outer)]
	held := l.rows
	if held == nil {
		held = &rows{copy: reflect.Zero(reflect.SliceOf(f.loop.elem)), outer: make([]pointer, len(f.loop.outer))}
		l.rows = held
	}
	oldN := held.copy.Len()
	old := pointerTo(held.copy)
	different := l.forgotten || f.live && s.visit
	for i := range outer {
		if held.outer[i] == nil || !f.loop.outer[i].flat.equal(held.outer[i], outer[i]) {
			different = true
		}
	}
	size := f.row.size
	if n == oldN && !different && bytes.Equal(bytesAt(old, uintptr(n)*size), bytesAt(first, uintptr(n)*size)) {
		return dst
	}
	d := rowDiff{flatRows: f, scratch: s, size: size, oldFirst: old, first: first, oldN: oldN, n: n, different: different}
	d.frames(outer, held.outer)
	mark := len(dst)
	dst = append(dst, entriesKey...)
	opened := len(dst)
	moved := false
	if d.inPlace() {
		dst = d.changes(dst)
	} else {
		dst, moved = d.moves(dst)
	}
	dst = closeEntries(dst, mark, opened, n, moved, n != oldN || l.forgotten)
	l.forgotten = false
	d.keep(held, outer)
	return dst
}

// rowDiff compares the rows rendered last with those to be rendered.
type rowDiff struct {
	*flatRows
	*scratch
	size            uintptr // of a row
	oldFirst, first pointer
	oldN, n         int
	different       bool // the values outside the rows do
	matched         bool // entries were matched other than by their place
}

// frames sets up the two frames the body is evaluated on.
func (d *rowDiff) frames(now, old []pointer) {
	d.ensure(d.loop.slots)
	for i := range d.loop.outer {
		d.now.ptrs[d.loop.outer[i].slot] = now[i]
		d.old.ptrs[d.loop.outer[i].slot] = old[i]
	}
	if d.loop.count >= 0 {
		d.now.counts = append(d.now.counts[:0], 0)
		d.old.counts = append(d.old.counts[:0], 0)
		d.now.ptrs[d.loop.index] = intPointer(&d.now.counts[0])
		d.old.ptrs[d.loop.index] = intPointer(&d.old.counts[0])
	}
}

func (d *rowDiff) nowAt(i int) pointer { return add(d.first, uintptr(i)*d.size) }
func (d *rowDiff) oldAt(i int) pointer { return add(d.oldFirst, uintptr(i)*d.size) }

func (d *rowDiff) same(i, from int) bool {
	return bytes.Equal(bytesAt(d.nowAt(i), d.size), bytesAt(d.oldAt(from), d.size))
}

// set puts row i of the new rows, and from of the old unless negative, into the frames.
func (d *rowDiff) set(i, from int) {
	d.now.ptrs[d.loop.dot] = d.nowAt(i)
	if d.loop.count >= 0 {
		d.now.counts[0] = i
	}
	if from >= 0 {
		d.old.ptrs[d.loop.dot] = d.oldAt(from)
		if d.loop.count >= 0 {
			d.old.counts[0] = from
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

// unique warns if two of the new rows have the same key.
func (d *rowDiff) unique() {
	if d.loop.warned.Load() {
		return
	}
	keys := keySet{seen: make(map[uint64]bool, d.n)}
	for i := range d.n {
		if !keys.add(d.keyAt(d.nowAt(i))) {
			d.warn(d.loop, duplicateKey(valueAt(d.loop.key.flat.typ, add(d.nowAt(i), d.loop.key.at.off))))
			return
		}
	}
}

// changes appends the rows that differ from those at their places, and copies them.
func (d *rowDiff) changes(dst []byte) []byte {
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
		dst = closeObject(d.loop.body.diff(dst, d.scratch, &d.now, &d.old), mark, opened)
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
	return closeNewEntry(d.loop.body.full(dst, d.scratch, &d.now), opened)
}

// moves matches the rows by key or content and appends what became of them.
func (d *rowDiff) moves(dst []byte) (_ []byte, anyMoved bool) {
	d.matched = true
	base := len(d.matches)
	d.matches = append(d.matches, make([]int32, d.n)...)
	match := d.matches[base : base+d.n]
	keyed := d.loop.key != nil
	for i := range match {
		match[i] = -1
		if i < d.oldN && d.same(i, i) {
			match[i] = int32(i)
		}
	}
	sum := d.row.hash
	if keyed {
		sum = d.keyAt
	}
	matchRest(match, d.oldN, keyed,
		func(i int) uint64 { return sum(d.oldAt(i)) },
		func(i int) uint64 { return sum(d.nowAt(i)) })
	for i := range match {
		from := int(match[i])
		if from < 0 {
			dst = d.fullEntry(dst, i)
			continue
		}
		var moved bool
		dst, moved = appendEntry(dst, i, from, func(dst []byte) []byte {
			if !d.different && (from == i || !d.readsIndex) && d.same(i, from) {
				return dst
			}
			d.set(i, from)
			return d.loop.body.diff(dst, d.scratch, &d.now, &d.old)
		})
		anyMoved = anyMoved || moved
	}
	d.matches = d.matches[:base]
	return dst, anyMoved
}

// keep brings the copies up to date. Rows that changed in place have been
// copied by changes.
func (d *rowDiff) keep(held *rows, outer []pointer) {
	n, oldN := d.n, d.oldN
	all := d.matched || n > oldN
	if n != oldN {
		if c := held.copy.Cap(); n > c || n < c/4 {
			grown := reflect.MakeSlice(held.copy.Type(), n, n)
			if !all {
				reflect.Copy(grown, held.copy)
			}
			held.copy = grown
		} else {
			if n < oldN {
				held.copy.Slice(n, oldN).Clear() // let go of the strings
			}
			held.copy = held.copy.Slice(0, n)
		}
	}
	if all && n > 0 {
		reflect.Copy(held.copy, sliceOf(d.loop.elem, d.first, n))
	}
	for i := range outer {
		f := d.loop.outer[i].flat
		if held.outer[i] == nil {
			held.outer[i] = pointerTo(reflect.New(f.typ))
		}
		if !f.equal(held.outer[i], outer[i]) {
			valueAt(f.typ, held.outer[i]).Set(valueAt(f.typ, outer[i]))
		}
	}
}
