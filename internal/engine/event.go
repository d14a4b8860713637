package engine

import "reflect"

// eventGuard keeps what isn't a command from an event attribute, where the client would
// run it as one.
type eventGuard struct {
	attribute string
	command   reflect.Type
	caution
}

// keep returns dst, of which the text from off on is the attribute's, or with something
// harmless in its place.
func (g *eventGuard) keep(dst []byte, off int, s *scratch) []byte {
	if !isCommands(dst[off:]) {
		return dst
	}
	g.warn(s, "%s begins with data, which this time begins with [, so that the client would run it: it says %s; give it a js.Command, or begin it with some text", g.attribute, badEvent)
	return append(dst[:off], badEvent...)
}

// plainText is an action that prints a text which is no command.
type plainText interface {
	pureAction
	appendText(dst []byte, fr *frame) []byte
}

// eventText is a text that may be how an event attribute begins.
type eventText struct {
	plainText
	guard *eventGuard
}

func (t *eventText) appendText(dst []byte, s *scratch, fr *frame) []byte {
	return t.guard.keep(t.plainText.appendText(dst, fr), len(dst), s)
}

func (t *eventText) html(dst []byte, r *run, fr *frame) ([]byte, control) {
	return t.appendText(dst, nil, fr), ran
}

func (t *eventText) record(r *run, fr *frame, _ *cell) control {
	return recordText(r, t.appendText(r.buf, &r.scratch, fr))
}

func (t *eventText) full(dst []byte, s *scratch, fr *frame) []byte {
	s.text[0] = t.appendText(s.text[0][:0], s, fr)
	return appendString(dst, s.text[0])
}

func (t *eventText) diff(dst []byte, s *scratch, dyn int, now, old *frame) []byte {
	s.text[0] = t.appendText(s.text[0][:0], s, now)
	s.text[1] = t.appendText(s.text[1][:0], s, old)
	return appendChangedText(dst, s, dyn)
}

// eventFragment is what html/template prints of a value that may be a command, as how an
// event attribute may begin.
type eventFragment struct {
	frag  *fragment
	guard *eventGuard
}

func (t *eventFragment) appendText(dst []byte, r *run, s *scratch, fr *frame) []byte {
	off := len(dst)
	dst, value := r.interpret(dst, t.frag, env{meta: r.meta, frame: fr, frag: t.frag})
	for value.IsValid() && (value.Kind() == reflect.Pointer || value.Kind() == reflect.Interface) {
		value = value.Elem()
	}
	if value.IsValid() && value.Type() == t.guard.command {
		return dst
	}
	return t.guard.keep(dst, off, s)
}

func (t *eventFragment) html(dst []byte, r *run, fr *frame) ([]byte, control) {
	return t.appendText(dst, r, nil, fr), ran
}

func (t *eventFragment) record(r *run, fr *frame, _ *cell) control {
	return recordText(r, t.appendText(r.buf, r, &r.scratch, fr))
}

func (t *eventFragment) shows() ([]*block, bool) { return nil, true }
