package liveview_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// place is the state of a view that shows where it is, and what was flashed.
type place struct{ ID, Sort string }

var placeTemplate = liveview.MustParse[place](`<h1>{{.ID}} {{.Sort}}</h1>` +
	`{{range flashes}}<p class="{{.Kind}}">{{.Text}}</p>{{end}}<b>{{flash "info"}}</b>` +
	`<i id="hook" phx-hook="Act"></i><a href="/items/3" data-phx-link="patch" data-phx-link-state="push">Patch</a>` +
	`<a href="/guarded/page" data-phx-link="redirect" data-phx-link-state="push">Navigate</a>` +
	`<form action="/save" method="post"><button>Save</button></form>`)

// act has a page of placeView do what its event of that name does.
func act(v *liveviewtest.View, event string) { v.Hook("#hook").Push(event, nil) }

// placeView follows its URL, and does what each of its events asks for.
func placeView(events map[string]func(s *liveview.Socket[place]) error) *testView[place] {
	return &testView[place]{
		template: placeTemplate,
		onParams: func(c *gin.Context, s *liveview.Socket[place]) error {
			s.Assign(func(p *place) { p.ID, p.Sort = c.Param("id"), c.Query("sort") })
			return nil
		},
		onEvent: func(s *liveview.Socket[place], e liveview.Event) error {
			if do := events[e.Name]; do != nil {
				return do(s)
			}
			return fmt.Errorf("no event %q", e.Name)
		},
	}
}

// all returns the events up to the reply to the event name, and the reply's
// response.
func (c *client) moves(name string) (pushed []frame, response map[string]any) {
	c.t.Helper()
	ref := c.push("event", map[string]any{"type": "click", "event": name, "value": map[string]any{}})
	for {
		f := c.next()
		if f.event == "phx_reply" && f.ref == ref {
			response, _ = f.payload["response"].(map[string]any)
			return pushed, response
		}
		pushed = append(pushed, f)
	}
}

func TestPushPatch(t *testing.T) {
	events := map[string]func(s *liveview.Socket[place]) error{
		"push": func(s *liveview.Socket[place]) error {
			return s.PushPatch("/items/2", url.Values{"sort": {"a b"}})
		},
		"replace": func(s *liveview.Socket[place]) error {
			return s.PushPatch("/items/3?sort=x#top", nil, liveview.HistoryReplace)
		},
		"nothing": func(s *liveview.Socket[place]) error { return nil },
	}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/items/:id", placeView(events)) })
	c := s.open("/items/1")

	pushed, response := c.moves("push")
	want := map[string]any{"to": "/items/2?sort=a+b", "kind": "push"}
	if len(pushed) != 1 || pushed[0].event != "live_patch" || !reflect.DeepEqual(pushed[0].payload, want) {
		t.Errorf("pushed %v, want live_patch %v", pushed, want)
	}
	if diff, _ := response["diff"].(map[string]any); diff["0"] != "2" || diff["1"] != "a b" {
		t.Errorf("reply = %v, want the page at its new URL", response)
	}
	pushed, response = c.moves("replace")
	want = map[string]any{"to": "/items/3?sort=x#top", "kind": "replace"}
	if len(pushed) != 1 || !reflect.DeepEqual(pushed[0].payload, want) {
		t.Errorf("pushed %v, want live_patch %v", pushed, want)
	}
	if diff, _ := response["diff"].(map[string]any); diff["0"] != "3" || diff["1"] != "x" {
		t.Errorf("reply = %v, want the page at its new URL", response)
	}
	if pushed, response = c.moves("nothing"); len(pushed) != 0 || len(response) != 0 {
		t.Errorf("after the moves: %v %v, want nothing", pushed, response)
	}
}

