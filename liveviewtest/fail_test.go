package liveviewtest_test

import (
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// failing is a testing.TB that keeps what would have failed the test. As the
// testing package does, it blames the line that called the outermost helper; if
// that isn't a test's, it says so, too.
type failing struct {
	testing.TB
	said     []string
	helpers  map[string]bool // functions that have called Helper
	cleanups []cleanup
}

// cleanup is a function given to Cleanup, and the stack of who gave it.
type cleanup struct {
	name  string
	run   func()
	given []uintptr
}

func (f *failing) Helper() {
	if f.helpers == nil {
		f.helpers = map[string]bool{}
	}
	caller, _ := runtime.CallersFrames(callers()).Next()
	f.helpers[caller.Function] = true
}

func (f *failing) Cleanup(run func()) {
	name := runtime.FuncForPC(reflect.ValueOf(run).Pointer()).Name()
	f.cleanups = append(f.cleanups, cleanup{name, run, callers()})
}

func (f *failing) Errorf(format string, args ...any) { f.fail(callers(), format, args...) }

func (f *failing) Fatalf(format string, args ...any) {
	f.fail(callers(), format, args...)
	panic(f)
}

func (f *failing) fail(stack []uintptr, format string, args ...any) {
	f.said = append(f.said, fmt.Sprintf(format, args...))
	if at := f.blamed(stack); !strings.HasSuffix(at.File, "_test.go") {
		f.said = append(f.said, fmt.Sprintf("%s:%d, which no test wrote, is blamed for %q", at.File, at.Line, fmt.Sprintf(format, args...)))
	}
}

// blamed returns the first frame of a stack that isn't a helper's.
func (f *failing) blamed(stack []uintptr) runtime.Frame {
	frames := runtime.CallersFrames(stack)
	for {
		frame, more := frames.Next()
		if i := slices.IndexFunc(f.cleanups, func(c cleanup) bool { return c.name == frame.Function }); i >= 0 {
			frames = runtime.CallersFrames(f.cleanups[i].given)
			continue
		}
		if !more || !f.helpers[frame.Function] {
			return frame
		}
	}
}

// callers returns the stack from the caller of the method of failing on.
func callers() []uintptr {
	var stack [100]uintptr
	return stack[:runtime.Callers(3, stack[:])]
}

// failures runs a test and returns what it failed with.
func failures(test func(t testing.TB)) []string {
	f := &failing{}
	func() {
		defer func() {
			if r := recover(); r != nil && r != any(f) {
				panic(r)
			}
		}()
		test(f)
	}()
	for _, c := range slices.Backward(f.cleanups) {
		c.run()
	}
	return f.said
}

func quiet() liveview.Config {
	return liveview.Config{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))}
}

func serve(source string, change func(s *liveview.Socket[record], e liveview.Event) error) http.Handler {
	return app(func(r *gin.Engine) { liveview.Handle(r, "/", recorder(source+logList, change)) }, quiet())
}

