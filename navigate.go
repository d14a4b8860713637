package liveview

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/protocol"
)

// History says what becomes of the browser's history when a page moves on.
type History uint8

// The two ways to go on.
const (
	Push    History = iota // a new entry: the back button returns to the old URL
	Replace                // the entry gets the new URL
)

func (h History) kind() string {
	if h == Replace {
		return protocol.KindReplace
	}
	return protocol.KindPush
}

// maxMoves is how many patches a view may ask for in a row, and how many live
// redirects a socket may follow without a page that stays.
const maxMoves = 20

var errMoves = fmt.Errorf("more than %d moves in a row, each by the page that the last one led to: a loop", maxMoves)

// move is where a callback wants the page to go.
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

func (k moveKind) String() string { return moveNames[k] }

// PushPatch moves the view to another URL of its own route once the callback
// has returned: HandleParams runs with it, the page shows what came of it, and
// the address bar follows. path starts with a slash and may bring a query and a
// fragment; params, which may be nil, are added to the query. During the HTTP
// render it is an HTTP redirect.
//
// It returns an error if path doesn't lead to this host (see
// [Socket.RedirectExternal]) or the callback has asked for a move before. A
// path that the router gives to another view ends the view with an error.
func (s *Socket[C]) PushPatch(path string, params url.Values, history ...History) error {
	return s.moveTo(movePatch, path, params, history)
}

// PushRedirect puts another live view in this one's place once the callback has
// returned: over the same socket, without a page load, with what the callback
// put into the flash. The request for it runs through the router and its
// route's middleware like any other. If it isn't a live view of the same
// [LiveSession], the browser loads the page instead. For path, params and
// errors see [Socket.PushPatch]; during the HTTP render it is an HTTP redirect.
func (s *Socket[C]) PushRedirect(path string, params url.Values, history ...History) error {
	return s.moveTo(moveLive, path, params, history)
}

// Redirect has the browser load another page of this host once the callback
// has returned, with what the callback put into the flash. For path and errors
// see [Socket.PushPatch].
func (s *Socket[C]) Redirect(path string) error {
	return s.moveTo(moveHTTP, path, nil, nil)
}

// RedirectExternal is [Socket.Redirect] to any host: target is an absolute
// http or https URL. Never pass one on that came from a visitor without looking
// at its host, or your site lends its name to whoever wants to mislead.
func (s *Socket[C]) RedirectExternal(target string) error {
	u, err := url.Parse(target)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || hasControl(target) {
		return fmt.Errorf("liveview: RedirectExternal(%q): not an absolute http or https URL", target)
	}
	return s.ask(move{kind: moveExternal, to: u})
}

func (s *socketBase) moveTo(kind moveKind, path string, params url.Values, history []History) error {
	to, err := localTarget(path)
	if err != nil {
		return fmt.Errorf("liveview: %s(%q): %w", kind, path, err)
	}
	addQuery(to, params)
	m := move{kind: kind, to: to}
	switch len(history) {
	case 0:
	case 1:
		m.history = history[0]
	default:
		return fmt.Errorf("liveview: %s(%q): either Push or Replace", kind, path)
	}
	return s.ask(m)
}

func (s *socketBase) ask(m move) error {
	if s.move != nil {
		return fmt.Errorf("liveview: %s(%q): the callback has asked for %s(%q) before; it can only move once",
			m.kind, m.to, s.move.kind, s.move.to)
	}
	s.move = &m
	return nil
}

// takeMove returns what the last callback asked for, nil for nothing.
func (s *socketBase) takeMove() *move {
	m := s.move
	s.move = nil
	return m
}

var errTarget = errors.New(`not a path of this host: it must start with one slash, with no second one, backslash or control character behind it`)

