package engine

import "reflect"

// MethodText appends what a function writes of what a method of the value that of points
// to returns. It may be kept out of html/template, so it writes what is safe in a tag.
type MethodText func(dst []byte, of any) ([]byte, error)

// methodText is an action in a tag that a MethodText writes.
type methodText struct {
	of    operand
	write MethodText
	where *where
}

func (t *methodText) appendText(dst []byte, fr *frame) []byte {
	dst, err := t.write(dst, reflect.NewAt(t.of.typ, fr.must(&t.of.at)).Interface())
	if err != nil {
		panic(renderError{err, t.where})
	}
	return dst
}

func (t *methodText) html(dst []byte, _ *run, fr *frame) ([]byte, control) {
	return t.appendText(dst, fr), ran
}

func (t *methodText) record(r *run, fr *frame, _ *cell) control {
	return recordText(r, t.appendText(r.buf, fr))
}

func (t *methodText) shows() ([]*block, bool) { return nil, true }
