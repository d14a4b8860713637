package htmlscan

import "slices"

// Stack is a stack, such as that of the open elements: the outermost first, the
// innermost on top. A clone takes a time that doesn't depend on how many there
// are, as a page of nested branches makes one at each. The zero value is empty.
// A Stack may be copied with [Stack.Clone] only.
type Stack[T any] struct {
	shared layer[T] // what others may have, too: nobody changes it
	own    []T      // what is on top of it
}

// layer is a part of a stack.
type layer[T any] struct {
	below *layer[T]
	base  int // how many are below
	items []T // not empty if something is below
	// depth is how many layers are below, and far one of these, so that from any
	// layer to any other it takes a number of steps that grows as the logarithm of
	// how many there are. Layers of the same depth have the far ones at the same.
	depth int
	far   *layer[T]
}

// on puts a layer on top of below.
func on[T any](below *layer[T], items []T) layer[T] {
	l := layer[T]{below: below, base: below.base + len(below.items), items: items, depth: below.depth + 1, far: below}
	if f := below.far; f != nil && f.far != nil && below.depth-f.depth == f.depth-f.far.depth {
		l.far = f.far
	}
	return l
}

// down returns the topmost layer below l that isn't above the depth.
func (l *layer[T]) down(depth int) *layer[T] {
	for l.depth > depth {
		if l.far.depth >= depth {
			l = l.far
		} else {
			l = l.below
		}
	}
	return l
}

// is reports whether l and m have been the same layer.
func (l *layer[T]) is(m *layer[T]) bool {
	return len(l.items) > 0 && len(m.items) > 0 && &l.items[0] == &m.items[0]
}

// Len returns how many there are.
func (s *Stack[T]) Len() int { return s.base() + len(s.own) }

// base returns how many of them are shared.
func (s *Stack[T]) base() int { return s.shared.base + len(s.shared.items) }

// At returns the one at i, the outermost being 0.
func (s *Stack[T]) At(i int) T {
	if base := s.base(); i >= base {
		return s.own[i-base]
	}
	l := &s.shared
	for i < l.base {
		if f := l.far; i < f.base+len(f.items) {
			l = f
		} else {
			l = l.below
		}
	}
	return l.items[i-l.base]
}

// top returns the innermost, not to be changed; nil if there is none.
func (s *Stack[T]) top() *T {
	if n := len(s.own); n > 0 {
		return &s.own[n-1]
	}
	if n := len(s.shared.items); n > 0 {
		return &s.shared.items[n-1]
	}
	return nil
}

// Push puts one on top.
func (s *Stack[T]) Push(item T) { s.own = append(s.own, item) }

// Append puts some on top, the last one as the innermost.
func (s *Stack[T]) Append(items []T) { s.own = append(s.own, items...) }

// Cut leaves the outermost n.
func (s *Stack[T]) Cut(n int) {
	if base := s.base(); n >= base {
		s.own = s.own[:n-base]
	} else {
		s.cutShared(n)
	}
}

func (s *Stack[T]) cutShared(n int) {
	s.own = s.own[:0]
	for s.shared.below != nil && n <= s.shared.base {
		s.shared = *s.shared.below
	}
	s.shared.items = s.shared.items[:n-s.shared.base]
}

// From returns those from i on, to be changed.
func (s *Stack[T]) From(i int) []T {
	base := s.base()
	if i < base {
		all := make([]T, s.Len()-i)
		copy(all[base-i:], s.own)
		for l := &s.shared; l != nil && i < l.base+len(l.items); l = l.below {
			from := max(i, l.base)
			copy(all[from-i:], l.items[from-l.base:])
		}
		s.Cut(i)
		s.own, base = all, i
	}
	return s.own[i-base:]
}

// Clone returns a stack of the same that goes on on its own.
func (s *Stack[T]) Clone() Stack[T] {
	if len(s.own) > 0 {
		if own := slices.Clip(s.own); s.base() > 0 {
			below := s.shared
			s.shared = on(&below, own)
		} else {
			s.shared = layer[T]{items: own}
		}
		s.own = nil
	}
	return Stack[T]{shared: s.shared}
}

// popped returns what was last on top of what is on top now; nil if it isn't known.
func (s *Stack[T]) popped() *T {
	n := len(s.own)
	if n == cap(s.own) {
		return nil
	}
	return &s.own[:n+1][n]
}

// Common returns how many of two stacks, from the outermost on, are certain to be
// the same, as they had them when one was cloned from the other.
func Common[T any](s, t *Stack[T]) int {
	a, b := s.shared.down(t.shared.depth), t.shared.down(s.shared.depth)
	for !a.is(b) {
		switch {
		case a.below == nil:
			return 0
		case a.far.is(b.far):
			a, b = a.below, b.below
		default:
			a, b = a.far, b.far
		}
	}
	return a.base + min(len(a.items), len(b.items))
}
