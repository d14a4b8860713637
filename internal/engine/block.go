package engine

import (
	"reflect"
)

// block is the program of one node of the tree: a page, or the body of an if,
// with, range or recursive template. Its address is its fingerprint: a client
// that holds a node of this block has its statics.
type block struct {
	steps   []step
	tail    []byte // the HTML after the last step
	dyns    int    // dynamics; there is one static more
	statics []byte // the members "s" and, for a single root element, "r", as JSON
	id      uint64 // unique within the template
	root    bool   // exactly one element and nothing beside it but space
}

// op is what a step does.
type op uint8

const (
	opText      op = iota // a string dynamic
	opWhole               // a string dynamic: the HTML of then
	opIf                  // a node or, if there is none to show, ""
	opWith                // like opIf
	opRange               // a comprehension
	opCall                // the node of a recursive template
	opComponent           // a node of what a component writes or, if that is nothing, ""
	opSet                 // no dynamic: evaluates, assigns
	opCheck               // no dynamic: fails if a pointer on the way is nil
	opBreak               // no dynamic
	opContinue            // no dynamic
)

// step is one step of a block, with the HTML before it.
type step struct {
	op     op
	lead   []byte
	dyn    int // index of its dynamic; -1: none
	where  *where
	text   texter    // opText
	cond   condition // opIf, opWith
	prep   *prep     // opWith, opSet, opComponent: evaluated first
	then   *block    // opIf, opWith, opWhole
	els    *block    // opIf, opWith, opRange; may be nil
	each   *loop     // opRange
	call   *call     // opCall
	target int       // opSet: slot assigned, or -1
	source operand   // opSet: what is assigned; opCheck: what is checked; opComponent: what is shown
	// reads are the fields of the page's state that the step depends on, with
	// all that is nested in it; decides those that decide between then and els.
	reads, decides fields
}

// texter prints a string dynamic, escaped for its place.
type texter interface {
	appendText(dst []byte, r *run, fr *frame) []byte
}

// condition is the truth of a pipeline.
type condition interface {
	truth(r *run, fr *frame) bool
}

// loop is the range of an opRange.
type loop struct {
	list operand // what is iterated over, once prep was evaluated
	prep *prep
	elem reflect.Type // if place
	body *block
	key  *key // nil: entries are matched by their place and content
	// place: list is a slice or array of elem, and dot in the body is the
	// place of an element. Else dot is a value.
	place bool
	dot   int // slot of dot in the body
	index int // slot of the index or key variable; -1: none
	count int // the counter that index points to, if place
	// assignIndex and assignElem are the slots of outer variables that each
	// iteration assigns (range $i, $e = …); -1: none.
	assignIndex, assignElem int
	// single is whether the range has at most one variable, which decides what
	// a two-valued iterator yields.
	single bool
	outer  []outer   // set up before the loop
	flat   *flatLoop // rows can be compared as memory; nil: they can't
	slots  int       // all slots of the body are below
	where  *where
}

// key gives the key of an entry: the place of a flat value, or else the path to it.
type key struct {
	at   loc
	flat *flat
	path []string
}

// flatLoop says how a loop over flat rows is compared.
type flatLoop struct {
	row        *flat
	readsIndex bool
}

// outer is a place outside a loop's body, copied into a slot of its own before
// the loop so that the body can be evaluated on the data last rendered.
type outer struct {
	from    loc
	flat    *flat
	slot    int
	counter bool // the counter of a loop around it, which goes on counting
}

// call is a call of a recursive template.
type call struct {
	proc *procedure
	dot  operand // in the caller
	prep *prep
}

// prep is the evaluation of a pipeline whose value has no place of its own.
type prep struct {
	frag *fragment     // evaluated by html/template, or
	from *operand      // an interface whose content is the value, or
	val  reflect.Value // a constant
	slot int
}

// frame holds what the slots of one template's blocks mean.
type frame struct {
	ptrs   []pointer
	vals   []reflect.Value
	counts []int
}

// resolve returns the address of l, or nil if a pointer on the way is nil.
func (fr *frame) resolve(l *loc) pointer {
	p := add(fr.ptrs[l.slot], l.off)
	for _, off := range l.more {
		if p = deref(p); p == nil {
			return nil
		}
		p = add(p, off)
	}
	return p
}

// value returns an operand as reflection sees it.
func (fr *frame) value(op *operand) reflect.Value {
	switch op.kind {
	case opPlace:
		p := fr.resolve(&op.at)
		if p == nil {
			panic(renderError{errNilPointer})
		}
		return valueAt(op.typ, p)
	case opValue:
		return fr.vals[op.at.slot]
	}
	return reflect.Value{}
}
