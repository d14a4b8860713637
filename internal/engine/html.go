package engine

import "reflect"

// HTML appends the whole page to dst. The state is a pointer to a value of the
// type the template was parsed for, meta the receiver of its helpers or nil.
// On an error dst is returned as it was. It doesn't look for duplicate keys.
func (t *Template) HTML(dst []byte, state, meta any) (out []byte, err error) {
	r, fr, err := t.start(state, meta)
	if err != nil {
		return dst, err
	}
	defer func() {
		if err != nil {
			out = dst
		}
	}()
	defer r.guard(&err)
	out, _ = r.html(dst, t.page, fr)
	r.end()
	return out, nil
}

// html appends the HTML of b.
func (r *run) html(dst []byte, b *block, fr *frame) ([]byte, control) {
	for i := range b.steps {
		s := &b.steps[i]
		dst = append(dst, s.lead...)
		if s.where != nil {
			r.where = s.where
		}
		how := ran
		switch s.op {
		case opText:
			dst = s.text.appendText(dst, r, fr)
		case opWhole:
			dst, how = r.html(dst, s.then, fr)
		case opIf, opWith:
			if branch := r.branch(s, fr); branch != nil {
				dst, how = r.html(dst, branch, fr)
			}
		case opRange:
			dst, how = r.htmlRange(dst, s, fr)
		case opCall:
			in := r.enter(fr, s.call)
			dst, _ = r.html(dst, s.call.proc.body, in)
			r.leave()
		case opComponent:
			dst = r.appendComponent(dst, r.component(s, fr))
		case opSet, opCheck:
			r.simple(fr, s)
		case opBreak:
			how = broke
		case opContinue:
			how = continued
		}
		if how != ran {
			return dst, how
		}
	}
	return append(dst, b.tail...), ran
}

// branch returns the block that an if or with shows, or nil.
func (r *run) branch(s *step, fr *frame) *block {
	if s.cond.truth(r, fr) {
		return s.then
	}
	return s.els
}

func (r *run) htmlRange(dst []byte, s *step, fr *frame) ([]byte, control) {
	l := s.each
	first, n, v := r.list(fr, l)
	if l.place {
		for i := range n {
			l.at(fr, first, i)
			var how control
			if dst, how = r.html(dst, l.body, fr); how == broke {
				break
			}
		}
		if n > 0 {
			return dst, ran
		}
	} else if r.each(v, l.single, func(index, elem reflect.Value) bool {
		l.set(fr, index, elem)
		var how control
		dst, how = r.html(dst, l.body, fr)
		return how != broke
	}) {
		return dst, ran
	}
	if s.els == nil {
		return dst, ran
	}
	dst, how := r.html(dst, s.els, fr)
	return dst, ofElse(how)
}

// ofElse is how a range ends whose else branch ended so: text/template takes a
// break there for one of this range, and a continue for one of the range around.
func ofElse(how control) control {
	if how == broke {
		return ran
	}
	return how
}
