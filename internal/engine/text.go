package engine

import (
	"bytes"
	"reflect"
	"strconv"

	"github.com/gin-liveview/liveview/internal/htmlscan"
)

// recordText adds a text, which was appended to the tape's buffer, giving buf.
func recordText(r *run, buf []byte) control {
	off := len(r.buf)
	r.buf = buf
	r.pushText(off)
	return ran
}

// placeText prints a field of a basic kind.
type placeText struct {
	at   loc
	kind reflect.Kind
}

func (t *placeText) appendText(dst []byte, fr *frame) []byte {
	p := fr.must(&t.at)
	switch basicClass(t.kind) {
	case classText:
		return appendEscaped(dst, stringAt(p))
	case classInt:
		return strconv.AppendInt(dst, intAt(p, t.kind), 10)
	case classUint:
		return strconv.AppendUint(dst, uintAt(p, t.kind), 10)
	case classBool:
		return strconv.AppendBool(dst, boolAt(p))
	default:
		return appendFloat(dst, floatAt(p, t.kind), bitsOf(t.kind))
	}
}

func bitsOf(k reflect.Kind) int {
	if k == reflect.Float32 {
		return 32
	}
	return 64
}

func (t *placeText) html(dst []byte, _ *run, fr *frame) ([]byte, control) {
	return t.appendText(dst, fr), ran
}

func (t *placeText) record(r *run, fr *frame, _ *cell) control {
	return recordText(r, t.appendText(r.buf, fr))
}

func (t *placeText) shows() ([]*block, bool) { return nil, true }

// literal reports whether the text of every value needs no escape in JSON and
// differs from the texts of all other values.
func (t *placeText) literal() bool {
	switch t.kind {
	case reflect.String, reflect.Float32, reflect.Float64:
		return false
	}
	return true
}

func (t *placeText) full(dst []byte, s *scratch, fr *frame) []byte {
	if t.literal() {
		return append(t.appendText(append(dst, '"'), fr), '"')
	}
	s.text[0] = t.appendText(s.text[0][:0], fr)
	return appendString(dst, s.text[0])
}

func (t *placeText) diff(dst []byte, s *scratch, dyn int, now, old *frame) []byte {
	if t.same(now, old) {
		return dst
	}
	if t.literal() {
		return append(t.full(appendKey(dst, dyn), s, now), ',')
	}
	s.text[0] = t.appendText(s.text[0][:0], now)
	s.text[1] = t.appendText(s.text[1][:0], old)
	return appendChangedText(dst, s, dyn)
}

// same reports whether the text is that of the same value.
func (t *placeText) same(now, old *frame) bool {
	a, b := now.resolve(&t.at), old.resolve(&t.at)
	switch basicClass(t.kind) {
	case classText:
		return stringAt(a) == stringAt(b)
	case classInt:
		return intAt(a, t.kind) == intAt(b, t.kind)
	case classUint:
		return uintAt(a, t.kind) == uintAt(b, t.kind)
	case classBool:
		return boolAt(a) == boolAt(b)
	}
	return false
}

// appendChangedText appends the first of the two texts, as a member with a
// comma after it, if it isn't the second.
func appendChangedText(dst []byte, s *scratch, dyn int) []byte {
	if bytes.Equal(s.text[0], s.text[1]) {
		return dst
	}
	return append(appendString(appendKey(dst, dyn), s.text[0]), ',')
}

// scalarText prints a computed scalar.
type scalarText struct{ scalar }

func (t *scalarText) appendText(dst []byte, fr *frame) []byte {
	switch t.class {
	case classText:
		return appendEscaped(dst, t.text(fr))
	case classInt:
		return strconv.AppendInt(dst, t.int(fr), 10)
	case classUint:
		return strconv.AppendUint(dst, t.uint(fr), 10)
	case classBool:
		return strconv.AppendBool(dst, t.bool(fr))
	default:
		return appendFloat(dst, t.float(fr), bitsOf(t.typ.Kind()))
	}
}

func (t *scalarText) html(dst []byte, _ *run, fr *frame) ([]byte, control) {
	return t.appendText(dst, fr), ran
}

func (t *scalarText) record(r *run, fr *frame, _ *cell) control {
	return recordText(r, t.appendText(r.buf, fr))
}

func (t *scalarText) shows() ([]*block, bool) { return nil, true }

func (t *scalarText) full(dst []byte, s *scratch, fr *frame) []byte {
	s.text[0] = t.appendText(s.text[0][:0], fr)
	return appendString(dst, s.text[0])
}

func (t *scalarText) diff(dst []byte, s *scratch, dyn int, now, old *frame) []byte {
	s.text[0] = t.appendText(s.text[0][:0], now)
	s.text[1] = t.appendText(s.text[1][:0], old)
	return appendChangedText(dst, s, dyn)
}

// fragmentText leaves an action to html/template.
type fragmentText struct {
	frag    *fragment
	markup  bool     // its value may be HTML, which isn't escaped
	filters *caution // of what html/template takes for unsafe; nil where it takes nothing so
}

func (t *fragmentText) writesMarkup(htmlscan.Context) bool { return t.markup }

func (t *fragmentText) html(dst []byte, r *run, fr *frame) ([]byte, control) {
	return r.execute(dst, t.frag, fr), ran
}

func (t *fragmentText) record(r *run, fr *frame, _ *cell) control {
	off := len(r.buf)
	buf := r.execute(r.buf, t.frag, fr)
	if t.filters != nil {
		t.filters.noteUnsafe(buf[off:], &r.scratch)
	}
	return recordText(r, buf)
}

func (t *fragmentText) shows() ([]*block, bool) { return nil, true }

// wholeText prints all HTML of a block as one text.
type wholeText struct{ body *block }

func (t *wholeText) html(dst []byte, r *run, fr *frame) ([]byte, control) {
	return t.body.html(dst, r, fr)
}

func (t *wholeText) record(r *run, fr *frame, _ *cell) control {
	off := len(r.buf)
	var how control
	r.buf, how = t.body.html(r.buf, r, fr)
	if countMarks(r.buf[off:]) > 0 {
		panic(renderError{err: errLostMark})
	}
	r.pushText(off)
	return how
}

func (t *wholeText) shows() ([]*block, bool) { return []*block{t.body}, true }
