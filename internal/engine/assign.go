package engine

// assignment evaluates a pipeline, gives a variable its value, or both. It
// shows nothing.
type assignment struct {
	prep   *prep   // evaluated first; may be nil
	target int     // the slot of the variable; -1: none
	source operand // what it is given
}

func (a *assignment) run(r *run, fr *frame) {
	if a.prep != nil {
		r.prepare(fr, a.prep)
	}
	if a.target >= 0 {
		fr.vals[a.target] = fr.value(&a.source)
	}
}

func (a *assignment) html(dst []byte, r *run, fr *frame) ([]byte, control) {
	a.run(r, fr)
	return dst, ran
}

func (a *assignment) record(r *run, fr *frame, _ *cell) control {
	a.run(r, fr)
	return ran
}

func (a *assignment) shows() ([]*block, bool) { return nil, true }

// check fails if a pointer on the way to a place is nil. It shows nothing.
type check struct{ at loc }

func (c *check) html(dst []byte, _ *run, fr *frame) ([]byte, control) {
	fr.must(&c.at)
	return dst, ran
}

func (c *check) record(_ *run, fr *frame, _ *cell) control {
	fr.must(&c.at)
	return ran
}

func (c *check) shows() ([]*block, bool) { return nil, true }

// jump is a break or continue. It shows nothing.
type jump struct{ how control }

func (j *jump) html(dst []byte, _ *run, _ *frame) ([]byte, control) { return dst, j.how }
func (j *jump) record(*run, *frame, *cell) control                  { return j.how }
func (j *jump) shows() ([]*block, bool)                             { return nil, false }
