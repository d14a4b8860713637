package liveview

import "github.com/gin-gonic/gin"

// A flash is a list of short messages, each of a kind ("info", "error"), shown on the
// next page and then gone. How it gets there depends on the way the page goes:
//
//	plain Gin handler → page      in the gin session
//	HTTP render → its live join   signed, in data-phx-static
//	live view → live view         signed, in the redirect and the next join
//	live view → page load         signed, in a cookie that the client writes
//
// A cookie-backed session can't be written over a WebSocket, as there is no
// response to set a cookie with; hence the last three.

// PutFlash shows text on the page from the next render on, as a message of
// that kind, such as "info" or "error"; templates read it with flash and flashes. All
// that one callback puts is shown, several of a kind too; the first of a kind takes the
// place of those that earlier callbacks put, and a message that is there isn't added
// again. It goes along if the same callback moves the page elsewhere, by
// [Socket.PushPatch], [Socket.PushRedirect] or [Socket.Redirect]. During the HTTP render
// such a move is a redirect, with the flash in the gin session: without sessions
// middleware the page then fails, and the log says so.
func (s *Socket[C]) PutFlash(kind, text string) {
	s.page.onlyInCallbacks("PutFlash")
	s.page.flash.set(kind, text)
	s.page.root.dirty = true
}

// ClearFlash takes all messages of a kind off the page. A page does it by itself with
// phx-click="lv:clear-flash" and phx-value-key.
func (s *Socket[C]) ClearFlash(kind string) {
	s.page.onlyInCallbacks("ClearFlash")
	s.page.root.dirty = s.page.flash.clearKind(kind) || s.page.root.dirty
}

// ClearFlashes takes all messages off the page, as phx-click="lv:clear-flash" without a
// phx-value-key does.
func (s *Socket[C]) ClearFlashes() {
	s.page.onlyInCallbacks("ClearFlashes")
	s.page.root.dirty = s.page.flash.clearAll() || s.page.root.dirty
}

// PutFlash has a plain Gin handler or middleware leave a message for the next
// page, live or not, usually just before c.Redirect:
//
//	liveview.PutFlash(c, "info", "Welcome back")
//	c.Redirect(http.StatusSeeOther, "/account")
//
// Several of a kind are all kept, in the order put, but for one that is there; the
// oldest are dropped, with a line in the log, where they are more than a cookie holds.
// It is kept in the gin session, so it must run before the response is
// written. It returns an error if no sessions middleware ran, or the store's.
func PutFlash(c *gin.Context, kind, text string) error {
	if f := flashOf(c.Request.Context()); f != nil {
		// There is no response to set a cookie with; the visit's answer takes it.
		f.putFlash(kind, text)
		return nil
	}
	return keepFlash(c, func(kept []FlashMessage) []FlashMessage { return addMessage(kept, kind, text) })
}

// Flash returns the messages that were left for this page, in the order put, and
// forgets them: for plain Gin handlers that show them, in a template by
// {{range .}}<p class="{{.Kind}}">{{.Text}}</p>{{end}}. Live pages do it by
// themselves. It must run before the response is written.
func Flash(c *gin.Context) []FlashMessage {
	messages := pendingFlash(c)
	forgetFlash(c)
	return messages
}
