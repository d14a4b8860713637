package engine

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
)

// run is one evaluation of a page, with its scratch memory. Runs are pooled.
type run struct {
	interpreter
	differ
	pool  *sync.Pool // that of the template
	page  *frame
	where *where // of the step being evaluated
	depth int    // of calls of recursive templates
	// known are the statics of components that the client holds, and found
	// those that this rendering found, by themselves as JSON.
	known, found map[string]*statics
	mistakes     []string      // in what components wrote
	bound        Bound         // the streams of the state
	shownNow     *shownStreams // them, as components show them; nil: no component has yet, or there are none
	kept         fields        // fields of the state that were released
	changed      fields        // fields that differ from when others were released
}

// maxDepth bounds the nesting of recursive templates as text/template does.
const maxDepth = 100000

// enter begins the call of a recursive template, so many levels down.
func (r *run) enter(levels int) {
	if r.depth += levels; r.depth > maxDepth {
		panic(renderError{err: errors.New("exceeded the maximum depth of template calls")})
	}
}

// leave ends the call of a recursive template.
func (r *run) leave(levels int) { r.depth -= levels }

// keeps reports whether what depends on these fields stays as the client shows
// it: one of them was released and, since then, none has changed.
func (r *run) keeps(reads fields) bool {
	return reads&r.kept != 0 && reads&r.changed == 0
}

// shown returns the streams of the state as components show them.
func (r *run) shown() *shownStreams {
	if r.shownNow == nil {
		all, err := shownIn(r.bound)
		if err != nil {
			panic(renderError{err: err})
		}
		r.shownNow = all
	}
	return r.shownNow
}

// end returns a run to the pool without what it refers to.
func (r *run) end() {
	clear(r.page.ptrs)
	clear(r.page.vals)
	if !r.differ.clear() {
		r.differ = differ{}
	}
	r.env, r.sink.buf, r.meta = env{}, nil, reflect.Value{}
	r.where, r.depth = nil, 0
	r.known, r.found, r.mistakes = nil, nil, nil
	r.kept, r.changed = 0, 0
	r.bound, r.shownNow = Bound{}, nil
	r.pool.Put(r)
}

// guard, deferred, turns the panic of an evaluation into its error. The run
// isn't used again then. within is what the page is around; r itself may be another
// rendering's by now.
func (r *run) guard(err *error, within *content) {
	if within != nil && within.showing {
		return // what the page is around panics, and that is no mistake of this page's
	}
	p := recover()
	if p == nil {
		return
	}
	at := r.where
	switch p := p.(type) {
	case contentError:
		*err = p.err
		return
	case renderError:
		*err = p.err
		if p.at != nil {
			at = p.at
		}
	// A panic of the application's code, such as an iterator's.
	case error:
		*err = fmt.Errorf("panic: %w", p)
	default:
		*err = fmt.Errorf("panic: %v", p)
	}
	if at != nil {
		*err = at.errorf("%w", *err)
	}
}