// An act that a user couldn't do, and a wait in vain, end the test with a message
// that names the act and shows what there is instead.
func TestWhatEndsATest(t *testing.T) {
	source := `<button id="inc" phx-click="inc">Increment</button><button id="off" phx-click="x" disabled>Off</button>
		<p id="text">plain</p><b class="two">1</b><b class="two">2</b><button class="same">Go</button><button class="same">Go</button>
		<form id="order" phx-change="c" phx-submit="s"><input name="email" type="email" required><input name="ro" readonly><input name="hid" type="hidden">
		<input name="dis" disabled><select name="sel"><option>a</option></select><input type="radio" name="r" value="1"><input type="radio" name="r" value="2">
		<input type="file" name="f" id="file" phx-hook="H"><button>Send</button></form><div id="hook" phx-hook="H"></div>
		<form id="kinds" phx-submit="s"><input type="number" name="number"><input type="date" name="date" min="2024-01-01"><input type="range" name="range" max="10">
		<input name="text" pattern="(?=.*\d).+"><button>Send all</button></form><form id="lines" phx-submit="s"><input name="l1"><input name="l2"></form>
		<div hidden><button id="covered" phx-click="x">Covered</button></div><details><summary>More</summary><form id="more"><input name="unseen"></form></details>
		<button id="slow" phx-click="x" phx-throttle="1000">Slow</button><template><button id="inert" phx-click="x">Inert</button></template>
		<form id="labelled"><label>Address <input name="address"></label><label>Twice <input name="t1"></label><input name="t2" aria-label="Twice"></form>
		<a href="/help" target="_blank">Help</a><ul id="void" phx-viewport-bottom="x"></ul>
		<i id="close" phx-window-keydown="close" phx-key="Esc"></i><i id="next" phx-window-keyup="next" data-shortcut="j"></i><input id="own" phx-keydown="own" phx-key="Enter">`
	for name, tc := range map[string]struct {
		act  func(v *liveviewtest.View)
		want []string
	}{
		"missing":         {func(v *liveviewtest.View) { v.Click("#incc") }, []string{`Click("#incc")`, "no element matches", `<button id="inc" phx-click="inc">Increment`}},
		"missing text":    {func(v *liveviewtest.View) { v.Click("Incremennt") }, []string{"nearest", `<button id="inc"`}},
		"bad selector":    {func(v *liveviewtest.View) { v.Text("p[") }, []string{"no CSS selector"}},
		"text":            {func(v *liveviewtest.View) { v.Text("#textt") }, []string{`<p id="text">plain`}},
		"disabled":        {func(v *liveviewtest.View) { v.Click("#off") }, []string{"is disabled"}},
		"no binding":      {func(v *liveviewtest.View) { v.Click("#text") }, []string{"nothing hears a click"}},
		"ambiguous":       {func(v *liveviewtest.View) { v.Click(".two") }, []string{"2 elements match", "it must be one"}},
		"ambiguous text":  {func(v *liveviewtest.View) { v.Click("Go") }, []string{"2 elements show that text"}},
		"text filter":     {func(v *liveviewtest.View) { v.Click("b", "3") }, []string{`no element that matches has the text "3"; there are:`, `<b>1`}},
		"texts":           {func(v *liveviewtest.View) { v.Within("b.two", "3", "4").Has("b") }, []string{`no element that matches has the text "3" and "4"; there are:`}},
		"no link":         {func(v *liveviewtest.View) { v.Follow("#inc") }, []string{"is no link"}},
		"no form":         {func(v *liveviewtest.View) { v.Submit("#text") }, []string{"is no form"}},
		"no field":        {func(v *liveviewtest.View) { v.Change("#order", "emial", "x") }, []string{`no field "emial"`, `name="email"`}},
		"odd fields":      {func(v *liveviewtest.View) { v.Change("#order", "email", "x", "sel") }, []string{"by turns"}},
		"no fields":       {func(v *liveviewtest.View) { v.Change("#order") }, []string{"no fields to change"}},
		"read-only":       {func(v *liveviewtest.View) { v.Change("#order", "ro", "x") }, []string{"is read-only"}},
		"hidden":          {func(v *liveviewtest.View) { v.Change("#order", "hid", "x") }, []string{`no field "hid"`}},
		"disabled field":  {func(v *liveviewtest.View) { v.Change("#order", "dis", "x") }, []string{"is disabled"}},
		"no option":       {func(v *liveviewtest.View) { v.Change("#order", "sel", "z") }, []string{`no option "z"`, "<option"}},
		"no such radio":   {func(v *liveviewtest.View) { v.Change("#order", "r", "3") }, []string{`can't be "3"`}},
		"file as text":    {func(v *liveviewtest.View) { v.Change("#order", "f", "x") }, []string{"use Choose"}},
		"required":        {func(v *liveviewtest.View) { v.Submit("#order") }, []string{"a browser would not submit", "is required"}},
		"e-mail":          {func(v *liveviewtest.View) { v.Submit("#order", "email", "ada") }, []string{"is no e-mail address"}},
		"number":          {func(v *liveviewtest.View) { v.Change("#kinds", "number", "abc") }, []string{"takes a number", `not "abc"`}},
		"steps":           {func(v *liveviewtest.View) { v.Submit("#kinds", "number", "2.5") }, []string{"a browser would not submit", "between two steps", "a step is 1"}},
		"date":            {func(v *liveviewtest.View) { v.Change("#kinds", "date", "tomorrow") }, []string{"takes a date such as", `not "tomorrow"`}},
		"early":           {func(v *liveviewtest.View) { v.Submit("#kinds", "date", "2023-12-31") }, []string{"less than 2024-01-01"}},
		"range":           {func(v *liveviewtest.View) { v.Change("#kinds", "range", 50) }, []string{"goes from 0 to 10 in steps of 1", "can't be 50"}},
		"line break":      {func(v *liveviewtest.View) { v.Change("#kinds", "text", "a\nb") }, []string{"is one line"}},
		"two ats":         {func(v *liveviewtest.View) { v.Submit("#order", "email", "a@@b") }, []string{"is no e-mail address"}},
		"lookahead":       {func(v *liveviewtest.View) { v.Submit("#kinds", "text", "letters") }, []string{"doesn't match its pattern"}},
		"no button":       {func(v *liveviewtest.View) { v.Submit("#lines") }, []string{"without a submit button", "and has 2"}},
		"no Enter":        {func(v *liveviewtest.View) { v.Key("[name=l1]", "Enter") }, []string{"without a submit button", "and has 2"}},
		"hidden button":   {func(v *liveviewtest.View) { v.Click("#covered") }, []string{`Click("#covered")`, `is in <div hidden`, "doesn't show"}},
		"hidden field":    {func(v *liveviewtest.View) { v.Change("[name=unseen]", "x") }, []string{"<details", "isn't open"}},
		"hidden focus":    {func(v *liveviewtest.View) { v.Focus("#covered") }, []string{"can't have the focus", "doesn't show"}},
		"throttle":        {func(v *liveviewtest.View) { v.Click("#slow"); v.Click("#slow") }, []string{"the client drops this", `phx-throttle="1000"`, "time.Sleep"}},
		"in a template":   {func(v *liveviewtest.View) { v.Click("#inert") }, []string{"no element matches"}},
		"no label":        {func(v *liveviewtest.View) { v.Change("Addr", "x") }, []string{"no field has that label", `name="address"`}},
		"labels":          {func(v *liveviewtest.View) { v.Change("Twice", "x") }, []string{"2 fields have that label"}},
		"another tab":     {func(v *liveviewtest.View) { v.Follow("Help") }, []string{"opens another tab", "Session.Open"}},
		"scope":           {func(v *liveviewtest.View) { v.Within("#order").Click("#inc") }, []string{"no element matches", "<button>Send"}},
		"no scope":        {func(v *liveviewtest.View) { v.Within("#ordr") }, []string{`Within("#ordr")`, `<form id="order"`}},
		"not clickable":   {func(v *liveviewtest.View) { v.Clickable("#incc") }, []string{`Clickable("#incc")`, "no element matches"}},
		"no viewport":     {func(v *liveviewtest.View) { v.ScrollToTop("#order") }, []string{"has no phx-viewport-top"}},
		"empty viewport":  {func(v *liveviewtest.View) { v.ScrollToBottom("#void") }, []string{"is empty"}},
		"no hook":         {func(v *liveviewtest.View) { v.Hook("#text") }, []string{"has no phx-hook", `phx-hook="H"`}},
		"no key":          {func(v *liveviewtest.View) { v.KeyDown("#inc", "x") }, []string{"nothing hears the key", `<i id="close"`, `phx-key="Esc"`}},
		"another key":     {func(v *liveviewtest.View) { v.Key("", "Escape") }, []string{"nothing hears the key", `hears phx-key="Esc" alone`, `hears data-shortcut="j" alone`}},
		"its own key":     {func(v *liveviewtest.View) { v.KeyDown("#own", "Escape") }, []string{`<input id="own"`, `hears phx-key="Enter" alone`}},
		"a shortcut":      {func(v *liveviewtest.View) { v.KeyUp("#own", "j") }, []string{"nothing hears the key", `data-shortcut="j"`, "nothing that is typed into a field"}},
		"no focus":        {func(v *liveviewtest.View) { v.Focus("#text") }, []string{"can't have the focus"}},
		"no window":       {func(v *liveviewtest.View) { v.Blur("") }, []string{"no element has phx-window-blur"}},
		"no files":        {func(v *liveviewtest.View) { v.Choose("#inc") }, []string{"takes no files"}},
		"not checkable":   {func(v *liveviewtest.View) { v.Checked("#inc") }, []string{"neither a checkbox nor a radio button"}},
		"wait":            {func(v *liveviewtest.View) { v.WaitFor(func() bool { return false }) }, []string{"doesn't hold after 5s"}},
		"wait for text":   {func(v *liveviewtest.View) { v.WaitForText("#text", "x") }, []string{`it is "plain"`}},
		"event":           {func(v *liveviewtest.View) { v.ExpectEvent("e") }, []string{`ExpectEvent("e")`}},
		"patch":           {func(v *liveviewtest.View) { v.ExpectPatch("/x") }, []string{"hasn't moved"}},
		"crash":           {func(v *liveviewtest.View) { v.ExpectCrash() }, []string{"the view is live"}},
		"disconnect":      {func(v *liveviewtest.View) { v.ExpectDisconnect() }, []string{"the view is live"}},
		"back":            {func(v *liveviewtest.View) { v.Back() }, []string{"the history"}},
		"no flash":        {func(v *liveviewtest.View) { v.ClearFlash("info") }, []string{"lv:clear-flash"}},
		"closed":          {func(v *liveviewtest.View) { v.Close(); v.Click("#inc") }, []string{"the page is closed"}},
		"closed for good": {func(v *liveviewtest.View) { v.Close(); v.Reconnect() }, []string{"the page is closed"}},
		"offline":         {func(v *liveviewtest.View) { v.Disconnect(); v.Hook("#hook").Push("x", nil) }, []string{"the view is disconnected", "Reconnect"}},
	} {
		t.Run(name, func(t *testing.T) {
			// In a bubble, as some of them wait in vain.
			synctest.Test(t, func(t *testing.T) {
				said := failures(func(t testing.TB) {
					tc.act(liveviewtest.Open(t, serve(source, nil), "/"))
					t.Errorf("went on")
				})
				if len(said) != 1 {
					t.Fatalf("the test failed %d times: %q", len(said), said)
				}
				for _, part := range tc.want {
					if !strings.Contains(said[0], part) {
						t.Errorf("the message lacks %q: %s", part, said[0])
					}
				}
			})
		})
	}
}

