package engine

import "sync"

// ParseLax is [Parse] without its look at the page's HTML.
func ParseLax(src Source) (*Template, error) { return parsePage(src, true) }

// Recursive returns templates without which none could reach itself.
var Recursive = recursive

// Drain lets go of the memory that renderings of t use again.
func (t *Template) Drain() { t.runs = sync.Pool{New: t.newRun} }

// Remembered returns how many statics the parts of a page have in common.
func (s *Shared) Remembered() int { return len(s.samples) }
