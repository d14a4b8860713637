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

// lead makes a slot point to a place, and fails if a pointer on the way to it is
// nil. It shows nothing.
type lead struct {
	to   loc
	slot int
}

func (l *lead) html(dst []byte, _ *run, fr *frame) ([]byte, control) {
	fr.ptrs[l.slot] = fr.must(&l.to)
	return dst, ran
}

func (l *lead) record(_ *run, fr *frame, _ *cell) control {
	fr.ptrs[l.slot] = fr.must(&l.to)
	return ran
}

func (l *lead) shows() ([]*block, bool) { return nil, true }

// jump is a break or continue. It shows nothing.
type jump struct{ how control }

func (j *jump) html(dst []byte, _ *run, _ *frame) ([]byte, control) { return dst, j.how }
func (j *jump) record(*run, *frame, *cell) control                  { return j.how }
func (j *jump) shows() ([]*block, bool)                             { return nil, false }
