package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// mail is the state of a page with forms.
type mail struct {
	Name, Error, Said string
	Rows              []string
}

var parcelPage = liveview.MustParse[mail](`<p id="said">{{.Said}}</p><p id="info">{{flash "info"}}</p>
<form id="parcel" phx-change="check" phx-submit="send"><input name="name" value="{{.Name}}"><i id="error">{{.Error}}</i>
{{range $i, $r := .Rows}}<input id="row-{{$i}}" name="row[]" value="{{$r}}">{{end}}
<button type="button" id="add" phx-click="add">add</button><button id="send">send</button></form>
<form id="login" phx-submit="login"><input type="password" name="password"><input name="note"><button id="in">in</button></form>
<button id="poke" phx-click="poke" phx-value-by="3">poke</button>`)

// post office is the site of these tests.
type office struct {
	*lab
	mu      sync.Mutex // guards events
	events  []string
	held    sync.Map // channels by what ?held says: joins wait for it
	once    sync.Once
	scripts chan struct{} // scripts wait for it, if there is one
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{scripts: make(chan struct{})}
	const script = `if (location.search.includes("refused")) { const Native = WebSocket; window.WebSocket = function () { return new Native("ws://127.0.0.1:1/"); }; }`
	o.lab = newLab(t, script, func(r *gin.Engine) {
		v := view[mail]{page: parcelPage}
		v.event = func(s *liveview.Socket[mail], e liveview.Event) error {
			o.mu.Lock()
			o.events = append(o.events, fmt.Sprintf("%s %s %v", e.Name, e.Value("name"), s.Connected()))
			o.mu.Unlock()
			s.Assign(func(p *mail) {
				switch e.Name {
				case "check", "send":
					p.Name, p.Error, p.Rows = e.Value("name"), "", e.Values()["row[]"]
					if p.Name == "bad" && e.Used("name") {
						p.Error = "is bad"
					}
				case "add":
					p.Rows = append(p.Rows, "")
				case "poke", "login":
					p.Said = e.Name + " " + e.Value("by") + e.Value("note")
				}
			})
			if e.Name == "send" && s.State().Error == "" {
				s.PutFlash("info", "sent "+s.State().Name)
				return s.Redirect("/parcel")
			}
			return nil
		}
		hold := func(c *gin.Context) {
			if key := c.Query("held"); liveview.IsVisit(c) && key != "" {
				<-o.hold(key)
			}
		}
		liveview.Handle(r.Group("", hold), "/parcel", v)
		r.GET("/slow.js", func(c *gin.Context) {
			<-o.scripts
			c.Data(http.StatusOK, "text/javascript", nil)
		})
	}, func(c *liveview.Config) {
		inner := c.Layout
		c.Layout = func(c *gin.Context, p liveview.Page) error {
			if c.Query("slow") != "" {
				c.Data(http.StatusOK, "text/html; charset=utf-8", []byte(`<!DOCTYPE html><html><head>`+string(p.CSRFMeta()+p.LiveTitle())+
					`<script defer src="/slow.js"></script>`+string(p.Scripts())+`</head><body>`+string(p.Content())+`</body></html>`))
				return nil
			}
			return inner(c, p)
		}
	}, func(c *liveview.Config) { c.LongPollFallback = -1 }) // without a socket the page is to stay plain
	return o
}

// hold returns what joins of a page with ?held=key wait for.
func (o *office) hold(key string) chan struct{} {
	held, _ := o.held.LoadOrStore(key, make(chan struct{}))
	return held.(chan struct{})
}

// letGo has the scripts come.
func (o *office) letGo() { o.once.Do(func() { close(o.scripts) }) }

func (o *office) took() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	events := strings.Join(o.events, "; ")
	o.events = nil
	return events
}

// scriptsRun switches a tab's JavaScript on or off.
func (tb *tab) scriptsRun(on bool) {
	tb.t.Helper()
	if _, err := chromedp.Call(tb.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}); err != nil {
		tb.t.Fatal(err)
	}
}

