package liveviewtest_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// record is a state that shows the events that came.
type record struct {
	Log   []string
	Count int
	Live  bool
}

// recorder is a view that writes down each event; change, if not nil, adds to
// the state.
func recorder(source string, change func(s *liveview.Socket[record], e liveview.Event) error) view[record] {
	v := view[record]{page: liveview.MustParse[record](source)}
	v.mount = func(_ *gin.Context, s *liveview.Socket[record]) error {
		s.Assign(func(c *record) { c.Live = s.Connected() })
		return nil
	}
	v.event = func(s *liveview.Socket[record], e liveview.Event) error {
		values := e.Values()
		names := make([]string, 0, len(values))
		for name, v := range values {
			names = append(names, fmt.Sprintf("%s=%s", name, strings.Join(v, "+")))
		}
		slices.Sort(names)
		line := strings.TrimSpace(fmt.Sprintf("%s %s %s", e.Type, e.Name, strings.Join(names, " ")))
		if e.Target() != nil {
			line += " target=" + strings.Join(e.Target(), ".")
		}
		s.Assign(func(c *record) { c.Log = append(c.Log, line) })
		if change != nil {
			return change(s, e)
		}
		return nil
	}
	return v
}

const logList = `<ol id="log">{{range .Log}}<li>{{.}}</li>{{end}}</ol>`

// logged returns what a recorder wrote down since it was last asked.
func logged(v *liveviewtest.View, since *int) []string {
	var all []string
	for _, n := range v.Find("#log li").EachIter() {
		all = append(all, n.Text())
	}
	fresh := all[*since:]
	*since = len(all)
	return fresh
}

func open(t *testing.T, source string, change func(s *liveview.Socket[record], e liveview.Event) error) *liveviewtest.View {
	t.Helper()
	return liveviewtest.Open(t, app(func(r *gin.Engine) { liveview.Handle(r, "/", recorder(source+logList, change)) }), "/")
}

func wantLog(t *testing.T, v *liveviewtest.View, since *int, want ...string) {
	t.Helper()
	if got := logged(v, since); !slices.Equal(got, want) {
		t.Errorf("the server got %q, want %q", got, want)
	}
}

// A page that was opened shows what the joined view renders, with its title, URL
// and events.
func TestOpenRendersAndJoins(t *testing.T) {
	page := view[record]{page: liveview.MustParse[record](`<p id="live">{{.Live}}</p>`)}
	page.mount = func(_ *gin.Context, s *liveview.Socket[record]) error {
		s.PageTitle("Count")
		s.Assign(func(c *record) { c.Live = s.Connected() })
		return s.PushEvent("hello", map[string]int{"n": 1})
	}
	v := liveviewtest.Open(t, app(func(r *gin.Engine) { liveview.Handle(r, "/page", page) }), "/page?x=1")
	if got := v.Text("#live"); got != "true" {
		t.Errorf("the joined page shows %q, want true", got)
	}
	if v.Response().StatusCode != 200 || !strings.Contains(v.URL().String(), "/page?x=1") || !v.Live() || v.ID() == "" {
		t.Errorf("status %d, URL %s, live %v, id %q", v.Response().StatusCode, v.URL(), v.Live(), v.ID())
	}
	if got := v.Title(); got != "App: Count" {
		t.Errorf("the title is %q, want %q", got, "App: Count")
	}
	if got := string(v.ExpectEvent("hello")); got != `{"n":1}` || len(v.Events()) != 0 {
		t.Errorf("the event is %s, with %v left", got, v.Events())
	}
	if got := v.HTML(); got != `<p id="live">true</p>` {
		t.Errorf("HTML() = %s", got)
	}
}

// A click sends what the client sends: from the nearest binding, with its values,
// and by JS commands; and to whoever hears clicks elsewhere.
func TestClicks(t *testing.T) {
	v := open(t, `<button id="a" phx-click="a" phx-value-n="5">One</button>
		<div phx-click="outer"><b id="inner">in</b></div><input id="box" type="checkbox" phx-click="box" value="v">
		<ul><li id="item" phx-click="item">x</li></ul>
		<button id="js" phx-click='[["push",{"event":"pushed","value":{"a":1}}],["add_class",{"names":["on"],"to":"#a"}],["toggle",{"to":"#inner"}]]'>JS</button>
		<div id="menu" phx-click-away="away"><button phx-click="in">menu</button></div>`, nil)
	n := 0
	v.Click("One")
	wantLog(t, v, &n, "click away", "click a n=5 value=")
	v.Click("#inner")
	wantLog(t, v, &n, "click away", "click outer")
	v.Click("menu")
	v.Click("#box")
	wantLog(t, v, &n, "click in value=", "click away", "click box value=v")
	v.Click("#item")
	v.Click("#js")
	wantLog(t, v, &n, "click away", "click item value=0", "click away", "click pushed a=1 value=")
	if !v.Find("#a").HasClass("on") || v.Find("#inner").AttrOr("style", "") != "display: none;" {
		t.Errorf("the JS commands left %s", v.HTML())
	}
}

