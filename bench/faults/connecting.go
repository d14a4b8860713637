package main

var connecting = []fault{
	{
		what:  "Another site opens a socket: its address in `Origin` is written in any way that looks like ours",
		must:  "403 before there is a socket; the log names `Config.Origins`",
		tests: []test{shows(".", "TestOriginOfAnotherSiteIsRefused")},
	},
	{
		what:  "A socket comes without `Origin`, without cookie, or with a CSRF token that is wrong, somebody else's or missing; or a page's token is another's",
		must:  "It has no session. The join is told to load the page, whatever the cause",
		tests: []test{tries(".", "TestJoinThatIsNotEntitledIsStale", "such joins, all answered alike")},
	},
	{
		what:  "A signed token is changed, cut, or made up",
		must:  "It is refused, and nothing says why; a browser loads the page once and goes on",
		tests: []test{slowly("internal/sign", "TestForgedTokenIsRefused"), shows(".", "TestMutatedTokenIsRefused"), tries("e2e", "TestTamperedPage", "pages tampered with in Chromium, live after one load")},
	},
	{
		what:  "A page's token is used again: after its time, after a log-out, in another browser's session, by another user",
		must:  "It is refused",
		tests: []test{shows(".", "TestPageTokenExpires"), shows(".", "TestLoginAndLogoutRenewTheBrowser"), shows(".", "TestPageIsBoundToItsUser")},
	},
	{
		what:  "Secrets are rotated while pages are open",
		must:  "Pages of an old secret go on until it is dropped, and are then loaded anew",
		tests: []test{tries(".", "TestSecretsRotate", "steps of a rotation, each as it must be")},
	},
	{
		what:  "A view behind a guard is joined by the token of a page that anybody may see, or by a URL made up for it",
		must:  "The route's middleware runs for each join and each move, and decides",
		tests: []test{shows(".", "TestMatrixOfRoutesAndRoles")},
	},
	{
		what:  "A patch names a URL of another route, host or scheme, or one with dots, escapes and control characters in it",
		must:  "The application's router decides. What isn't the view's own is loaded as a page",
		tests: []test{shows(".", "TestPatchToWhereTheViewIsNot")},
	},
	{
		what:  "A live navigation leads from one live session into another, as from users' pages to administrators'",
		must:  "It is a request for a page, never one over the socket",
		tests: []test{shows(".", "TestLiveSessionsAreApart")},
	},
	{
		what:  "A nested or sticky view is joined without its parent, over another socket, by another's token, or where it isn't shown",
		must:  "It is refused",
		tests: []test{tries(".", "TestForeignJoinsOfNestedViews", "such joins refused"), shows(".", "TestForeignJoinsOfStickyViews")},
	},
	{
		what:  "A user's rights end while pages are open, on several processes",
		must:  "`Disconnect` closes all sockets of the user everywhere within a second, and who comes back is asked anew",
		tests: []test{shows(".", "TestDisconnectReachesEveryProcess"), shows("e2e", "TestChatBetweenNodes")},
	},
	{
		what:  "A user logs out while events are on their way, or another tab is open",
		must:  "No event is handled afterwards; the other tab shows the log-in",
		tests: []test{shows(".", "TestDisconnect"), shows("e2e", "TestGalleryAccount")},
	},
	{
		what:  "Who knows a browser's cookie from before the log-in uses it afterwards, or has tossed one into it",
		must:  "All that a browser was known by is another after the log-in, and after the log-out",
		tests: []test{shows(".", "TestLoginAndLogoutRenewTheBrowser"), shows(".", "TestTossedCookieIsNoBrowser")},
	},
	{
		what:  "A session ends on the server while a page is open",
		must:  "No event is handled later than `Config.Recheck` after that",
		tests: []test{shows(".", "TestRecheck")},
	},
	{
		what:  "Another site shows a page in a frame",
		must:  "The application's header forbids it",
		tests: []test{shows("example", "TestPagesAreNotFramedNorCached")},
		docs:  "[security](security.md)",
	},
	{
		what:  "An event has the name of a method, of a property of JavaScript's, or one that nobody knows",
		must:  "The view's HandleEvent gets it as text. Nothing is looked up by it",
		tests: []test{shows(".", "TestEventNamesReachNothing")},
	},
	{
		what:  "An event asks for what the page doesn't show its user, as to delete another's row",
		must:  "`Authorize`, or the application, refuses it; the view lives",
		tests: []test{shows(".", "TestAuthorize")},
		docs:  "[security](security.md)",
	},
}
