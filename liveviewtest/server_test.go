package liveviewtest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview/liveviewtest"
)

// message is one of the protocol's.
type message struct {
	joinRef, ref, topic, event string
	payload                    map[string]any
}

// scripted is a server that says what a test wants: with it are tested the
// client's answers to what the library doesn't send, or not when it is wanted.
type scripted struct {
	script func(s *scripted, m message)                  // answers a message
	plain  func(http.ResponseWriter, *http.Request) bool // answers a request, or returns false for the page

	ws    *websocket.Conn
	loads int      // of the page
	got   []string // the messages that came, without their refs
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/live/websocket" {
		s.serveSocket(w, r)
		return
	}
	if s.plain != nil && s.plain(w, r) {
		return
	}
	s.loads++
	w.Header().Set("Content-Type", "text/html")
	_, _ = fmt.Fprint(w, `<title>x</title><meta name="csrf-token" content="t"><script data-path="/live"></script><body><div id="lv" data-phx-main data-phx-session="s"></div>`)
}

func (s *scripted) serveSocket(w http.ResponseWriter, r *http.Request) {
	ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = ws.Close() }()
	s.ws = ws
	for {
		var parts [5]any
		if ws.ReadJSON(&parts) != nil {
			return
		}
		var m message
		for i, dst := range []*string{&m.joinRef, &m.ref, &m.topic, &m.event} {
			*dst, _ = parts[i].(string)
		}
		m.payload, _ = parts[4].(map[string]any)
		s.got = append(s.got, fmt.Sprint(m.event, " ", m.payload))
		s.script(s, m)
	}
}

// reply answers m.
func (s *scripted) reply(m message, status string, response any) {
	s.send(m, m.ref, "phx_reply", map[string]any{"status": status, "response": response})
}

// push sends an event to the channel of m.
func (s *scripted) push(m message, event string, payload any) { s.send(m, nil, event, payload) }

func (s *scripted) send(m message, ref any, event string, payload any) {
	_ = s.ws.WriteJSON([]any{m.joinRef, ref, m.topic, event, payload}) // the test notices
}

// JSON objects and lists, as a script writes them.
type (
	object = map[string]any
	list   = []any
)

// joins answers a join with a page.
func joins(rendered object) func(*scripted, message) {
	return func(s *scripted, m message) { s.reply(m, "ok", object{"rendered": rendered}) }
}

func static(html string) object { return object{"s": list{html}} }

// A live component is patched by itself, an event goes to the one it is for, and
// the server is told which components the page has lost, twice: that they will
// go, and that they are gone.
func TestComponents(t *testing.T) {
	page := object{
		"s": list{"<div>", "", "</div>"}, "0": 1, "1": 2,
		"c": object{
			"1": object{"r": 1, "s": list{`<p id="a"><button phx-click="inc" phx-target="1">+</button>`, `</p>`}, "0": "one"},
			"2": object{"r": 1, "s": list{`<p id="b" phx-hook="H">`, `</p>`}, "0": "two"},
		},
	}
	s := &scripted{script: func(s *scripted, m message) {
		switch {
		case m.event == "phx_join":
			joins(page)(s, m)
		case m.event == "cids_destroyed":
			s.reply(m, "ok", object{"cids": m.payload["cids"]})
		case m.payload["event"] == "inc":
			s.reply(m, "ok", object{"diff": object{"c": object{"1": object{"0": "ONE"}}}})
		case m.payload["event"] == "drop":
			s.reply(m, "ok", object{"diff": object{"1": "", "r": object{"dropped": 2}}})
		default:
			s.reply(m, "ok", object{})
		}
	}}
	v := liveviewtest.Open(t, s, "/")
	v.Click("+")
	if got := v.Text("#a") + " " + v.Text("#b"); got != "+ONE two" {
		t.Errorf("after an event of a component the page shows %q, want %q", got, "+ONE two")
	}
	v.Within("#a").Push("inc", nil)
	reply := v.Hook("#b").PushTo("#b", "drop", nil)
	if string(reply) != `{"dropped":2}` || v.Has("#b") {
		t.Errorf("the reply is %s, and the component that was dropped shows: %v", reply, v.Has("#b"))
	}
	v.WaitIdle()
	want := []string{
		"event map[cid:1 event:inc type:click value:map[value:]]",
		"event map[cid:1 event:inc type:hook value:map[]]",
		"event map[cid:2 event:drop type:hook value:map[]]",
		"cids_will_destroy map[cids:[2]]",
		"cids_destroyed map[cids:[2]]",
	}
	if got := s.got[1:]; !slices.Equal(got[:min(len(got), 5)], want) {
		t.Errorf("the client sent %q, want %q", got, want)
	}
}