// What an event changes shows when the act returns.
func TestDiffsArePatchedIn(t *testing.T) {
	v := open(t, `<p id="n">{{.Count}}</p>{{if gt .Count 1}}<p id="more">more than one</p>{{end}}<button phx-click="inc">+</button>`,
		func(s *liveview.Socket[record], _ liveview.Event) error {
			s.Assign(func(c *record) { c.Count++ })
			return nil
		})
	v.Click("+")
	if v.Text("#n") != "1" || v.Has("#more") {
		t.Errorf("after one click: %s", v.HTML())
	}
	v.Click("+")
	if v.Text("#n") != "2" || !v.Has("#more", "more") {
		t.Errorf("after two clicks: %s", v.HTML())
	}
}

// Each change of a field, and each submit, sends the form as a browser would, and
// the answer takes back what the server renders otherwise.
func TestForms(t *testing.T) {
	v := open(t, `<form id="f" phx-change="change" phx-submit="save" phx-value-form="7">
		<input name="u[name]" value="x"><input name="u[tags][]"><textarea name="note">
old</textarea><input type="hidden" name="h" value="1"><input name="off" value="o" disabled>
		<fieldset disabled><legend><input name="legend" value="l"></legend><input name="set" value="s"></fieldset>
		<select name="color"><option>red</option><option value="g">green</option></select>
		<select name="many" multiple><option>a</option><option selected>b</option><option>c</option></select>
		<input type="checkbox" name="c" value="c1"><input type="checkbox" name="c" value="c2" checked>
		<input type="radio" name="r" value="r1" checked><input type="radio" name="r" value="r2">
		<button name="go" value="first">Save</button><button name="go" value="second">Other</button></form>`, nil)
	n := 0
	v.Change("#f", "u[name]", "Ada & ~*é")
	wantLog(t, v, &n, "form change c=c2 color=red form=7 h=1 legend=l many=b note=old r=r1 u[name]=Ada & ~*é u[tags][]= target=u.name")
	// The server renders none of it, and so the answers take back what was
	// entered in fields before; of a select one answer later, as its focus has
	// made the choice an attribute by then.
	v.Change("#f", "color", "green", "many", []string{"a", "c"}, "c", "c1", "r", "r2")
	wantLog(t, v, &n,
		"form change c=c2 color=g form=7 h=1 legend=l many=b note=old r=r1 u[name]=Ada & ~*é u[tags][]= target=color",
		"form change c=c2 color=g form=7 h=1 legend=l many=a+c note=old r=r1 u[name]=x u[tags][]= target=many",
		"form change c=c1+c2 color=red form=7 h=1 legend=l many=a+c note=old r=r1 u[name]=x u[tags][]= target=c",
		"form change c=c2 color=red form=7 h=1 legend=l many=b note=old r=r2 u[name]=x u[tags][]= target=r")
	v.Submit("#f", "note", "new")
	wantLog(t, v, &n, "form change c=c2 color=red form=7 h=1 legend=l many=b note=new r=r1 u[name]=x u[tags][]= target=note",
		"form save c=c2 color=red form=7 go=first h=1 legend=l many=b note=new r=r1 u[name]=x u[tags][]=")
	v.Click("Other")
	if got := logged(v, &n); len(got) != 1 || !strings.Contains(got[0], "go=second") {
		t.Errorf("the server got %q, want a submit by the second button", got)
	}
}

// Fields that the user hasn't been to are marked until the form is submitted.
func TestUnusedFieldsAreSaid(t *testing.T) {
	var raw []string
	v := open(t, `<form id="f" phx-change="change" phx-submit="save"><input name="u[a]" value="1"><input name="u[b][]" value="2"><button>Save</button></form>`,
		func(_ *liveview.Socket[record], e liveview.Event) error {
			var text string
			err := json.Unmarshal(e.Payload(), &text)
			raw = append(raw, text)
			return err
		})
	v.Change("#f", "u[a]", "x")
	v.Submit("#f")
	want := []string{"u%5Ba%5D=x&u%5B_unused_b%5D%5B%5D=&u%5Bb%5D%5B%5D=2", "u%5Ba%5D=x&u%5Bb%5D%5B%5D=2"}
	if !slices.Equal(raw, want) {
		t.Errorf("the client sent %q, want %q", raw, want)
	}
}

