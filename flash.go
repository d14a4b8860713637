package liveview

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

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

// FlashMessage is one message of a flash, as templates see it.
type FlashMessage struct{ Kind, Text string }

// flash is a view's.
type flash struct {
	shown map[string]string
	put   map[string]string // by the callback that runs: what a move takes along
}

func (f *flash) set(kind, text string) {
	if f.shown == nil {
		f.shown = make(map[string]string, 1)
	}
	if f.put == nil {
		f.put = make(map[string]string, 1)
	}
	f.shown[kind], f.put[kind] = text, text
}

// add takes in what middleware put on the way to the view.
func (f *flash) add(messages map[string]string) {
	for kind, text := range messages {
		f.set(kind, text)
	}
}

// clear removes the messages of those kinds, of all if there are none, and
// reports whether there were any.
func (f *flash) clear(kinds ...string) bool {
	before := len(f.shown)
	if len(kinds) == 0 {
		f.shown, f.put = nil, nil
	}
	for _, kind := range kinds {
		delete(f.shown, kind)
		delete(f.put, kind)
	}
	return len(f.shown) < before
}

// keepPut is what a patch by the server does: of the old page's messages none
// stays.
func (f *flash) keepPut() { f.shown = maps.Clone(f.put) }

// PutFlash shows text on the page from the next render on, as the message of
// that kind, such as "info" or "error"; templates read it with flash. It goes
// along if the same callback moves the page elsewhere, by [Socket.PushPatch],
// [Socket.PushRedirect] or [Socket.Redirect].
func (s *Socket[C]) PutFlash(kind, text string) {
	s.flash.set(kind, text)
	s.dirty = true
}

// ClearFlash takes the messages of those kinds off the page, all of them if
// none is named. A page does it by itself with phx-click="lv:clear-flash" and
// phx-value-key.
func (s *Socket[C]) ClearFlash(kinds ...string) {
	if s.flash.clear(kinds...) {
		s.dirty = true
	}
}

// flashKey is where the gin session keeps a flash, as JSON, which all stores
// can hold.
const flashKey = "_liveview_flash"

// flashCookie is the one in which the client keeps the flash of a redirect
// that loads a page (phoenix_live_view/assets/js/phoenix_live_view/browser.ts).
const flashCookie = "__phoenix_flash__"

// maxFlashBytes is the most that a flash may take on its way in a cookie, of
// which browsers keep 4,096 bytes once it is signed and encoded.
const maxFlashBytes = 2 << 10

var errNoSessions = errors.New("liveview: no sessions middleware runs before this route, and without one a flash has nowhere to be kept: " +
	`add r.Use(sessions.Sessions("app", store)) of github.com/gin-contrib/sessions before liveview.Middleware()`)

