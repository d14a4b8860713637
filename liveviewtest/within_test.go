package liveviewtest_test

import (
	"fmt"
	"net/url"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// Within an element only what is in it is found, by whatever way, and the element
// is kept whatever it comes to show.
func TestWithin(t *testing.T) {
	source := `<ul>{{range $i, $n := .Rows}}<li id="row-{{$i}}"><b>{{$n}}</b><form id="f{{$i}}" phx-change="rename" phx-value-i="{{$i}}">
		<label>Name <input name="to"></label></form><button phx-click="bump" phx-value-i="{{$i}}">Bump</button></li>{{end}}</ul><button>Bump</button><p class="b">outside</p>`
	type list struct{ Rows []string }
	page := view[list]{page: liveview.MustParse[list](source)}
	page.mount = func(_ *gin.Context, s *liveview.Socket[list]) error {
		s.Assign(func(c *list) { c.Rows = []string{"Ada", "Grace"} })
		return nil
	}
	page.event = func(s *liveview.Socket[list], e liveview.Event) error {
		s.Assign(func(c *list) {
			c.Rows = slices.Clone(c.Rows)
			if e.Name == "rename" {
				c.Rows[1] = e.Value("to")
				return
			}
			c.Rows[e.Int("i")] += "!"
		})
		return nil
	}
	v := liveviewtest.Open(t, app(func(r *gin.Engine) { liveview.Handle(r, "/", page) }), "/")
	grace := v.Within("li", "Grace")
	grace.Click("Bump")
	grace.Click("Bump")
	if got := grace.Text("b"); got != "Grace!!" || v.Text("#row-0 b") != "Ada" || grace.Has(".b") || grace.Count("li") != 0 || v.Count("button") != 3 || grace.Count("button") != 1 {
		t.Errorf("after two clicks in the row of Grace it shows %q, of %s", got, v.HTML())
	}
	grace.Change("Name", "Hopper")
	if got := grace.Within("form").Value("Name"); got != "Hopper" || grace.Text("b") != "Hopper" || v.Value("#row-0 input") != "" {
		t.Errorf("the row's field holds %q, and the page is %s", got, v.HTML())
	}
	if want := "<b>Hopper</b>"; grace.HTML()[:len(want)] != want {
		t.Errorf("the row's HTML is %s", grace.HTML())
	}
	row := v.Within("#row-1")
	v.Reload()
	if got := row.Text("b"); got != "Grace" {
		t.Errorf("after a reload the row is looked for again and shows %q, want Grace", got)
	}
}

// Fields are found by what a user calls them, in a form and beside one.
func TestFieldsByLabel(t *testing.T) {
	events := 0
	page := view[record]{page: liveview.MustParse[record](`<form id="f" phx-change="c" phx-submit="s"><label for="a">First name</label><input id="a" name="first">
		<label><span>Seats</span> <select name="seats"><option>1</option><option>2</option></select></label>
		<label><input type="checkbox" name="terms" hidden> I agree</label><input name="zip" aria-label="ZIP code"><b id="h">Car</b><input name="car" aria-labelledby="h">
		<button>Send</button></form>`)}
	page.event = func(*liveview.Socket[record], liveview.Event) error { events++; return nil }
	v := liveviewtest.Open(t, app(func(r *gin.Engine) { liveview.Handle(r, "/", page) }), "/")
	v.Change("First name", "Ada")
	v.Change("#f", "Seats", 2, "I agree", true, "ZIP code", "123")
	v.Submit("#f", "Car", "old")
	for label, want := range map[string]string{"First name": "Ada", "Seats": "2", "ZIP code": "123", "Car": "old"} {
		if got := v.Value(label); got != want {
			t.Errorf("the field %q holds %q, want %q", label, got, want)
		}
	}
	if !v.Checked("I agree") || events != 6 {
		t.Errorf("after %d events, of which there should be 6, the page is %s", events, v.HTML())
	}
}

// What can't be clicked on can be told without an end of the test.
func TestClickable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := open(t, `<button id="on" phx-click="x">On</button><button id="off" phx-click="x" disabled>Off</button><div hidden><button id="hid" phx-click="x">Hid</button></div>
			<p id="p">text</p><button id="slow" phx-click="x" phx-throttle="500">Slow</button>`, nil)
		for target, want := range map[string]bool{"#on": true, "On": true, "#off": false, "#hid": false, "#p": false, "#slow": true} {
			if got := v.Clickable(target); got != want {
				t.Errorf("Clickable(%q) = %v", target, got)
			}
		}
		v.Click("#slow")
		if v.Clickable("#slow") {
			t.Error("a button that is throttled can be clicked on")
		}
		time.Sleep(500 * time.Millisecond)
		v.Click("#slow")
		n := 0
		if got := logged(v, &n); len(got) != 2 {
			t.Errorf("the server got %q, want two clicks", got)
		}
	})
}

