package engine

import (
	"bytes"

	"github.com/gin-liveview/liveview/internal/htmlscan"
)

// singleRoot reports whether b is provably exactly one element, with nothing
// beside it but white space, which is what the client needs to know to leave
// an unchanged node alone. When in doubt it isn't.
//
// Dynamic text is taken to be balanced: html/template escapes it, and
// template.HTML is by contract a fragment without unclosed tags.
func singleRoot(b *block) bool {
	s := rootScanner{Scanner: &htmlscan.Scanner{}, levels: maxLevels}
	return s.block(b) && s.InText() && s.roots == 1
}

// rootScanner follows the elements of a block's HTML. Its methods report
// whether all is beyond doubt.
type rootScanner struct {
	*htmlscan.Scanner
	roots  int // elements begun outside of all others
	levels int // of blocks within blocks that may follow
}

// maxLevels is how many blocks within blocks are read. Each block is read for
// all that are around it, so pages that nest without end would take too long.
const maxLevels = 16

// block reads the HTML of b, which may not close an element that is open
// around it: closed and opened again, it would look the same afterwards.
func (s *rootScanner) block(b *block) bool {
	depth := s.Depth()
	for i := range b.steps {
		st := &b.steps[i]
		shown, sure := st.do.shows()
		if !sure || !s.html(st.lead, depth) || st.dyn >= 0 && !s.dynamic(shown) {
			return false
		}
	}
	return s.html(b.tail, depth) && s.Depth() == depth
}

// html reads what doesn't change.
func (s *rootScanner) html(html []byte, depth int) bool {
	sure := true
	s.Scan(html, func(t *htmlscan.Token) bool {
		switch t.Kind {
		case htmlscan.Text:
			sure = s.Depth() > 0 || len(bytes.TrimSpace(html[t.Start:t.End])) == 0
		case htmlscan.StartTag:
			if t.Empty && s.Depth() == 0 || !t.Empty && s.Depth() == 1 {
				s.roots++
			}
		case htmlscan.EndTag:
			sure = s.Depth() >= depth
		default:
			sure = false
		}
		return sure
	})
	return sure && !s.Malformed()
}

// dynamic reads a dynamic: one of the blocks shown, of which nil is nothing or,
// if there are none, some text. After each way the HTML has to go on alike.
func (s *rootScanner) dynamic(shown []*block) bool {
	if s.InText() && s.Depth() == 0 {
		return false // it may begin any number of elements
	}
	if len(shown) == 0 {
		s.Hole()
		return !s.Malformed()
	}
	if s.levels == 0 {
		return false
	}
	before := *s
	for i, b := range shown {
		way := rootScanner{before.Clone(), before.roots, before.levels - 1}
		if b != nil && !way.block(b) {
			return false
		}
		if way.levels++; i == 0 {
			*s = way
		} else if s.roots != way.roots || !s.Join(way.Scanner) {
			return false
		}
	}
	return true
}
