package engine

import (
	"reflect"
)

// Streams finds the streams in the values of one type. A nil Streams finds none.
type Streams struct{ root *streamFinder }

// Bound are the streams of a state that is about to be rendered. The zero value has
// none.
type Bound struct {
	streams *Streams
	state   pointer
}

// streamFinder finds streams in values of a type.
type streamFinder struct {
	typ    reflect.Type
	elem   reflect.Type   // typ is a stream of these
	fields []*fieldFinder // typ is a struct that has streams in these
	inner  *streamFinder  // typ is a list or pointer of what has streams
}

type fieldFinder struct {
	off    uintptr
	finder *streamFinder
	name   string // dashed; empty for an embedded struct
}

// StreamsIn returns what finds the streams in values of type t: those in its fields
// and in what these lead to by structs, lists, maps and pointers. It is nil if there
// are none.
func StreamsIn(t reflect.Type) *Streams {
	root := findStreams(t, map[reflect.Type]*streamFinder{})
	if root == nil {
		return nil
	}
	return &Streams{root}
}

// findStreams returns the finder for a type, nil for one without streams. Known are
// those of the types around it, which it may come back to.
func findStreams(t reflect.Type, known map[reflect.Type]*streamFinder) *streamFinder {
	if f, ok := known[t]; ok {
		return f
	}
	if !leadsToStream(t, map[reflect.Type]bool{}) {
		return nil
	}
	f := &streamFinder{typ: t}
	known[t] = f
	if f.elem = streamElem(t); f.elem != nil {
		f.inner = findStreams(f.elem, known)
		return f
	}
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			field := t.Field(i)
			if inner := findStreams(field.Type, known); inner != nil {
				name := dashed(field.Name)
				if field.Anonymous {
					name = ""
				}
				f.fields = append(f.fields, &fieldFinder{field.Offset, inner, name})
			}
		}
	default:
		f.inner = findStreams(t.Elem(), known)
	}
	return f
}

// leadsToStream reports whether values of type t may hold a stream.
func leadsToStream(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	if streamElem(t) != nil {
		return true
	}
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			if leadsToStream(t.Field(i).Type, seen) {
				return true
			}
		}
		return false
	case reflect.Array, reflect.Slice, reflect.Pointer, reflect.Map:
		return leadsToStream(t.Elem(), seen)
	default:
		return false
	}
}

// Bind tells the streams in a state, which the pointer leads to, what they are called,
// of which live component they are (0: none), and whether a client keeps them.
func (f *Streams) Bind(state any, cid int, live bool) Bound {
	if f == nil {
		return Bound{}
	}
	f.each(state, func(s *Stream, elem reflect.Type, path string) {
		s.of(elem)
		s.log.live, s.log.cid = live, cid
		if s.log.name == "" {
			s.log.name = streamScope{cid}.prefix(path)
		}
	})
	return Bound{f, pointerTo(reflect.ValueOf(state))}
}

// Sent reports whether the client may show entries of a stream in a state.
func (f *Streams) Sent(state any) (sent bool) {
	if f != nil {
		f.each(state, func(s *Stream, _ reflect.Type, _ string) { sent = sent || s.log != nil && s.log.some })
	}
	return sent
}

// Drop has the streams in a state forget what the client wasn't told in the rendering
// that has just been sent, as the page didn't show them, and returns what such streams
// are called: of those only from which entries are lost.
func (f *Streams) Drop(state any) (names []string) {
	if f == nil {
		return nil
	}
	f.each(state, func(s *Stream, _ reflect.Type, path string) {
		for op := s.pending(); op != nil; op = op.prev {
			if op.kind == streamInsert {
				names = append(names, path)
				break
			}
		}
		s.taken()
	})
	return names
}

func (f *Streams) each(state any, visit func(s *Stream, elem reflect.Type, path string)) {
	v := reflect.ValueOf(state)
	w := streamWalk{visit: visit}
	w.walk(f.root, pointerTo(v), "")
}

type streamWalk struct {
	visit func(s *Stream, elem reflect.Type, path string)
	seen  map[pointer]bool // what pointers led to
}

func (w *streamWalk) walk(f *streamFinder, p pointer, path string) {
	switch {
	case f.elem != nil:
		s := streamAt(p)
		w.visit(s, f.elem, path)
		if f.inner != nil { // its items have streams
			for op := s.pending(); op != nil; op = op.prev {
				if op.items == nil {
					continue
				}
				first, n := op.places(f.elem)
				for i := range n {
					w.walk(f.inner, add(first, uintptr(i)*f.elem.Size()), path)
				}
			}
		}
		return
	case f.fields != nil:
		for _, field := range f.fields {
			w.walk(field.finder, add(p, field.off), joinDashed(path, field.name))
		}
		return
	}
	switch size := f.typ.Elem().Size(); f.typ.Kind() {
	case reflect.Pointer:
		if p = deref(p); p == nil || w.seen[p] {
			return
		}
		if w.seen == nil {
			w.seen = map[pointer]bool{}
		}
		w.seen[p] = true
		w.walk(f.inner, p, path)
	case reflect.Array:
		for i := range f.typ.Len() {
			w.walk(f.inner, add(p, uintptr(i)*size), path)
		}
	case reflect.Slice:
		first, n := sliceAt(p)
		for i := range n {
			w.walk(f.inner, add(first, uintptr(i)*size), path)
		}
	case reflect.Map:
		// The values of a map can't be changed where they are; a log that they lead to can.
		for m := valueAt(f.typ, p).MapRange(); m.Next(); {
			own := reflect.New(f.typ.Elem())
			own.Elem().Set(m.Value())
			w.walk(f.inner, pointerTo(own), path)
		}
	}
}
