package engine

import (
	"runtime"
	"sync"
	"weak"
)

// statics is what never changes of a node: a page, or the body of an if, with,
// range or recursive template, or what a component wrote. Its address is its
// fingerprint: a client that holds a node of these statics isn't sent them again.
type statics struct {
	json string // the member "s"
	root bool   // exactly one element and nothing beside it but space: the member "r"
	one  bool   // root, or what would be but for a reason that doesn't count for a whole live component
	dyns int    // the dynamics; there is one static more
	id   uint64 // differs from the others' of the template
	// shape is what a Tree knows the statics of a component by; empty for those
	// of a template.
	shape string
	// texts are the statics of a component themselves.
	texts []string
	// inside is where in what a component wrote its children are dynamics; nil: nowhere.
	inside *inside
	// reads are, for each dynamic, the fields of the page's state that it depends
	// on; nil if none depends on any.
	reads []fields
}

// inside is where the children of an element that has several are dynamics.
type inside struct {
	level int      // how many elements of the node are open there
	name  string   // the innermost of these; "" for none
	slots []string // the elements, by their names, each of which is a dynamic; nil: all are the entries of one comprehension
}

// is reports whether the children are those of that element.
func (in *inside) is(level int, name string) bool {
	return in != nil && in.level == level && in.name == name
}

// shapes are the statics of what components wrote, by their shapes, so that all views of a
// page share theirs. None is held by it.
var shapes shapesInUse

type shapesInUse struct {
	mu  sync.Mutex
	all map[string]weak.Pointer[statics]
}

// of returns the statics of that shape, made where nobody has them.
func (s *shapesInUse) of(shape []byte, create func(shape string) *statics) *statics {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.all[string(shape)].Value(); found != nil {
		return found
	}
	made := create(string(shape))
	if s.all == nil {
		s.all = map[string]weak.Pointer[statics]{}
	}
	s.all[made.shape] = weak.Make(made)
	runtime.AddCleanup(made, s.drop, made.shape)
	return made
}

// drop forgets a shape whose statics are gone, unless there are others by now.
func (s *shapesInUse) drop(shape string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all[shape].Value() == nil {
		delete(s.all, shape)
	}
}

// staticsKey opens the member "s", which has an element at least.
const staticsKey = `"s":[`

// appendStatic appends one static, with a comma after it.
func appendStatic[S string | []byte](dst []byte, html S) []byte {
	return append(appendString(dst, html), ',')
}

// closeStatics closes the member "s".
func closeStatics(dst []byte) []byte {
	dst[len(dst)-1] = ']'
	return dst
}

// closeNode ends the object of a node sent in full. Within a live component none bears r:
// where one moves and the client has more to do, it comes to leave the elements of such
// nodes empty, as it believes that the page has them.
func (s *statics) closeNode(dst []byte, within live) []byte {
	dst = append(dst, s.json...)
	if s.root && within.self == 0 {
		dst = append(dst, `,"r":1`...)
	}
	return append(dst, '}')
}
