package engine

import (
	"errors"
	"reflect"
)

// streamLoop is the range over a stream: a comprehension of which neither side keeps
// the entries. What is sent are those that were put in since the last rendering, each
// in full.
type streamLoop struct {
	list  operand // the stream, or a pointer to one, once prep was evaluated
	prep  *prep   // may be nil
	elem  reflect.Type
	body  *block
	id    int  // slot of the first variable
	dot   int  // slot of the second, and of dot
	place bool // dot is the place of an item; else it is a value, as items are interfaces
	where *where
}

// stream evaluates what is ranged over.
func (l *streamLoop) stream(r *run, fr *frame) *Stream {
	if l.prep != nil {
		r.prepare(fr, l.prep)
	}
	var p pointer
	if l.list.kind == kindPlace {
		if p = fr.must(&l.list.at); l.list.typ.Kind() == reflect.Pointer {
			p = deref(p)
		}
	} else {
		v := fr.value(&l.list)
		if !v.IsValid() { // of a map, which hasn't that key
			return &Stream{}
		}
		for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
			v = v.Elem()
		}
		if v.IsValid() && streamElem(v.Type()) == l.elem {
			own := reflect.New(v.Type())
			own.Elem().Set(v)
			p = pointerTo(own)
		}
	}
	if p == nil {
		panic(renderError{err: errors.New("there is no stream, as it is nil: keep it in the state as a value")})
	}
	return streamAt(p)
}

// enter makes an entry what the body's variables are, until the next.
func (l *streamLoop) enter(fr *frame, e *streamEntry) {
	fr.ptrs[l.id] = textPointer(&e.id)
	if l.place {
		fr.ptrs[l.dot] = e.item
		return
	}
	fr.vals[l.dot] = valueAt(l.elem, e.item).Elem()
}

func (l *streamLoop) change(s *Stream) streamChange {
	ch, err := s.change()
	if err != nil {
		panic(renderError{err: err, at: l.where})
	}
	return ch
}

func (l *streamLoop) html(dst []byte, r *run, fr *frame) ([]byte, control) {
	ch := l.change(l.stream(r, fr))
	entries := ch.arranged()
	for i := range entries {
		l.enter(fr, &entries[i])
		dst, _ = l.body.html(dst, r, fr)
	}
	return dst, ran
}

func (l *streamLoop) record(r *run, fr *frame, _ *cell) control {
	s := l.stream(r, fr)
	ch := l.change(s)
	if s.log == nil {
		s.of(l.elem)
		s.log.none = true
	}
	if s.log.shown {
		panic(renderError{err: errTwice, at: l.where})
	}
	at := r.pushStream(l.body.statics, *s, ch)
	r.lists[r.items[at].at].where = l.where
	for i := range ch.inserts {
		l.enter(fr, &ch.inserts[i])
		e := r.push(item{kind: itemEntry})
		l.body.record(r, fr, nil)
		r.close(e)
	}
	r.close(at)
	return ran
}

func (l *streamLoop) shows() ([]*block, bool) { return []*block{l.body, nil}, true }

var errTwice = errors.New("this stream is ranged over twice, and the page has each entry once; " +
	"range over it in one place, or have another Stream for the other")