// What can't be done is said in one sentence that names view, route and
// remedy; the view ends, nothing else does.
func TestPushPatchElsewhereIsAnError(t *testing.T) {
	for name, test := range map[string]struct{ path, want string }{
		"not a live one": {"/plain", "use PushRedirect"},
		"no route":       {"/nowhere", "use PushRedirect"},
		"forbidden":      {"/items/forbidden", "status 403"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
				guard := r.Group("", func(c *gin.Context) {
					if c.Param("id") == "forbidden" {
						c.AbortWithStatus(http.StatusForbidden)
					}
				})
				liveview.Handle(guard, "/items/:id", placeView(map[string]func(s *liveview.Socket[place]) error{
					"go": func(s *liveview.Socket[place]) error { return s.PushPatch(test.path, nil) },
				}))
				r.GET("/plain", func(c *gin.Context) { c.String(200, "plain") })
			})
			v := s.browse("/items/1")
			act(v, "go")
			v.ExpectCrash()
			for _, part := range []string{test.want, test.path, "/items/:id", "testView[github.com/gin-liveview/liveview_test.place]"} {
				if !strings.Contains(s.log.String(), part) {
					t.Errorf("the log doesn't name %q:\n%s", part, s.log)
				}
			}
			if v.Reconnect(); v.Text("h1") != "1" {
				t.Errorf("after joining again the page shows %q", v.Text("h1"))
			}
		})
	}
}

func TestPushPatchLoopEndsTheView(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		v := placeView(nil)
		v.onParams = func(c *gin.Context, s *liveview.Socket[place]) error {
			if !s.Connected() || c.Query("n") == "" {
				return nil
			}
			n, _ := strconv.Atoi(c.Query("n"))
			return s.PushPatch("/loop", url.Values{"n": {strconv.Itoa(n + 1)}})
		}
		v.onEvent = func(s *liveview.Socket[place], _ liveview.Event) error {
			return s.PushPatch("/loop", url.Values{"n": {"1"}})
		}
		liveview.Handle(r, "/loop", v)
	})
	v := s.browse("/loop")
	act(v, "go")
	v.ExpectCrash()
	if !strings.Contains(s.log.String(), "a loop") {
		t.Errorf("the log doesn't say so:\n%s", s.log)
	}
}

// A view that is moved on keeps quiet about its own state: its events still go
// out, then the page's new place, then the channel is closed.
func TestPushRedirect(t *testing.T) {
	ended := make(chan string, 1)
	from := placeView(map[string]func(s *liveview.Socket[place]) error{
		"live": func(s *liveview.Socket[place]) error {
			s.Assign(func(p *place) { p.ID = "never shown" })
			s.PutFlash("info", "Saved")
			return errors.Join(s.PushEvent("bye", 1), s.PushRedirect("/to/2", url.Values{"a": {"b"}}, liveview.HistoryReplace))
		},
		"http":     func(s *liveview.Socket[place]) error { return s.Redirect("/plain") },
		"external": func(s *liveview.Socket[place]) error { return s.RedirectExternal("https://example.org/x?y=z") },
		"info":     func(s *liveview.Socket[place]) error { return s.SendInfo("go") },
	})
	from.onShutdown = func(s *liveview.Socket[place]) { ended <- s.State().ID }
	from.onInfo = func(s *liveview.Socket[place], _ any) error { return s.PushRedirect("/to/3", nil) }
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r, "/from/:id", from)
		liveview.Handle(r, "/to/:id", placeView(nil))
	})
	t.Run("live", func(t *testing.T) {
		c := s.open("/from/1")
		pushed, response := c.moves("live")
		if len(pushed) != 1 || pushed[0].event != "diff" || pushed[0].raw != `["1",null,"`+c.topic()+`","diff",{"e":[["bye",1]]}]` {
			t.Errorf("before the reply: %v, want the pushed event alone", pushed)
		}
		move, _ := response["live_redirect"].(map[string]any)
		if move["to"] != "/to/2?a=b" || move["kind"] != "replace" || move["flash"] == "" {
			t.Fatalf("reply = %v", response)
		}
		if f := c.next(); f.event != "phx_close" {
			t.Errorf("after the reply: %v, want phx_close", f)
		}
		if got := <-ended; got != "never shown" {
			t.Errorf("Shutdown saw %q", got)
		}
		status, joined := c.joinAs(map[string]any{
			"redirect": "http://" + siteHost + "/to/2?a=b", "session": c.page.session, "flash": move["flash"],
		})
		rendered, _ := joined["rendered"].(map[string]any)
		if status != "ok" || rendered["0"] != "2" || rendered["3"] != "Saved" {
			t.Errorf("join = %s %v, want the other view with the flash", status, joined)
		}
	})
	t.Run("http", func(t *testing.T) {
		_, response := s.open("/from/1").moves("http")
		if want := map[string]any{"redirect": map[string]any{"to": "/plain", "status": 302.0}}; !reflect.DeepEqual(response, want) {
			t.Errorf("reply = %v, want %v", response, want)
		}
	})
	t.Run("external", func(t *testing.T) {
		_, response := s.open("/from/1").moves("external")
		if want := map[string]any{"redirect": map[string]any{"to": "https://example.org/x?y=z", "status": 302.0}}; !reflect.DeepEqual(response, want) {
			t.Errorf("reply = %v, want %v", response, want)
		}
	})
	t.Run("by itself", func(t *testing.T) {
		c := s.open("/from/1")
		c.moves("info")
		f := c.next()
		if want := map[string]any{"to": "/to/3", "kind": "push"}; f.event != "live_redirect" || !reflect.DeepEqual(f.payload, want) {
			t.Errorf("pushed %v, want live_redirect %v", f, want)
		}
	})
}

