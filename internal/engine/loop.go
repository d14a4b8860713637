package engine

import (
	"fmt"
	"reflect"
	"sync/atomic"
)

// loop is a range: a comprehension or, if there is nothing to iterate over, the
// node of els.
type loop struct {
	list operand      // what is iterated over, once prep was evaluated
	prep *prep        // may be nil
	elem reflect.Type // of the elements, if place
	body *block
	els  *block // may be nil
	key  *key   // nil: entries are matched by their place and content
	// place: list is a slice or array of elem, and dot in the body is the place
	// of an element. Else dot is a value.
	place bool
	dot   int // slot of dot in the body
	index int // slot of the index or key variable; -1: none
	count int // which of the frame's counts index points to, if place; -1: none
	// assignIndex and assignElem are the slots of outer variables that each
	// iteration assigns (range $i, $e = …); -1: none.
	assignIndex, assignElem int
	// single is whether the range has at most one variable, which decides what
	// an iterator of two values yields.
	single bool
	outer  []outer // set up before the loop
	rows   rowList // rows can be compared as memory; nil: they can't
	slots  int     // all slots of the body are below
	where  *where
	warned atomic.Bool // of its keys, in any rendering
}

// warn notes what is wrong with the keys of l, the first time that something is.
func (s *scratch) warn(l *loop, err error) {
	if l.warned.CompareAndSwap(false, true) {
		s.warnings = append(s.warnings, l.where.errorf("%w", err))
	}
}

// outer is a flat value outside a loop's body, whose place is copied into a
// slot of its own before the loop, so that the body can be evaluated on the
// data last rendered.
type outer struct {
	from loc
	flat *flat
	slot int
	// counter and borrowed: as of operand.
	counter, borrowed bool
}

// kept returns the address of the value that lies at p, to be compared later.
func (o *outer) kept(p pointer) pointer {
	switch {
	case o.counter:
		now := int(intAt(p, reflect.Int))
		return intPointer(&now)
	case o.borrowed:
		now := reflect.New(o.flat.typ)
		now.Elem().Set(valueAt(o.flat.typ, p))
		return pointerTo(now)
	}
	return p
}

// values evaluates what a loop iterates over: the address of the first of n
// elements if they have places, else the value.
func (l *loop) values(r *run, fr *frame) (first pointer, n int, v reflect.Value) {
	if l.prep != nil {
		r.prepare(fr, l.prep)
	}
	if l.place {
		first, n = l.places(fr)
	} else {
		v = l.value(fr)
	}
	for i := range l.outer {
		o := &l.outer[i]
		fr.ptrs[o.slot] = add(fr.ptrs[o.from.slot], o.from.off)
	}
	if l.count >= 0 {
		fr.ptrs[l.index] = intPointer(&fr.counts[l.count])
	}
	return first, n, v
}

func (l *loop) places(fr *frame) (first pointer, n int) {
	if l.list.kind == kindPlace {
		p, t := fr.must(&l.list.at), l.list.typ
		if t.Kind() == reflect.Pointer {
			if p, t = deref(p), t.Elem(); p == nil {
				panic(renderError{err: fmt.Errorf("range can't iterate over a nil %s", l.list.typ)})
			}
		}
		if t.Kind() == reflect.Array {
			return p, t.Len()
		}
		return sliceAt(p)
	}
	v := fr.value(&l.list)
	if !v.IsValid() {
		return nil, 0
	}
	if v.Kind() != reflect.Slice || v.Type().Elem() != l.elem {
		panic(renderError{err: fmt.Errorf("range over %s, where %s was expected", v.Type(), l.list.typ)})
	}
	return pointerTo(v), v.Len()
}

func (l *loop) value(fr *frame) reflect.Value {
	if l.list.kind == kindPlace {
		fr.must(&l.list.at)
	}
	v := fr.value(&l.list)
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			break
		}
		v = v.Elem()
	}
	return v
}

// at makes the element at index i of a list of places the body's dot.
func (l *loop) at(fr *frame, first pointer, i int) {
	fr.ptrs[l.dot] = add(first, uintptr(i)*l.elem.Size())
	if l.count >= 0 {
		fr.counts[l.count] = i
	}
	if l.assignIndex >= 0 {
		fr.vals[l.assignIndex] = reflect.ValueOf(i)
	}
	if l.assignElem >= 0 {
		fr.vals[l.assignElem] = valueAt(l.elem, fr.ptrs[l.dot])
	}
}

// set makes the entry of a list of values the body's dot.
func (l *loop) set(fr *frame, index, elem reflect.Value) {
	fr.vals[l.dot] = elem
	if l.index >= 0 {
		fr.vals[l.index] = index
	}
	if l.assignIndex >= 0 {
		fr.vals[l.assignIndex] = index
	}
	if l.assignElem >= 0 {
		fr.vals[l.assignElem] = elem
	}
}

