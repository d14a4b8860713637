package engine

// scratch is memory that a comparison needs and the next one uses again.
type scratch struct {
	// now and old are the frames that a pure block is evaluated on: one on the
	// data to be rendered, one on the data rendered last.
	now, old frame
	text     [2][]byte // a text from each
	matches  []int32   // a stack, of the entries of the lists being compared
	warnings []error   // of what the developer has to be told
	live
}

// surround sets what surrounds the rendering.
func (s *scratch) surround(l live) {
	s.live = l
	s.now.self, s.old.self = l.self, l.self
}

// ensure makes room in both frames.
func (s *scratch) ensure(slots int) {
	s.now.ensure(slots)
	s.old.ensure(slots)
}

// keepText is the length, in bytes, up to which the memory of a text is kept.
const keepText = 1 << 16

// clear lets go of the data.
func (s *scratch) clear() {
	clear(s.now.ptrs)
	clear(s.old.ptrs)
	for i := range s.text {
		if cap(s.text[i]) > keepText {
			s.text[i] = nil
		}
	}
	s.matches = s.matches[:0]
	s.warnings = nil
	s.live = live{}
}
