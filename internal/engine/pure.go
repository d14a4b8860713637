package engine

import (
	"bytes"
	"reflect"
)

// A pure block reads nothing but flat data, so it can be evaluated on a copy
// of the data rendered last just as well as on the data to be rendered. It has
// only texts and conditionals, none of which can fail.

// pureFull appends all dynamics of b, each with a comma after it.
func (r *run) pureFull(dst []byte, b *block, fr *frame) []byte {
	for i := range b.steps {
		if s := &b.steps[i]; s.dyn >= 0 {
			dst = r.pureValue(appendKey(dst, s.dyn), s, fr)
			dst = append(dst, ',')
		}
	}
	return dst
}

// pureValue appends one dynamic as the client must receive it if it holds
// nothing there.
func (r *run) pureValue(dst []byte, s *step, fr *frame) []byte {
	if s.op == opText {
		return r.appendTextJSON(dst, s.text, fr)
	}
	branch := r.branch(s, fr)
	if branch == nil {
		return append(dst, `""`...)
	}
	return closeNode(r.pureFull(append(dst, '{'), branch, fr), branch)
}

// appendTextJSON appends a text as a JSON string.
func (r *run) appendTextJSON(dst []byte, t texter, fr *frame) []byte {
	if p, ok := t.(*placeText); ok && p.literal() {
		return append(p.appendText(append(dst, '"'), r, fr), '"')
	}
	r.text[0] = t.appendText(r.text[0][:0], r, fr)
	return appendString(dst, r.text[0])
}

// literal reports whether the text of every value needs no escape in JSON and
// differs from the texts of all other values.
func (t *placeText) literal() bool {
	switch t.kind {
	case reflect.String, reflect.Float32, reflect.Float64:
		return false
	}
	return true
}

// pureDiff appends the dynamics of b that differ between the two frames.
func (r *run) pureDiff(dst []byte, b *block, now, old *frame) []byte {
	for i := range b.steps {
		s := &b.steps[i]
		if s.dyn < 0 {
			continue
		}
		if s.op == opText {
			if p, ok := s.text.(*placeText); ok {
				if p.same(now, old) {
					continue
				}
				if p.literal() {
					dst = append(r.appendTextJSON(appendKey(dst, s.dyn), p, now), ',')
					continue
				}
			}
			r.text[0] = s.text.appendText(r.text[0][:0], r, now)
			r.text[1] = s.text.appendText(r.text[1][:0], r, old)
			if !bytes.Equal(r.text[0], r.text[1]) {
				dst = append(appendString(appendKey(dst, s.dyn), r.text[0]), ',')
			}
			continue
		}
		branch := r.branch(s, now)
		if branch != r.branch(s, old) {
			dst = append(r.pureValue(appendKey(dst, s.dyn), s, now), ',')
			continue
		}
		if branch == nil {
			continue
		}
		mark := len(dst)
		dst = append(appendKey(dst, s.dyn), '{')
		opened := len(dst)
		dst, _ = closeObject(r.pureDiff(dst, branch, now, old), mark, opened)
	}
	return dst
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