// Of several messages of a kind each is told, and one click clears them.
func TestFlashOfSeveralMessages(t *testing.T) {
	v := open(t, `{{range flashes}}<p>{{.Text}} <button phx-click="lv:clear-flash" phx-value-key="{{.Kind}}">×</button></p>{{end}}<button phx-click="put">put</button>`,
		func(s *liveview.Socket[record], _ liveview.Event) error {
			s.PutFlash("info", "one")
			s.PutFlash("error", "two")
			s.PutFlash("info", "three")
			return nil
		})
	v.Click("put")
	if info, failed := v.Flash("info"), v.Flash("error"); info != "one\nthree" || failed != "two" {
		t.Errorf("the page shows %q and %q", info, failed)
	}
	if v.ClearFlash("info"); v.Flash("info") != "" || v.Flash("error") != "two" {
		t.Errorf("once info is cleared it shows %q and %q", v.Flash("info"), v.Flash("error"))
	}
}

// A second set of Options isn't left aside in silence.
func TestOneSetOfOptions(t *testing.T) {
	said := failures(func(t testing.TB) {
		liveviewtest.Open(t, gin.New(), "/", liveviewtest.Options{}, liveviewtest.Options{})
	})
	if len(said) != 1 || !strings.Contains(said[0], "one set of Options, not 2") {
		t.Errorf("it said %q", said)
	}
}

