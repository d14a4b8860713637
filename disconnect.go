package liveview

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/clock"
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
// It goes over [Config].PubSub, returns its error, and reaches every process that
// shares it. An empty id is an error, as it is nobody's.
func (lv *App) Disconnect(user string) error {
	switch {
	case lv == nil:
		return errNoApp
	case user == "":
		return errors.New("liveview: Disconnect wants the id of a user, as given to Identify")
	}
	return lv.publishDisconnect(disconnect{User: user})
}

// Renew gives the browser that sent c a new identity, and closes the sockets
// of its old one once the request is answered. Call it where the user changes,
// in the handlers for log-in and log-out: whoever knew the browser's identity
// before, knows nothing of it any more, and what other tabs still show of the
// former user is loaded anew.
//
// It returns an error, and does nothing, where no cookie can be set: once the
// response has been written, and in the join, patch or recheck of a live page,
// which have none. There send the browser through a [HandleAction]. It is an error
// as well on a route that the App's Middleware doesn't run before.
func (lv *App) Renew(c *gin.Context) error {
	switch {
	case lv == nil:
		return errNoApp
	case appOf(c) != lv.app:
		return fmt.Errorf("liveview: Renew is called at %q, which the App's Middleware doesn't run before: add r.Use(lv.Middleware()) "+
			"before the route, or call liveview.AppOf(c).Renew(c) if another App's does", c.FullPath())
	case visitOf(c.Request) != nil:
		return errors.New("liveview: Renew is called for a live page, whose answer sets no cookie; call it in the handler of a page load, or in one of HandleAction")
	case c.Writer.Written():
		return errors.New("liveview: Renew is called after the response was written, so its cookie can't be set")
	}
	if old := browserOf(c.Request); old != "" {
		c.Set(renewedKey, old)
	}
	setBrowser(c)
	return nil
}

// renewedKey is where Renew leaves the browser's old identity for Middleware.
const renewedKey = "github.com/gin-liveview/liveview.renewed"

// disconnectTopic carries disconnect infos to all processes.
const disconnectTopic = ownTopics + "disconnect"

func init() { pubsub.Register[disconnect]("liveview.disconnect") }

// disconnect asks every process to close sockets.
type disconnect struct {
	User    string // of this user
	Browser string // or of this browser, whose identity is good for nothing from now on
}

func (a *app) publishDisconnect(d disconnect) error {
	return publish(a.config.PubSub, disconnectTopic, d)
}

// Pauses before the endpoint tries again to subscribe: the first, and the
// longest, to which it doubles.
const (
	hearAgainAfter    = time.Second
	hearAgainAtLatest = time.Minute
)

// untilRecheck is what a process can do that hears of no log-out elsewhere.
const untilRecheck = ", as Config.PubSub takes no subscription; Config.Recheck notices later who may not be there any more"

// hearDisconnects has the endpoint close sockets when told to, from now on. It
// is called before the first page is served: what it would miss, an identity that
// was given up, for instance, could be used here.
//
// If it can't subscribe it tries again by a timer, which the endpoint owns and
// which ends when it could, or its PubSub has been closed. pause is the one before
// this attempt, 0 for the first.
func (e *endpoint) hearDisconnects(pause time.Duration) {
	_, err := subscribe(e.config.PubSub, disconnectTopic, func(info any) {
		switch info := info.(type) {
		case disconnect:
			e.disconnect(info)
		case Missed:
			e.tell(context.Background(), Note{Kind: NoteMissed, Name: disconnectTopic})
			e.recheckAllPages()
		}
	})
	switch {
	case err == nil && pause == 0:
	case err == nil:
		e.recheckAllPages() // as something may have been missed
		e.config.Logger.Info("liveview: Disconnect and Renew reach this process again")
	case errors.Is(err, pubsub.ErrClosed):
		e.config.Logger.Error("liveview: Disconnect and Renew don't reach this process"+untilRecheck, "err", err)
	default:
		pause = min(max(2*pause, hearAgainAfter), hearAgainAtLatest)
		e.config.Logger.Error("liveview: Disconnect and Renew don't reach this process"+untilRecheck, "err", err, "again", pause)
		time.AfterFunc(pause, func() { e.hearDisconnects(pause) })
	}
}

// recheckAllPages has every open page asked about before it does anything more,
// as a disconnect may have been missed and nobody knows whose.
func (e *endpoint) recheckAllPages() { e.recheckAll.Store(int64(clock.Now())) }

// disconnect ends the views of all sockets that d is about, and then closes
// these. When it returns, no view begins another callback but Shutdown.
func (e *endpoint) disconnect(d disconnect) {
	if d.User != "" {
		e.revoked.AddUser(d.User, time.Now())
		e.saver.disconnected(d.User, time.Now(), e.config.StoreTime)
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
