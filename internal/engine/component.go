package engine

import (
	"context"
	"fmt"
	"io"
	"reflect"

	"github.com/gin-liveview/liveview/internal/htmlscan"
)

// Component is anything that writes HTML, as templ's and gomponents' do. It can
// be a whole page, see [Tree.DiffComponent], or a part of one:
// {{component .Card}}. A part stands in HTML text only, since what it writes is
// HTML, and is a node of the statics that are found in what it wrote.
type Component interface {
	Render(ctx context.Context, w io.Writer) error
}

var componentType = reflect.TypeFor[Component]()

func noComponent(t reflect.Type) error {
	return fmt.Errorf("a %s is no component: it has no method Render(context.Context, io.Writer) error", t)
}

// component is the action {{component .Card}}.
type component struct {
	source operand // what is shown, once prep was evaluated
	prep   *prep   // may be nil
	// context is where it stands; unknown if there are several such places.
	context htmlscan.Context
	placed  bool // context is set
	ignored bool // the client leaves alone what stands there
}

func (c *component) writesMarkup(context htmlscan.Context) bool {
	if c.placed && c.context != context {
		context = htmlscan.Unknown()
	}
	c.context, c.placed = context, true
	return true
}

// value evaluates the component; nil if there is none to show.
func (c *component) value(r *run, fr *frame) Component {
	if c.prep != nil {
		r.prepare(fr, c.prep)
	}
	v := fr.value(&c.source)
	for v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if !v.IsValid() || (v.Kind() == reflect.Pointer || v.Kind() == reflect.Func) && v.IsNil() {
		return nil
	}
	if !v.Type().Implements(componentType) {
		if !v.CanAddr() || !reflect.PointerTo(v.Type()).Implements(componentType) {
			panic(renderError{err: noComponent(v.Type())})
		}
		v = v.Addr()
	}
	return v.Interface().(Component)
}

// appendHTML appends what the component writes.
func (c *component) appendHTML(dst []byte, r *run, fr *frame) []byte {
	v := c.value(r, fr)
	if v == nil {
		return dst
	}
	dst, err := r.write(dst, v)
	if err != nil {
		panic(renderError{err: err})
	}
	return dst
}

func (c *component) html(dst []byte, r *run, fr *frame) ([]byte, control) {
	return c.appendHTML(dst, r, fr), ran
}

// record adds a node or, if the component wrote nothing, no text.
func (c *component) record(r *run, fr *frame, held *cell) control {
	off := len(r.buf)
	r.buf = c.appendHTML(r.buf, r, fr)
	if len(r.buf) == off {
		r.pushText(off)
		return ran
	}
	at := r.push(item{kind: itemNode})
	if r.found == nil {
		r.found = map[string]*statics{}
	}
	s := splitter{tape: &r.tape, base: off, ignored: c.ignored, known: r.known, found: r.found}
	s.reader = reader{html: r.buf[off:], context: htmlscan.Unknown(), streams: r.shown(), whole: true}
	var was *node
	if held != nil && held.node != nil && held.node.list == nil {
		was = held.node
	}
	if c.placed {
		s.context = c.context
	}
	r.items[at].statics = s.page(was, true)
	r.close(at)
	if err := s.lost(); err != nil {
		panic(renderError{err: err})
	}
	for _, mistake := range s.mistakes() {
		location, expr := r.where.text()
		r.mistakes = append(r.mistakes, fmt.Sprintf("%s: <%s>: %s", location, expr, mistake))
	}
	return ran
}

func (c *component) shows() ([]*block, bool) { return nil, true }

// write appends what a component writes.
func (r *run) write(dst []byte, c Component) ([]byte, error) {
	out := r.sink.buf
	r.sink.buf = dst
	err := c.Render(r.context(), &r.sink)
	dst = r.sink.buf
	r.sink.buf = out
	return dst, err
}

// context is what the page's components are rendered with: that of the
// helpers' receiver, if it has one.
func (r *run) context() context.Context {
	if r.meta.IsValid() && !r.meta.IsNil() {
		if m, ok := r.meta.Interface().(interface{ Context() context.Context }); ok {
			return m.Context()
		}
	}
	return context.Background()
}