// Moves are taken one at a time, and those that nobody took can be asked for.
func TestMovesStayUntilTheyAreTaken(t *testing.T) {
	page := view[record]{page: liveview.MustParse[record](`<button phx-click="go">go</button>`)}
	page.params = func(*gin.Context, *liveview.Socket[record]) error { return nil }
	page.event = func(s *liveview.Socket[record], _ liveview.Event) error {
		return s.PushPatch("/", url.Values{"page": {"2"}})
	}
	v := liveviewtest.Open(t, app(func(r *gin.Engine) { liveview.Handle(r, "/", page) }), "/")
	v.Click("go")
	v.Back()
	v.Click("go")
	moves := v.Moves()
	if want := []liveviewtest.Move{{Kind: "patch", To: "/?page=2"}, {Kind: "patch", To: "/"}, {Kind: "patch", To: "/?page=2"}}; !slices.Equal(moves, want) {
		t.Fatalf("there were the moves %v, want %v", moves, want)
	}
	v.ExpectPatch("/")
	if got := v.Moves(); len(got) != 2 {
		t.Errorf("the second move was taken, and there are %v", got)
	}
	v.ExpectPatch("/?page=2")
	v.ExpectPatch("/?page=2")
	if got := v.Moves(); got != nil {
		t.Errorf("all moves were taken, and there are %v", got)
	}
}

// What an act costs on the wire is told, and nothing else is counted.
func TestFrames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := open(t, `<p id="n">{{.Count}}</p><button id="inc" phx-click="inc">+</button>`, func(s *liveview.Socket[record], _ liveview.Event) error {
			s.Assign(func(c *record) { c.Count++; c.Log = nil })
			return nil
		})
		joined := v.Frames()
		if len(joined) != 2 || !joined[0].Sent || joined[0].Event != "phx_join" || joined[1].Sent || joined[1].Event != "phx_reply" || joined[1].Size < 100 {
			t.Fatalf("opening the page took %+v", joined)
		}
		v.WaitIdle()
		time.Sleep(time.Minute) // with two heartbeats
		v.Click("#inc")
		click := v.Frames()[2:]
		sizes := fmt.Sprint(len(click))
		for _, f := range click {
			sizes += fmt.Sprintf(" %v %s %v", f.Sent, f.Event, f.Topic == "lv:"+v.ID())
		}
		if want := "2 true event true false phx_reply true"; sizes != want {
			t.Fatalf("a click took %s (%+v), want %s", sizes, click, want)
		}
		if want := len(fmt.Sprintf(`["4","5",%q,"phx_reply",{"status":"ok","response":{"diff":{"0":"1"}}}]`, "lv:"+v.ID())); click[1].Size > want+4 || click[1].Size < want-8 {
			t.Errorf("the answer has %d bytes, want about %d", click[1].Size, want)
		}
		v.Reconnect()
		if got := v.Frames()[4:]; len(got) != 2 || got[0].Event != "phx_join" {
			t.Errorf("joining again took %+v", got)
		}
	})
}
