package liveview

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
)

// A flash is a set of short messages by kind ("info", "error"), shown on the
// next page and then gone. How it gets there depends on the way the page goes:
//
//	plain Gin handler → page      in the gin session
//	HTTP render → its live join   signed, in data-phx-static
//	live view → live view         signed, in the redirect and the next join
//	live view → page load         signed, in a cookie that the client writes
//
// A cookie-backed session can't be written over a WebSocket, as there is no
// response to set a cookie with; hence the last three.

// PutFlash shows text on the page from the next render on, as the message of
// that kind, such as "info" or "error"; templates read it with flash. It goes
// along if the same callback moves the page elsewhere, by [Socket.PushPatch],
// [Socket.PushRedirect] or [Socket.Redirect]. During the HTTP render such a move
// is a redirect, with the flash in the gin session: without sessions middleware
// the page then fails, and the log says so.
func (s *Socket[C]) PutFlash(kind, text string) {
	s.onlyInCallbacks("PutFlash")
	s.flash.set(kind, text)
	s.dirty = true
}

// ClearFlash takes the messages of those kinds off the page, all of them if
// none is named. A page does it by itself with phx-click="lv:clear-flash" and
// phx-value-key.
func (s *Socket[C]) ClearFlash(kinds ...string) {
	s.onlyInCallbacks("ClearFlash")
	if s.flash.clear(kinds...) {
		s.dirty = true
	}
}

var errNoSessions = errors.New("liveview: no sessions middleware runs before this route, and without one a flash has nowhere to be kept: " +
	`add r.Use(sessions.Sessions("app", store)) of github.com/gin-contrib/sessions before liveview.Middleware()`)

var errManySessions = errors.New("liveview: sessions.SessionsMany runs before this route, and a flash is kept in the session of the name " +
	flashSession + ", which isn't among them: " + `sessions.SessionsMany([]string{"user", "` + flashSession + `"}, store)`)

// PutFlash has a plain Gin handler or middleware leave a message for the next
// page, live or not, usually just before c.Redirect:
//
//	liveview.PutFlash(c, "info", "Welcome back")
//	c.Redirect(http.StatusSeeOther, "/account")
//
// It is kept in the gin session, so it must run before the response is
// written. It returns an error if no sessions middleware ran, or the store's.
func PutFlash(c *gin.Context, kind, text string) error {
	if f := flashOf(c.Request.Context()); f != nil {
		// There is no response to set a cookie with; the visit's answer takes it.
		f.putFlash(kind, text)
		return nil
	}
	session := ginSession(c)
	if session == nil {
		if v, _ := c.Get(sessions.DefaultKey); v != nil {
			return errManySessions
		}
		return errNoSessions
	}
	messages := sessionFlash(session)
	if messages == nil {
		messages = make(map[string]string, 1)
	}
	messages[kind] = text
	b, _ := json.Marshal(messages) // strings can't fail
	session.Set(flashKey, string(b))
	if err := session.Save(); err != nil {
		return fmt.Errorf("liveview: keeping the flash: %w", err)
	}
	return nil
}

// Flash returns the messages that were left for this page, by kind, and
// forgets them: for plain Gin handlers that show them. Live pages do it by
// themselves. It must run before the response is written.
func Flash(c *gin.Context) map[string]string {
	messages := pendingFlash(c)
	forgetFlash(c)
	return messages
}
