package liveview

import (
	"fmt"
	"net/url"

	"github.com/gin-liveview/liveview/internal/target"
	"github.com/gin-liveview/liveview/protocol"
)

// MoveOption changes how [Socket.PushPatch] and [Socket.PushRedirect] move a page. Each
// adds something to what they do without, so several of them add up.
type MoveOption uint8

// HistoryReplace gives the newest entry of the browser's history the new URL, so that
// the back button doesn't return to the old one. Without it the move is a new entry.
const HistoryReplace MoveOption = 1 << iota

// move is where a callback, or a middleware, wants the page to go.
type move struct {
	kind    moveKind
	to      *url.URL
	options MoveOption // all of them
	status  int        // of the HTTP redirect that it stands for; 0 means 302
}

// history is the protocol's word for what becomes of the browser's history.
func (m *move) history() string {
	if m.options&HistoryReplace != 0 {
		return protocol.KindReplace
	}
	return protocol.KindPush
}

type moveKind uint8

const (
	movePatch    moveKind = iota // same view, other URL
	moveLive                     // another view over the same socket
	moveHTTP                     // a page load
	moveExternal                 // a page load, anywhere
)

var moveNames = [...]string{"PushPatch", "PushRedirect", "Redirect", "RedirectExternal"}

// String returns the method of [Socket] that asks for such a move.
func (k moveKind) String() string { return moveNames[k] }

// say says m for errors, which get into the log, with its path as operators may see it:
// without query and fragment, as these may hold secrets, an action's token for instance.
func (m *move) say(path string) string {
	if m.to.Host != "" {
		path = m.to.Scheme + "://" + m.to.Host + path
	}
	return fmt.Sprintf("%s(%q)", m.kind, path)
}

// target is what the browser is told of where m leads.
func (m *move) target() string { return target.Text(m.to) }

// message says m in the protocol's words, as a push and as a response, with
// the signed flash that goes along.
func (m *move) message(flash string) (event string, response, payload []byte) {
	if m.kind == moveLive {
		msg := protocol.LiveRedirect{To: m.target(), Kind: m.history(), Flash: flash}
		return protocol.EventLiveRedirect, msg.AppendResponse(nil), msg.AppendJSON(nil)
	}
	msg := protocol.Redirect{To: m.target(), Status: m.status, Flash: flash}
	return protocol.EventRedirect, msg.AppendResponse(nil), msg.AppendJSON(nil)
}

var errMoves = fmt.Errorf("more than %d moves in a row, each by the page that the last one led to: a loop", maxMoves)