// A pattern that is no regular expression to a browser keeps nothing from being
// submitted, there and here, and the test is told.
func TestPatternsThatBrowsersIgnore(t *testing.T) {
	for pattern, want := range map[string]string{
		`[\w-]+`:          `in a class '-' must be escaped`,
		`(`:               "missing closing )",
		`\@`:              `'@' must not be escaped`,
		`\p{RGI_Emoji}`:   "can't be checked here",
		`[\w\-]+|\(\d+\)`: "",
	} {
		source := `<form id="f" phx-submit="s"><input name="a" value="x" pattern="` + pattern + `"></form>`
		sent := 0
		said := failures(func(t testing.TB) {
			liveviewtest.Open(t, serve(source, func(*liveview.Socket[record], liveview.Event) error { sent++; return nil }), "/").Submit("#f")
		})
		if sent != 1 || (want == "") != (said == nil) || !strings.Contains(strings.Join(said, "\n"), want) {
			t.Errorf("%s: sent %d times, said %q, want %q", pattern, sent, said, want)
		}
	}
}

// What a layout lacks is named: without scripts or the CSRF token no browser joins the
// page, and without a title the client shows "undefined" as soon as there is one.
func TestLayoutThatLacksAPart(t *testing.T) {
	for missing, want := range map[string]string{"": "", "{{.Scripts}}": "script", "{{.CSRFMeta}}": "csrf-token", "{{.LiveTitle}}": "undefined"} {
		c := quiet()
		c.Layout = func(c *gin.Context, p liveview.Page) error {
			for part, content := range map[string]template.HTML{"{{.Scripts}}": p.Scripts(), "{{.CSRFMeta}}": p.CSRFMeta(), "{{.LiveTitle}}": p.LiveTitle()} {
				if part != missing {
					_, _ = fmt.Fprint(c.Writer, content) // into memory
				}
			}
			_, err := fmt.Fprint(c.Writer, p.Content())
			return err
		}
		title := view[record]{page: liveview.MustParse[record](`<p>x</p>`), mount: func(_ *gin.Context, s *liveview.Socket[record]) error {
			s.PageTitle("A title")
			return nil
		}}
		handler := app(func(r *gin.Engine) { liveview.Handle(r, "/", title) }, c)
		said := failures(func(t testing.TB) { liveviewtest.Open(t, handler, "/") })
		if missing == "" && said != nil || missing != "" && (len(said) != 1 || !strings.Contains(said[0], missing) || !strings.Contains(said[0], want)) {
			t.Errorf("without %q the test failed with %q", missing, said)
		}
	}
}

