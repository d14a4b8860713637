package liveview

import (
	"sync/atomic"

	"github.com/gin-liveview/liveview/internal/wire"
)

// counts is what has happened in an App since New. Whoever counts adds to one number, and
// waits for nobody.
type counts struct {
	sockets atomic.Uint64 // that were opened
	joins   [len(outcomeNames)]atomic.Uint64
	spans   [len(spanNames)]atomic.Uint64 // of messages of views
	notes   [len(noteNames)]atomic.Uint64
	traffic wire.Traffic
}

func (c *counts) joined(o Outcome) { c.joins[o].Add(1) }

// message counts a message that a view is about to handle.
func (c *counts) message(k SpanKind) { c.spans[k].Add(1) }

func (c *counts) note(k NoteKind) { c.notes[k].Add(1) }
