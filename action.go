package liveview

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
)

// An action is the way for a live event to write what only an HTTP response
// can: the session, a cookie. The view sends the browser to the action's route
// with a token that is sealed, bound to this browser and good for one use
// within a minute; the handler does its work and the browser goes on to a page.

// HandleAction registers a handler for [Socket.RedirectAction] at path of r,
// with r's middleware as for any other route:
//
//	liveview.HandleAction(r, "/login/done", func(c *gin.Context, userID string) error {
//		session := sessions.Default(c)
//		session.Set("user", userID)
//		liveview.Renew(c)
//		return session.Save()
//	})
//
// value is what the view gave to RedirectAction. If the handler returns an
// error, the visitor sees status 500 and the error goes to c.Errors; if it
// writes no response itself, the browser is sent on to where the view said. A
// request without a good token gets status 403 and never reaches the handler.
func HandleAction(r gin.IRoutes, path string, handler func(c *gin.Context, value string) error) gin.IRoutes {
	return r.GET(path, func(c *gin.Context) { serveAction(c, handler) })
}

func serveAction(c *gin.Context, handler func(c *gin.Context, value string) error) {
	e := endpointOf(c)
	if e == nil {
		misuse("HandleAction's route %s has no liveview.Middleware before it", c.FullPath())
	}
	c.Header("Cache-Control", "no-store")
	c.Header("Referrer-Policy", "no-referrer")
	value, next, err := e.takeAction(c)
	if err != nil {
		c.Abort()
		c.String(http.StatusForbidden, "this link has been used, or is too old")
		return
	}
	if err := handler(c, value); err != nil {
		err = fmt.Errorf("liveview: action at %s: %w", c.FullPath(), err)
		_ = c.Error(err)
		e.config.Logger.Error("liveview: action failed", "err", err)
		c.Abort()
		if !c.Writer.Written() {
			c.String(http.StatusInternalServerError, http.StatusText(http.StatusInternalServerError))
		}
		return
	}
	if !answered(c) {
		c.Redirect(http.StatusSeeOther, next)
	}
}

// RedirectAction has the browser go through the action at path, which
// [HandleAction] registered, and on to next, once the callback has returned.
// value reaches the handler unread and unchanged by the visitor; it may have up
// to 2,048 bytes. path and next are paths of this host, as for
// [Socket.PushPatch], whose errors it returns.
func (s *Socket[C]) RedirectAction(path, value, next string) error {
	if s.channel == nil {
		return fmt.Errorf("liveview: RedirectAction(%q): %w", path, ErrNotConnected)
	}
	to, err := localTarget(path)
	if err != nil {
		return fmt.Errorf("liveview: RedirectAction(%q): %w", path, err)
	}
	if _, err := localTarget(next); err != nil {
		return fmt.Errorf("liveview: RedirectAction to %q: %w", next, err)
	}
	if len(value) > maxActionValue {
		return fmt.Errorf("liveview: RedirectAction(%q): value has %d bytes, the limit is %d", path, len(value), maxActionValue)
	}
	token := s.endpoint.signer.sign(purposeAction, joinFields(randomID(), s.channel.transport.browser, to.Path, next, value))
	addQuery(to, url.Values{actionParam: {token}})
	return s.ask(move{kind: moveHTTP, to: to})
}

const (
	actionParam    = "_action"
	maxActionValue = 2048
)

var errAction = errors.New("liveview: not a good action token")

// takeAction returns what the request's token says, and uses it up.
func (e *endpoint) takeAction(c *gin.Context) (value, next string, err error) {
	token, err := e.signer.verify(purposeAction, c.Query(actionParam))
	if err != nil {
		return "", "", err
	}
	f, ok := splitFields(token, 5)
	if !ok {
		return "", "", errAction
	}
	id, browser, path, next, value := f[0], f[1], f[2], f[3], f[4]
	if browser == "" || browser != browserOf(c.Request) || e.ended.browser(browser) || path != c.Request.URL.Path || !e.used.take(id, time.Now()) {
		return "", "", errAction
	}
	return value, next, nil
}

// usedOnce remembers the ids of one-use tokens until these are too old anyhow.
type usedOnce struct {
	mu   sync.Mutex // guards seen
	seen map[string]time.Time
}

// take reports whether id is used for the first time.
func (u *usedOnce) take(id string, now time.Time) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	for old, at := range u.seen {
		if now.Sub(at) > 2*shortTokenAge {
			delete(u.seen, old)
		}
	}
	if _, used := u.seen[id]; used {
		return false
	}
	if u.seen == nil {
		u.seen = make(map[string]time.Time)
	}
	u.seen[id] = now
	return true
}
