package engine

import (
	"errors"
	"fmt"
	"hash/maphash"
	"reflect"
)

// item is one entry of the tape: a page's dynamics in the order in which they
// were evaluated, each action once, as html/template would. What nests follows
// its item, up to next.
type item struct {
	kind     itemKind
	keyed    bool   // itemList: the sums of its entries are keys
	next     int32  // the item after this one and all it contains
	off, end int32  // itemText: its text in run.buf
	count    int32  // itemList: entries; itemRows: rows
	outer    int32  // itemRows: where its outer places begin in run.ptrs
	sum      uint64 // itemText: hash; itemEntry: key or content; itemRows: content
	block    *block // itemNode; itemList, itemRows: the body
	loop     *loop  // itemList, itemRows
	first    pointer
}

type itemKind uint8

const (
	itemText itemKind = iota
	itemNode
	itemList  // followed by an itemEntry for each entry
	itemEntry // followed by its dynamics
	itemRows  // rows of flat data, evaluated when compared
	itemKept  // what the client shows stays
)

func (r *run) push(it item) int {
	r.items = append(r.items, it)
	return len(r.items) - 1
}

// record evaluates b onto the tape: one item for each dynamic. The client holds
// mem at this place, if anything.
func (r *run) record(b *block, fr *frame, mem *node) control {
	for i := range b.steps {
		s := &b.steps[i]
		if s.where != nil {
			r.where = s.where
		}
		if r.kept != 0 && s.dyn >= 0 && mem != nil && s.reads&r.kept != 0 && s.reads&r.changed == 0 {
			r.push(item{kind: itemKept, next: int32(len(r.items) + 1)})
			continue
		}
		how := ran
		switch s.op {
		case opText:
			off := len(r.buf)
			r.buf = s.text.appendText(r.buf, r, fr)
			r.pushText(off)
		case opWhole:
			off := len(r.buf)
			r.buf, how = r.html(r.buf, s.then, fr)
			r.pushText(off)
		case opIf, opWith:
			var branch *block
			if s.op == opIf && r.kept != 0 && mem != nil && s.decides&r.kept != 0 && s.decides&r.changed == 0 {
				// What decided was released: the client goes on with its branch.
				if held := mem.cells[s.dyn].node; held != nil {
					branch = held.block
				}
			} else {
				branch = r.branch(s, fr)
			}
			how = r.recordNode(branch, fr, mem, s.dyn)
		case opRange:
			how = r.recordRange(s, fr, mem)
		case opCall:
			in := r.enter(fr, s.call)
			r.recordNode(s.call.proc.body, in, nil, s.dyn)
			r.leave()
		case opComponent:
			r.recordComponent(s, fr)
		case opSet, opCheck:
			r.simple(fr, s)
		case opBreak:
			how = broke
		case opContinue:
			how = continued
		}
		if how != ran {
			return how
		}
	}
	return ran
}

// pushText adds what was appended to the text buffer since off.
func (r *run) pushText(off int) {
	r.push(item{
		kind: itemText, next: int32(len(r.items) + 1), off: int32(off), end: int32(len(r.buf)),
		sum: maphash.Bytes(seed, r.buf[off:]),
	})
}

// recordNode adds a node, or no text for none.
func (r *run) recordNode(b *block, fr *frame, mem *node, dyn int) control {
	if b == nil {
		r.pushText(len(r.buf))
		return ran
	}
	if mem != nil {
		if mem = mem.cells[dyn].node; mem != nil && mem.block != b {
			mem = nil
		}
	}
	at := r.push(item{kind: itemNode, block: b})
	how := r.record(b, fr, mem)
	r.items[at].next = int32(len(r.items))
	return how
}

func (r *run) recordRange(s *step, fr *frame, mem *node) control {
	l := s.each
	first, n, v := r.list(fr, l)
	any := n > 0
	at := -1
	if l.flat != nil {
		if l.list.kind == opValue && any {
			// A method may return the same memory again, filled anew, before
			// these rows are compared.
			own := reflect.MakeSlice(reflect.SliceOf(l.elem), n, n)
			reflect.Copy(own, sliceOf(l.elem, first, n))
			first = pointerTo(own)
		}
		if any || s.els == nil {
			r.pushRows(l, fr, first, n)
		}
	} else {
		at = r.push(item{kind: itemList, block: l.body, loop: l})
		keys := keySet{}
		keyed := l.key != nil || !l.place && v.Kind() == reflect.Map
		r.items[at].keyed = keyed
		if !keyed {
			r.unkeyed++
		}
		count := int32(0)
		entry := func(index reflect.Value, elem reflect.Value) bool {
			e := r.push(item{kind: itemEntry})
			if l.key != nil {
				r.items[e].sum = r.entryKey(l, fr, elem, &keys)
			} else if keyed {
				r.items[e].sum = hashKey(index)
			}
			how := r.record(l.body, fr, nil)
			r.items[e].next = int32(len(r.items))
			if !keyed {
				r.items[e].sum = r.content(e+1, len(r.items))
			}
			count++
			return how != broke
		}
		if l.place {
			for i := range n {
				l.at(fr, first, i)
				if !entry(reflect.Value{}, reflect.Value{}) {
					break
				}
			}
		} else {
			any = r.each(v, l.single, func(index, elem reflect.Value) bool {
				l.set(fr, index, elem)
				return entry(index, elem)
			})
		}
		if !keyed {
			r.unkeyed--
		}
		r.items[at].count = count
		r.items[at].next = int32(len(r.items))
	}
	if any || s.els == nil {
		return ran
	}
	if at >= 0 {
		r.items = r.items[:at]
	}
	return ofElse(r.recordNode(s.els, fr, mem, s.dyn))
}

