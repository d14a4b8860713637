package engine

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
	// reads are, for each dynamic, the fields of the page's state that it depends
	// on; nil if none depends on any.
	reads []fields
}

// staticsKey opens the member "s", which has an element at least.
const staticsKey = `"s":[`

// appendStatic appends one static, with a comma after it.
func appendStatic(dst, html []byte) []byte { return append(appendString(dst, html), ',') }

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
