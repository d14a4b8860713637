package main

var machines = []fault{
	{
		what: "A callback panics, calls Goexit, or returns an error: each of them, the application's writers, brokers and loggers too",
		must: "Its view ends and is joined again. The process, the socket and other views live, and the log has it once",
		tests: []test{
			tries(".", "TestFailingCallbackEndsItsViewOnly", "failures, no other view touched"),
			tries(".", "TestNothingOfTheApplicationEndsMoreThanItsView", "failures, nothing left of them"), shows("e2e", "TestFailingCallback"),
		},
	},
	{
		what:  "A template fails half-way",
		must:  "Nothing of it is sent",
		tests: []test{tries("internal/engine", "TestRenderErrors", "failures, no byte written")},
	},
	{
		what: "The application does what Go ends a process for, as two goroutines that write one map",
		must: "Its tests find it, with the race detector",
		docs: "[testing](testing.md)",
	},
	{
		what:  "Visitors come and go for months",
		must:  "Goroutines, timers, descriptors, files and memory are what they were",
		tests: []test{shows("e2e", "TestVisitorsLeaveNothingBehind"), shows(".", "TestStress"), shows("bench/stress", "TestStressFindsNothing")},
	},
	{
		what:  "Processes are replaced one after the other, while pages are used",
		must:  "They drain: no page is loaded, begins anew, or loses what was typed",
		tests: []test{shows("e2e", "TestRollingRestartLosesNothing"), shows("e2e", "TestBehindNginx"), shows(".", "TestShutdownClosesInJitteredBatches")},
	},
	{
		what:  "A process is killed",
		must:  "Pages come back by themselves, at another process or the next. With a store they lose a second at most",
		tests: []test{shows("e2e", "TestKilledNodeLosesASecond"), shows("e2e", "TestServerKilledAndRestarted")},
	},
	{
		what:  "The broker is away, slow, flaps, doesn't let us in, or has its queue run over",
		must:  "Each process serves itself, nobody who publishes waits, and who may have missed something is told",
		tests: []test{shows("pubsub/redis", "TestRedisIsAway"), shows("pubsub/redis", "TestWrongPassword"), shows("pubsub", "TestQueueThatRunsOver"), shows("e2e", "TestChatBetweenNodes")},
	},
	{
		what:  "Messages between processes come twice, or not at all",
		must:  "Each is delivered once, in its publisher's order, and what is lost is told of",
		tests: []test{shows("pubsub", "TestGapsAndDuplicates"), shows(".", "TestPublishReachesEverySubscriberInOrder"), tries("pubsub/redis", "TestRedis", "properties of a broker's, with a real Redis")},
	},
	{
		what:  "The broker carries what isn't ours: garbage, another version, another's signature, too large",
		must:  "It is dropped and counted",
		tests: []test{shows("pubsub/redis", "TestHostileMessages"), tries("pubsub", "FuzzEnvelope", "inputs of the fuzzer, no panic")},
	},
	{
		what:  "Clocks of processes differ by a day, or step",
		must:  "Pages go on; what is saved last counts; signed messages are taken if they are minutes old",
		tests: []test{shows(".", "TestClocksThatDiffer"), tries(".", "TestClocksOfNodesDiffer", "ways to come back"), shows("pubsub", "TestClocksThatDiffer")},
	},
	{
		what: "A network is slow, loses packets, or is cut without a word",
		must: "An event takes one way there and back; a socket of nobody is noticed within a minute, and doesn't keep its page from coming back",
		tests: []test{
			shows(".", "TestSlowNetwork"), shows(".", "TestLossyNetwork"), shows(".", "TestIdleSocketIsClosed"), shows(".", "TestHalfOpenSocket"),
		},
	},
	{
		what:  "A phone sleeps, for seconds, minutes or an hour",
		must:  "The page comes back by itself, with what it was for as long as it is kept",
		tests: []test{shows(".", "TestSleepOfAPhone"), shows(".", "TestLongPollAfterSleep")},
	},
	{
		what: "A proxy has a base path, ends TLS, cuts what is idle, knows HTTP/2 only, holds answers back, or lets no WebSocket through",
		must: "All works, or one line of the log says what is amiss",
		tests: []test{
			tries("matrix", "TestBasePathBehindNginx", "base paths behind nginx"), tries("matrix", "TestRouters", "routers and prefixes"), tries("e2e", "TestBehindHAProxy", "restarts behind HAProxy"),
			tries("e2e", "TestBehindCaddy", "restarts behind Caddy"), tries("e2e", "TestLongPollBehindProxies", "proxies without WebSocket"), shows(".", "TestSocketOverHTTP2SaysSo"), shows("e2e", "TestLongPollThatHoldsPosts"),
		},
	},
	{
		what:  "A load balancer brings a page to another process each time",
		must:  "Each of them serves it",
		tests: []test{shows(".", "TestClientHopsBetweenProcesses"), shows("e2e", "TestBehindNginx")},
	},
	{
		what:  "A page of the older version meets the newer one",
		must:  "Its join brings the new page; a script that has changed costs one load",
		tests: []test{shows(".", "TestPageOfAnOlderVersion"), shows("e2e", "TestStaticChangedLoadsOnce")},
	},
	{
		what:  "Something changes between a view's reading and its subscribing",
		must:  "It subscribes first, and misses nothing",
		tests: []test{shows(".", "TestSubscribeThenReadMissesNothing")},
	},
	{
		what:  "The process has no descriptors left",
		must:  "Open pages go on, and new ones come as soon as there are",
		tests: []test{shows(".", "TestNoDescriptorsLeft")},
	},
	{
		what:  "Memory is short: the garbage collector works all the time",
		must:  "Events take longer, and all are answered",
		tests: []test{shows(".", "TestShortOfMemory")},
	},
	{
		what:  "Goroutines of the library race for data",
		must:  "They don't",
		races: true,
	},
	{
		what:  "A dependency has a known hole",
		must:  "None has",
		tests: []test{shows("supply", "TestDependenciesAreNotVulnerable")},
	},
}
