package liveview

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/sign"
	"github.com/gin-liveview/liveview/protocol"
)

// flashKey is where the gin session keeps a flash, as JSON, which all stores
// can hold.
const flashKey = "_liveview_flash"

// flashCookie is the one in which the client keeps the flash of a redirect
// that loads a page (phoenix_live_view/assets/js/phoenix_live_view/browser.ts).
const flashCookie = "__phoenix_flash__"

// maxFlashBytes is the most that a flash may take on its way in a cookie, of
// which browsers keep 4,096 bytes once it is signed and encoded.
const maxFlashBytes = 2 << 10

// travellingFlash is where the request of a visit carries what its middleware
// may put messages into; see flashOf.
type travellingFlash struct{}

// flashTaker takes the messages of a visit's middleware.
type flashTaker interface{ putFlash(kind, text string) }

// flashOf returns what takes the flash of the visit that ctx is of, nil for a
// request that came by HTTP.
func flashOf(ctx context.Context) flashTaker {
	f, _ := ctx.Value(travellingFlash{}).(flashTaker)
	return f
}

// pendingFlash returns what was left for the page that c asks for: in the
// session by HTTP, and by the client in its cookie.
func pendingFlash(c *gin.Context) []FlashMessage {
	var messages []FlashMessage
	if session := ginSession(c); session != nil {
		messages = sessionFlash(session)
	}
	if a := appOf(c); a != nil {
		if cookie, err := c.Request.Cookie(flashCookie); err == nil {
			for _, m := range a.verifyFlash(browserOf(c.Request), cookie.Value) {
				messages = addMessage(messages, m.Kind, m.Text)
			}
		}
	}
	return messages
}

var errNoSessions = errors.New("liveview: no sessions middleware runs before this route, and without one a flash has nowhere to be kept: " +
	`add r.Use(sessions.Sessions("app", store)) of github.com/gin-contrib/sessions before liveview.Middleware()`)

var errManySessions = errors.New("liveview: sessions.SessionsMany runs before this route, and a flash is kept in the session of the name " +
	flashSession + ", which isn't among them: " + `sessions.SessionsMany([]string{"user", "` + flashSession + `"}, store)`)

// keepFlash changes the messages that are kept in the gin session.
func keepFlash(c *gin.Context, change func([]FlashMessage) []FlashMessage) error {
	session := ginSession(c)
	if session == nil {
		if v, _ := c.Get(sessions.DefaultKey); v != nil {
			return errManySessions
		}
		return errNoSessions
	}
	messages := change(sessionFlash(session))
	text := flashText(messages)
	// One alone may be as long as the store takes it.
	for len(text) > maxFlashBytes && len(messages) > 1 {
		messages = messages[1:]
		text = flashText(messages)
		loggerOf(c).Warn("liveview: more messages are put into the flash than fit, and no page shows them; the oldest was dropped", "limit", maxFlashBytes)
	}
	before := session.Get(flashKey)
	session.Set(flashKey, text)
	if err := session.Save(); err != nil {
		// What the handler saves next mustn't fail of it.
		if session.Delete(flashKey); before != nil {
			session.Set(flashKey, before)
		}
		return fmt.Errorf("liveview: keeping the flash: %w", err)
	}
	return nil
}

// flashText is what parseFlash reads.
func flashText(messages []FlashMessage) string {
	pairs := make([][2]string, len(messages))
	for i, m := range messages {
		pairs[i] = [2]string{m.Kind, m.Text}
	}
	b, _ := json.Marshal(pairs) // strings can't fail
	return string(b)
}

// forgetFlash is for the page that shows what pendingFlash returned.
func forgetFlash(c *gin.Context) {
	if session := ginSession(c); session != nil && session.Get(flashKey) != nil {
		session.Delete(flashKey)
		if err := session.Save(); err != nil {
			_ = c.Error(fmt.Errorf("liveview: forgetting the flash: %w", err))
		}
	}
	forgetFlashCookie(c)
}

func forgetFlashCookie(c *gin.Context) {
	if _, err := c.Request.Cookie(flashCookie); err == nil {
		http.SetCookie(c.Writer, &http.Cookie{Name: flashCookie, Path: "/", MaxAge: -1, SameSite: http.SameSiteLaxMode})
	}
}

// flashSession is the name of the session that a flash is kept in where an
// application runs several (sessions.SessionsMany).
const flashSession = "flash"

