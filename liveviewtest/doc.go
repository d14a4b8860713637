// Package liveviewtest tests live pages from go test, with no browser: what
// Phoenix.LiveViewTest is to Phoenix.
//
//	func TestCounter(t *testing.T) {
//		v := liveviewtest.Open(t, router, "/counter")
//		v.Click("#inc")
//		if got := v.Text("#count"); got != "1" {
//			t.Errorf("the count is %s, want 1", got)
//		}
//	}
//
// [Open] requests the page from the router by HTTP and then joins its view over
// a WebSocket, both as a browser does, cookies and CSRF token included. From
// then on it keeps the page as a document that it brings up to date as the
// official client would: with the same diffs, the same rules for what of the
// user's stays, and the same complaints, which are errors of the test.
//
// # Looking and acting
//
// [View.Text], [View.Has] and [View.Find] take CSS selectors, of which :has can't begin
// with a combinator: "ul:has(li)", and not "ul:has(> li)". The methods that
// act, such as [View.Click], [View.Change] and [View.Submit], take what a user
// would say, too: the text of a button or link, the label of a field.
// [View.Within] confines all of them to one element, such as a row of a list, and
// [View.Child] to a view within the page, which it finds.
//
// What a browser's user couldn't do ends the test, with a message that says why:
// an element is missing, and the message shows the nearest ones, or ambiguous,
// disabled, hidden, or has no binding; a field doesn't take the text; the browser
// wouldn't submit the form, for a required field, a pattern, a step; the official
// client would drop a click for phx-throttle, or has locked a form while its files
// are sent; a link leads nowhere, as templates refused its URL. [View.Clickable]
// asks without an end. The methods return when the server has answered and the
// page shows it.
//
// [View.Value] is what a field holds, and [View.Values] all of it for a select with
// multiple. A form that is too large for the server (Config.MaxFrame) keeps what was
// entered in it, as it does in the browser.
//
// # Callbacks alone
//
// [NewSocket] and [NewEvent] make what a view's callbacks take, for a test that calls
// them itself.
//
// # The router
//
// The router is the application's own. One that a test makes for itself should call
// r.SetTrustedProxies(nil), or the log warns that the limit of sockets by address is
// off: Gin believes any X-Forwarded-For until that is called.
//
// # Waiting
//
// What a view does by itself, upon a message or a tick, is waited for with
// [View.WaitFor] or [View.WaitIdle], and what it loads by a liveview.Async with
// [View.Await], never by sleeping. All connections are in
// memory, so in a testing/synctest bubble the time of tickers and timeouts is
// the test's.
//
// # What a browser does and this doesn't
//
// There is no JavaScript: a test plays the hooks itself, with [View.Hook] and
// [View.ExpectEvent], and closes by View.Key and "Escape" a dialog that a script
// would: nothing behind a modal one can be clicked on. There are no style sheets:
// an element is visible unless an attribute says otherwise. JS commands are carried out, and their
// transitions are over at once; phx-debounce doesn't delay, but with "blur": then
// an event is sent when the focus moves on, as by [View.Blur]. Nothing has a size,
// so what one scrolls to is said by [View.ScrollToTop] and [View.ScrollToBottom].
// After a crash or a lost connection the page waits for [View.Reconnect], where
// the official client tries again by itself.
package liveviewtest
