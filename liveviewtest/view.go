package liveviewtest

import (
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/browser"
	"github.com/gin-liveview/liveview/liveviewtest/internal/client"
)

// View is a page in a browser, with the official client at work on it. It
// follows the browser wherever that goes: to other live pages, or to pages that
// aren't live.
//
// Its methods are for the test's goroutine. Those that look at the page see it
// with all that the server has sent so far. Those that act on it return when
// the server has answered and the page shows the answer; what the view does
// after that, upon a message to itself for instance, is waited for with
// [View.WaitFor] or [View.WaitIdle].
type View struct {
	t       testing.TB
	page    *client.Page
	timeout time.Duration
	tab     *tab
	within  func() *html.Node // where elements are looked for; nil means on the whole page
	id      string            // of the view within the page that [View.Child] returned; "" for the page's own
}

// tab is what a page and the parts of it that [View.Within] returns share.
type tab struct {
	server *browser.Browser // what all pages of a session share
	pages  func() []*View   // of the session, that are open
	closed bool
	left   func() // tells the session that the page is closed
}

// root is the node in which elements are looked for.
func (v *View) root() *html.Node {
	v.t.Helper()
	if v.within != nil {
		return v.within()
	}
	return v.page.Document().Root
}

// ready prepares for an act, which verb and target name in messages: the page is
// up to date, and the test knows whatever has happened to it.
func (v *View) ready(verb, target string) {
	v.t.Helper()
	v.page.Update()
	if v.tab.closed {
		v.t.Fatalf("liveviewtest: %s(%q): the page is closed", verb, target)
	}
	v.expectNoFailure(verb, target)
}

// expectNoFailure ends the test if the view has crashed or lost its socket, and
// the test doesn't know.
func (v *View) expectNoFailure(verb, target string) {
	v.t.Helper()
	if v.page.Failure() != nil {
		v.t.Fatalf("liveviewtest: %s(%q): %v", verb, target, v.page.Notice(""))
	}
}

// expectLive ends the test if the server can't be reached.
func (v *View) expectLive(what string) {
	v.t.Helper()
	if s := v.page.Status(v.id); s != client.Live {
		v.t.Fatalf("liveviewtest: %s: the view is %s; Reconnect joins it again", what, s)
	}
}

// Close leaves the page, as closing the tab does. The end of the test does it
// by itself.
func (v *View) Close() {
	if v.tab.closed {
		return
	}
	v.tab.closed = true
	v.tab.left()
	v.page.Close()
}

// atEnd closes the page and reports what the test would have liked to know.
func (v *View) atEnd() {
	v.t.Helper()
	v.page.Update()
	if err := v.page.Failure(); err != nil {
		v.t.Errorf("liveviewtest: %v; if that is meant, say so with ExpectCrash or ExpectDisconnect", err)
	}
	v.Close()
}
