package engine

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strconv"
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
		panic(renderError{err: errors.New("there is no stream: it is nil")})
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

// streamRecord is a stream on a tape.
type streamRecord struct {
	stream Stream
	change streamChange
	where  *where // nil: a component shows it
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

// appendJSON appends the member "stream", with a comma after it.
func (ch *streamChange) appendJSON(dst []byte, ref string) []byte {
	dst = append(dst, `"stream":["`...)
	dst = append(append(dst, ref...), `",[`...)
	for i := range ch.inserts {
		if i > 0 {
			dst = append(dst, ',')
		}
		e := &ch.inserts[i]
		dst = appendString(append(dst, '['), e.id)
		dst = strconv.AppendInt(append(dst, ','), int64(e.at), 10)
		if e.limit == 0 {
			dst = append(dst, ",null,"...)
		} else {
			dst = append(strconv.AppendInt(append(dst, ','), int64(e.limit), 10), ',')
		}
		dst = append(strconv.AppendBool(dst, e.update), ']')
	}
	dst = append(dst, "],["...)
	for i, id := range ch.deletes {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, id)
	}
	dst = append(dst, ']')
	if ch.reset { // else the member is left out: whatever stands there is a reset
		dst = append(dst, ",true"...)
	}
	return append(dst, ']', ',')
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