// Keys go to the element that has the focus, or else to the window; moving the
// focus runs phx-blur and phx-focus.
func TestKeysFocusAndBlur(t *testing.T) {
	v := open(t, `<input id="a" value="v" phx-keydown="down" phx-key="Enter" phx-keyup="up" phx-focus="in" phx-blur="out">
		<input id="b"><div phx-window-keydown="window" phx-window-focus="wf" phx-window-blur="wb"></div>`, nil)
	n := 0
	v.Key("#a", "Enter")
	wantLog(t, v, &n, "focus in value=v", "keydown down key=Enter value=v", "keyup up key=Enter value=v")
	v.Focus("#b")
	wantLog(t, v, &n, "blur out value=v")
	v.KeyDown("#b", "x")
	wantLog(t, v, &n, "keydown window key=x")
	v.KeyDown("", "y") // in #b, which has the focus
	v.Focus("")
	v.Blur("")
	wantLog(t, v, &n, "keydown window key=y", "focus wf", "blur wb")
}

// Of elements that listen at the window those hear a key whose data-shortcut names it, and none
// what is typed into a field.
func TestShortcuts(t *testing.T) {
	v := open(t, `<input id="text"><i phx-window-keydown="move" data-shortcut="j k ? space"></i>
		<i phx-window-keydown="search" data-shortcut="mod+k"></i><i phx-window-keydown="any" data-shortcut=""></i>`, nil)
	n := 0
	v.Key("", "k")
	wantLog(t, v, &n, "keydown move key=k", "keydown any key=k")
	v.Key("", "x")
	wantLog(t, v, &n, "keydown any key=x")
	v.Key("", "?")
	v.KeyDown("", " ")
	wantLog(t, v, &n, "keydown move key=?", "keydown any key=?", "keydown move key=", "keydown any key=")
	v.Key("#text", "mod+k")
	wantLog(t, v, &n, "keydown search ctrlKey=true key=k", "keydown any ctrlKey=true key=k")
	v.KeyDown("#text", "Escape")
	wantLog(t, v, &n, "keydown any key=Escape")
}

// Dialogs and popovers are opened and closed by buttons that name them, without the server, and
// stay as they are while the page changes.
func TestDialogsAndPopovers(t *testing.T) {
	v := open(t, `<button type="button" popovertarget="menu">Menu</button><div id="menu" popover><button type="button" phx-click="archive">Archive</button></div>
		<button type="button" commandfor="edit" command="show-modal">Edit</button>
		<dialog id="edit" {{ignoreAttributes "open"}}><form id="f" phx-submit="save"><input name="x"><button>Save</button> <button type="button" commandfor="edit" command="close">Cancel</button> <button type="button" commandfor="sure" command="show-modal">Sure?</button></form></dialog>
		<dialog id="sure" {{ignoreAttributes "open"}}><button type="button" commandfor="sure" command="close">Yes</button></dialog>
		<button type="button" commandfor="nothing" command="show-modal">Nothing</button>`, nil)
	n := 0
	if v.Clickable("Archive") || v.Clickable("Save") || v.Clickable("Nothing") {
		t.Error("what is in a closed menu or dialog can be clicked on, or a button that opens nothing")
	}
	v.Click("Menu")
	v.Click("Archive")
	wantLog(t, v, &n, "click archive value=")
	v.Click("Archive")
	wantLog(t, v, &n, "click archive value=")
	if html := v.HTML(); strings.Contains(html, "shown") {
		t.Errorf("the page has what no browser's has: %s", html)
	}
	v.Click("Menu")
	if v.Clickable("Archive") {
		t.Error("the menu stays open")
	}
	v.Click("Edit")
	v.Submit("#f", "x", "1")
	wantLog(t, v, &n, "form save x=1")
	if v.Clickable("Menu") {
		t.Error("what is behind a modal dialog can be clicked on")
	}
	v.Click("Sure?")
	if v.Clickable("Cancel") || !v.Clickable("Yes") {
		t.Error("the dialog that was opened last isn't in front")
	}
	v.Click("Yes")
	if html := v.HTML(); strings.Contains(html, "modal=") {
		t.Errorf("the page has what no browser's has: %s", html)
	}
	v.Click("Cancel")
	if v.Clickable("Save") {
		t.Error("the dialog stays open")
	}
	if !v.Clickable("Menu") {
		t.Error("what was behind the dialog can't be clicked on")
	}
	v.Click("Edit")
	v.Key("[name=x]", "Escape")
	if v.Clickable("Save") {
		t.Error("Escape doesn't close the dialog")
	}
}

