package liveviewtest

import (
	"github.com/gin-liveview/liveview/liveviewtest/internal/client"
	"github.com/gin-liveview/liveview/liveviewtest/internal/phoenix"
)

// ExpectCrash waits until the view has ended with an error, or could not join.
// The page stays as it was until [View.Reconnect].
func (v *View) ExpectCrash() {
	v.t.Helper()
	_ = v.expectStatus("ExpectCrash", client.Crashed) // why it crashed is in the log
}

// ExpectDisconnect waits until the server has closed the socket and returns the
// close code, 1006 if there was none.
func (v *View) ExpectDisconnect() int {
	v.t.Helper()
	return phoenix.CloseCode(v.expectStatus("ExpectDisconnect", client.Disconnected))
}

// expectStatus waits until the view has ended so, and returns why.
func (v *View) expectStatus(verb string, want client.Status) error {
	v.t.Helper()
	if !v.page.Wait(func() bool { return v.page.Status(v.id) == want }) {
		v.t.Fatalf("liveviewtest: %s: the view is %s after %v", verb, v.page.Status(v.id), v.timeout)
	}
	return v.page.Notice(v.id)
}

// Disconnect cuts the connection, as a network does that fails: the server is
// not told, and keeps the page's views for a while. [View.Reconnect] brings the page back.
func (v *View) Disconnect() {
	v.t.Helper()
	v.ready("Disconnect", "")
	v.expectLive("Disconnect")
	v.page.Cut()
}

// Reconnect joins the view again, as the official client does by itself after a
// crash or a lost connection, which it cuts first if there is none: to the view that
// the server has kept, or, after a crash, or with a negative Config.KeepTime, to one that
// starts afresh. What the user has entered in forms is sent to it.
func (v *View) Reconnect() {
	v.t.Helper()
	v.page.Update()
	switch {
	case v.tab.closed:
		v.t.Fatalf("liveviewtest: Reconnect: the page is closed")
	case v.page.Element() == nil:
		v.t.Fatalf("liveviewtest: Reconnect: the page at %s has no live view", v.page.URL())
	case v.id != "" && !v.page.HasView(v.id):
		v.t.Fatalf("liveviewtest: Reconnect: the view %q is gone from the page at %s", v.id, v.page.URL())
	case v.page.Status(v.id) == client.Live:
		v.Disconnect()
	}
	v.page.Rejoin(v.id)
}