// A link or form whose address was refused when the page was rendered leads nowhere,
// and using it says so.
func TestLinkToABadAddress(t *testing.T) {
	source := `<a id="patch" {{patch (index .Log 0)}}>patch</a><a id="live" {{navigate (index .Log 0)}}>live</a><a id="plain" href="{{index .Log 0}}">plain</a><form id="f" action="{{index .Log 0}}"><button id="send">send</button></form>`
	v := recorder(source, nil)
	v.mount = func(_ *gin.Context, s *liveview.Socket[record]) error {
		s.Assign(func(c *record) { c.Log = []string{"javascript:x"} })
		return nil
	}
	handler := app(func(r *gin.Engine) { liveview.Handle(r, "/", v) }, quiet())
	if said := failures(func(t testing.TB) { liveviewtest.Open(t, handler, "/").Click("#send") }); len(said) != 1 || !strings.Contains(said[0], "#ZgotmplZ") {
		t.Errorf("a form with such an address failed with %q", said)
	}
	for _, id := range []string{"#patch", "#live", "#plain"} {
		for name, act := range map[string]func(v *liveviewtest.View){
			"Follow": func(v *liveviewtest.View) { v.Follow(id) },
			"Click":  func(v *liveviewtest.View) { v.Click(id) },
		} {
			said := failures(func(t testing.TB) { act(liveviewtest.Open(t, handler, "/")) })
			if len(said) != 1 || !strings.Contains(said[0], name+`("`+id+`")`) || !strings.Contains(said[0], "#ZgotmplZ") || !strings.Contains(said[0], "javascript:") {
				t.Errorf("%s of %s failed with %q", name, id, said)
			}
		}
		if said := failures(func(t testing.TB) {
			if liveviewtest.Open(t, handler, "/").Clickable(id) {
				t.Errorf("clickable")
			}
		}); said != nil {
			t.Errorf("Clickable of %s: %q", id, said)
		}
	}
}