// A component that is on the page twice fails the test, which names it and the place. The
// components of two views may have the same number.
func TestComponentThatIsThereTwice(t *testing.T) {
	page := object{
		"s": list{"<div>", "</div><div>", "</div>"}, "0": 1, "1": 1,
		"c": object{"1": object{"r": 1, "s": list{`<p>x</p>`}}},
	}
	said := failures(func(t testing.TB) { liveviewtest.Open(t, &scripted{script: joins(page)}, "/") })
	if len(said) != 1 || !strings.Contains(said[0], "the live component 1 is on the page twice") || !strings.Contains(said[0], "as <p>x") {
		t.Errorf("the test failed with %q", said)
	}
	page = object{"s": list{"<div>", `</div><div><p data-phx-component="1" data-phx-view="other">y</p></div>`}, "0": 1, "c": page["c"]}
	if said := failures(func(t testing.TB) { liveviewtest.Open(t, &scripted{script: joins(page)}, "/") }); said != nil {
		t.Errorf("of components of two views the test failed with %q", said)
	}
}

// A diff that outruns the answer to the join shows once that has come.
func TestDiffBeforeTheJoinIsAnswered(t *testing.T) {
	v := liveviewtest.Open(t, &scripted{script: func(s *scripted, m message) {
		s.push(m, "diff", object{"0": "late", "t": "Title"})
		joins(object{"s": list{"<p>", "</p>"}, "0": "early"})(s, m)
	}}, "/")
	if got := v.Text("p"); got != "late" {
		t.Errorf("the page shows %q, want what the diff says", got)
	}
}

// What the server answers instead of a join is done.
func TestRefusedJoins(t *testing.T) {
	elsewhere := func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/else" {
			return false
		}
		flash, _ := r.Cookie("__phoenix_flash__")
		_, _ = fmt.Fprintf(w, "<h1>elsewhere</h1><p>%v</p>", flash)
		return true
	}
	t.Run("a redirect loads another page, which gets the flash", func(t *testing.T) {
		s := &scripted{plain: elsewhere, script: func(s *scripted, m message) {
			s.reply(m, "error", object{"redirect": object{"to": "/else", "flash": "F"}})
		}}
		v := liveviewtest.NewSession(t, s).Visit("/")
		v.ExpectRedirect("/else")
		if v.Text("h1") != "elsewhere" || !strings.Contains(v.Text("p"), "F") || v.Live() {
			t.Errorf("the page is %s, live %v", v.HTML(), v.Live())
		}
	})
	t.Run("a live redirect joins another view", func(t *testing.T) {
		v := liveviewtest.Open(t, &scripted{script: func(s *scripted, m message) {
			if m.payload["redirect"] == nil {
				s.reply(m, "error", object{"live_redirect": object{"to": "/b", "kind": "replace"}})
				return
			}
			joins(static(fmt.Sprint("<p>", m.payload["redirect"], "</p>")))(s, m)
		}}, "/")
		v.ExpectNavigation("/b")
		if got := v.Text("p"); got != "http://example.com/b" || v.URL().Path != "/b" {
			t.Errorf("the page at %s shows %q", v.URL(), got)
		}
	})
	t.Run("reload loads the page again, with the server's token", func(t *testing.T) {
		s := &scripted{}
		s.script = func(s *scripted, m message) {
			if s.loads == 1 {
				s.reply(m, "error", object{"reason": "reload", "token": "T"})
				return
			}
			joins(static("<p>live</p>"))(s, m)
		}
		session := liveviewtest.NewSession(t, s)
		v := session.Open("/")
		if v.Text("p") != "live" || s.loads != 2 || fmt.Sprint(session.Cookies()) != "[__phoenix_reload_status__=T]" {
			t.Errorf("after %d loads the page shows %q, with the cookies %v", s.loads, v.Text("p"), session.Cookies())
		}
	})
	t.Run("a server that refuses for ever ends the test", func(t *testing.T) {
		s := &scripted{script: func(s *scripted, m message) { s.reply(m, "error", object{"reason": "stale"}) }}
		said := failures(func(t testing.TB) { liveviewtest.Open(t, s, "/") })
		if len(said) != 1 || !strings.Contains(said[0], "refuses each join") || s.loads != 4 {
			t.Errorf("after %d loads the test failed with %q", s.loads, said)
		}
	})
	t.Run("any other reason is a crash", func(t *testing.T) {
		v := liveviewtest.Open(t, &scripted{script: func(s *scripted, m message) { s.reply(m, "error", object{"reason": "join crashed"}) }}, "/")
		v.ExpectCrash()
	})
}

