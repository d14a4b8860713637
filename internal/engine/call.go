package engine

// procedure is the body of a recursive template, compiled once for each type of dot.
type procedure struct {
	body          *block
	place         bool // its dot is one; else it is a value
	slots, counts int  // of its frame
}

// call is the call of a recursive template: a node. Other templates are
// compiled in place of their calls.
type call struct {
	proc *procedure
	dot  operand // in the caller
	prep *prep   // evaluated first; may be nil
	// levels is how much deeper the calls of templates are within: those that were
	// copied around this one in its procedure count, too.
	levels int
}

// enter begins the call and returns its frame.
func (c *call) enter(r *run, fr *frame) *frame {
	if c.prep != nil {
		r.prepare(fr, c.prep)
	}
	r.enter(c.levels)
	in := newFrame(c.proc.slots, c.proc.counts)
	in.self = fr.self
	if c.proc.place {
		in.ptrs[0] = fr.must(&c.dot.at)
	} else {
		in.vals[0] = fr.value(&c.dot)
	}
	return in
}

func (c *call) html(dst []byte, r *run, fr *frame) ([]byte, control) {
	in := c.enter(r, fr)
	dst, _ = c.proc.body.html(dst, r, in)
	r.leave(c.levels)
	return dst, ran
}

func (c *call) record(r *run, fr *frame, _ *cell) control {
	in := c.enter(r, fr)
	c.proc.body.recordNode(r, in, nil)
	r.leave(c.levels)
	return ran
}

// shows isn't sure: the body isn't complete while it is being compiled.
func (c *call) shows() ([]*block, bool) { return nil, false }
