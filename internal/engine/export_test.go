package engine

import (
	"strings"
	"sync"
)

// ParseLax is [Parse] without its look at the page's HTML.
func ParseLax(src Source) (*Template, error) { return parsePage(src, true) }

// Recursive returns templates without which none could reach itself.
var Recursive = recursive

// Drain lets go of the memory that renderings of t use again.
func (t *Template) Drain() { t.runs = sync.Pool{New: t.newRun} }

// Remembered returns how many statics the parts of a page have in common.
func (s *Shared) Remembered() int { return len(s.samples) }

// ShapesWith returns how many shapes of what components wrote are in use that have text in them.
func ShapesWith(text string) (n int) {
	shapes.mu.Lock()
	defer shapes.mu.Unlock()
	for shape := range shapes.all {
		if strings.Contains(shape, text) {
			n++
		}
	}
	return n
}
