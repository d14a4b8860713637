package liveview

import (
	"time"

	"github.com/gin-liveview/liveview/internal/limit"
)

// throttle holds a client to its share: how often it may send, how much of it
// may wait, and how much of that for one view. Who is over it is held back:
// nothing more is read from the socket until there is room. What comes after
// holdBack of that is refused, so that the heartbeats behind it are answered in
// time; and who doesn't care about that either is closed.
//
// It is owned by the conn's Serve, and there only while the client sends more
// than a little.
type throttle struct {
	events, joins, refusals limit.Bucket

	tooManyEvents, tooManyJoins, tooMuchWaits, told holdup

	progress int // reports of a file's progress that its chunks have paid for
}

// holdup is since when a client is held back for one reason, in Unix
// nanoseconds; 0: it isn't.
type holdup int64

// left returns for how long it still is, from now on.
func (h *holdup) left(now time.Time) time.Duration {
	if *h == 0 {
		*h = holdup(now.UnixNano())
	}
	return min(holdBack-time.Duration(now.UnixNano()-int64(*h)), holdBack)
}

// over says that the client has caught up.
func (h *holdup) over() { *h = 0 }
