package main

var output = []fault{
	{
		what:  "Text that is HTML, a script or a style stands in any place of a page",
		must:  "The live page is, byte for byte, what html/template writes",
		tests: []test{shows("e2e", "TestHostileTextInEveryPlace"), shows("internal/engine", "TestRandom"), tries("internal/engine", "FuzzRender", "pages of the fuzzer, no difference")},
	},
	{
		what:  "A value is within a tag, an attribute, a comment, a script or a style, at whose edge a diff cuts",
		must:  "It is escaped for where it stands, as in the whole page",
		tests: []test{tries("internal/engine", "TestContexts", "places, each with values of every kind")},
	},
	{
		what:  "Data stands in the commands of `phx-click` and the like",
		must:  "It is a value in them, and never a command, a selector or a script",
		tests: []test{shows("js", "TestInHTMLTemplate"), tries("js", "TestCommandsThatCantWork", "commands refused where they are made"), shows(".", "TestDataIsNoCommand")},
	},
	{
		what:  "Hostile text, or names of what JavaScript's objects have, in pushed events, replies, the title, `phx-value-*`",
		must:  "It comes as it is, as text, and changes no object's prototype",
		tests: []test{shows("e2e", "TestHostileTextReachesHooks")},
	},
	{
		what:  "Links and moves lead to `javascript:` and the like, or to another host that looks like a path: `//`, backslashes, tabs, escapes",
		must:  "They are refused, or shown as html/template shows what it doesn't trust",
		tests: []test{shows(".", "TestBadTargetsAreRefused"), tries("internal/target", "FuzzTarget", "inputs of the fuzzer, none leads elsewhere")},
	},
	{
		what:  "Line breaks and NUL in what a redirect says",
		must:  "One header stays one",
		tests: []test{shows(".", "TestRedirectIsOneHeader")},
	},
	{
		what:  "An error, a panic or a path has a secret, or what a visitor typed, in it",
		must:  "Visitors are told nothing of it; the log has no values",
		tests: []test{shows(".", "TestSecretsStayOutOfAnswersAndLogs"), tries(".", "TestSecretsInPathsAreNotShown", "kinds of failure, no secret shown"), tries(".", "TestBindErrorsHaveNoValues", "kinds of input, no value in the log")},
	},
	{
		what:  "A cache, or the button that goes back, shows a private page",
		must:  "`Cache-Control: no-store` on each page, and on what leads to it",
		tests: []test{shows(".", "TestPagesAreNotCached"), shows("example", "TestPagesAreNotFramedNorCached")},
	},
	{
		what:  "The Content-Security-Policy is as strict as can be",
		must:  "All works by `default-src 'self'`",
		tests: []test{shows("e2e", "TestStrictContentSecurityPolicy")},
	},
}
