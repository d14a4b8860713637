package main

var uploads = []fault{
	{
		what:  "A file is of another type than its name or the browser says: a page that begins as a picture, a script in an SVG",
		must:  "The name's extension and what the bytes are found to be must both be accepted",
		tests: []test{shows(".", "TestUploadHostileFilesAreRefused"), tries("internal/upload", "FuzzContent", "inputs of the fuzzer, no panic")},
	},
	{
		what:  "More bytes come than were declared, or chunks larger than agreed; sizes are negative or huge",
		must:  "An error at the first byte too many, and nothing stays on the disk",
		tests: []test{shows(".", "TestUploadOfMoreThanDeclared")},
	},
	{
		what:  "Fewer bytes come than were declared, and the client says that the file is complete",
		must:  "It can't be consumed",
		tests: []test{shows(".", "TestUploadThatIsNotCompleteIsNotConsumed")},
	},
	{
		what:  "A thousand files where ten may be sent, the same one twice, refs that can't be, progress of nothing",
		must:  "Each is refused by itself; the view lives",
		tests: []test{shows(".", "TestUploadOfTooManyEntries")},
	},
	{
		what:  "A file's name is a path, has control characters, turns the text's direction, is ten thousand letters long",
		must:  "It is text to be shown, cleaned, and never a path",
		tests: []test{shows(".", "TestUploadHostileNames")},
	},
	{
		what:  "An upload is left: the tab is closed, the view crashes, the socket is cut at any frame, the process is killed",
		must:  "Its file is removed within a second; after a kill, when the next process starts",
		tests: []test{slowly(".", "TestUploadCutAnywhereLeavesNothing"), tries(".", "TestUploadEndsWithItsView", "ways to end the view, no file left"), shows(".", "TestUploadLeftoversOfAKilledProcess")},
	},
	{
		what:  "An upload trickles in",
		must:  "It is ended by the time of a chunk, or by the rate on average",
		tests: []test{shows(".", "TestUploadThatIsTooSlow")},
	},
	{
		what:  "The disk is full, can't be written, or the application's writer fails",
		must:  "The file has an error, nothing of it stays, and the view lives",
		tests: []test{tries(".", "TestUploadThatCannotBeStored", "ways to fail, no view ended")},
	},
	{
		what:  "A file's token is forged, of another view, user or file, used twice, or used after its view",
		must:  "It is refused",
		tests: []test{shows(".", "TestUploadTokensThatAreNotGood")},
	},
	{
		what:  "A file is sent to a page that takes none",
		must:  "Nothing is written",
		tests: []test{shows(".", "TestUploadToAPageThatAllowsNone")},
	},
	{
		what:  "The connection is lost, or the user goes to another page, in the middle of an upload",
		must:  "It begins anew, or is gone; no view crashes",
		tests: []test{shows(".", "TestUploadReconnectInTheMiddle"), shows("e2e", "TestUploadNavigateInTheMiddle")},
	},
	{
		what:  "A hundred users send files at once",
		must:  "All together have no more on the disk than `Config.MaxUploadBytes`",
		tests: []test{shows(".", "TestUploadBudget")},
	},
	{
		what: "A picture or an archive unpacks to gigabytes",
		must: "The application bounds it before it unpacks",
		docs: "[uploads](uploads.md)",
	},
}