func (r *run) pushRows(l *loop, fr *frame, first pointer, n int) {
	it := item{kind: itemRows, next: int32(len(r.items) + 1), block: l.body, loop: l, first: first, count: int32(n), outer: int32(len(r.ptrs))}
	for i := range l.outer {
		p := fr.ptrs[l.outer[i].slot]
		if l.outer[i].counter {
			now := int(intAt(p, reflect.Int))
			p = intPointer(&now)
		}
		r.ptrs = append(r.ptrs, p)
	}
	if r.unkeyed > 0 {
		for i := range l.outer {
			it.sum = mix(it.sum, l.outer[i].flat.hash(fr.ptrs[l.outer[i].slot]))
		}
		for i := range n {
			it.sum = mix(it.sum, l.flat.row.hash(add(first, uintptr(i)*l.flat.row.size)))
		}
	}
	r.push(it)
}

// content is a hash of what the items from a up to b render to.
func (r *run) content(a, b int) uint64 {
	sum := uint64(0)
	for i := a; i < b; i++ {
		it := &r.items[i]
		sum = mix(sum, uint64(it.kind)<<32|uint64(uint32(it.count)))
		if it.block != nil {
			sum = mix(sum, it.block.id)
		}
		sum = mix(sum, it.sum)
	}
	return sum
}

// keySet finds a key that two entries of one list have.
type keySet struct{ seen map[uint64]bool }

func (ks *keySet) add(sum uint64) bool {
	if ks.seen == nil {
		ks.seen = map[uint64]bool{}
	}
	if ks.seen[sum] {
		return false
	}
	ks.seen[sum] = true
	return true
}

// entryKey returns the key of the entry that is dot, which must be unique.
func (r *run) entryKey(l *loop, fr *frame, elem reflect.Value, keys *keySet) uint64 {
	var v reflect.Value
	var sum uint64
	if l.key.flat != nil {
		p := fr.must(&l.key.at)
		v, sum = valueAt(l.key.flat.typ, p), l.key.flat.hash(p)
	} else {
		if l.place {
			elem = valueAt(l.elem, fr.ptrs[l.dot])
		}
		v = elem
		for _, name := range l.key.path {
			v = keyStep(v, name)
		}
		sum = hashKey(v)
	}
	if !keys.add(sum) {
		r.where = l.where
		panic(renderError{duplicateKey(v)})
	}
	return sum
}

func duplicateKey(v reflect.Value) error {
	return fmt.Errorf("two entries of the list have the key %v; keys must be unique", v)
}

// keyStep follows one name of a key's path: a method without arguments, a
// field, or the key of a map.
func keyStep(v reflect.Value, name string) reflect.Value {
	for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer && v.Elem().Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if !v.IsValid() {
		panic(renderError{fmt.Errorf("an entry without a value has no key %s", name)})
	}
	method := v
	if v.CanAddr() {
		method = v.Addr()
	}
	if m := method.MethodByName(name); m.IsValid() && m.Type().NumIn() == 0 && m.Type().NumOut() > 0 {
		return callKey(m)
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Struct:
		if f, ok := v.Type().FieldByName(name); ok && f.IsExported() {
			if field, err := v.FieldByIndexErr(f.Index); err == nil {
				return field
			}
		}
	case reflect.Map:
		if stringType.AssignableTo(v.Type().Key()) {
			return v.MapIndex(reflect.ValueOf(name))
		}
	}
	panic(renderError{fmt.Errorf("an entry has no key %s", name)})
}

func callKey(m reflect.Value) reflect.Value {
	defer func() {
		if p := recover(); p != nil {
			panic(renderError{fmt.Errorf("error calling the key's method: %v", p)})
		}
	}()
	out := m.Call(nil)
	if len(out) == 2 && !out[1].IsNil() {
		panic(renderError{out[1].Interface().(error)})
	}
	return out[0]
}

func hashKey(v reflect.Value) uint64 {
	if !v.IsValid() {
		return 0
	}
	if !v.Comparable() {
		panic(renderError{fmt.Errorf("a %s can't be a key: it can't be compared", v.Type())})
	}
	if !v.CanInterface() {
		panic(renderError{errors.New("the key is unexported")})
	}
	return maphash.Comparable(seed, v.Interface())
}
