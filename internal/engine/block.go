package engine

// block is the program of one node: a page, or the body of an if, with, range
// or recursive template.
type block struct {
	statics *statics
	steps   []step
	tail    []byte // the HTML after the last step
}

// step is one step of a block, with the HTML before it.
type step struct {
	lead  []byte
	dyn   int // index of its dynamic; -1: none
	where *where
	do    action
	pure  pureAction // the action again, if it is one
}

// action is what a step does. Each kind of action has a file of its own.
type action interface {
	// html appends what the action writes into the page.
	html(dst []byte, r *run, fr *frame) ([]byte, control)
	// record evaluates the action onto the tape: one item, with all it contains,
	// if it is a dynamic, and none otherwise. The client holds what held has at
	// this place, if anything.
	record(r *run, fr *frame, held *cell) control
	// shows returns the blocks of which the action writes one; nil among them
	// is nothing, and a block beside it may be written several times. Without
	// blocks it writes some text. It isn't sure if that can't be told, or if the
	// steps after the action may be left out.
	shows() (blocks []*block, sure bool)
}

// pureAction is an action that may be in a pure block. That reads nothing but
// flat data, so it can be evaluated on a copy of the data rendered last just as
// well as on the data to be rendered. Its actions can't fail.
type pureAction interface {
	action
	// full appends the dynamic as the client must receive it if it holds
	// nothing there.
	full(dst []byte, s *scratch, fr *frame) []byte
	// diff appends the dynamic, as the member dyn with a comma after it, if it
	// differs between the two frames.
	diff(dst []byte, s *scratch, dyn int, now, old *frame) []byte
}

// likeAction is a pure action that may leave out statics where the client begins with a
// copy of what it shows on the frame like.
type likeAction interface {
	like(dst []byte, s *scratch, now, like *frame) []byte
}

// control is how an action, or a block, ended.
type control uint8

const (
	ran control = iota
	broke
	continued
)

// html appends the HTML of b.
func (b *block) html(dst []byte, r *run, fr *frame) ([]byte, control) {
	for i := range b.steps {
		s := &b.steps[i]
		dst = append(dst, s.lead...)
		if s.where != nil {
			r.where = s.where
		}
		var how control
		if dst, how = s.do.html(dst, r, fr); how != ran {
			return dst, how
		}
	}
	return append(dst, b.tail...), ran
}

// record evaluates b onto the tape: one item for each dynamic. The client holds
// mem at this place, if anything.
func (b *block) record(r *run, fr *frame, mem *node) control {
	for i := range b.steps {
		s := &b.steps[i]
		if s.where != nil {
			r.where = s.where
		}
		var held *cell
		if s.dyn >= 0 && mem != nil {
			if r.kept != 0 && r.keeps(b.statics.reads[s.dyn]) {
				r.pushKept()
				continue
			}
			held = &mem.cells[s.dyn]
		}
		if how := s.do.record(r, fr, held); how != ran {
			return how
		}
	}
	return ran
}

// recordNode adds the node of b or, if b is nil, no text.
func (b *block) recordNode(r *run, fr *frame, held *cell) control {
	if b == nil {
		r.pushText(len(r.buf))
		return ran
	}
	var mem *node
	if held != nil && held.node != nil && held.node.statics == b.statics {
		mem = held.node
	}
	at := r.push(item{kind: itemNode, statics: b.statics})
	how := b.record(r, fr, mem)
	r.close(at)
	return how
}

// full appends all dynamics of a pure block, each with a comma after it.
func (b *block) full(dst []byte, s *scratch, fr *frame) []byte {
	for i := range b.steps {
		if st := &b.steps[i]; st.dyn >= 0 {
			dst = st.pure.full(appendKey(dst, st.dyn), s, fr)
			dst = append(dst, ',')
		}
	}
	return dst
}

// like is full where the client begins with a copy of what b shows on the frame like.
func (b *block) like(dst []byte, s *scratch, now, like *frame) []byte {
	for i := range b.steps {
		st := &b.steps[i]
		if st.dyn < 0 {
			continue
		}
		dst = appendKey(dst, st.dyn)
		if do, ok := st.do.(likeAction); ok {
			dst = do.like(dst, s, now, like)
		} else {
			dst = st.pure.full(dst, s, now)
		}
		dst = append(dst, ',')
	}
	return dst
}

// diff appends the dynamics of a pure block that differ between the two frames.
func (b *block) diff(dst []byte, s *scratch, now, old *frame) []byte {
	for i := range b.steps {
		if st := &b.steps[i]; st.dyn >= 0 {
			dst = st.pure.diff(dst, s, st.dyn, now, old)
		}
	}
	return dst
}
