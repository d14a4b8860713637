package otel

import (
	"cmp"
	"sync"

	"github.com/gin-liveview/liveview"
)

// clients are those that metrics name: so many at most, as each is a series.
type clients struct {
	most int

	mu    sync.Mutex // guards names. Nothing is locked under it.
	names map[string]struct{}
}

// others stands for all that aren't named.
const others = "others"

// nameOf returns the name of who ran into a limit, "" where nobody is to be named.
func (c *clients) nameOf(n liveview.Note) string {
	name := cmp.Or(n.User, n.Address)
	if c.most <= 0 || name == "" {
		return ""
	}
	if len(name) > maxClientBytes {
		return others
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.names[name]; known {
		return name
	}
	if len(c.names) >= c.most {
		return others
	}
	if c.names == nil {
		c.names = make(map[string]struct{})
	}
	c.names[name] = struct{}{}
	return name
}

// maxClientBytes is the longest of these names.
const maxClientBytes = 200
