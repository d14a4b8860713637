package engine

import (
	"fmt"
	"reflect"
	"sync"
)

// Template is a compiled page. It is immutable and safe for concurrent use.
type Template struct {
	page     *block
	state    reflect.Type
	statePtr reflect.Type
	meta     reflect.Type // of the receiver of the helpers; nil: there are none
	slots    int          // of the page's frame
	counts   int          // its loop counters
	myself   bool         // it asks for the number of its live component
	pure     *flat        // the state, if the page is a pure function of flat data
	runs     sync.Pool
	sorted   *fragment // see interpreter
	around   bool      // it shows another rendering; see Around
}

// newRun returns a run for the template's pool.
func (t *Template) newRun() any {
	return &run{pool: &t.runs, page: newFrame(t.slots, t.counts), interpreter: interpreter{sorted: t.sorted}}
}

// run takes a run from the pool.
func (t *Template) run() *run { return t.runs.Get().(*run) }

// start takes a run from the pool and lays out the page's frame.
func (t *Template) start(state, meta any, l live) (*run, error) {
	if t.myself && l.self == 0 {
		return nil, errNotLive
	}
	p, err := t.pointer(state)
	if err != nil {
		return nil, err
	}
	var m reflect.Value
	if t.meta != nil {
		m = reflect.ValueOf(meta)
		if !m.IsValid() {
			m = reflect.Zero(t.meta)
		} else if m.Type() != t.meta {
			return nil, fmt.Errorf("meta is a %T, not a %s", meta, t.meta)
		}
	}
	r := t.run()
	r.meta = m
	r.surround(l)
	r.page.self = l.self
	r.page.ptrs[0] = p
	if t.state.Kind() == reflect.Interface {
		r.page.vals[0] = valueAt(t.state, p)
	}
	return r, nil
}

// pointer returns the address of the state, which must be of the template's type.
func (t *Template) pointer(state any) (pointer, error) {
	v := reflect.ValueOf(state)
	if v.Kind() != reflect.Pointer || v.Type() != t.statePtr || v.IsNil() {
		return nil, fmt.Errorf("the state is a %T, not a *%s", state, t.state)
	}
	return pointerTo(v), nil
}

// HTML appends the whole page to dst. The state is a pointer to a value of the
// type the template was parsed for, meta the receiver of its helpers or nil.
// On an error dst is returned as it was. It has no use for the keys of lists.
func (t *Template) HTML(dst []byte, state, meta any) (out []byte, err error) {
	return t.HTMLLive(dst, state, meta, Live{})
}

// HTMLLive is [Template.HTML] of a page that shows live components, or of a component.
func (t *Template) HTMLLive(dst []byte, state, meta any, l Live) (out []byte, err error) {
	return t.HTMLAround(dst, state, meta, l, nil)
}

// HTMLAround is [Template.HTMLLive] of a page that is around another, which show appends
// where this one says {{content}}.
func (t *Template) HTMLAround(dst []byte, state, meta any, l Live, show func(dst []byte) ([]byte, error)) (out []byte, err error) {
	r, err := t.start(state, meta, live{host: l.Host, self: l.Self})
	if err != nil {
		return dst, err
	}
	var within *content
	if show != nil {
		within = &content{draw: func(dst []byte, _ bool) ([]byte, error) { return show(dst) }}
		r.content = within
	}
	defer func() {
		if err != nil {
			out = dst
		}
	}()
	defer r.guard(&err, within)
	out, _ = t.page.html(dst, r, r.page)
	r.end()
	return out, nil
}

// Around reports whether the page is around another one, which it shows by
// {{content}}.
func (t *Template) Around() bool { return t.around }
