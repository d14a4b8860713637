package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// letter is a page with a text, and something that changes beside it.
type letter struct {
	Text, Sent string
	Ticks      int
}

var letterPage = liveview.MustParse[letter](`<form id="letter" phx-change="write" phx-submit="send"><textarea name="text">{{.Text}}</textarea>
<input name="subject" value=""><select name="to"><option value="a">a</option><option value="b">b</option></select><input type="checkbox" name="copy" value="1">
<button id="send">send</button></form>
<button id="tick" phx-click="tick">{{.Ticks}}</button><p id="error">{{flash "error"}}</p><p id="sent">{{.Sent}}</p>`)

func letterLab(t *testing.T, change ...func(*liveview.Config)) *lab {
	t.Helper()
	return newLab(t, "", func(r *gin.Engine) {
		v := view[letter]{page: letterPage}
		v.event = func(s *liveview.Socket[letter], e liveview.Event) error {
			s.Assign(func(l *letter) {
				switch e.Name {
				case "tick":
					l.Ticks++
				case "write":
					l.Text = e.Value("text")
				case "send":
					l.Text = e.Value("text")
					l.Sent = fmt.Sprintf("%d bytes, %s", len(l.Text), string([]rune(l.Text)[:2]))
				}
			})
			return nil
		}
		liveview.Handle(r, "/letter", v)
	}, change...)
}

// write puts n Chinese letters into the text, as pasting does.
func (tb *tab) write(n int) {
	tb.t.Helper()
	tb.js(fmt.Sprintf(`(() => {
		const text = document.querySelector("textarea");
		text.focus();
		text.value = "漢字".repeat(%d / 2);
		text.dispatchEvent(new Event("input", {bubbles: true}));
	})()`, n))
}

// What is refused for the number of its fields stays, too.
func TestTooManyFieldsInTheBrowser(t *testing.T) {
	t.Parallel()
	l := letterLab(t, func(c *liveview.Config) { c.MaxFrame = 64 << 10 })
	tb := newPerson(t).open(l.URL + "/letter")
	tb.live()
	tb.js(`(() => {
		const form = document.getElementById("letter"), more = document.createDocumentFragment();
		form.elements.subject.value = "typed";
		form.elements.to.value = "b";
		for (let i = 0; i < 5000; i++) more.append(Object.assign(document.createElement("input"), {type: "hidden", name: "f", value: "1"}));
		form.prepend(more);
		document.getElementById("send").click();
	})()`)
	tb.holds(`document.querySelector("#error").textContent !== ""`)
	tb.click("#tick")
	tb.shows("#tick", "1")
	tb.holds(`document.querySelector("[name=subject]").value === "typed" && document.querySelector("[name=to]").value === "b"`)
}

// A text of 200 KB is sent, and one that is too large stays where it is, however often
// the page changes beside it and joins again, until it is made shorter.
func TestLongTextsInTheBrowser(t *testing.T) {
	t.Parallel()
	l := letterLab(t)
	tb := newPerson(t).open(l.URL + "/letter")
	tb.expect("phx-", "WebSocket", "closed")
	tb.mark()
	tb.write(22_400) // 200 KB as it is sent
	tb.click("#send")
	tb.shows("#sent", "67200 bytes, 漢字")

	const large = 200_000 // 1.8 MB
	kept := fmt.Sprintf(`document.querySelector("textarea").value.length === %d`, large)
	tb.write(large)
	tb.shows("#error", "This is too much to be sent at once. Please shorten it.")
	tb.holds(kept)
	tb.js(`document.querySelector("[name=subject]").value = "unsent"; document.querySelector("[name=to]").value = "b"; document.querySelector("[name=copy]").checked = true`)
	kept += ` && document.querySelector("[name=subject]").value === "unsent" && document.querySelector("[name=to]").value === "b" && document.querySelector("[name=copy]").checked`
	tb.click("#send")
	tb.holds(`!document.querySelector("#letter").classList.contains("phx-submit-loading") && !document.querySelector("#send").disabled`)
	tb.click("#tick")
	tb.holds(`document.querySelector("#tick").textContent === "1" && ` + kept)
	tb.js(`liveSocket.disconnect(() => liveSocket.connect())`)
	tb.holds(`document.querySelector("#tick").textContent === "0" && ` + kept)
	if got := eval[string](tb, `document.querySelector("#sent").textContent`); got != "" {
		t.Errorf("after the page has joined again it shows %q", got)
	}
	tb.write(20)
	tb.click("#send")
	tb.shows("#sent", "60 bytes, 漢字")
	tb.shows("#error", "")
	if !tb.marked() {
		t.Error("the page was loaded anew")
	}
	if log := l.log.String(); !strings.Contains(log, "route=/letter") || !strings.Contains(log, "limit=1048576") || strings.Contains(log, "level=ERROR") {
		t.Errorf("log = %s", log)
	}
}

