package liveview

import (
	"time"

	"github.com/gin-liveview/liveview/internal/limit"
)

// throttle holds a client to its share: how often it may send, and how much of what
// it sent may wait. Who is over it is held back: nothing more is read from the
// socket until there is room. When that has lasted for holdBack, what comes is
// refused, so that the heartbeats behind it are answered in time; and the socket of
// a client that goes on all the same is closed. How many messages may wait for one
// view is counted by its channel. What is done with a throttle is in
// connection_throttle.go.
//
// It is owned by the conn's Serve, and there only while the client sends more
// than a little.
type throttle struct {
	events, joins, refusals limit.Bucket

	tooManyEvents, tooManyJoins, tooMuchWaits holdup

	told holdup // since when the operator knows: not a reason, but it lasts as long

	progress int // reports of a file's progress that its chunks have paid for
	files    int // that were sent at a time, the most
}

// holdup says since when a client has been held back for one reason, in Unix
// nanoseconds; 0 if it isn't.
type holdup int64

// left returns for how much longer the client is held back; it begins now if it
// hadn't begun.
func (h *holdup) left(now time.Time) time.Duration {
	if *h == 0 {
		*h = holdup(now.UnixNano())
	}
	return min(holdBack-time.Duration(now.UnixNano()-int64(*h)), holdBack)
}

// over says that the client has caught up.
func (h *holdup) over() { *h = 0 }
