package engine

import (
	"fmt"
	"reflect"
	"sort"
)

// list evaluates what a loop iterates over: the address of the first of n
// elements if they have places, else the value.
func (r *run) list(fr *frame, l *loop) (first pointer, n int, v reflect.Value) {
	if l.prep != nil {
		r.prepare(fr, l.prep)
	}
	if !l.place {
		if l.list.kind == opPlace {
			fr.must(&l.list.at)
		}
		v = fr.value(&l.list)
		for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
			if v.IsNil() {
				break
			}
			v = v.Elem()
		}
		r.outers(fr, l)
		return nil, 0, v
	}
	defer r.outers(fr, l)
	if l.list.kind == opPlace {
		p, t := fr.must(&l.list.at), l.list.typ
		if t.Kind() == reflect.Pointer {
			if p, t = deref(p), t.Elem(); p == nil {
				panic(renderError{fmt.Errorf("range can't iterate over a nil %s", l.list.typ)})
			}
		}
		if t.Kind() == reflect.Array {
			return p, t.Len(), v
		}
		first, n = sliceAt(p)
		return first, n, v
	}
	v = fr.value(&l.list)
	if !v.IsValid() {
		return nil, 0, v
	}
	if v.Kind() != reflect.Slice || v.Type().Elem() != l.elem {
		panic(renderError{fmt.Errorf("range over %s, where %s was expected", v.Type(), l.list.typ)})
	}
	return pointerTo(v), v.Len(), reflect.Value{}
}

// outers sets the slots through which the body reads data outside the loop.
func (r *run) outers(fr *frame, l *loop) {
	for i := range l.outer {
		o := &l.outer[i]
		fr.ptrs[o.slot] = add(fr.ptrs[o.from.slot], o.from.off)
	}
	if l.count >= 0 {
		fr.ptrs[l.index] = intPointer(&fr.counts[l.count])
	}
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

// each calls yield for the entries of v, by the rules of text/template, until
// it returns false, and reports whether there were any.
func (r *run) each(v reflect.Value, single bool, yield func(index, elem reflect.Value) bool) bool {
	any := false
	switch v.Kind() {
	case reflect.Invalid:
		return false
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if !single {
			panic(renderError{fmt.Errorf("can't use %v to iterate over more than one variable", v)})
		}
		for elem := range v.Seq() {
			any = true
			if !yield(reflect.Value{}, elem) {
				break
			}
		}
		return any
	case reflect.Array, reflect.Slice:
		for i := range v.Len() {
			if !yield(reflect.ValueOf(i), v.Index(i)) {
				break
			}
		}
		return v.Len() > 0
	case reflect.Map:
		r.eachOfMap(v, yield)
		return v.Len() > 0
	case reflect.Chan:
		if v.IsNil() {
			return false
		}
		if v.Type().ChanDir() == reflect.SendDir {
			panic(renderError{fmt.Errorf("range over send-only channel %v", v)})
		}
		for i := 0; ; i++ {
			elem, ok := v.Recv()
			if !ok {
				return i > 0
			}
			if !yield(reflect.ValueOf(i), elem) {
				return true
			}
		}
	case reflect.Func:
		if v.Type().CanSeq() {
			if !single {
				panic(renderError{fmt.Errorf("can't use %v to iterate over more than one variable", v)})
			}
			for elem := range v.Seq() {
				any = true
				if !yield(reflect.Value{}, elem) {
					break
				}
			}
			return any
		}
		if v.Type().CanSeq2() {
			for index, elem := range v.Seq2() {
				any = true
				if single {
					index, elem = reflect.Value{}, index
				}
				if !yield(index, elem) {
					break
				}
			}
			return any
		}
	}
	panic(renderError{fmt.Errorf("range can't iterate over %v", v)})
}

// eachOfMap iterates in the order of the keys.
func (r *run) eachOfMap(v reflect.Value, yield func(key, elem reflect.Value) bool) {
	var less func(a, b reflect.Value) bool
	switch basicClass(v.Type().Key().Kind()) {
	case classText:
		less = func(a, b reflect.Value) bool { return a.String() < b.String() }
	case classInt:
		less = func(a, b reflect.Value) bool { return a.Int() < b.Int() }
	case classUint:
		less = func(a, b reflect.Value) bool { return a.Uint() < b.Uint() }
	default:
		// The order of other keys is text/template's secret; it iterates.
		saved, out := r.env, r.sink.buf
		r.env = env{run: r, ranged: v, yield: yield}
		var failed any
		r.env.yield = func(key, elem reflect.Value) (more bool) {
			inner := r.env
			defer func() {
				// A panic must not pass through text/template, which would
				// report it as that of a function.
				if failed = recover(); failed != nil {
					more = false
				}
				r.env = inner
			}()
			return yield(key, elem)
		}
		data := r.env
		_ = r.template.sorted.template.Execute(&r.sink, &data) // errStop, if yield ended it
		r.env, r.sink.buf = saved, out
		if failed != nil {
			panic(failed)
		}
		return
	}
	keys := v.MapKeys()
	sort.Slice(keys, func(i, j int) bool { return less(keys[i], keys[j]) })
	for _, key := range keys {
		if !yield(key, v.MapIndex(key)) {
			return
		}
	}
}