// A text that is so large that it isn't even read ends the connection, once, and stays on
// the page.
//
// It isn't run beside others: Chromium is at work with such a text for half a minute.
func TestFarTooLongTextInTheBrowser(t *testing.T) {
	l := letterLab(t)
	tb := newPerson(t).open(l.URL + "/letter")
	tb.expect("phx-", "WebSocket", "closed", "far too large", "push")
	tb.mark()
	tb.write(3_000_000) // 27 MB
	tb.holdsWithin(4*patience, `document.documentElement.classList.contains("liveview-refused") && !liveSocket.isConnected()`)
	tb.js(`window.stopped = performance.now()`)
	tb.holds(`performance.now() > stopped + 11_000`)                                                         // in ten seconds the start script would connect again, if it were to
	tb.holds(`document.documentElement.classList.contains("liveview-refused") && !liveSocket.isConnected()`) // still
	tb.holds(`document.querySelector("textarea").value.length === 3000000`)
	if !tb.marked() {
		t.Error("the page was loaded anew")
	}
}

// parcel is a form that shows other values with each refusal.
type parcel struct{ Refused int }

type parcelView struct{ view[parcel] }

func (parcelView) HandleRefusal(s *liveview.Socket[parcel], _ liveview.Event, _ *liveview.LimitError) error {
	s.Assign(func(p *parcel) { p.Refused++ })
	return nil
}

const parcelForm = `<button id="tick" phx-click="tick">{{.Refused}}</button><form id="f" phx-submit="send"><input name="a" value="{{.Refused}}"><textarea name="t">{{.Refused}}</textarea>
<select name="s"><option value="x{{.Refused}}">x</option><option value="y">y</option><option value="z">z</option></select>
<select name="m" multiple><option value="1">1</option><option value="2" selected>2</option><option value="3">3</option></select>
<input type="checkbox" name="c" value="1"><input type="checkbox" name="k" value="1" checked>
<input type="radio" name="r" value="1" checked><input type="radio" name="r" value="2">
<input type="hidden" name="h" value="{{.Refused}}"><input type="button" name="b" value="{{.Refused}}"><button id="go" name="g" value="{{.Refused}}">Go</button></form>
<form id="other"><input name="o" value="{{.Refused}}"></form>`

// What stays of a form that is too large to be sent is the same in Chromium and in
// liveviewtest: what the user entered, and nothing else.
func TestFormThatIsTooLargeIsLikeTheBrowsers(t *testing.T) {
	t.Parallel()
	l := newLab(t, "", func(r *gin.Engine) {
		v := parcelView{view[parcel]{page: liveview.MustParse[parcel](parcelForm)}}
		v.event = func(s *liveview.Socket[parcel], _ liveview.Event) error {
			s.Assign(func(p *parcel) { p.Refused++ })
			return nil
		}
		liveview.Handle(r, "/parcel", v)
	}, func(c *liveview.Config) { c.MaxFrame, c.KeepTime = 4096, -1 })
	tb := newPerson(t).open(l.URL + "/parcel")
	tb.expect("phx-", "WebSocket", "closed")
	v := liveviewtest.Open(t, l.Config.Handler, "/parcel")

	long := strings.Repeat("x", 5000)
	same := func(when, refused string) {
		t.Helper()
		tb.shows("#tick", refused)
		tb.holds(`!document.querySelector("[data-phx-ref-src]")`)
		want := eval[string](tb, `[...document.querySelectorAll("[name]")].filter(n => n.form).map(n => n.name + "=" +
			(n.multiple ? [...n.selectedOptions].map(o => o.value).join("+") : /radio|checkbox/.test(n.type) ? n.checked : n.value.replace(/x{9,}/, "long"))).join(" ") +
			" " + [...document.querySelector("[name=s]").options].map(o => o.value).join()`)
		var got []string
		for _, n := range v.Find("form [name]").Nodes {
			name := attr(n, "name")
			selector := "[name=" + name + "]"
			switch kind := attr(n, "type"); {
			case kind == "radio":
				got = append(got, fmt.Sprint(name, "=", v.Checked(selector+"[value='"+attr(n, "value")+"']")))
			case kind == "checkbox":
				got = append(got, fmt.Sprint(name, "=", v.Checked(selector)))
			case name == "m":
				got = append(got, name+"="+strings.Join(v.Values(selector), "+"))
			default:
				got = append(got, name+"="+strings.ReplaceAll(v.Value(selector), long, "long"))
			}
		}
		var options []string
		for _, o := range v.Find("[name=s] option").Nodes {
			options = append(options, attr(o, "value"))
		}
		if got := strings.Join(got, " ") + " " + strings.Join(options, ","); got != want {
			t.Errorf("%s:\nliveviewtest %s\nChromium     %s", when, got, want)
		}
		t.Log(when, want)
	}
	tb.js(fmt.Sprintf(`(() => {
		const of = name => document.querySelector("[name=" + name + "]");
		of("a").value = "Ada"; of("t").value = "x".repeat(%d); of("s").value = "z"; of("c").checked = true; of("k").checked = false;
		of("m").options[0].selected = true; of("m").options[1].selected = false; of("m").options[2].selected = true;
		document.querySelectorAll("[name=r]")[1].checked = true;
	})()`, len(long)))
	v.Change("#f", "a", "Ada", "t", long, "s", "z", "c", true, "k", false, "m", []string{"1", "3"}, "r", "2")
	both := func(selector string) { tb.click(selector); v.Click(selector) }
	both("#go")
	same("refused", "1")
	both("#tick")
	same("patched", "2")
	tb.js(`liveSocket.disconnect(() => liveSocket.connect())`)
	v.Reconnect()
	same("joined again", "0")
	tb.js(`document.querySelector("[name=t]").value = "short"`)
	v.Change("[name=t]", "short")
	both("#go")
	same("sent", "1")
}
