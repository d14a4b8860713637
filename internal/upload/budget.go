package upload

import "sync"

// Limits bound what uploads may hold: all of them together, and those of one
// browser. A negative limit is none.
type Limits struct {
	Bytes        int64 // that have arrived and aren't consumed
	BrowserBytes int64
	BrowserFiles int // that are granted and aren't consumed
}

// Budget counts what uploads hold: the bytes that have arrived, which cost, and
// not those that a browser has promised, which don't.
type Budget struct {
	Limits Limits

	mu       sync.Mutex // guards the fields below, and those of claims. Nothing is locked under it.
	bytes    int64
	browsers map[string]*holding // those that hold something
}

// holding is what one browser holds.
type holding struct {
	bytes int64
	files int
}

// Claim is what one file holds of a [Budget].
type Claim struct {
	budget  *Budget
	browser string
	bytes   int64
	over    bool
}

// Claim begins a file of a browser's, or reports that it can't be: that the
// browser has too many, or that size bytes wouldn't fit now. The claim holds
// none of these yet.
func (b *Budget) Claim(browser string, size int64) (*Claim, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.browsers[browser]
	if h == nil {
		h = &holding{}
	}
	if b.Limits.BrowserFiles >= 0 && h.files >= b.Limits.BrowserFiles || !b.fits(h, size) {
		return nil, false
	}
	if b.browsers == nil {
		b.browsers = make(map[string]*holding)
	}
	b.browsers[browser] = h
	h.files++
	return &Claim{budget: b, browser: browser}, true
}

// fits reports whether h may have n bytes more; mu is held.
func (b *Budget) fits(h *holding, n int64) bool {
	return (b.Limits.Bytes < 0 || n <= b.Limits.Bytes-b.bytes) &&
		(b.Limits.BrowserBytes < 0 || n <= b.Limits.BrowserBytes-h.bytes)
}

// Grow takes n bytes, or reports that they aren't to be had.
func (c *Claim) Grow(n int64) bool {
	b := c.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.browsers[c.browser]
	if c.over || !b.fits(h, n) {
		return false
	}
	b.bytes += n
	h.bytes += n
	c.bytes += n
	return true
}

// Release gives back all that the file holds, once.
func (c *Claim) Release() {
	b := c.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	if c.over {
		return
	}
	c.over = true
	h := b.browsers[c.browser]
	b.bytes -= c.bytes
	h.bytes -= c.bytes
	if h.files--; h.files == 0 {
		delete(b.browsers, c.browser)
	}
}

// Held returns what is held at present: bytes and files.
func (b *Budget) Held() (bytes int64, files int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, h := range b.browsers {
		files += h.files
	}
	return b.bytes, files
}
