package engine

import "reflect"

// branch is an if or with: the node of a block or, if there is none to show, no text.
type branch struct {
	cond func(*frame) bool
	then *block
	els  *block // may be nil
	// decides are the fields of the page's state that decide between the two,
	// if that can be known without them: not of a with, whose dot they are.
	decides fields
}

// choose returns the block that is shown, or nil.
func (b *branch) choose(fr *frame) *block {
	if b.cond(fr) {
		return b.then
	}
	return b.els
}

func (b *branch) html(dst []byte, r *run, fr *frame) ([]byte, control) {
	if shown := b.choose(fr); shown != nil {
		return shown.html(dst, r, fr)
	}
	return dst, ran
}

func (b *branch) record(r *run, fr *frame, held *cell) control {
	if held != nil && r.kept != 0 && r.keeps(b.decides) {
		// What decided was released: the client goes on with what it shows.
		return b.shown(held).recordNode(r, fr, held)
	}
	return b.choose(fr).recordNode(r, fr, held)
}

// shown returns the block that the client shows, or nil.
func (b *branch) shown(held *cell) *block {
	for _, block := range []*block{b.then, b.els} {
		if held.node != nil && block != nil && held.node.statics == block.statics {
			return block
		}
	}
	return nil
}

func (b *branch) shows() ([]*block, bool) { return []*block{b.then, b.els}, true }

func (b *branch) full(dst []byte, s *scratch, fr *frame) []byte {
	shown := b.choose(fr)
	if shown == nil {
		return append(dst, `""`...)
	}
	return shown.statics.closeNode(shown.full(append(dst, '{'), s, fr), s.live)
}

func (b *branch) like(dst []byte, s *scratch, now, like *frame) []byte {
	shown := b.choose(now)
	if shown == nil || shown != b.choose(like) {
		return b.full(dst, s, now)
	}
	dst = append(dst, '{')
	opened := len(dst)
	dst = shown.like(dst, s, now, like)
	return append(trimComma(dst[:opened], dst), '}')
}

func (b *branch) diff(dst []byte, s *scratch, dyn int, now, old *frame) []byte {
	shown := b.choose(now)
	if shown != b.choose(old) {
		return append(b.full(appendKey(dst, dyn), s, now), ',')
	}
	if shown == nil {
		return dst
	}
	mark := len(dst)
	dst = append(appendKey(dst, dyn), '{')
	opened := len(dst)
	return closeObject(shown.diff(dst, s, now, old), mark, opened)
}

// isTrue is text/template's truth of a value.
func isTrue(v reflect.Value) bool {
	if v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Invalid:
		return false
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() > 0
	case reflect.Chan, reflect.Func, reflect.Pointer, reflect.UnsafePointer:
		return !v.IsNil()
	case reflect.Struct:
		return true
	default:
		return !isZeroNumber(v)
	}
}

func isZeroNumber(v reflect.Value) bool {
	switch basicClass(v.Kind()) {
	case classBool:
		return !v.Bool()
	case classInt:
		return v.Int() == 0
	case classUint:
		return v.Uint() == 0
	case classFloat:
		return v.Float() == 0 // not IsZero: minus zero is no number's truth either
	}
	return v.Complex() == 0
}
