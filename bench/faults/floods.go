package main

var floods = []fault{
	{
		what:  "One socket sends frames as fast as it can",
		must:  "It is held back to its rate, then answered without being heard, then closed. Others go on",
		tests: []test{shows(".", "TestFlood"), shows(".", "TestStress")},
	},
	{
		what:  "One socket joins more and more views",
		must:  "A hundred at most; the rest is told so",
		tests: []test{shows(".", "TestLimitsOfASocket")},
	},
	{
		what:  "One user, or one address, opens more and more sockets",
		must:  "As many as is set; then 429, or a close that tells the client to wait",
		tests: []test{shows(".", "TestSocketsOfAUser"), tries(".", "TestSocketsOfAnAddress", "ways in which an address is known, or isn't")},
	},
	{
		what:  "A crawler loads pages and never joins",
		must:  "The server keeps nothing of it",
		tests: []test{shows(".", "TestCrawlerLeavesNoState")},
	},
	{
		what:  "A socket is opened and never joins, joins and is silent, or sends a byte a second",
		must:  "It is closed after 15 seconds without a view, and after 60 without a message",
		tests: []test{shows(".", "TestSocketWithoutAView"), shows(".", "TestIdleSocketIsClosed"), tries(".", "TestMessagesWithoutAnEnd", "ways to go on sending one message")},
		docs:  "[deployment](deployment.md), for the `ReadHeaderTimeout` of what comes before",
	},
	{
		what:  "A browser stops reading while its view goes on changing",
		must:  "After five seconds its socket is cut. Who publishes never waits, and little is held",
		tests: []test{shows(".", "TestSlowBrowserLosesItsSocket"), shows(".", "TestLongPollSlowReader")},
	},
	{
		what:  "More is sent to a view than it handles",
		must:  "Its mailbox is bounded. A view that falls behind is ended, and joins again; who sends never waits",
		tests: []test{shows(".", "TestMailboxThatRunsOverEndsItsView"), shows(".", "TestWaitingBytesOfASocket")},
	},
	{
		what:  "A diff of many megabytes",
		must:  "It is sent in time that grows with it, and its buffers aren't kept",
		tests: []test{shows(".", "TestHugeDiffs")},
	},
	{
		what:  "A callback blocks",
		must:  "Only its view waits; when its socket is closed, its context ends",
		tests: []test{shows(".", "TestBlockedViewHoldsUpNobody")},
	},
	{
		what:  "Thousands of pages are open, and nobody does anything",
		must:  "A view costs memory and nothing else: it wakes nothing up",
		tests: []test{shows(".", "TestIdleViewsSleep")},
	},
	{
		what:  "After a restart all pages come back at once",
		must:  "So many mount at a time as is set; the rest has its turn; all are back within ten seconds",
		tests: []test{shows(".", "TestMountsAtATime"), shows("e2e", "TestBehindNginx")},
	},
	{
		what:  "Keys, fields and rows that are chosen to take long",
		must:  "Twice the bytes take twice the work",
		tests: []test{shows("protocol", "TestBombs"), shows(".", "TestWorkGrowsWithTheBytes")},
	},
	{
		what:  "A view starts loads and timers without end",
		must:  "So many loads are at work at a time as is set, and nothing is left of either",
		tests: []test{shows(".", "TestAsyncLeavesNothing"), shows(".", "TestStoppedRepeats"), shows(".", "TestRepeat")},
	},
}