// What nothing on the page sends can be sent all the same, and is answered.
func TestPush(t *testing.T) {
	v := open(t, `<p>nothing to press</p>`, func(s *liveview.Socket[record], e liveview.Event) error {
		return s.Reply(map[string]any{"got": e.Value("x")})
	})
	n := 0
	if got := string(v.Push("delete", map[string]int{"x": 3})); got != `{"got":"3"}` {
		t.Errorf("the reply is %s", got)
	}
	wantLog(t, v, &n, "hook delete x=3")
}

// A hook's event gets the server's reply, or null.
func TestHooks(t *testing.T) {
	v := open(t, `<div id="chart" phx-hook="Chart"></div>`, func(s *liveview.Socket[record], e liveview.Event) error {
		if e.Name == "silent" {
			return nil
		}
		return s.Reply(map[string]any{"got": e.Value("x")})
	})
	n := 0
	if got := string(v.Hook("#chart").Push("ask", map[string]int{"x": 3})); got != `{"got":"3"}` {
		t.Errorf("the reply is %s", got)
	}
	if got := string(v.Hook("#chart").Push("silent", nil)); got != "null" {
		t.Errorf("the reply is %s, want null", got)
	}
	wantLog(t, v, &n, "hook ask x=3", "hook silent")
}

// In a bubble, infos, messages and ticks come when the test waits for them, and the
// socket lives for hours.
func TestInfosAndTicksAreWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		page := view[record]{page: liveview.MustParse[record](`<p id="n">{{.Count}}</p><button phx-click="go">go</button>`)}
		page.mount = func(_ *gin.Context, s *liveview.Socket[record]) error {
			s.Repeat(time.Minute, func() { s.Assign(func(c *record) { c.Count += 100 }) })
			_, err := s.Subscribe("news")
			return err
		}
		page.event = func(s *liveview.Socket[record], _ liveview.Event) error { return s.SendInfo(3) }
		page.info = func(s *liveview.Socket[record], info any) error {
			s.Assign(func(c *record) { c.Count++ })
			if n, ok := info.(int); ok && n > 0 {
				return s.SendInfo(n - 1)
			}
			return nil
		}
		bus := liveview.NewPubSub()
		v := liveviewtest.Open(t, app(func(r *gin.Engine) { liveview.Handle(r, "/", page) }, liveview.Config{PubSub: bus}), "/")
		v.Click("go")
		v.WaitIdle()
		if got := v.Text("#n"); got != "4" {
			t.Errorf("an idle view shows %s, want 4", got)
		}
		if err := bus.Publish("news", "x"); err != nil {
			t.Fatal(err)
		}
		v.WaitForText("#n", "5")
		time.Sleep(time.Hour + time.Second) // longer than the socket lives without heartbeats
		v.WaitFor(func() bool { return v.Text("#n") == "6005" })
	})
}

// A view that joins again starts afresh and gets what was typed, after a crash and
// after a lost connection.
func TestCrashAndReconnect(t *testing.T) {
	v := open(t, `<form id="f" phx-change="change"><input name="a" value="{{.Count}}"></form><button phx-click="crash">crash</button>`,
		func(_ *liveview.Socket[record], e liveview.Event) error {
			if e.Name == "crash" {
				panic("on purpose")
			}
			return nil
		})
	n := 0
	v.Change("#f", "a", "typed")
	v.Click("crash")
	v.ExpectCrash()
	v.Reconnect()
	wantLog(t, v, &n, "form change a=typed target=a") // of the new view: the form was recovered
	v.Disconnect()
	if v.Live() {
		t.Error("the view is live without a connection")
	}
	v.Reconnect()
	if !v.Live() || v.Value("[name=a]") != "0" {
		t.Errorf("after reconnecting the view is live %v and the field %q, want true and %q", v.Live(), v.Value("[name=a]"), "0")
	}
}