// ginSession is sessions.Default without its panic, nil if there is none.
func ginSession(c *gin.Context) sessions.Session {
	v, _ := c.Get(sessions.DefaultKey)
	switch v := v.(type) {
	case sessions.Session:
		return v
	case map[string]sessions.Session:
		return v[flashSession]
	}
	return nil
}

func sessionFlash(session sessions.Session) []FlashMessage {
	text, _ := session.Get(flashKey).(string)
	return parseFlash(text)
}

// parseFlash reads a flash in JSON; nil for anything else.
func parseFlash(text string) []FlashMessage {
	var pairs [][2]string
	if text == "" || json.Unmarshal([]byte(text), &pairs) != nil {
		return nil
	}
	var messages []FlashMessage
	for _, pair := range pairs {
		messages = append(messages, FlashMessage{pair[0], pair[1]})
	}
	return messages
}

// flashFor returns the signed flash that goes along with m, "" for none.
func (a *app) flashFor(m *move, browser string, put []FlashMessage) string {
	if m.kind == moveExternal {
		return "" // another site has no use for it
	}
	return a.signFlash(browser, put)
}

// keepFlashCookie leaves the flash that goes along with m where the official client leaves
// it for the next page load. It needs no session.
func (a *app) keepFlashCookie(c *gin.Context, browser string, m *move, put []FlashMessage) {
	if token := a.flashFor(m, browser, put); token != "" {
		http.SetCookie(c.Writer, &http.Cookie{Name: flashCookie, Value: token, Path: "/", MaxAge: int(sign.MoveAge.Seconds()), HttpOnly: true, SameSite: http.SameSiteLaxMode})
	}
}

// signFlash returns the token that takes messages to another page of the same
// browser within a minute, "" for none.
func (a *app) signFlash(browser string, messages []FlashMessage) string {
	messages, text := a.fitFlash(messages, maxFlashBytes)
	if len(messages) == 0 {
		return ""
	}
	return a.signer.Sign(sign.Flash, browser, text)
}

// fitFlash returns those of the messages that have room in so many bytes, and their
// text, and tells the operator of the others.
func (a *app) fitFlash(messages []FlashMessage, limit int) (fit []FlashMessage, text string) {
	for _, m := range messages {
		if longer := flashText(append(fit, m)); len(longer) <= limit {
			fit, text = append(fit, m), longer
			continue
		}
		a.config.Logger.Warn("liveview: a flash is too long to travel with a page and was dropped; keep such texts in the state",
			"kind", m.Kind, "bytes", len(m.Text), "limit", limit)
	}
	return fit, text
}

// verifyFlash returns what signFlash signed for that browser. A bad token is
// an empty flash, as a late one is (phoenix_live_view/lib/phoenix_live_view/utils.ex,
// verify_flash).
func (a *app) verifyFlash(browser, token string) []FlashMessage {
	if token == "" || browser == "" {
		return nil
	}
	fields, err := a.signer.Verify(sign.Flash, token, 2)
	if err != nil || fields[0] != browser {
		return nil
	}
	return parseFlash(fields[1])
}

// signStatic returns data-phx-static: the flash that the HTTP render showed, and how
// many of its messages came with the visitor, for the view's first join to show it as
// well; "" for none.
func (a *app) signStatic(viewID string, messages []FlashMessage, fresh int) string {
	fit, text := a.fitFlash(messages, sign.MaxValue-staticRoom)
	if len(fit) == 0 {
		return ""
	}
	if len(fit) < len(messages) {
		fresh = 0
	}
	return a.signer.Sign(sign.Static, viewID, strconv.Itoa(fresh), text)
}

// staticRoom is what a static token has besides its messages, in bytes.
const staticRoom = 256

func (a *app) verifyStatic(viewID, token string) (messages []FlashMessage, fresh int) {
	if token == "" {
		return nil, 0
	}
	fields, err := a.signer.Verify(sign.Static, token, 3)
	if err != nil || fields[0] != viewID {
		return nil, 0
	}
	fresh, _ = strconv.Atoi(fields[1]) // as signed
	return parseFlash(fields[2]), fresh
}

// joinFlash returns the flash that the client brings along: of the view that
// sent the page here, or, at the page's first join, of its HTTP render; and how many of
// its messages the page itself hasn't put. A page that joins again has shown it.
func (a *app) joinFlash(browser, viewID string, j protocol.Join) (messages []FlashMessage, fresh int) {
	if messages = a.verifyFlash(browser, j.Flash); messages != nil || j.Redirect != "" || j.Mounts() > 0 {
		return messages, len(messages)
	}
	return a.verifyStatic(viewID, j.Static)
}