// A move in Mount or HandleParams is an HTTP redirect on the first render, and
// part of the answer to the join when live. The flash goes along, once.
func TestMoveWhileMounting(t *testing.T) {
	target := map[string]string{"patch": "/patch?sort=up", "live": "/target", "http": "/target"}
	site := func(t *testing.T, kind string, live bool) *site {
		v := placeView(nil)
		params := v.onParams
		v.onParams = func(c *gin.Context, s *liveview.Socket[place]) error {
			if err := params(c, s); err != nil || s.Connected() != live || c.Query("sort") != "" {
				return err
			}
			s.PutFlash("info", "moved")
			switch kind {
			case "patch":
				return s.PushPatch("/"+kind, url.Values{"sort": {"up"}}, liveview.HistoryReplace)
			case "live":
				return s.PushRedirect("/target", nil)
			default:
				return s.Redirect("/target")
			}
		}
		return newSite(t, liveview.Config{}, func(r *gin.Engine) {
			liveview.Handle(r, "/"+kind, v)
			liveview.Handle(r, "/target", placeView(nil))
			liveview.Handle(r, "/start", placeView(map[string]func(s *liveview.Socket[place]) error{
				"go": func(s *liveview.Socket[place]) error { return s.PushRedirect("/"+kind, nil) },
			}))
		})
	}
	arrived := func(t *testing.T, b *liveviewtest.Session, v *liveviewtest.View, to string) {
		t.Helper()
		if v.URL().String() != to || !v.Live() || v.Text("b") != "moved" || v.Text("h1") != v.URL().Query().Get("sort") {
			t.Errorf("the page at %s shows %s", v.URL(), v.HTML())
		}
		if v := b.Open(to); v.Text("b") != "" {
			t.Error("the flash is shown twice")
		}
		if c := b.Cookies(); slices.ContainsFunc(c, func(c *http.Cookie) bool { return c.Name == "__phoenix_flash__" }) {
			t.Errorf("the flash's cookie is still there: %v", c)
		}
	}
	for kind, to := range target {
		t.Run("first render, "+kind, func(t *testing.T) {
			b := site(t, kind, false).browser()
			v := b.Open("/" + kind)
			v.ExpectRedirect(to)
			if from := v.Response().Request.Response; from.StatusCode != http.StatusFound {
				t.Errorf("status = %d, want 302", from.StatusCode)
			}
			arrived(t, b, v, to)
		})
		expect := map[string]func(*liveviewtest.View, string){
			"patch": (*liveviewtest.View).ExpectPatch, "live": (*liveviewtest.View).ExpectNavigation, "http": (*liveviewtest.View).ExpectRedirect,
		}[kind]
		t.Run("join, "+kind, func(t *testing.T) {
			b := site(t, kind, true).browser()
			v := b.Open("/" + kind)
			expect(v, to)
			arrived(t, b, v, to)
		})
		t.Run("join by navigation, "+kind, func(t *testing.T) {
			b := site(t, kind, true).browser()
			v := b.Open("/start")
			act(v, "go")
			expect(v, to)
			arrived(t, b, v, to)
			if kind != "patch" {
				return
			}
			if v.Back(); v.URL().Path != "/start" { // as the patch took the place of what it left
				t.Errorf("the page before is %s", v.URL())
			}
		})
	}
}

