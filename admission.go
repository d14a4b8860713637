package liveview

import (
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/limit"
)

// admission bounds the open sockets of each network address. [server.admit] is
// about all of them: whether the process is about to end.
type admission struct {
	*app
	addresses limit.Addresses
	refusals  atomic.Uint64
	probe     sync.Once // of believesAnybody, by the first socket
	known     bool      // whose address a request comes from; set by probe
}

// admit reports whether the client of c may open one more socket, and counts it;
// otherwise it answers. release is to be called with owner at the socket's end.
func (a *admission) admit(c *gin.Context) (owner netip.Addr, ok bool) {
	if a.config.MaxSocketsPerAddress < 0 {
		return owner, true
	}
	a.probe.Do(func() {
		if a.known = !believesAnybody(c); !a.known {
			a.config.Logger.Warn("liveview: Config.MaxSocketsPerAddress holds for nobody, as Gin takes whatever X-Forwarded-For says for " +
				"the visitor's address; call SetTrustedProxies on the engine, with nil if there is no proxy in front")
		}
	})
	if !a.known {
		return owner, true
	}
	owner, ok = limit.Owner(c.ClientIP())
	if !ok { // a Unix socket, for instance
		return netip.Addr{}, true
	}
	if a.addresses.Take(owner, a.config.MaxSocketsPerAddress) {
		return owner, true
	}
	if n := a.refusals.Add(1); n&(n-1) == 0 { // the 1st, 2nd, 4th, … so that a flood doesn't fill the log
		a.config.Logger.Warn("liveview: socket refused: its address has as many open as Config.MaxSocketsPerAddress allows",
			"address", owner.String(), "allowed", a.config.MaxSocketsPerAddress, "refused so far", n)
	}
	c.Header("Retry-After", "5")
	c.String(http.StatusTooManyRequests, "liveview: too many sockets are open from this address")
	return netip.Addr{}, false
}

func (a *admission) release(owner netip.Addr) {
	if owner.IsValid() {
		a.addresses.Release(owner)
	}
}

// believesAnybody reports whether c's engine takes what a request claims its
// client to be for true, whoever sent it. Gin doesn't tell its setting, so it is
// asked for the client of a request that comes, with such a claim, from an
// address that is nobody's (RFC 5737).
func believesAnybody(c *gin.Context) bool {
	const nobody, claimed = "203.0.113.1", "198.51.100.1"
	asked := c.Copy()
	asked.Request = &http.Request{
		RemoteAddr: nobody + ":1",
		Header:     http.Header{"X-Forwarded-For": {claimed}, "X-Real-Ip": {claimed}},
	}
	return asked.ClientIP() == claimed
}
