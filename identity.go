package liveview

import (
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview/pubsub"
)

const (
	userKey  = "github.com/gin-liveview/liveview.user"
	renewKey = "github.com/gin-liveview/liveview.renewed"
)

// maxIdentity is the longest id of a user, in bytes; it is signed into each of
// the user's pages.
const maxIdentity = 255

// Identify says who the user of a request is. The application's own
// authentication middleware calls it, with whatever tells users apart (the
// primary key, as text, of 1 to 255 bytes), once it knows that the user is
// logged in:
//
//	liveview.Identify(c, user.ID)
//
// Pages are then bound to that user: one that was rendered for a user is joined
// by this user or loaded anew, and [Disconnect] finds it.
func Identify(c *gin.Context, user string) {
	if user == "" || len(user) > maxIdentity {
		misuse("Identify wants an id of 1 to %d bytes, not %d", maxIdentity, len(user))
	}
	c.Set(userKey, user)
	if v := visitOf(c.Request); v != nil {
		v.channel.transport.serves(user)
	}
}

func userOf(c *gin.Context) string { return c.GetString(userKey) }

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
	e := endpointOf(c)
	if e == nil {
		misuse("Renew is called on a route that liveview.Middleware doesn't run before")
	}
	if old := browserOf(c.Request); old != "" {
		c.Set(renewKey, old)
	}
	setBrowser(c)
}

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
		return DefaultPubSub.Publish(disconnectTopic, d)
	case 1:
		return via[0].Publish(disconnectTopic, d)
	default:
		misuse("Disconnect takes one PubSub, not %d", len(via))
		return nil
	}
}

// hearDisconnects has the endpoint close sockets when told to. It is called
// with each socket, as an endpoint without any needn't listen, and subscribes
// once.
func (e *endpoint) hearDisconnects() {
	e.hearing.Do(func() {
		_, err := e.config.PubSub.Subscribe(disconnectTopic, func(info any) {
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

// disconnect ends the channels of all sockets that d is about, and then closes
// these. When it returns, no channel begins another callback but Shutdown.
func (e *endpoint) disconnect(d disconnect) {
	e.ended.add(d, time.Now())
	e.mu.Lock()
	var gone []*transport
	for t := range e.transports {
		if t.isOf(d) {
			gone = append(gone, t)
		}
	}
	e.mu.Unlock()
	for _, t := range gone {
		t.endChannels(ending{cause: endTransport}, true)
	}
	for _, t := range gone {
		// Going away, upon which the client connects again; in a goroutine, as
		// a browser that doesn't read would hold up the others.
		go t.close(websocket.CloseGoingAway, "disconnected")
	}
}

// isOf reports whether d is about t.
func (t *transport) isOf(d disconnect) bool {
	if d.Browser != "" && d.Browser == t.browser {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, user := range t.users {
		if d.User != "" && user == d.User {
			return true
		}
	}
	return false
}

// serves notes that a request of t's was one of user's.
func (t *transport) serves(user string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, known := range t.users {
		if known == user {
			return
		}
	}
	t.users = append(t.users, user)
}