// Two pages that send each other their visitor don't do so for ever.
func TestRedirectLoopOfJoinsEnds(t *testing.T) {
	var joins atomic.Int32
	view := func(to string) *testView[place] {
		v := placeView(nil)
		v.onMount = func(_ *gin.Context, s *liveview.Socket[place]) error {
			if !s.Connected() {
				return nil
			}
			joins.Add(1)
			return s.PushRedirect(to, nil)
		}
		return v
	}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r, "/a", view("/b"))
		liveview.Handle(r, "/b", view("/a"))
	})
	v := s.browse("/a")
	v.ExpectCrash()
	v.WaitFor(func() bool { return strings.Contains(s.log.String(), "a loop") })
	if n := joins.Load(); n != 21 {
		t.Errorf("%d joins, want an end after 20 moves", n)
	}
}

// One callback, one move.
func TestSecondMoveIsAnError(t *testing.T) {
	var err error
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r, "/items/:id", placeView(map[string]func(s *liveview.Socket[place]) error{
			"go": func(s *liveview.Socket[place]) error {
				if err := s.PushPatch("/items/2", nil); err != nil {
					return err
				}
				err = s.Redirect("/elsewhere")
				return nil
			},
		}))
	})
	v := s.browse("/items/1")
	act(v, "go")
	v.ExpectPatch("/items/2")
	if v.URL().String() != "/items/2" || !v.Live() || v.Text("h1") != "2" {
		t.Errorf("the page is at %s, live: %v, want it where the first move went", v.URL(), v.Live())
	}
	if err == nil || !strings.Contains(err.Error(), `Redirect("/elsewhere")`) || !strings.Contains(err.Error(), `PushPatch("/items/2")`) {
		t.Errorf("error = %v, want one that names both", err)
	}
}

// badTargets are paths that a browser or a proxy may read as another host's,
// or that aren't paths (faults.md E5, E6, E7).
var badTargets = []string{
	"", "x", "items", "//evil.example", "///evil.example", "////evil.example", `/\evil.example`, `\\evil.example`, `/\/evil.example`, `\/evil.example`,
	"/\t/evil.example", "/\n/evil.example", "/\r/evil.example", "/\r\n/evil.example", "\t//evil.example", " //evil.example", "/ /evil.example",
	"/%09/evil.example", "/%0a/evil.example", "/%0d%0a/evil.example", "/%20/evil.example", "/%2f/evil.example", "/%2Fevil.example", "/%5cevil.example", "/%5Cevil.example",
	"/%00/evil.example", "/\x00/evil.example", "/\x7f/evil.example", "/a\r\nSet-Cookie: x=y", "/a\nb", "/a\x00b",
	"http:evil.example", "https:evil.example", "https:/evil.example", "https://evil.example", "HTTPS://evil.example", "@evil.example", "user@evil.example", "http://me@example.com",
	"javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "\x01javascript:alert(1)", "java\tscript:alert(1)", "java\nscript:alert(1)",
	"javascript&colon;alert(1)", "data:text/html,x", "DATA:text/html,x", "vbscript:x", "blob:x", "file:///etc/passwd", "mailto:a@b", "ws://evil.example",
	"?x=y", "#x", ".", "..", "./x", "../x", `/a\b`, `/\t/evil.example`, "/%", "/%zz",
}

func TestBadTargetsAreRefused(t *testing.T) {
	refused := 0
	for _, target := range badTargets {
		var patch, redirect, live error
		s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
			liveview.Handle(r, "/", &testView[place]{template: placeTemplate, onMount: func(_ *gin.Context, s *liveview.Socket[place]) error {
				patch, live, redirect = s.PushPatch(target, nil), s.PushRedirect(target, nil), s.Redirect(target)
				return nil
			}})
		})
		p := s.visitor().get("/")
		link := string(liveview.PatchLink(target) + liveview.NavigateLink(target))
		if p.status != 200 || patch == nil || live == nil || redirect == nil || link != `href="#ZgotmplZ"href="#ZgotmplZ"` {
			t.Errorf("%q is accepted: status %d, PushPatch %v, PushRedirect %v, Redirect %v, links %s", target, p.status, patch, live, redirect, link)
			continue
		}
		refused++
	}
	figure(t, "%d of %d targets refused, by each link and move", refused, len(badTargets))
	for _, target := range []string{
		"", "/x", "x", "//evil.example", "javascript:alert(1)", "data:text/html,x", "https:evil.example", "https://", "ftp://example.org", "https://example.org/\r\nX: y",
	} {
		var err error
		s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
			liveview.Handle(r, "/", &testView[place]{template: placeTemplate, onMount: func(_ *gin.Context, s *liveview.Socket[place]) error {
				err = s.RedirectExternal(target)
				return nil
			}})
		})
		if s.visitor().get("/"); err == nil {
			t.Errorf("RedirectExternal(%q) is accepted", target)
		}
	}
}

