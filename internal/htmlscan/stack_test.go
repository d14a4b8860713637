package htmlscan_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gin-liveview/liveview/internal/htmlscan"
)

// Stacks that are cloned, cut and changed in any order hold what slices that are
// copied each time would, and have in common no more than those.
func TestStack(t *testing.T) {
	type pair struct {
		stack htmlscan.Stack[int]
		want  []int
	}
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 0))
		all := []*pair{{}}
		for step := range 200 {
			p := all[random.IntN(len(all))]
			switch n := len(p.want); random.IntN(5) {
			case 0, 1:
				p.stack.Push(step)
				p.want = append(p.want, step)
			case 2:
				n = random.IntN(n + 1)
				p.stack.Cut(n)
				p.want = p.want[:n]
			case 3:
				n = random.IntN(n + 1)
				for i, changed := range p.stack.From(n) {
					p.stack.From(n)[i] = changed + 1000
					p.want[n+i] += 1000
				}
			case 4:
				if len(all) < 6 {
					all = append(all, &pair{p.stack.Clone(), slices.Clone(p.want)})
				}
			}
		}
		for _, p := range all {
			var got []int
			for i := range p.stack.Len() {
				got = append(got, p.stack.At(i))
			}
			if !slices.Equal(got, p.want) {
				t.Fatalf("with seed %d a stack holds %v, want %v", seed, got, p.want)
			}
			for _, q := range all {
				if n := htmlscan.Common(&p.stack, &q.stack); n > min(len(p.want), len(q.want)) || !slices.Equal(p.want[:n], q.want[:n]) {
					t.Fatalf("with seed %d %v and %v are said to have %d in common", seed, p.want, q.want, n)
				}
			}
		}
	}
}

// What a stack held when it was cloned is known to be in common.
func TestCommon(t *testing.T) {
	var s htmlscan.Stack[int]
	for i := range 4 {
		s.Push(i)
		if c := s.Clone(); htmlscan.Common(&s, &c) != i+1 {
			t.Errorf("a clone of %d has %d in common", i+1, htmlscan.Common(&s, &c))
		}
	}
	c := s.Clone()
	s.Push(4)
	c.Cut(3)
	c.Push(5)
	if n := htmlscan.Common(&s, &c); n != 3 {
		t.Errorf("after cutting one of four %d are in common", n)
	}
}

// The bottom of a stack of many layers is found as its top is, and what two such
// stacks have in common.
func TestDeepStack(t *testing.T) {
	var s htmlscan.Stack[int]
	var clones []htmlscan.Stack[int]
	for i := range 700 {
		clones = append(clones, s.Clone())
		s.Push(i)
	}
	for i := range s.Len() {
		if got := s.At(i); got != i {
			t.Fatalf("%d is at %d", got, i)
		}
	}
	for i := range clones {
		if n := htmlscan.Common(&s, &clones[i]); n != i {
			t.Errorf("a clone of %d has %d in common", i, n)
		}
		way := clones[i].Clone()
		way.Push(-1)
		for j := range clones {
			if n := htmlscan.Common(&way, &clones[j]); n != min(i, j) {
				t.Fatalf("after %d and %d pushes, %d are in common", i, j, n)
			}
		}
	}
}
