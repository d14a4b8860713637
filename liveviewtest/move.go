package liveviewtest

import (
	"fmt"
	"strings"

	"github.com/gin-liveview/liveview/liveviewtest/internal/client"
)

// Back presses the browser's back button.
func (v *View) Back() { v.t.Helper(); v.travel("Back", -1) }

// Forward presses the browser's forward button.
func (v *View) Forward() { v.t.Helper(); v.travel("Forward", 1) }

func (v *View) travel(verb string, by int) {
	v.t.Helper()
	v.ready(verb, "")
	if !v.page.Travel(by) {
		v.t.Fatalf("liveviewtest: %s: the history of the page at %s ends here", verb, v.page.URL())
	}
}

// Reload loads the page anew.
func (v *View) Reload() {
	v.t.Helper()
	v.page.Reload()
}

// Move is a change of the address, by a link or by the server.
type Move struct {
	Kind string // "patch", "navigation" or "redirect"
	To   string // path and query; scheme and host, too, for another site
}

// Moves returns the moves that none of the Expect methods has taken, in their
// order. Back and Forward, the first load of the page and plain links that lead
// where they say are none.
func (v *View) Moves() []Move {
	v.t.Helper()
	v.page.Update()
	var all []Move
	for _, m := range v.page.Moves() {
		all = append(all, Move{string(m.Kind), m.To})
	}
	return all
}

// ExpectPatch waits until the page has been patched to the path (with its
// query, if any), by a link or by the server, and takes the first such move.
// Others, before it too, stay in [View.Moves].
func (v *View) ExpectPatch(to string) { v.t.Helper(); v.expectMove("ExpectPatch", client.Patch, to) }

// ExpectNavigation waits until another view has taken this one's place at the
// path, over the same socket.
func (v *View) ExpectNavigation(to string) {
	v.t.Helper()
	v.expectMove("ExpectNavigation", client.Navigation, to)
}

// ExpectRedirect waits until the server has redirected the page to the path, or
// the URL of another site, with a full load of the page. Of a RedirectAction it is the page
// that comes after the action.
func (v *View) ExpectRedirect(to string) {
	v.t.Helper()
	v.expectMove("ExpectRedirect", client.Redirect, to)
}

// expectMove waits for a move, and takes it.
func (v *View) expectMove(verb string, kind client.MoveKind, to string) {
	v.t.Helper()
	want := client.Move{Kind: kind, To: to}
	if v.page.Wait(func() bool { return v.page.TakeMove(want) }) {
		v.page.Settle()
		return
	}
	all := v.page.Moves()
	if len(all) == 0 {
		v.t.Fatalf("liveviewtest: %s(%q): the page is at %s, and hasn't moved within %v", verb, to, v.URL(), v.timeout)
	}
	var moves strings.Builder
	for _, m := range all {
		fmt.Fprintf(&moves, "\n\ta %s to %q", m.Kind, m.To)
	}
	v.t.Fatalf("liveviewtest: %s(%q): there was no such %s; there was%s", verb, to, kind, moves.String())
}