// What a server does that the official client can't cope with ends the test, or
// is an error of it, that says what it was; the line that is blamed is the
// test's.
func TestServersThatBreakTheProtocol(t *testing.T) {
	page := joins(object{"s": list{`<button phx-click="go">go</button><p>`, `</p>`}, "0": "1"})
	for name, tc := range map[string]struct {
		script func(s *scripted, m message)
		want   string
	}{
		"no page":    {func(s *scripted, m message) { s.reply(m, "ok", object{}) }, "without a page"},
		"no statics": {joins(object{"0": "x"}), "can't be shown"},
		"no dynamic": {joins(object{"s": list{"a", "b"}}), "wasn't sent"},
		"no answer":  {func(*scripted, message) {}, `didn't answer "phx_join"`},
		"error":      {func(s *scripted, m message) { s.reply(m, "error", object{}) }, `with the status "error"`},
		"bad diff":   {func(s *scripted, m message) { s.reply(m, "ok", object{"diff": object{"7": "x"}}) }, "could not apply a diff"},
		"duplicate ids": {func(s *scripted, m message) {
			s.reply(m, "ok", object{"diff": object{"0": `<i id="i"></i><i id="i"></i>`}})
		}, `several elements have the id "i"`},
		"lost portal": {func(s *scripted, m message) {
			s.reply(m, "ok", object{"diff": object{"0": `<template data-phx-portal="#none" id="t"><i id="i"></i></template>`}})
		}, "target of the portal"},
		"close":   {func(s *scripted, m message) { s.push(m, "phx_close", object{}); s.reply(m, "ok", object{}) }, "takes for its end"},
		"no JSON": {func(s *scripted, _ message) { _ = s.ws.WriteMessage(websocket.TextMessage, []byte("x")) }, "the server sent"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &scripted{script: func(s *scripted, m message) {
				if strings.HasPrefix(name, "no ") && name != "no JSON" || m.event != "phx_join" {
					tc.script(s, m)
				} else {
					page(s, m)
				}
			}}
			// In a bubble, as one of them waits in vain.
			synctest.Test(t, func(t *testing.T) {
				said := failures(func(t testing.TB) { liveviewtest.Open(t, s, "/").Click("go") })
				if len(said) != 1 || !strings.Contains(said[0], tc.want) {
					t.Errorf("the test failed with %q, want one error with %q", said, tc.want)
				}
			})
		})
	}
}