// Forms and buttons work with JavaScript off, with the socket refused, and before the
// scripts have run; before the page is live they wait for that, and are sent once.
// What was typed before, or posted, is still there when the page is live.
func TestPlainPageInTheBrowser(t *testing.T) {
	needsSockets(t)
	t.Parallel()
	o := newOffice(t)
	defer o.letGo()
	tb := newPerson(t).open(o.URL + "/parcel")
	tb.expect("WebSocket connection to", "Refused to connect", "violates the following Content Security Policy", "ERR_")
	want := func(events string) {
		t.Helper()
		if got := o.took(); got != events {
			t.Errorf("the events were %q, want %q", got, events)
		}
	}

	tb.scriptsRun(false)
	tb.run(chromedp.Navigate(o.URL + "/parcel"))
	tb.enter("[name=name]", "bad")
	tb.click("#send")
	tb.shows("#error", "is bad")
	tb.enter("[name=name]", "good")
	tb.run(pressed("\r"))
	tb.shows("#info", "sent good")
	tb.click("#poke")
	tb.shows("#said", "poke 3")
	tb.enter("[name=name]", "kept")
	tb.click("#add")
	tb.holds(`document.querySelector("#row-0") && document.querySelector("[name=name]").value === "kept"`)
	tb.enter("[name=password]", "hush")
	tb.enter("[name=note]", "hello")
	tb.click("#in")
	tb.shows("#said", "login hello")
	if url := eval[string](tb, "location.href"); strings.Contains(url, "hush") || strings.Contains(url, "hello") {
		t.Errorf("the URL is %s", url)
	}
	want("send bad false; send good false; poke  false; check kept false; add  false; login  false")
	tb.scriptsRun(true)

	// The socket is refused.
	tb.run(chromedp.Navigate(o.URL + "/parcel?refused=1"))
	tb.enter("[name=name]", "bad")
	tb.click("#send")
	tb.shows("#error", "is bad")
	tb.click("#poke")
	tb.shows("#said", "poke 3")
	want("send bad false; poke  false")

	// The join takes its time, and the user doesn't.
	tb.run(chromedp.Navigate(o.URL + "/parcel?held=1"))
	tb.mark()
	tb.enter("[name=name]", "early")
	tb.enter("[name=note]", "note")
	close(o.hold("1"))
	tb.live()
	tb.holds(`document.querySelector("[name=name]").value === "early" && document.querySelector("[name=note]").value === "note"`)
	if !tb.marked() {
		t.Error("the page was loaded anew")
	}
	if html := eval[string](tb, `document.querySelector("[data-phx-main]").innerHTML`); strings.Contains(html, "_lv") || strings.Contains(html, `method=`) {
		t.Errorf("the live page is %s", html)
	}
	want("check early true")
	tb.run(chromedp.Navigate(o.URL + "/parcel?held=2"))
	tb.js(`document.querySelector("#poke").click(); document.querySelector("#poke").click(); document.querySelector("#send").click()`)
	close(o.hold("2"))
	tb.shows("#said", "poke 3")
	want("poke  true")

	// The form is posted before any script runs, and its page then is live.
	tb.js(fmt.Sprintf("location.href = %q", o.URL+"/parcel?slow=1"))
	tb.holds(`location.search === "?slow=1" && document.querySelector("#send") !== null`)
	tb.js(`document.querySelector("[name=name]").value = "bad"; document.querySelector("#send").click()`)
	tb.shows("#error", "is bad")
	o.letGo()
	tb.live()
	tb.shows("#error", "is bad")
	tb.holds(`document.querySelector("[name=name]").value === "bad"`)
	want("send bad false; check bad true")

	// Rows that Mount didn't render come back with their form, and the focus to one of them.
	tb.run(chromedp.Navigate(o.URL + "/parcel"))
	tb.live()
	tb.enter("[name=name]", "rows")
	tb.click("#add")
	tb.holds(`document.querySelector("#row-0") !== null`)
	tb.enter("#row-0", "first")
	tb.holds(`document.querySelector("#row-0").getAttribute("value") === "first"`)
	o.took()
	tb.js(`liveSocket.disconnect(() => liveSocket.connect())`)
	tb.holds(`document.querySelector(".phx-connected #row-0").value === "first" && document.activeElement.id === "row-0"`)
	want("check rows true")
}
