package liveview

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"

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
func pendingFlash(c *gin.Context) map[string]string {
	var messages map[string]string
	if session := ginSession(c); session != nil {
		messages = sessionFlash(session)
	}
	if a := appOf(c); a != nil {
		if cookie, err := c.Request.Cookie(flashCookie); err == nil {
			fromCookie := a.verifyFlash(browserOf(c.Request), cookie.Value)
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

// flashFor returns the signed flash that goes along with m, "" for none.
func (a *app) flashFor(m *move, browser string, put map[string]string) string {
	if m.kind == moveExternal {
		return "" // another site has no use for it
	}
	return a.signFlash(browser, put)
}

// signFlash returns the token that takes messages to another page of the same
// browser within a minute, "" for none.
func (a *app) signFlash(browser string, messages map[string]string) string {
	if len(messages) == 0 {
		return ""
	}
	b, _ := json.Marshal(messages) // strings can't fail
	if len(b) > maxFlashBytes {
		a.config.Logger.Warn("liveview: a flash is too long to travel with a redirect and was dropped; keep such texts in the state",
			"bytes", len(b), "limit", maxFlashBytes)
		return ""
	}
	return a.signer.Sign(sign.Flash, browser, string(b))
}

// verifyFlash returns what signFlash signed for that browser. A bad token is
// an empty flash, as a late one is (phoenix_live_view/lib/phoenix_live_view/utils.ex,
// verify_flash).
func (a *app) verifyFlash(browser, token string) map[string]string {
	if token == "" || browser == "" {
		return nil
	}
	fields, err := a.signer.Verify(sign.Flash, token, 2)
	if err != nil || fields[0] != browser {
		return nil
	}
	return parseFlash(fields[1])
}

// signStatic returns data-phx-static: the flash that the HTTP render showed,
// for the view's first join to show it as well; "" for none.
func (a *app) signStatic(viewID string, messages map[string]string) string {
	if len(messages) == 0 {
		return ""
	}
	b, _ := json.Marshal(messages) // strings can't fail
	if len(b) > sign.MaxValue {
		return ""
	}
	return a.signer.Sign(sign.Static, viewID, string(b))
}

func (a *app) verifyStatic(viewID, token string) map[string]string {
	if token == "" {
		return nil
	}
	fields, err := a.signer.Verify(sign.Static, token, 2)
	if err != nil || fields[0] != viewID {
		return nil
	}
	return parseFlash(fields[1])
}

// joinFlash returns the flash that the client brings along: of the view that
// sent the page here, or, at the page's first join, of its HTTP render. A page
// that joins again has shown it.
func (a *app) joinFlash(browser, viewID string, j protocol.Join) map[string]string {
	if messages := a.verifyFlash(browser, j.Flash); messages != nil || j.Redirect != "" || j.Mounts() > 0 {
		return messages
	}
	return a.verifyStatic(viewID, j.Static)
}
