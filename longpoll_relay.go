package liveview

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/gin-liveview/liveview/protocol"
)

// pollAsk is what a request of a connection asks for.
type pollAsk struct {
	ID     string // of the connection
	Kind   pollKind
	Nth    uint64 // as in wire.Polled
	Origin string // of the page, where it is one of Config.Origins
}

type pollKind uint8

const (
	askPoll pollKind = iota
	askPost
	askLeave
)

// pollRelay is what becomes of a request that has come to another process than the one that
// opened its connection.
type pollRelay struct{ *longPolls }

func newPollRelay(p *longPolls) *pollRelay { return &pollRelay{p} }

// movedAfter is for how long after it was opened a connection is at one process, unless a
// proxy sends each request elsewhere: then the client would come again at once, for ever.
const movedAfter = 10 * time.Second

func (p *pollRelay) do(_ context.Context, t pollToken, _ pollAsk, r *http.Request) pollAnswer {
	_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, 1<<20))
	p.faults.warn("liveview: a request of a long-poll connection came to another process than the one that opened it; "+
		"have the proxy in front send all requests of a browser to one process (nginx: hash $cookie_liveview consistent; "+
		"HAProxy: balance hdr, or a cookie), or give all processes one Config.PubSub",
		"remote", r.RemoteAddr)
	if time.Since(time.Unix(t.opened, 0)) < movedAfter {
		return pollAnswer{status: protocol.PollForbidden}
	}
	return pollAnswer{status: protocol.PollGone}
}
