package main

var input = []fault{
	{
		what:  "A message has no end: by its size, by fragments, or by fragments with nothing in them",
		must:  "It takes no more memory than `Config.MaxFrame`, and no more time than a socket may be silent; then the socket is closed",
		tests: []test{shows(".", "TestFrameWithoutAnEnd"), shows("internal/wire", "TestAppendAllHoldsNoMoreThanTheLimit"), tries(".", "TestMessagesWithoutAnEnd", "ways to send one")},
	},
	{
		what:  "A compressed message inflates to a gigabyte",
		must:  "No more of it is held than a message may have",
		tests: []test{shows(".", "TestInflateBomb")},
	},
	{
		what:  "Frames break WebSocket's rules: reserved bits, unknown kinds, no mask, long pings, fragments out of turn, text that isn't UTF-8, compressed data that is none",
		must:  "The socket is closed, or the message is passed over; others go on",
		tests: []test{tries(".", "TestFramesThatBreakTheRules", "kinds of such frames"), tries(".", "TestCompressedMessageThatIsNone", "compressed messages that are none")},
	},
	{
		what:  "Messages aren't JSON, have the wrong shape or types, huge numbers, doubled members, NUL, half a surrogate",
		must:  "An error that says where, or the reply that the official client knows. No panic",
		tests: []test{tries("protocol", "TestDecodeTextRefuses", "frames refused"), tries("protocol", "TestPayloadsRefused", "payloads refused"), tries("protocol", "FuzzDecodeText", "inputs of the fuzzer, no panic"), tries("protocol", "FuzzDecodeEvent", "inputs of the fuzzer, no panic")},
	},
	{
		what:  "JSON nested ten thousand deep, a million brackets, a hundred thousand members or fields",
		must:  "Refused by depth or by bytes, before the application sees it, in time that grows with the bytes",
		tests: []test{shows("protocol", "TestBombs"), shows(".", "TestLimitsOfASocket")},
	},
	{
		what:  "The head of a binary frame lies about its lengths",
		must:  "An error; nothing is read that isn't there",
		tests: []test{tries("protocol", "TestDecodeBinary", "heads, true and lying"), tries("protocol", "FuzzDecodeBinary", "inputs of the fuzzer, no panic")},
	},
	{
		what:  "Frames are out of place: an event before the join, after the leave, twice, for a topic that nobody knows or of a megabyte",
		must:  "The documented reply, or none",
		tests: []test{tries(".", "TestFramesOutOfPlace", "sequences, each answered as documented")},
	},
	{
		what:  "A topic is joined while it is joined",
		must:  "The older view ends before the newer one is mounted",
		tests: []test{shows(".", "TestSecondJoinEndsTheFirst")},
	},
	{
		what:  "Forms of any kind: names in brackets, thousands of fields, `__proto__`, escapes that are none",
		must:  "They are plain values, bound by tags alone, or an error; memory grows with the bytes",
		tests: []test{tries("protocol", "FuzzDecodeForm", "inputs of the fuzzer, no panic"), tries(".", "FuzzBind", "inputs of the fuzzer, no panic"), shows(".", "TestFormOfHostileBodies")},
	},
	{
		what:  "A client of another version of the protocol, or of none",
		must:  "403, with a sentence",
		tests: []test{shows(".", "TestSocketEndpointRefusesWhatIsNoUpgrade")},
	},
	{
		what:  "Requests of long-poll have too many messages, too large ones, or none",
		must:  "The same limits as over a socket",
		tests: []test{tries(".", "TestLongPollBounds", "bodies, each answered or the connection ended"), tries("internal/wire", "FuzzLines", "inputs of the fuzzer, no panic")},
	},
	{
		what:  "Headers say another host, another method or another length, or a join says another host",
		must:  "A URL's host counts only if it is the socket's own",
		tests: []test{tries(".", "TestHostIsTheSockets", "kinds of headers, none believed")},
	},
}
