package engine

import (
	"bytes"
	"errors"
	"reflect"
	"sync/atomic"
)

// ErrUnsafe is of warnings that something else is shown than the data says, as a browser
// or the client would have run it.
var ErrUnsafe = errors.New("something else is shown")

// caution warns, the first time that something is. An HTTP render, which has no one to
// tell, gives no scratch.
type caution struct {
	where  *where
	warned atomic.Bool // in any rendering
}

func (c *caution) warn(s *scratch, format string, args ...any) {
	if s != nil && c.warned.CompareAndSwap(false, true) {
		s.warnings = append(s.warnings, c.where.errorf("%w: "+format, append([]any{ErrUnsafe}, args...)...))
	}
}

// unsafeText is what html/template writes in place of what it takes for unsafe.
const unsafeText = "ZgotmplZ"

// noteUnsafe warns of it in what html/template printed.
func (c *caution) noteUnsafe(printed []byte, s *scratch) {
	if bytes.Contains(printed, []byte(unsafeText)) {
		c.warn(s, "html/template takes the value for unsafe where it stands, and writes "+unsafeText+": a URL is a relative one or has the scheme http, https or mailto; one that you made yourself may be a template.URL")
	}
}

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
