package liveview

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/sign"
	"github.com/gin-liveview/liveview/internal/target"
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
//		return errors.Join(session.Save(), lv.Renew(c))
//	})
//
// value is what the view gave to RedirectAction. If the handler returns an
// error, the visitor sees status 500 and the error goes to c.Errors; if it
// writes no response itself, the browser is sent on to where the view said. A
// request without a good token gets status 403 and never reaches the handler.
// It panics on a nil handler, or if no [Middleware] runs before the route, as [Handle]
// does.
func HandleAction(r gin.IRoutes, path string, handler func(c *gin.Context, value string) error) gin.IRoutes {
	if handler == nil {
		misuse("HandleAction wants a handler for %s, not nil", path)
	}
	wantMiddleware(r, path, "the route of an action")
	return r.GET(path, func(c *gin.Context) { serveAction(c, handler) })
}

func serveAction(c *gin.Context, handler func(c *gin.Context, value string) error) {
	a := appOf(c)
	if a == nil {
		answerMisuse(c, fmt.Errorf("liveview: HandleAction's route %s has no liveview.Middleware before it: "+
			"add r.Use(liveview.Middleware()) before liveview.HandleAction", c.FullPath()))
		return
	}
	c.Header("Cache-Control", "no-store")
	c.Header("Referrer-Policy", "no-referrer")
	value, next, err := a.takeAction(c)
	if err != nil {
		c.Abort()
		c.String(http.StatusForbidden, "this link has been used, or is too old")
		return
	}
	status := c.Writer.Status()
	if err := guard("action at "+c.FullPath(), func() error { return handler(c, value) }); err != nil {
		err = fmt.Errorf("liveview: %w", err)
		recordError(c, err)
		a.config.Logger.Error("liveview: action failed", append(errAttrs(err), "route", c.FullPath())...)
		c.Abort()
		if !c.Writer.Written() {
			c.String(http.StatusInternalServerError, http.StatusText(http.StatusInternalServerError))
		}
		return
	}
	if !answered(c) && c.Writer.Status() == status {
		c.Redirect(http.StatusSeeOther, next)
	}
}

// RedirectAction has the browser go through the action at path, which
// [HandleAction] registered, and on to next, once the callback has returned.
// value reaches the handler unread and unchanged by the visitor. path and next are
// paths of this host, as for [Socket.PushPatch], whose errors it returns. Each of
// the three may have up to 2,048 bytes. During the HTTP render it returns
// [ErrNotConnected], unless that is for a form that was posted: a handler of a page load
// can write the session itself.
func (s *Socket[C]) RedirectAction(path, value, next string) error {
	s.page.onlyInCallbacks("RedirectAction")
	if s.page.mailbox == nil && s.page.posting == nil {
		return fmt.Errorf("liveview: RedirectAction(%q): %w", path, ErrNotConnected)
	}
	to, err := target.Local(path)
	if err != nil {
		return fmt.Errorf("liveview: RedirectAction(%q): %w", path, err)
	}
	if _, err := target.Local(next); err != nil {
		return fmt.Errorf("liveview: RedirectAction to %q: %w", next, err)
	}
	for _, part := range []struct{ name, text string }{{"value", value}, {"path", path}, {"next", next}} {
		if len(part.text) > maxActionValue {
			return fmt.Errorf("liveview: RedirectAction(%.100q): %s has %d bytes, the limit is %d", path, part.name, len(part.text), maxActionValue)
		}
	}
	token := s.page.app.signer.Sign(sign.Action, sign.NewID(), s.page.browser, to.Path, next, value)
	target.SetQuery(to, url.Values{actionParam: {token}})
	return s.page.ask(move{kind: moveHTTP, to: to})
}

const (
	actionParam    = "_action"
	maxActionValue = 2048 // and of path and next, in bytes
)

// takeAction returns what the request's token says, and uses it up.
func (a *app) takeAction(c *gin.Context) (value, next string, err error) {
	f, err := a.signer.Verify(sign.Action, c.Query(actionParam), 5)
	if err != nil {
		return "", "", err
	}
	id, browser, path, next, value := f[0], f[1], f[2], f[3], f[4]
	if browser == "" || browser != browserOf(c.Request) || a.revoked.Browser(browser) || path != a.config.BasePath+c.Request.URL.Path || !a.used.Take(id, time.Now()) {
		return "", "", sign.ErrToken
	}
	return value, next, nil
}
