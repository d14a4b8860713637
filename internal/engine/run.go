package engine

import (
	"errors"
	"fmt"
	"reflect"
)

// run is one evaluation of a page, with its scratch memory. Runs are pooled.
type run struct {
	template *Template
	meta     reflect.Value
	where    *where // of the step being evaluated
	frames   []*frame
	depth    int // of calls of recursive templates
	env      env
	sink     sink
	buf      []byte // the text of the tape
	items    []item
	ptrs     []pointer // outer places of the loops on the tape
	ints     []int32   // stack of the matches of the lists being compared
	now, old *frame    // a pure block's frames on the data being rendered and on that rendered last
	text     [2][]byte
	unkeyed  int               // unkeyed lists being recorded, whose entries need a content sum
	shapes   map[string]*block // the tree's, of its components
	used     map[string]*block // those this rendering found
	kept     fields            // fields of the state that were released
	changed  fields            // fields that differ from when others were released
}

// maxDepth bounds the nesting of recursive templates as text/template does.
const maxDepth = 100000

var errNilPointer = errors.New("nil pointer evaluating a field")

// renderError carries an error out of an evaluation.
type renderError struct{ err error }

// control is how a block ended.
type control uint8

const (
	ran control = iota
	broke
	continued
)

func newRun(t *Template) *run {
	r := &run{template: t}
	r.frames = []*frame{newFrame(t.slots, t.counts)}
	r.now, r.old = &frame{}, &frame{}
	return r
}

func newFrame(slots, counts int) *frame {
	return &frame{ptrs: make([]pointer, slots), vals: make([]reflect.Value, slots), counts: make([]int, counts)}
}

// start takes a run from the pool and lays out the page's frame.
func (t *Template) start(state, meta any) (*run, *frame, error) {
	p, err := t.pointer(state)
	if err != nil {
		return nil, nil, err
	}
	var m reflect.Value
	if t.meta != nil {
		m = reflect.ValueOf(meta)
		if !m.IsValid() {
			m = reflect.Zero(t.meta)
		} else if m.Type() != t.meta {
			return nil, nil, fmt.Errorf("meta is a %T, not a %s", meta, t.meta)
		}
	}
	r := t.runs.Get().(*run)
	r.meta = m
	fr := r.frames[0]
	fr.ptrs[0] = p
	if t.state.Kind() == reflect.Interface {
		fr.vals[0] = valueAt(t.state, p)
	}
	return r, fr, nil
}

// pointer returns the address of the state, which must be of the template's type.
func (t *Template) pointer(state any) (pointer, error) {
	v := reflect.ValueOf(state)
	if v.Kind() != reflect.Pointer || v.Type() != t.statePtr || v.IsNil() {
		return nil, fmt.Errorf("the state is a %T, not a *%s", state, t.state)
	}
	return pointerTo(v), nil
}

// keepItems is the capacity, in items, up to which a run's tape stays with it.
const keepItems = 1 << 14

// end returns a run to the pool without what it refers to.
func (r *run) end() {
	for _, fr := range r.frames {
		clear(fr.ptrs)
		clear(fr.vals)
	}
	r.frames = r.frames[:1]
	clear(r.now.ptrs)
	clear(r.old.ptrs)
	clear(r.ptrs)
	clear(r.items)
	r.ptrs, r.items, r.buf, r.ints = r.ptrs[:0], r.items[:0], r.buf[:0], r.ints[:0]
	if cap(r.items) > keepItems {
		r.items = nil
	}
	if cap(r.buf) > keepItems*16 {
		r.buf = nil
	}
	r.depth, r.unkeyed, r.where, r.meta, r.sink.buf = 0, 0, nil, reflect.Value{}, nil
	r.env = env{}
	r.kept, r.changed = 0, 0
	r.shapes, r.used = nil, nil
	r.template.runs.Put(r)
}

// guard turns the panic of an evaluation into its error. The run isn't reused then.
func (r *run) guard(err *error) {
	p := recover()
	if p == nil {
		return
	}
	if re, ok := p.(renderError); ok {
		*err = re.err
		if r.where != nil {
			*err = r.where.errorf("%w", re.err)
		}
		return
	}
	// A panic of the application's code, such as an iterator's.
	if e, ok := p.(error); ok {
		*err = fmt.Errorf("panic: %w", e)
	} else {
		*err = fmt.Errorf("panic: %v", p)
	}
	if r.where != nil {
		*err = r.where.errorf("%w", *err)
	}
}

// enter begins a call of a recursive template and returns its frame.
func (r *run) enter(fr *frame, c *call) *frame {
	if c.prep != nil {
		r.prepare(fr, c.prep)
	}
	if r.depth++; r.depth > maxDepth {
		panic(renderError{errors.New("exceeded the maximum depth of template calls")})
	}
	in := newFrame(c.proc.slots, c.proc.counts)
	if c.dot.kind == opPlace {
		in.ptrs[0] = fr.must(&c.dot.at)
	} else {
		in.vals[0] = fr.value(&c.dot)
	}
	return in
}

func (r *run) leave() { r.depth-- }

// prepare evaluates a pipeline into its slot.
func (r *run) prepare(fr *frame, p *prep) {
	switch {
	case p.frag != nil:
		fr.vals[p.slot] = r.capture(p.frag, fr)
	case p.from != nil:
		v := fr.value(p.from)
		if v.Kind() == reflect.Interface && v.NumMethod() == 0 {
			v = v.Elem()
		}
		fr.vals[p.slot] = v
	default:
		fr.vals[p.slot] = p.val
	}
}

// simple runs a step that has no dynamic.
func (r *run) simple(fr *frame, s *step) {
	switch s.op {
	case opSet:
		if s.prep != nil {
			r.prepare(fr, s.prep)
		}
		if s.target >= 0 {
			fr.vals[s.target] = fr.value(&s.source)
		}
	case opCheck:
		fr.must(&s.source.at)
	}
}

// sink is the writer that fragments are executed into.
type sink struct{ buf []byte }

func (s *sink) Write(p []byte) (int, error) {
	s.buf = append(s.buf, p...)
	return len(p), nil
}

// execute appends the output of a fragment to dst.
func (r *run) execute(dst []byte, f *fragment, fr *frame) []byte {
	saved, out := r.env, r.sink.buf
	r.env = env{run: r, frame: fr, frag: f}
	r.sink.buf = dst
	err := f.template.Execute(&r.sink, &r.env)
	dst = r.sink.buf
	r.env, r.sink.buf = saved, out
	if err != nil {
		r.where = f.where
		panic(renderError{cause(err)})
	}
	return dst
}

// capture returns the value of a fragment's pipeline.
func (r *run) capture(f *fragment, fr *frame) reflect.Value {
	saved, out := r.env, r.sink.buf
	r.env = env{run: r, frame: fr, frag: f}
	r.sink.buf = nil
	err := f.template.Execute(&r.sink, &r.env)
	v := r.env.captured
	r.env, r.sink.buf = saved, out
	if err != nil {
		r.where = f.where
		panic(renderError{cause(err)})
	}
	return v
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