func TestLinks(t *testing.T) {
	page := liveview.MustParse[place](`<a {{patch "/items" "sort" .Sort "page" 2}}>x</a><a {{navigate "/a?b=c#d" | replace}}>y</a>`)
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r, "/", &testView[place]{
			template: page,
			onMount: func(_ *gin.Context, s *liveview.Socket[place]) error {
				s.Assign(func(p *place) { p.Sort = `a&"b<` })
				return nil
			},
			onEvent: func(s *liveview.Socket[place], _ liveview.Event) error {
				s.Assign(func(p *place) { p.Sort = "" })
				return nil
			},
		})
	})
	c := s.open("/")
	want := `<a href="/items?page=2&amp;sort=a%26%22b%3C" data-phx-link="patch" data-phx-link-state="push">x</a>` +
		`<a href="/a?b=c#d" data-phx-link="redirect" data-phx-link-state="replace">y</a>`
	if c.page.content != want {
		t.Errorf("the links are\n%s\nwant\n%s", c.page.content, want)
	}
	if diff := c.click("x", nil); !reflect.DeepEqual(diff, map[string]any{"0": "/items?page=2"}) {
		t.Errorf("diff = %v, want the URL alone", diff)
	}
}

// What is known to be wrong with a link is told when the template is parsed.
func TestWrongLinks(t *testing.T) {
	for text, want := range map[string]string{
		`<a {{patch "items"}}>x</a>`:                    `"items" is not a path of this host`,
		`<a {{navigate "//evil.example"}}>x</a>`:        `"//evil.example" is not a path of this host`,
		`<a {{patch "/items" "page"}}>x</a>`:            "names and values in turn",
		`<a {{.ID | patch "/items"}}>x</a>`:             "names and values in turn",
		`<a {{patch "items" | replace}}>x</a>`:          `"items" is not a path of this host`,
		`<a href="{{patch "/items"}}">x</a>`:            "patch writes attributes",
		`<p>{{navigate "/items"}}</p>`:                  "navigate writes attributes",
		`<a title={{patch "/items" | replace}}>x</a>`:   "patch | replace writes attributes",
		`{{range $i := 2}}<a {{patch ""}}>x</a>{{end}}`: `"" is not a path of this host`,
	} {
		if _, err := liveview.Parse[place](text); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "navigate_test.go:") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// A link's attributes are the same wherever a template gets them from.
func TestLinksByOtherWays(t *testing.T) {
	page := liveview.MustParse[place](`{{$to := patch "/b"}}<a {{$to}}></a><a {{if .Sort}}{{patch "/c"}}{{else}}{{navigate "/d"}}{{end}}></a>` +
		`<a {{"/e" | patch}}></a>`)
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", &testView[place]{template: page}) })
	const attrs = `data-phx-link="patch" data-phx-link-state="push"`
	want := `<a href="/b" ` + attrs + `></a><a href="/d" ` + strings.Replace(attrs, "patch", "redirect", 1) + `></a><a href="/e" ` + attrs + `></a>`
	if got := s.visitor().get("/").content; got != want {
		t.Errorf("the page is\n%s\nwant\n%s", got, want)
	}
}

// What a link or a push says of a query's names takes the place of what its path
// says of them, and of nothing else.
func TestQueryOfALinkIsReplaced(t *testing.T) {
	page := liveview.MustParse[place](`<a {{patch currentURL "page" 2 "q" ""}}></a><a {{navigate "/x%2Fy" "a" 1}}></a>`)
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r, "/", &testView[place]{template: page})
		liveview.Handle(r, "/push", &testView[place]{template: page, onMount: func(_ *gin.Context, s *liveview.Socket[place]) error {
			return s.PushRedirect("/?page=1&b=%20;c", url.Values{"page": {"3", "4"}, "b": nil})
		}})
		liveview.Handle(r, "/patch", &testView[place]{template: page, onMount: func(_ *gin.Context, s *liveview.Socket[place]) error {
			return s.PushPatch("/patch?page=1&a=1;2&q=z", url.Values{"page": {"2"}, "q": nil})
		}})
	})
	v := s.visitor()
	const tail = ` data-phx-link-state="push"></a>`
	want := `<a href="/?a=1;2&amp;page=2" data-phx-link="patch"` + tail + `<a href="/x%2Fy?a=1" data-phx-link="redirect"` + tail
	if got := v.get("/?a=1;2&q=z&page=1").content; got != want {
		t.Errorf("the page is\n%s\nwant\n%s", got, want)
	}
	if got := v.get("/push").header.Get("Location"); got != "/?page=3&page=4" {
		t.Errorf("PushRedirect leads to %s", got)
	}
	if got := v.get("/patch").header.Get("Location"); got != "/patch?page=2&a=1;2" {
		t.Errorf("PushPatch leads to %s", got)
	}
}

