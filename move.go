package liveview

import (
	"fmt"
	"net/url"

	"github.com/gin-liveview/liveview/internal/target"
	"github.com/gin-liveview/liveview/protocol"
)

// History says what becomes of the browser's history when a page moves on.
type History uint8

// The two ways to go on.
const (
	HistoryPush    History = iota // a new entry: the back button returns to the old URL
	HistoryReplace                // the entry gets the new URL
)

// kind is the protocol's word for it.
func (h History) kind() string {
	if h == HistoryReplace {
		return protocol.KindReplace
	}
	return protocol.KindPush
}

// move is where a callback, or a middleware, wants the page to go.
type move struct {
	kind    moveKind
	to      *url.URL
	history History
	status  int // of the HTTP redirect that it stands for; 0 means 302
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

// String says m for errors, which get into the log: without query and fragment,
// as these may hold secrets, an action's token for instance.
func (m *move) String() string {
	to := url.URL{Scheme: m.to.Scheme, Host: m.to.Host, Path: m.to.Path, RawPath: m.to.RawPath}
	return fmt.Sprintf("%s(%q)", m.kind, target.Text(&to))
}

// target is what the browser is told of where m leads.
func (m *move) target() string { return target.Text(m.to) }

// message says m in the protocol's words, as a push and as a response, with
// the signed flash that goes along.
func (m *move) message(flash string) (event string, response, payload []byte) {
	if m.kind == moveLive {
		msg := protocol.LiveRedirect{To: m.target(), Kind: m.history.kind(), Flash: flash}
		return protocol.EventLiveRedirect, msg.AppendResponse(nil), msg.AppendJSON(nil)
	}
	msg := protocol.Redirect{To: m.target(), Status: m.status, Flash: flash}
	return protocol.EventRedirect, msg.AppendResponse(nil), msg.AppendJSON(nil)
}

var errMoves = fmt.Errorf("more than %d moves in a row, each by the page that the last one led to: a loop", maxMoves)
