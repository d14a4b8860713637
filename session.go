package liveview

import (
	"errors"
	"fmt"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
)

// sessionKey is where the Gin session keeps the browser's identity: a random
// string that binds pages, CSRF tokens and sockets to this browser.
const sessionKey = "_liveview"

var errNoSessions = errors.New("no sessions middleware runs before this route: add " +
	`r.Use(sessions.Sessions("app", store)) of github.com/gin-contrib/sessions before liveview.Middleware()`)

// browserSession returns the identity of the browser that sent c, "" if it
// has none yet.
func browserSession(c *gin.Context) (string, error) {
	session, err := ginSession(c)
	if err != nil {
		return "", err
	}
	id, _ := session.Get(sessionKey).(string)
	return id, nil
}

// ensureBrowserSession is browserSession for a page about to be rendered: it
// gives the browser an identity if it has none. It must run before the
// response is written, as it sets a cookie.
func ensureBrowserSession(c *gin.Context) (string, error) {
	session, err := ginSession(c)
	if err != nil {
		return "", err
	}
	if id, _ := session.Get(sessionKey).(string); id != "" {
		return id, nil
	}
	id := randomID()
	session.Set(sessionKey, id)
	if err := session.Save(); err != nil {
		return "", fmt.Errorf("saving the browser's session: %w", err)
	}
	return id, nil
}

// ginSession is sessions.Default without its panic. Where an application runs
// several sessions (sessions.SessionsMany), the first by name would be a
// guess, so that set-up is refused with the same sentence.
func ginSession(c *gin.Context) (sessions.Session, error) {
	if v, ok := c.Get(sessions.DefaultKey); ok {
		if session, ok := v.(sessions.Session); ok {
			return session, nil
		}
	}
	return nil, errNoSessions
}