// A page's title goes when another takes its place, also one that has none.
func TestTitleIsNotLeftBehind(t *testing.T) {
	titled := func(title string) *testView[place] {
		return &testView[place]{
			template: liveview.MustParse[place](`<a id="b" {{navigate "/b"}}>b</a><button phx-click="untitle">none</button>`),
			onMount:  func(_ *gin.Context, s *liveview.Socket[place]) error { s.PageTitle(title); return nil },
			onEvent:  func(s *liveview.Socket[place], _ liveview.Event) error { s.PageTitle(""); return nil },
		}
	}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r, "/a", titled("A"))
		liveview.Handle(r, "/b", titled(""))
	})
	view := s.browse("/a")
	if got := view.Title(); got != "A" {
		t.Fatalf("the title is %q", got)
	}
	view.Click("#b")
	if got := view.Title(); got != "" {
		t.Errorf("on a page without a title it still is %q", got)
	}
	view = s.browse("/a")
	view.Click("button")
	if got := view.Title(); got != "" {
		t.Errorf("after an event has taken it back it still is %q", got)
	}
}

// A visitor may ask for a path that a browser, told to go there, would take for
// another host.
func TestPathThatLooksLikeAHost(t *testing.T) {
	form := liveview.MustParse[place](`<form action="{{currentURL}}">{{.ID}}</form>`)
	var loggedIn atomic.Bool
	loggedIn.Store(true)
	var told string
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		guarded := r.Group("", func(c *gin.Context) {
			switch {
			case c.Query("back") != "":
				c.Redirect(http.StatusFound, "http://"+siteHost+"//evil.example/x")
				c.Abort()
			case !loggedIn.Load():
				c.AbortWithStatus(http.StatusUnauthorized)
			}
		})
		liveview.Handle(guarded, "/:user/:page", &testView[place]{template: form, onMount: func(_ *gin.Context, s *liveview.Socket[place]) error {
			told = s.URL().String()
			return nil
		}})
	})
	v := s.visitor()
	p := v.get("//evil.example")
	if want := `<form action="/.//evil.example"></form>`; p.content != want || told != "/.//evil.example" {
		t.Errorf("the page is %s and at %q, want %s", p.content, told, want)
	}
	c := p.connect()
	if status, response := c.join(); status != "ok" {
		t.Fatalf("join = %s %v", status, response)
	}
	_, response := c.joinAs(map[string]any{"redirect": p.url + "?back=1", "session": p.session})
	if to, _ := response["redirect"].(map[string]any); to["to"] != "/.//evil.example/x" {
		t.Errorf("a redirect within the host leads to %v", response)
	}
}

// What an error says of a move gets into the log.
func TestErrorsOfMovesTellNoSecrets(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		v := counterView()
		v.onEvent = func(s *liveview.Socket[counter], e liveview.Event) error {
			if e.Name == "twice" {
				return errors.Join(s.RedirectAction("/login/done", "value", "/next?code=secret"), s.PushRedirect("/", nil))
			}
			return s.PushPatch("/gone?code=secret#secret", nil)
		}
		liveview.Handle(r, "/", v)
	})
	for _, event := range []string{"twice", "patch"} {
		c := s.open("/")
		if status, _ := c.call("event", map[string]any{"type": "click", "event": event, "value": map[string]any{}}); status != "phx_error" {
			t.Errorf("%s: %s", event, status)
		}
	}
	for _, secret := range []string{"_action", "secret"} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log has %q:\n%s", secret, s.log.String())
		}
	}
}
