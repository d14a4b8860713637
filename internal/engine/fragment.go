package engine

import (
	"errors"
	"html/template"
	"reflect"
)

// fragment is one action that html/template executes, as it escaped it. Its
// nodes are copies in which dot, variables and helpers are read from an env,
// the data it is executed with.
type fragment struct {
	template *template.Template
	vars     []operand // what env.V0, env.V1, … are
	dot      operand
	root     operand
	where    *where
}

// env is the data fragments are executed with. text/template unwraps a
// reflect.Value that a method returns, so values keep all they are: whether
// they can be addressed, and the type of a nil.
type env struct {
	meta     reflect.Value
	frame    *frame
	frag     *fragment
	captured reflect.Value
	ranged   reflect.Value
	yield    func(key, elem reflect.Value) bool
}

// Dot returns dot.
func (e *env) Dot() reflect.Value { return e.frame.value(&e.frag.dot) }

// Root returns the value of $.
func (e *env) Root() reflect.Value { return e.frame.value(&e.frag.root) }

// Self returns the number of the live component that is rendered.
func (e *env) Self() int { return e.frame.self }

// Meta returns the receiver of the helpers.
func (e *env) Meta() reflect.Value { return e.meta }

// Ranged returns the map to range over.
func (e *env) Ranged() reflect.Value { return e.ranged }

// Capture keeps a pipeline's value. It prints nothing.
func (e *env) Capture(v reflect.Value) string {
	e.captured = v
	return ""
}

// Note keeps a value that is printed, and returns it.
func (e *env) Note(v reflect.Value) reflect.Value {
	e.captured = v
	return v
}

// errStop ends an execution of html/template's that has done what it was for.
var errStop = errors.New("stop")

// Entry is called for each entry of Ranged; its error ends the range.
func (e *env) Entry(key, elem reflect.Value) (string, error) {
	if !e.yield(key, elem) {
		return "", errStop
	}
	return "", nil
}

func (e *env) variable(i int) reflect.Value { return e.frame.value(&e.frag.vars[i]) }

// maxVariables is how many different variables one action can read. They are
// methods because text/template passes on what a method returns unchanged,
// while a variable declared for the purpose would lose that it was an interface.
const maxVariables = 16

// V0 to V15 return the variables the fragment reads.
func (e *env) V0() reflect.Value  { return e.variable(0) }
func (e *env) V1() reflect.Value  { return e.variable(1) }
func (e *env) V2() reflect.Value  { return e.variable(2) }
func (e *env) V3() reflect.Value  { return e.variable(3) }
func (e *env) V4() reflect.Value  { return e.variable(4) }
func (e *env) V5() reflect.Value  { return e.variable(5) }
func (e *env) V6() reflect.Value  { return e.variable(6) }
func (e *env) V7() reflect.Value  { return e.variable(7) }
func (e *env) V8() reflect.Value  { return e.variable(8) }
func (e *env) V9() reflect.Value  { return e.variable(9) }
func (e *env) V10() reflect.Value { return e.variable(10) }
func (e *env) V11() reflect.Value { return e.variable(11) }
func (e *env) V12() reflect.Value { return e.variable(12) }
func (e *env) V13() reflect.Value { return e.variable(13) }
func (e *env) V14() reflect.Value { return e.variable(14) }
func (e *env) V15() reflect.Value { return e.variable(15) }

// sink is an io.Writer that appends.
type sink struct{ buf []byte }

func (s *sink) Write(p []byte) (int, error) {
	s.buf = append(s.buf, p...)
	return len(p), nil
}

// interpreter has html/template execute fragments.
type interpreter struct {
	meta   reflect.Value // the receiver of the helpers
	sorted *fragment     // ranges over env.Ranged
	env    env
	sink   sink
}

// execute appends the output of a fragment to dst.
func (in *interpreter) execute(dst []byte, f *fragment, fr *frame) []byte {
	dst, _ = in.interpret(dst, f, env{meta: in.meta, frame: fr, frag: f})
	return dst
}

// capture returns the value of a fragment's pipeline.
func (in *interpreter) capture(f *fragment, fr *frame) reflect.Value {
	_, v := in.interpret(nil, f, env{meta: in.meta, frame: fr, frag: f})
	return v
}

// interpret executes a fragment. An action may call what executes another, so the
// data and the output of the one that is running, if any, are put back after it.
func (in *interpreter) interpret(dst []byte, f *fragment, data env) ([]byte, reflect.Value) {
	saved, out := in.env, in.sink.buf
	in.env, in.sink.buf = data, dst
	err := f.template.Execute(&in.sink, &in.env)
	dst, captured := in.sink.buf, in.env.captured
	in.env, in.sink.buf = saved, out
	if err != nil {
		panic(renderError{cause(err), f.where})
	}
	return dst, captured
}

// prep is the evaluation of a pipeline whose value has no place of its own,
// into a slot.
type prep struct {
	frag *fragment     // evaluated by html/template, or
	from *operand      // an interface whose content is the value, or
	val  reflect.Value // a constant
	dict *dict         // made of other values
	slot int
}

// dict makes a struct of values.
type dict struct {
	typ    reflect.Type
	fields []dictField
}

// dictField is one value, once prep was evaluated, which may be nil.
type dictField struct {
	value operand
	prep  *prep
}

// prepare evaluates a pipeline into its slot.
func (in *interpreter) prepare(fr *frame, p *prep) {
	switch {
	case p.frag != nil:
		fr.vals[p.slot] = in.capture(p.frag, fr)
	case p.dict != nil:
		made := reflect.New(p.dict.typ)
		for i := range p.dict.fields {
			f := &p.dict.fields[i]
			if f.prep != nil {
				in.prepare(fr, f.prep)
			}
			if v := fr.value(&f.value); v.IsValid() {
				made.Elem().Field(i).Set(v)
			}
		}
		fr.ptrs[p.slot] = pointerTo(made)
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