// What the official client complains about is an error of the test each, or goes
// to Warn.
func TestWhatIsComplainedAbout(t *testing.T) {
	bad := `<p id="twice">1</p><p id="twice">2</p><form phx-change="c"><input name="{{"id"}}"></form><div id="{{""}}" phx-hook="H"></div>`
	said := failures(func(t testing.TB) { liveviewtest.Open(t, serve(bad, nil), "/") })
	for _, part := range []string{`the id "twice"`, "phx-change and no id", `named "id"`, `the hook "H"`} {
		if !strings.Contains(strings.Join(said, "\n"), part) {
			t.Errorf("nobody complained of %q: %q", part, said)
		}
	}
	if len(said) != 4 {
		t.Errorf("%d complaints, want 4: %q", len(said), said)
	}
	var warned []string
	if said := failures(func(t testing.TB) {
		liveviewtest.Open(t, serve(bad, nil), "/", liveviewtest.Options{Warn: func(w string) { warned = append(warned, w) }})
	}); said != nil || len(warned) != 4 {
		t.Errorf("with Warn the test failed with %q, and got %q", said, warned)
	}
}

// A page is parsed when somebody looks at it. Nothing is lost by that.
func TestPageThatNobodyLooksAt(t *testing.T) {
	for name, test := range map[string]struct {
		source string
		want   string
	}{
		"twice":   {`<p id="twice">1</p><p id="twice">2</p>`, `the id "twice"`},
		"form":    {`<form phx-change="c"><input name="x"></form>`, "phx-change and no id"},
		"field":   {`<form id="f"><input name="{{"id"}}"></form>`, `named "id"`},
		"hook":    {`<!-- a comment --><div id="{{""}}" phx-hook="H"></div>`, `the hook "H"`},
		"stream":  {`<ul id="{{""}}" phx-update="stream"></ul>`, "stream's container"},
		"nothing": {`<p id="once">1</p><script type="text/plain">"<p id='once'>"</script>`, ""},
	} {
		said := strings.Join(failures(func(t testing.TB) { liveviewtest.Open(t, serve(test.source, nil), "/").Close() }), "\n")
		if !strings.Contains(said, test.want) || test.want == "" && said != "" {
			t.Errorf("%s: said was %q, want %q", name, said, test.want)
		}
	}
	v := view[record]{page: liveview.MustParse[record](`<p>plain</p>`), mount: func(_ *gin.Context, s *liveview.Socket[record]) error {
		if s.Connected() {
			s.PageTitle("Live")
		}
		return nil
	}}
	if title := liveviewtest.Open(t, app(func(r *gin.Engine) { liveview.Handle(r, "/", v) }), "/").Title(); title != "App: Live" {
		t.Errorf("the title is %q, want the one that came with the join", title)
	}
}

// A view that crashed without the test's knowing fails the test: the next act, or
// the test's end, once.
func TestUnexpectedEnds(t *testing.T) {
	crash := func(*liveview.Socket[record], liveview.Event) error { panic("on purpose") }
	source := `<button id="go" phx-click="go">go</button>`
	said := failures(func(t testing.TB) { liveviewtest.Open(t, serve(source, crash), "/").Click("#go") })
	if len(said) != 1 || !strings.Contains(said[0], "crashed") {
		t.Errorf("a crash at the end: %q", said)
	}
	said = failures(func(t testing.TB) {
		v := liveviewtest.Open(t, serve(source, crash), "/")
		v.Click("#go")
		v.Click("#go")
	})
	if len(said) != 1 || !strings.Contains(said[0], `Click("#go")`) || !strings.Contains(said[0], "crashed") {
		t.Errorf("an act after a crash: %q", said)
	}
	if said = failures(func(t testing.TB) {
		v := liveviewtest.Open(t, serve(source, crash), "/")
		v.Click("#go")
		v.ExpectCrash()
	}); said != nil {
		t.Errorf("an expected crash: %q", said)
	}
	said = failures(func(t testing.TB) { liveviewtest.Open(t, serve(source, crash), "/missing") })
	if len(said) != 1 || !strings.Contains(said[0], "404") {
		t.Errorf("a missing page: %q", said)
	}
}
