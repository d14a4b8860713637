package liveview

import (
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/wire"
	"github.com/gin-liveview/liveview/pubsub"
)

// Disconnect closes all sockets of a user, by the id given to [Identify]: after
// a log-out, when rights have changed, when an account is closed. Once it
// returns no further event of these sockets is taken in; a callback that is at
// work may still end. The pages connect again at once, and what they then may
// see is decided by their routes' middleware: so end the session first, then
// call Disconnect.
//
// It reaches every process over via, [DefaultPubSub] if none is given, and
// returns its error. Give the one of [Config].PubSub where you have set it.
func Disconnect(user string, via ...PubSub) error {
	return publishDisconnect(disconnect{User: user}, via)
}

// Renew gives the browser that sent c a new identity, and closes the sockets
// of its old one once the request is answered. Call it where the user changes,
// in the handlers for log-in and log-out: whoever knew the browser's identity
// before, knows nothing of it any more, and what other tabs still show of the
// former user is loaded anew. It must run before the response is written.
func Renew(c *gin.Context) {
	if appOf(c) == nil {
		misuse("Renew is called on a route that liveview.Middleware doesn't run before")
	}
	if old := browserOf(c.Request); old != "" {
		c.Set(renewedKey, old)
	}
	setBrowser(c)
}

// renewedKey is where Renew leaves the browser's old identity for Middleware.
const renewedKey = "github.com/gin-liveview/liveview.renewed"

// disconnectTopic carries disconnect infos to all processes.
const disconnectTopic = "liveview:disconnect"

func init() { pubsub.Register[disconnect]("liveview.disconnect") }

// disconnect asks every process to close sockets.
type disconnect struct {
	User    string // of this user
	Browser string // or of this browser, whose identity is good for nothing from now on
}

func publishDisconnect(d disconnect, via []PubSub) error {
	switch len(via) {
	case 0:
		return publish(DefaultPubSub, disconnectTopic, d)
	case 1:
		return publish(via[0], disconnectTopic, d)
	default:
		misuse("Disconnect takes one PubSub, not %d", len(via))
		return nil
	}
}

// hearDisconnects has the endpoint close sockets when told to. It is called
// with each socket, as an endpoint without any needn't listen, and subscribes
// once.
func (e *endpoint) hearDisconnects() {
	e.subscribed.Do(func() {
		_, err := subscribe(e.config.PubSub, disconnectTopic, func(info any) {
			switch info := info.(type) {
			case disconnect:
				e.disconnect(info)
			case Missed:
				// Nobody knows whom it was about: every open page is asked
				// again before it acts.
				e.recheckAll.Store(time.Now().UnixNano())
			}
		})
		if err != nil {
			e.config.Logger.Error("liveview: Disconnect and Renew don't reach this process", "err", err)
		}
	})
}

// disconnect ends the views of all sockets that d is about, and then closes
// these. When it returns, no view begins another callback but Shutdown.
func (e *endpoint) disconnect(d disconnect) {
	if d.User != "" {
		e.revoked.AddUser(d.User, time.Now())
	}
	if d.Browser != "" {
		e.revoked.AddBrowser(d.Browser)
	}
	gone := e.socketsOf(d.User, d.Browser)
	for _, s := range gone {
		s.endViews()
	}
	for _, s := range gone {
		// The client connects again. It is in a goroutine, which ends after a
		// second at most, as a browser that doesn't read would hold up the others.
		go s.close(wire.CloseGoingAway, "disconnected")
	}
}