// Two sessions are two visitors; two pages of one session are the same.
func TestSessionsHaveTheirOwnCookies(t *testing.T) {
	page := view[record]{page: liveview.MustParse[record](`<p id="who">{{range .Log}}{{.}}{{end}}</p>`)}
	page.mount = func(c *gin.Context, s *liveview.Socket[record]) error {
		name, err := c.Cookie("name")
		s.Assign(func(c *record) { c.Log = []string{name} })
		return err
	}
	h := app(func(r *gin.Engine) {
		r.GET("/login/:name", func(c *gin.Context) {
			c.SetCookie("name", c.Param("name"), 60, "/", "", false, true)
			c.Redirect(302, "/")
		})
		liveview.Handle(r, "/", page)
	})
	ada, bob := liveviewtest.NewSession(t, h), liveviewtest.NewSession(t, h)
	a, b := ada.Open("/login/ada"), bob.Open("/login/bob")
	a.ExpectRedirect("/")
	if a.Text("#who") != "ada" || b.Text("#who") != "bob" || ada.Open("/").Text("#who") != "ada" {
		t.Errorf("the pages show %q and %q", a.Text("#who"), b.Text("#who"))
	}
}

// A click does what the browser itself does with what is clicked on.
func TestClicksOnLabelsAndTheLike(t *testing.T) {
	v := open(t, `<form id="f" phx-change="change"><label>Terms <input type="checkbox" name="terms"></label><label for="n">Name</label><input id="n" name="n" value="x">
		<button type="reset" name="reset">Reset</button><button type="button">Nothing</button></form>
		<details><summary>More</summary><p>hidden</p></details><a href="#part">part</a>`, nil)
	n := 0
	v.Click("Terms")
	wantLog(t, v, &n, "form change n=x terms=on target=terms")
	v.Click("Name")
	v.Change("#f", "n", "typed")
	wantLog(t, v, &n, "form change n=typed target=n")
	v.Click("Reset")
	wantLog(t, v, &n, "form change n=x reset= target=reset")
	if v.Value("#n") != "x" {
		t.Errorf("after a reset the field holds %q, want x", v.Value("#n"))
	}
	v.Click("More")
	if !v.Has("details[open]") {
		t.Error("the summary didn't open its details")
	}
	v.Click("More")
	if v.Has("details[open]") {
		t.Error("the summary didn't close its details")
	}
	v.Follow("part")
	if got := v.URL().String(); got != "/#part" {
		t.Errorf("after a link to a part of the page, the page is at %s", got)
	}
}

// JS commands that dispatch an event to which the client listens have its effect.
func TestDispatchedEvents(t *testing.T) {
	dispatch := func(event, to string) string {
		return fmt.Sprintf(`<button id="%s" phx-click='[["dispatch",{"event":"%s","to":"%s"}]]'>%s</button>`, event, event, to, event)
	}
	v := open(t, `<form id="f" phx-change="change" phx-submit="save"><input name="a" value="1"></form><p id="p" phx-click="p">p</p>`+
		dispatch("click", "#p")+dispatch("input", "[name=a]")+dispatch("submit", "#f")+dispatch("my:event", "#p"), nil)
	n := 0
	for _, id := range []string{"#click", "#input", "#submit", "[id='my:event']"} {
		v.Click(id)
	}
	wantLog(t, v, &n, "click p", "form change a=1 target=a", "form save a=1")
}

// What phx-remove and phx-mounted say is done when the element goes or comes,
// and a form with phx-trigger-action is submitted as if there were no live view.
func TestElementsThatComeAndGo(t *testing.T) {
	source := `{{if eq .Count 0}}<p id="old" phx-remove='[["set_attr",{"attr":["data-gone","1"],"to":"#go"}]]'>old</p>{{end}}
		{{if eq .Count 1}}<p id="new" phx-mounted='[["set_attr",{"attr":["data-new","1"],"to":"#go"}]]'>new</p>{{end}}
		<form id="f" action="/done" {{if eq .Count 2}}phx-trigger-action{{end}}><input name="a" value="1"></form><button id="go" phx-click="go">go</button>`
	page := recorder(source+logList, func(s *liveview.Socket[record], _ liveview.Event) error {
		s.Assign(func(c *record) { c.Count++ })
		return nil
	})
	v := liveviewtest.Open(t, app(func(r *gin.Engine) {
		liveview.Handle(r, "/", page)
		r.GET("/done", func(c *gin.Context) { c.Data(200, "text/html", []byte("<h1>done "+c.Query("a")+"</h1>")) })
	}), "/")
	v.Click("go")
	if v.Has("#old") || !v.Has("#go[data-gone][data-new]") {
		t.Errorf("after one went and another came: %s", v.HTML())
	}
	v.Click("go")
	if got := v.Text("h1"); got != "done 1" || v.URL().String() != "/done?a=1" {
		t.Errorf("the form led to %s, which shows %q", v.URL(), got)
	}
}