// PutFlash has a plain Gin handler or middleware leave a message for the next
// page, live or not, usually just before c.Redirect:
//
//	liveview.PutFlash(c, "info", "Welcome back")
//	c.Redirect(http.StatusSeeOther, "/account")
//
// It is kept in the gin session, so it must run before the response is
// written. It returns an error if no sessions middleware ran, or the store's.
func PutFlash(c *gin.Context, kind, text string) error {
	if v := visitOf(c.Request); v != nil {
		// There is no response to set a cookie with; the visit's answer takes it.
		v.flash.set(kind, text)
		return nil
	}
	session := ginSession(c)
	if session == nil {
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

// pendingFlash returns what was left for the page that c asks for: in the
// session by HTTP, and by the client in its cookie.
func pendingFlash(c *gin.Context) map[string]string {
	var messages map[string]string
	if session := ginSession(c); session != nil {
		messages = sessionFlash(session)
	}
	if e := endpointOf(c); e != nil {
		if cookie, err := c.Request.Cookie(flashCookie); err == nil {
			fromCookie := e.verifyFlash(browserOf(c.Request), cookie.Value)
			if messages == nil {
				return fromCookie
			}
			maps.Copy(messages, fromCookie)
		}
	}
	return messages
}

// forgetFlash is for the page that shows what pendingFlash returned.
func forgetFlash(c *gin.Context) {
	if session := ginSession(c); session != nil && session.Get(flashKey) != nil {
		session.Delete(flashKey)
		if err := session.Save(); err != nil {
			_ = c.Error(fmt.Errorf("liveview: forgetting the flash: %w", err))
		}
	}
	if _, err := c.Request.Cookie(flashCookie); err == nil {
		http.SetCookie(c.Writer, &http.Cookie{Name: flashCookie, Path: "/", MaxAge: -1, SameSite: http.SameSiteLaxMode})
	}
}

// ginSession is sessions.Default without its panic, nil if there is none.
// Where an application runs several sessions (sessions.SessionsMany), the first
// by name would be a guess.
func ginSession(c *gin.Context) sessions.Session {
	v, _ := c.Get(sessions.DefaultKey)
	session, _ := v.(sessions.Session)
	return session
}

func sessionFlash(session sessions.Session) map[string]string {
	text, _ := session.Get(flashKey).(string)
	return parseFlash(text)
}

// parseFlash reads a flash in JSON; nil for anything else.
func parseFlash(text string) map[string]string {
	var messages map[string]string
	if text == "" || json.Unmarshal([]byte(text), &messages) != nil {
		return nil
	}
	return messages
}

// signFlash returns the token that takes messages to another page of the same
// browser within a minute, "" for none.
func (e *endpoint) signFlash(browser string, messages map[string]string) string {
	if len(messages) == 0 {
		return ""
	}
	b, _ := json.Marshal(messages) // strings can't fail
	if len(b) > maxFlashBytes {
		e.config.Logger.Warn("liveview: a flash is too long to travel with a redirect and was dropped; keep such texts in the state",
			"bytes", len(b), "limit", maxFlashBytes)
		return ""
	}
	return e.signer.sign(purposeFlash, joinFields(browser, string(b)))
}

// verifyFlash returns what signFlash signed for that browser. A bad token is
// an empty flash, as a late one is (phoenix_live_view/lib/phoenix_live_view/utils.ex,
// verify_flash).
func (e *endpoint) verifyFlash(browser, token string) map[string]string {
	if token == "" || browser == "" {
		return nil
	}
	value, err := e.signer.verify(purposeFlash, token)
	if err != nil {
		return nil
	}
	fields, ok := splitFields(value, 2)
	if !ok || fields[0] != browser {
		return nil
	}
	return parseFlash(fields[1])
}

// signStatic returns data-phx-static: the flash that the HTTP render showed,
// for the view's first join to show it as well; "" for none.
func (e *endpoint) signStatic(viewID string, messages map[string]string) string {
	if len(messages) == 0 {
		return ""
	}
	b, _ := json.Marshal(messages) // strings can't fail
	if len(b) > maxTokenBytes/2 {
		return ""
	}
	return e.signer.sign(purposeStatic, joinFields(viewID, string(b)))
}

func (e *endpoint) verifyStatic(viewID, token string) map[string]string {
	if token == "" {
		return nil
	}
	value, err := e.signer.verify(purposeStatic, token)
	if err != nil {
		return nil
	}
	fields, ok := splitFields(value, 2)
	if !ok || fields[0] != viewID {
		return nil
	}
	return parseFlash(fields[1])
}

// Flash returns the flash's message of that kind, "" for none.
func (m *Meta) Flash(kind string) string { return m.socket.flash.shown[kind] }

// Flashes returns all messages of the flash, in the order of their kinds.
func (m *Meta) Flashes() []FlashMessage {
	shown := m.socket.flash.shown
	if len(shown) == 0 {
		return nil
	}
	messages := make([]FlashMessage, 0, len(shown))
	for _, kind := range slices.Sorted(maps.Keys(shown)) {
		messages = append(messages, FlashMessage{kind, shown[kind]})
	}
	return messages
}