// localTarget parses a path with query and fragment, and refuses whatever a
// browser may take for another host: it drops tabs and line breaks, and reads
// a backslash as a slash (WHATWG URL, section 4.4). Percent-encoded ones are
// refused as well, as proxies like to decode them.
func localTarget(path string) (*url.URL, error) {
	if !strings.HasPrefix(path, "/") || hasControl(path) {
		return nil, errTarget
	}
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return nil, errTarget
	}
	if strings.Contains(path[:len(path)-len(queryAndFragment(path))], `\`) {
		return nil, errTarget
	}
	plain := strings.Map(func(r rune) rune {
		if r <= ' ' || r == 0x7f {
			return -1
		}
		return r
	}, u.Path)
	if len(plain) > 1 && (plain[1] == '/' || plain[1] == '\\') {
		return nil, errTarget
	}
	return u, nil
}

// queryAndFragment is what follows the path of a URL's text.
func queryAndFragment(s string) string {
	if i := strings.IndexAny(s, "?#"); i >= 0 {
		return s[i:]
	}
	return ""
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

func addQuery(u *url.URL, params url.Values) {
	if len(params) == 0 {
		return
	}
	query := u.Query()
	for name, values := range params {
		query[name] = append(query[name], values...)
	}
	u.RawQuery = query.Encode()
}

// flushMove carries out what the last callback asked for, and what the patches
// that it leads to ask for in turn. It reports whether the page stays: then the
// callback's diff is still to be sent.
func (ch *channel) flushMove(ref string) (stays bool, err error) {
	s := ch.view.base()
	for range maxMoves {
		m := s.takeMove()
		if m == nil {
			return true, nil
		}
		if m.kind == movePatch {
			if m, err = ch.followPatch(m); err != nil {
				return false, err
			}
			if m == nil {
				continue
			}
		}
		return false, ch.leaveFor(ref, m)
	}
	if s.move == nil {
		return true, nil
	}
	return false, fmt.Errorf("%s(%q): %w", s.move.kind, s.move.to, errMoves)
}

// followPatch sends the view to the URL of m and tells the client. Where the
// route's middleware sends it elsewhere, that is the move to make.
func (ch *channel) followPatch(m *move) (elsewhere *move, err error) {
	if elsewhere, err = ch.travelPatch(m); err != nil || elsewhere != nil {
		return elsewhere, err
	}
	push := protocol.LivePatchPush{To: m.to.String(), Kind: m.history.kind()}
	ch.transport.write(protocol.AppendPush(nil, ch.joinRef, ch.topic, protocol.EventLivePatch, push.AppendJSON(nil)))
	return nil, nil
}

// travelPatch is followPatch without telling the client.
func (ch *channel) travelPatch(m *move) (elsewhere *move, err error) {
	s := ch.view.base()
	s.flash.keepPut()
	v := &visit{channel: ch, purpose: visitPatch, began: time.Now()}
	target := *m.to
	target.Fragment, target.RawFragment = "", ""
	w := v.travel(&target)
	switch location := v.redirected(w, &target); {
	case v.err != nil:
		return nil, fmt.Errorf("PushPatch(%q): %w", m.to, v.err)
	case v.arrived:
		s.dirty = true // templates may show the URL
		return nil, nil
	case location != nil:
		s.flash.add(v.flash.put)
		return location, nil
	default:
		return nil, fmt.Errorf("PushPatch(%q): %s; use PushRedirect for a URL of another view", m.to, v.failure(w))
	}
}

// leaveFor tells the client where the page goes and ends the view. Events that
// are pending still reach the page before it goes.
func (ch *channel) leaveFor(ref string, m *move) error {
	s := ch.view.base()
	if len(s.events) > 0 {
		diff := append(s.appendEvents([]byte(`{"e":`)), '}')
		ch.transport.write(protocol.AppendPush(nil, ch.joinRef, ch.topic, protocol.EventDiff, diff))
	}
	event, response, payload := ch.transport.moveMessage(m, s.flash.put)
	if ref != "" {
		ch.reply(ref, response)
	} else {
		ch.transport.write(protocol.AppendPush(nil, ch.joinRef, ch.topic, event, payload))
	}
	ch.endNow(ending{cause: endMoved})
	return nil
}

// moveMessage says m in the protocol's words, as a push and as a response,
// with the flash that goes along.
func (t *transport) moveMessage(m *move, put map[string]string) (event string, response, payload []byte) {
	flash := ""
	if m.kind != moveExternal { // another site has no use for it
		flash = t.endpoint.signFlash(t.browser, put)
	}
	if m.kind == moveLive {
		msg := protocol.LiveRedirect{To: m.to.String(), Kind: m.history.kind(), Flash: flash}
		return protocol.EventLiveRedirect, msg.AppendResponse(nil), msg.AppendJSON(nil)
	}
	msg := protocol.Redirect{To: m.to.String(), Status: m.status, Flash: flash}
	return protocol.EventRedirect, msg.AppendResponse(nil), msg.AppendJSON(nil)
}

// redirectHTTP carries out a move that a callback of the HTTP render asked for,
// and reports whether there was one.
func (s *socketBase) redirectHTTP(c *gin.Context) (bool, error) {
	m := s.takeMove()
	if m == nil {
		return false, nil
	}
	for kind, text := range s.flash.put {
		if err := PutFlash(c, kind, text); err != nil {
			return true, err
		}
	}
	c.Header("Cache-Control", "no-store")
	c.Redirect(http.StatusFound, m.to.String())
	c.Abort()
	return true, nil
}
