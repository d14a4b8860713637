package liveviewtest

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/gin-liveview/liveview/protocol"
)

// WaitFor waits until the condition holds, looking again whenever the server
// has sent something. It ends the test if that takes longer than
// [Options].Timeout, or if the view crashes meanwhile.
func (v *View) WaitFor(condition func() bool) {
	v.t.Helper()
	v.ready("WaitFor", "")
	held := false
	v.wait(func() bool {
		held = condition()
		return held || v.ended != nil && !v.noticed
	})
	if !held && v.ended != nil && !v.noticed {
		v.t.Fatalf("liveviewtest: WaitFor: %v", v.ended)
	}
	if !held {
		v.t.Fatalf("liveviewtest: WaitFor: the condition doesn't hold after %v. The page is\n%s", v.session.options.Timeout, v.HTML())
	}
}

// WaitForText waits until the elements that match show the text, as
// [View.Text] returns it.
func (v *View) WaitForText(selector, want string) {
	v.t.Helper()
	v.ready("WaitForText", selector)
	got := ""
	if !v.wait(func() bool {
		var all []string
		for _, n := range v.query("WaitForText", selector) {
			all = append(all, text(n))
		}
		got = strings.Join(all, " ")
		return got == want || v.ended != nil && !v.noticed
	}) {
		v.t.Fatalf("liveviewtest: WaitForText(%q): it is %q after %v, and should be %q", selector, got, v.session.options.Timeout, want)
	}
	if got != want {
		v.t.Fatalf("liveviewtest: WaitForText(%q): %v", selector, v.ended)
	}
}

// WaitIdle waits until the view has worked off all that it has been sent,
// messages to itself included, and the page shows it. Timers and goroutines of
// the application are not waited for.
func (v *View) WaitIdle() {
	v.t.Helper()
	v.ready("WaitIdle", "")
	v.settle()
	// A push that asks for nothing goes through the view's mailbox like all
	// else. The view is idle when twice nothing came in between.
	for quiet := 0; quiet < 2 && v.status == live; quiet++ {
		before := v.changes
		v.push(protocol.EventCIDsWillDestroy, diff{"cids": []int{}}, nil)
		v.settle()
		if v.changes != before {
			quiet = -1
		}
	}
}

// ExpectEvent waits for an event that the server pushed by PushEvent, takes it,
// and returns its payload. Events of other names before it stay.
func (v *View) ExpectEvent(name string) json.RawMessage {
	v.t.Helper()
	var payload json.RawMessage
	if v.wait(func() bool {
		for i, e := range v.events {
			if e.Name == name {
				payload = e.Payload
				v.events = append(v.events[:i:i], v.events[i+1:]...)
				return true
			}
		}
		return false
	}) {
		return payload
	}
	var names []string
	for _, e := range v.events {
		names = append(names, fmt.Sprintf("%q", e.Name))
	}
	v.t.Fatalf("liveviewtest: ExpectEvent(%q): the server hasn't pushed it within %v; it has pushed [%s]", name, v.session.options.Timeout, strings.Join(names, " "))
	return nil
}

// ExpectPatch waits until the page has been patched to the path (with its
// query, if any), by a link or by the server.
func (v *View) ExpectPatch(to string) { v.t.Helper(); v.expectMove("ExpectPatch", movePatch, to) }

// ExpectNavigation waits until another view has taken this one's place at the
// path, over the same socket.
func (v *View) ExpectNavigation(to string) {
	v.t.Helper()
	v.expectMove("ExpectNavigation", moveNavigate, to)
}

// ExpectRedirect waits until the server has redirected the page to the path, or
// the URL of another site, with a full load of the page.
func (v *View) ExpectRedirect(to string) {
	v.t.Helper()
	v.expectMove("ExpectRedirect", moveRedirect, to)
}

func (v *View) expectMove(verb string, kind moveKind, to string) {
	v.t.Helper()
	if !v.wait(func() bool {
		for i, m := range v.moves {
			if m.kind == kind && m.to == to {
				v.moves = v.moves[i+1:]
				return true
			}
		}
		return false
	}) {
		if len(v.moves) == 0 {
			v.t.Fatalf("liveviewtest: %s(%q): the page is at %s, and hasn't moved within %v", verb, to, v.URL(), v.session.options.Timeout)
		}
		var moves strings.Builder
		for _, m := range v.moves {
			fmt.Fprintf(&moves, "\n\ta %s to %q", m.kind, m.to)
		}
		v.t.Fatalf("liveviewtest: %s(%q): there was no such %s; there was%s", verb, to, kind, moves.String())
	}
	v.settle()
}

// ExpectCrash waits until the view has ended with an error, or could not join.
// The page stays as it was until [View.Reconnect].
func (v *View) ExpectCrash() {
	v.t.Helper()
	if !v.wait(func() bool { return v.status == crashed }) {
		v.t.Fatalf("liveviewtest: ExpectCrash: the view is %s after %v", v.status, v.session.options.Timeout)
	}
	v.noticed = true
}

// ExpectDisconnect waits until the server has closed the socket and returns the
// close code, 1006 if there was none.
func (v *View) ExpectDisconnect() int {
	v.t.Helper()
	if !v.wait(func() bool { return v.status == disconnected }) {
		v.t.Fatalf("liveviewtest: ExpectDisconnect: the view is %s after %v", v.status, v.session.options.Timeout)
	}
	v.noticed = true
	return closeCode(v.ended)
}

// Disconnect cuts the connection, as a network does that fails: the server is
// not told. [View.Reconnect] brings the page back.
func (v *View) Disconnect() {
	v.t.Helper()
	v.ready("Disconnect", "")
	v.expectLive("Disconnect")
	v.conn.cut()
	v.hangUp()
	v.end(disconnected, nil)
}

// Reconnect joins the view anew, as the official client does by itself after a
// crash or a lost connection, which it cuts first if there is none: on the
// server the view starts afresh, and what the user has entered in forms is sent
// to it.
func (v *View) Reconnect() {
	v.t.Helper()
	v.pump()
	switch {
	case v.main == nil:
		v.t.Fatalf("liveviewtest: Reconnect: the page at %s has no live view", v.url)
	case v.status == live:
		v.Disconnect()
	}
	v.ended, v.noticed = nil, false
	if v.conn == nil {
		v.connect()
	} else {
		v.join()
	}
	v.settle()
}