func (l *loop) html(dst []byte, r *run, fr *frame) ([]byte, control) {
	first, n, v := l.values(r, fr)
	some := n > 0
	if l.place {
		for i := range n {
			l.at(fr, first, i)
			var how control
			if dst, how = l.body.html(dst, r, fr); how == broke {
				break
			}
		}
	} else {
		some = r.each(v, l.single, func(index, elem reflect.Value) bool {
			l.set(fr, index, elem)
			var how control
			dst, how = l.body.html(dst, r, fr)
			return how != broke
		})
	}
	if some || l.els == nil {
		return dst, ran
	}
	dst, how := l.els.html(dst, r, fr)
	return dst, ofElse(how)
}

// ofElse is how a range ends whose else branch ended so: text/template takes a
// break there for one of this range, and a continue for one of the range around.
func ofElse(how control) control {
	if how == broke {
		return ran
	}
	return how
}

func (l *loop) record(r *run, fr *frame, held *cell) control {
	first, n, v := l.values(r, fr)
	mark := len(r.items)
	some := n > 0
	if l.rows != nil {
		if some || l.els == nil {
			l.recordRows(r, fr, first, n)
		}
	} else {
		some = l.recordEntries(r, fr, first, n, v)
	}
	if some || l.els == nil {
		return ran
	}
	r.items = r.items[:mark]
	return ofElse(l.els.recordNode(r, fr, held))
}

// recordRows adds the addresses of rows that are compared as memory.
func (l *loop) recordRows(r *run, fr *frame, first pointer, n int) {
	if (l.list.kind == kindValue || l.list.borrowed) && n > 0 {
		own := reflect.MakeSlice(reflect.SliceOf(l.elem), n, n)
		reflect.Copy(own, sliceOf(l.elem, first, n))
		first = pointerTo(own)
	}
	at := len(r.rows)
	r.rows = append(r.rows, first)
	for i := range l.outer {
		r.rows = append(r.rows, l.outer[i].kept(fr.ptrs[l.outer[i].slot]))
	}
	r.pushRows(l.body.statics, l.rows, n, at)
}

// recordEntries adds a list, entry by entry, and reports whether there are any.
func (l *loop) recordEntries(r *run, fr *frame, first pointer, n int, v reflect.Value) bool {
	keyed := l.key != nil || !l.place && v.Kind() == reflect.Map
	at := r.push(item{kind: itemList, statics: l.body.statics, keyed: keyed})
	if !keyed {
		r.unkeyed++
	}
	keys := keySet{}
	warned := l.key == nil
	count := int32(0)
	entry := func(index, elem reflect.Value) bool {
		e := r.push(item{kind: itemEntry})
		if l.key != nil {
			sum, err := l.entryKey(fr, elem, &keys)
			if err != nil && !warned {
				warned = true
				r.warn(l, err)
			}
			r.items[e].sum = sum
		} else if keyed {
			r.items[e].sum, _ = hashKey(index)
		}
		how := l.body.record(r, fr, nil)
		if keyed {
			r.close(e)
		} else {
			r.closeEntry(e)
		}
		count++
		return how != broke
	}
	some := n > 0
	if l.place {
		for i := range n {
			l.at(fr, first, i)
			if !entry(reflect.Value{}, reflect.Value{}) {
				break
			}
		}
	} else {
		some = r.each(v, l.single, func(index, elem reflect.Value) bool {
			l.set(fr, index, elem)
			return entry(index, elem)
		})
	}
	if !keyed {
		r.unkeyed--
	}
	r.items[at].count = count
	r.close(at)
	return some
}

// entryKey returns the hash of the key of the entry that is dot. The error says
// what is wrong with the key: the entry is matched all the same, with those
// that have the same hash by their order.
func (l *loop) entryKey(fr *frame, elem reflect.Value, keys *keySet) (sum uint64, err error) {
	var v reflect.Value
	if k := l.key; k.flat != nil {
		p := fr.must(&k.at)
		v, sum = valueAt(k.flat.typ, p), k.flat.hash(p)
	} else {
		if l.place {
			elem = valueAt(l.elem, fr.ptrs[l.dot])
		}
		if v, err = k.value(elem); err == nil {
			sum, err = hashKey(v)
		}
		if err != nil {
			return 0, err
		}
	}
	if !keys.add(sum) {
		return sum, duplicateKey(v)
	}
	return sum, nil
}

func (l *loop) shows() ([]*block, bool) { return []*block{l.body, nil, l.els}, true }
