package engine

// scratch is memory that a comparison needs and the next one uses again.
type scratch struct {
	// now and old are the frames that a pure block is evaluated on: one on the
	// data to be rendered, one on the data rendered last.
	now, old frame
	text     [2][]byte // a text from each
	matches  []int32   // a stack, of the entries of the lists being compared
}

// ensure makes room in both frames.
func (s *scratch) ensure(slots int) {
	s.now.ensure(slots)
	s.old.ensure(slots)
}

// clear lets go of the data.
func (s *scratch) clear() {
	clear(s.now.ptrs)
	clear(s.old.ptrs)
	s.matches = s.matches[:0]
}
