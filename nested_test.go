package liveview_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// parentState is that of a view that shows others.
type parentState struct {
	Title string
	Kids  []*liveview.Nested
}

var parentTemplate = liveview.MustParse[parentState](`<h1>{{.Title}}</h1>{{range .Kids}}{{component .}}{{end}}`)

// nestView is a view that has no HandleParams, so that it can be nested.
type nestView[C any] struct {
	onMount    func(c *gin.Context, s *liveview.Socket[C]) error
	onEvent    func(s *liveview.Socket[C], e liveview.Event) error
	onInfo     func(s *liveview.Socket[C], info any) error
	onShutdown func(s *liveview.Socket[C])
	template   *liveview.Template[C]
}

func (v *nestView[C]) Mount(c *gin.Context, s *liveview.Socket[C]) error {
	if v.onMount == nil {
		return nil
	}
	return v.onMount(c, s)
}

func (v *nestView[C]) HandleEvent(s *liveview.Socket[C], e liveview.Event) error {
	if v.onEvent == nil {
		return nil
	}
	return v.onEvent(s, e)
}

func (v *nestView[C]) HandleInfo(s *liveview.Socket[C], info any) error {
	if v.onInfo == nil {
		return nil
	}
	return v.onInfo(s, info)
}

func (v *nestView[C]) Shutdown(s *liveview.Socket[C]) {
	if v.onShutdown != nil {
		v.onShutdown(s)
	}
}

func (v *nestView[C]) Render(state C) liveview.Rendered { return v.template.Render(state) }

// kidView counts, and does what its events say.
func kidView() *nestView[counter] {
	v := &nestView[counter]{template: counterTemplate}
	v.onEvent = func(s *liveview.Socket[counter], e liveview.Event) error {
		switch e.Name {
		case "inc":
			s.Assign(func(c *counter) { c.Count++ })
		case "crash":
			return errors.New("crash as asked")
		case "tell":
			return s.SendParent("told by " + s.ID())
		case "patch":
			s.Assign(func(c *counter) { c.Count = 0 })
			if err := s.PushPatch("/", nil); err == nil || !strings.Contains(err.Error(), "PushRedirect") {
				return fmt.Errorf("PushPatch: %w", err)
			}
		case "go":
			s.PutFlash("info", "gone")
			return s.PushRedirect("/elsewhere", nil)
		}
		return nil
	}
	v.onInfo = func(s *liveview.Socket[counter], info any) error {
		s.Assign(func(c *counter) { c.Count += info.(int) })
		return nil
	}
	return v
}

// family is a parent with kids, whose events show and hide them.
func familyView(kids ...*liveview.Nested) *nestView[parentState] {
	v := &nestView[parentState]{template: parentTemplate}
	v.onMount = func(_ *gin.Context, s *liveview.Socket[parentState]) error {
		s.Assign(func(p *parentState) { p.Title, p.Kids = "parent", kids })
		return nil
	}
	v.onEvent = func(s *liveview.Socket[parentState], e liveview.Event) error {
		switch e.Name {
		case "crash":
			return errors.New("crash as asked")
		case "hide":
			s.Assign(func(p *parentState) { p.Kids = nil })
		case "show":
			s.Assign(func(p *parentState) { p.Kids = kids })
		case "title":
			s.Assign(func(p *parentState) { p.Title += "!" })
		case "send":
			err := s.SendChild(e.Value("to"), 10)
			s.Assign(func(p *parentState) { p.Title = fmt.Sprint(err) })
		}
		return nil
	}
	v.onInfo = func(s *liveview.Socket[parentState], info any) error {
		s.Assign(func(p *parentState) { p.Title = info.(string) })
		return nil
	}
	return v
}

// guestTag is the element of a nested view in HTML.
var guestTag = regexp.MustCompile(`<[a-z]+ id="([^"]*)" data-phx-session="([^"]*)" data-phx-static="([^"]*)" data-phx-parent-id="([^"]*)"`)

// guestIn finds the element of the nested view with that id in what a join or a diff
// has, as HTML.
func guestIn(t testing.TB, response any, id string) (session string) {
	t.Helper()
	for _, text := range htmlOf(response) {
		for _, m := range guestTag.FindAllStringSubmatch(text, -1) {
			if m[1] == id {
				return html.UnescapeString(m[2])
			}
		}
	}
	t.Fatalf("nothing is nested as %q in %v", id, response)
	return ""
}

// htmlOf returns each node of a diff with statics as HTML.
func htmlOf(v any) (all []string) {
	node, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	statics, _ := node["s"].([]any)
	var own strings.Builder
	for i, s := range statics {
		fmt.Fprint(&own, s)
		if d, ok := node[strconv.Itoa(i)].(string); ok {
			own.WriteString(d)
		}
	}
	all = append(all, own.String())
	if entries, ok := node["k"].(map[string]any); ok { // each with the statics of the list
		for _, entry := range entries {
			if entry, ok := entry.(map[string]any); ok {
				with := map[string]any{"s": statics}
				for k, v := range entry {
					with[k] = v
				}
				all = append(all, htmlOf(with)...)
			}
		}
	}
	for _, inner := range node {
		all = append(all, htmlOf(inner)...)
	}
	return all
}

// on sends an event of the protocol on a topic of the client's socket and returns the
// reply to it; frames before it are kept in between.
func (c *client) on(id, joinRef, event string, payload any) (status string, response map[string]any, between []frame) {
	c.t.Helper()
	c.ref++
	ref := strconv.Itoa(c.ref)
	if event == "phx_join" {
		joinRef = ref
	}
	b, err := json.Marshal([]any{joinRef, ref, "lv:" + id, event, payload})
	if err != nil {
		c.t.Fatal(err)
	}
	c.write(string(b))
	for {
		f := c.next()
		if f.event == "phx_reply" && f.ref == ref {
			response, _ = f.payload["response"].(map[string]any)
			return f.payload["status"].(string), response, between
		}
		between = append(between, f)
		if event != "phx_join" && f.topic == "lv:"+id && f.event == "phx_error" {
			return f.event, f.payload, between
		}
	}
}

func jsonOf(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// kid is a nested view that a client has joined.
type kid struct {
	c                    *client
	id, session, joinRef string
	joined               map[string]any
}

// rejoin joins it again, as the client does after a crash.
func (k *kid) rejoin() {
	k.c.t.Helper()
	status, response, _ := k.c.joinGuest(k.session, k.id, map[string]any{"params": map[string]any{"_mounts": 1}})
	if status != "ok" {
		k.c.t.Fatalf("%s joins again: %s %v", k.id, status, response)
	}
	k.joinRef, k.joined = strconv.Itoa(k.c.ref), response
}

// waitFor returns the next frame of that event on a topic.
func (c *client) waitFor(id, event string) frame {
	c.t.Helper()
	for {
		if f := c.next(); f.topic == "lv:"+id && f.event == event {
			return f
		}
	}
}

// nest joins the nested view that response shows.
func (c *client) nest(response any, id string) *kid {
	c.t.Helper()
	return c.nestBy(guestIn(c.t, response, id), id)
}

func (c *client) nestBy(session, id string) *kid {
	c.t.Helper()
	status, response, _ := c.joinGuest(session, id, nil)
	if status != "ok" {
		c.t.Fatalf("the join of %s: %s %v", id, status, response)
	}
	return &kid{c, id, session, strconv.Itoa(c.ref), response}
}

func (c *client) joinGuest(session, id string, change map[string]any) (status string, response map[string]any, between []frame) {
	c.t.Helper()
	payload := map[string]any{"params": map[string]any{"_mounts": 0}, "session": session, "static": nil, "sticky": false}
	for k, v := range change {
		payload[k] = v
	}
	if c.ref < 100 {
		c.ref = 100 // what the page sends has small ones
	}
	return c.on(id, "", "phx_join", payload)
}

func (k *kid) click(event string) (status string, response map[string]any, between []frame) {
	k.c.t.Helper()
	return k.c.on(k.id, k.joinRef, "event", map[string]any{"type": "click", "event": event, "value": map[string]any{}})
}

// tells has the view tell its parent something, and returns what that shows then. It may
// do so before the click is answered.
func (k *kid) tells(parent string) string {
	k.c.t.Helper()
	status, response, between := k.click("tell")
	if status != "ok" || len(response) != 0 {
		k.c.t.Errorf("%s answers %s %v", k.id, status, response)
	}
	for _, f := range between {
		if f.topic == "lv:"+parent && f.event == "diff" {
			return fmt.Sprint(f.payload)
		}
	}
	return fmt.Sprint(k.c.waitFor(parent, "diff").payload)
}

// openFamily opens the page at / and joins what is nested in it.
func (s *site) openFamily(ids ...string) (*client, []*kid) {
	s.t.Helper()
	c := s.visitor().get("/").connect()
	status, response := c.join()
	if status != "ok" {
		s.t.Fatalf("join: %s %v", status, response)
	}
	var kids []*kid
	for _, id := range ids {
		kids = append(kids, c.nest(response["rendered"], id))
	}
	return c, kids
}

// A nested view stands in the HTML of its page, and joins by the element that the live
// page has for it: with state and events of its own.
func TestNestedView(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r, "/", familyView(liveview.Nest("a", kidView()), liveview.Nest("b", kidView())))
	})
	p := s.visitor().get("/")
	want := fmt.Sprintf(`<h1>parent</h1><div id="a" data-phx-session="" data-phx-static="" data-phx-parent-id="%s"><button phx-click="inc">0</button></div>`, p.id)
	if !strings.HasPrefix(p.content, want) {
		t.Errorf("over HTTP the page is %s, want %s…", p.content, want)
	}
	c, kids := s.openFamily("a", "b")
	for i := 1; i <= 2; i++ {
		if status, response, _ := kids[0].click("inc"); status != "ok" || fmt.Sprint(response["diff"]) != fmt.Sprintf("map[0:%d]", i) {
			t.Errorf("click %d in the nested view: %s %v", i, status, response)
		}
	}
	if status, response, _ := kids[1].click("inc"); status != "ok" || fmt.Sprint(response["diff"]) != "map[0:1]" {
		t.Errorf("click in its sibling: %s %v", status, response)
	}
	if diff := c.click("title", nil); fmt.Sprint(diff) != "map[0:parent!]" {
		t.Errorf("the parent's own diff is %v, want its title alone", diff)
	}
	if log := s.log.String(); log != "" {
		t.Errorf("log:\n%s", log)
	}
}

// A nested view that crashes starts anew by itself: its parent and siblings keep what
// they have.
func TestNestedCrashStaysWithIt(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r, "/", familyView(liveview.Nest("a", kidView()), liveview.Nest("b", kidView())))
	})
	c, kids := s.openFamily("a", "b")
	c.click("title", nil)
	kids[0].click("inc")
	kids[1].click("inc")
	if status, _, _ := kids[0].click("crash"); status != "phx_error" {
		t.Fatalf("the crash is answered with %s", status)
	}
	kids[0].rejoin()
	if _, response, _ := kids[0].click("inc"); fmt.Sprint(response["diff"]) != "map[0:1]" {
		t.Errorf("a click in it then: %v", response)
	}
	if _, response, _ := kids[1].click("inc"); fmt.Sprint(response["diff"]) != "map[0:2]" {
		t.Errorf("its sibling has lost its state: %v", response)
	}
	if diff := c.click("title", nil); fmt.Sprint(diff) != "map[0:parent!!]" {
		t.Errorf("its parent has lost its state: %v", diff)
	}
}

// A view that is linked to its parent takes that along when it crashes.
func TestLinkedCrashEndsTheParent(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r, "/", familyView(liveview.Nest("a", kidView()).Linked(), liveview.Nest("b", kidView())))
	})
	c, kids := s.openFamily("a", "b")
	_, _, between := kids[0].click("crash")
	for ended := map[string]bool{}; len(ended) < 2; {
		var f frame
		if len(between) > 0 {
			f, between = between[0], between[1:]
		} else {
			f = c.next()
		}
		switch {
		case f.topic == c.topic() && f.event == "phx_error", f.topic == "lv:b" && f.event == "phx_close":
			ended[f.topic] = true
		}
	}
	if _, response, _ := kids[1].click("inc"); response["reason"] != "unmatched topic" {
		t.Errorf("its sibling answers %v", response)
	}
	if !strings.Contains(s.log.String(), `\"a\", which is nested in this one and linked to it, has crashed`) {
		t.Errorf("log:\n%s", s.log)
	}
}

// What is nested in a view ends with it, however that ends, and with its Shutdown.
func TestNestedEndsWithItsParent(t *testing.T) {
	for name, end := range map[string]func(c *client){
		"crash": func(c *client) {
			c.push("event", map[string]any{"type": "click", "event": "crash", "value": map[string]any{}})
		},
		"leave": func(c *client) { c.push("phx_leave", map[string]any{}) },
		"rejoin": func(c *client) {
			if status, _ := c.join(); status != "ok" {
				c.t.Errorf("the parent joins again: %s", status)
			}
		},
		"lost": func(c *client) { c.close() },
	} {
		t.Run(name, func(t *testing.T) {
			ended := make(chan string, 3)
			kid := func(inner ...*liveview.Nested) *nestView[parentState] {
				v := familyView(inner...)
				v.onShutdown = func(s *liveview.Socket[parentState]) { ended <- s.ID() }
				return v
			}
			s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
				liveview.Handle(r, "/", familyView(liveview.Nest("a", kid(liveview.Nest("b", kid(liveview.Nest("c", kid())))))))
			})
			c, kids := s.openFamily("a")
			b := c.nest(kids[0].joined["rendered"], "b")
			c.nest(b.joined["rendered"], "c")
			end(c)
			for range 3 {
				<-ended
			}
		})
	}
}

// Views are nested in nested views, over HTTP and on the live page, and each is told of
// by its parent.
func TestNestedThreeDeep(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r, "/", familyView(liveview.Nest("a", familyView(liveview.Nest("b", familyView(liveview.Nest("c", kidView())))))))
	})
	p := s.visitor().get("/")
	if !regexp.MustCompile(`id="a"[^>]*><h1>parent</h1><div id="b"[^>]* data-phx-parent-id="a"><h1>parent</h1><div id="c"[^>]* data-phx-parent-id="b"><button`).MatchString(p.content) {
		t.Errorf("over HTTP the page is %s", p.content)
	}
	c, kids := s.openFamily("a")
	b := c.nest(kids[0].joined["rendered"], "b")
	inner := c.nest(b.joined["rendered"], "c")
	if shows := inner.tells("b"); shows != "map[0:told by c]" {
		t.Errorf("its parent shows %v", shows)
	}
}

// Parent and child send each other values; what can't be sent is an error.
func TestParentAndChildSend(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r, "/", familyView(liveview.Nest("a", kidView()), liveview.Nest("still", stillView{})))
	})
	c, kids := s.openFamily("a")
	if shows := kids[0].tells(c.page.id); shows != "map[0:told by a]" {
		t.Errorf("the parent shows %v", shows)
	}
	send := func(to string) string { return fmt.Sprint(c.click("send", map[string]any{"to": to})["0"]) }
	if got := send("a"); got != "&lt;nil&gt;" {
		t.Errorf("SendChild returns %s", got)
	}
	if _, response, _ := kids[0].click("inc"); fmt.Sprint(response["diff"]) != "map[0:11]" {
		t.Errorf("after it was sent 10 a click in the child shows %v", response)
	}
	for to, want := range map[string]string{"still": "no such nested view: &#34;still&#34;", "nobody": "no such nested view: &#34;nobody&#34;"} {
		if got := send(to); !strings.Contains(got, want) {
			t.Errorf("SendChild(%q) returns %s", to, got)
		}
	}
	c.nestBy(kids[0].session, "still")
	if got := send("still"); !strings.Contains(got, "liveview_test.stillView has no HandleInfo to get a int") {
		t.Errorf("SendChild to one that hears nothing returns %s", got)
	}
}

// stillView hears nothing.
type stillView struct{}

func (stillView) Render(c counter) liveview.Rendered { return counterTemplate.Render(c) }

// A nested view joins, and joins again, while its parent is at work.
func TestNestedJoinDoesNotWaitForItsParent(t *testing.T) {
	busy, free := make(chan bool), make(chan bool)
	parent := familyView(liveview.Nest("a", kidView()))
	parent.onEvent = func(*liveview.Socket[parentState], liveview.Event) error {
		close(busy)
		<-free
		return nil
	}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", parent) })
	c, kids := s.openFamily("a")
	c.push("event", map[string]any{"type": "click", "event": "work", "value": map[string]any{}})
	<-busy
	defer close(free)
	kids[0].click("crash")
	kids[0].rejoin()
	if _, response, _ := kids[0].click("inc"); fmt.Sprint(response["diff"]) != "map[0:1]" {
		t.Errorf("a click: %v", response)
	}
}

// What its parent hides is left by the client, and may come back: also before the server
// has been told of that.
func TestNestedHiddenAndShownAgain(t *testing.T) {
	ended := make(chan bool, 2)
	kid := kidView()
	kid.onShutdown = func(*liveview.Socket[counter]) { ended <- true }
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", familyView(liveview.Nest("a", kid))) })
	c, kids := s.openFamily("a")
	c.click("hide", nil)
	c.click("title", nil)
	c.click("show", nil)
	c.on("a", kids[0].joinRef, "phx_leave", map[string]any{})
	<-ended
	kids[0].rejoin()
	c.click("hide", nil)
	c.on("a", kids[0].joinRef, "phx_leave", map[string]any{})
	<-ended
	if status, response, _ := c.joinGuest(kids[0].session, "a", nil); status != "error" || response["reason"] != "join crashed" {
		t.Errorf("the join of what isn't shown: %s %v", status, response)
	}
	if diff := fmt.Sprint(c.click("show", nil)); !strings.Contains(diff, kids[0].session) {
		t.Errorf("it is shown again by %s", diff)
	}
	kids[0].rejoin()
}

// A nested view can't be joined but by the browser, the socket and the parent that it is
// shown to, and the client isn't told what would have it load the page.
func TestForeignJoinsOfNestedViews(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r, "/", familyView(liveview.Nest("a", familyView(liveview.Nest("b", kidView()))), liveview.Nest("x", kidView())))
	})
	v := s.visitor()
	c := v.get("/").connect()
	_, response := c.join()
	session := guestIn(t, response["rendered"], "a")
	a := c.nest(response["rendered"], "a")
	inner := guestIn(t, a.joined["rendered"], "b")

	stranger := s.visitor().get("/").connect()
	stranger.join()
	other := v.get("/").connect()
	if status, _ := other.join(); status != "ok" {
		t.Fatal("the other tab doesn't join")
	}
	alone := v.get("/").connect()
	for name, test := range map[string]struct {
		c           *client
		session, id string
	}{
		"another browser's token":      {stranger, session, "a"},
		"another tab's":                {other, session, "a"},
		"without the parent":           {alone, session, "a"},
		"what isn't shown":             {c, session, "nobody"},
		"what another view shows":      {c, session, "b"},
		"by another view's token":      {c, inner, "x"},
		"by the page's token":          {c, c.page.session, "a"},
		"by a forged token":            {c, session[:len(session)-4] + "AAAA", "a"},
		"without a token":              {c, "", "a"},
		"with a topic of another kind": {c, session, "a\x00"},
	} {
		t.Run(name, func(t *testing.T) {
			if status, response, _ := test.c.joinGuest(test.session, test.id, nil); status != "error" || response["reason"] != "join crashed" {
				t.Errorf("%s %v", status, response)
			}
		})
	}
}

// The middleware of the page's route runs for what is nested in it, at the URL that the
// page is at by then, and refuses and redirects it.
func TestMiddlewareGuardsNestedViews(t *testing.T) {
	var paths []string
	var refuse func(c *gin.Context)
	s := newSite(t, liveview.Config{Recheck: 1}, func(r *gin.Engine) {
		parent := &patchedParent{familyView(liveview.Nest("a", kidView()))}
		liveview.Handle(r.Group("", func(c *gin.Context) {
			if liveview.IsVisit(c) {
				paths = append(paths, c.Request.URL.String())
			}
			if refuse != nil {
				refuse(c)
			}
		}), "/", parent)
	})
	c, kids := s.openFamily("a")
	c.call("live_patch", map[string]any{"url": "http://" + siteHost + "/?page=2"})
	paths = nil
	kids[0].click("inc")
	kids[0].rejoin()
	if fmt.Sprint(paths) != "[/?page=2 /?page=2]" {
		t.Errorf("a recheck and a join went to %v", paths)
	}
	refuse = func(c *gin.Context) { c.Redirect(303, "/login") }
	if status, response, _ := c.joinGuest(kids[0].session, "a", nil); status != "error" || !strings.Contains(fmt.Sprint(response), "/login") {
		t.Errorf("redirected, its join is answered %s %v", status, response)
	}
	refuse = func(c *gin.Context) { c.AbortWithStatus(403) }
	if status, response, _ := c.joinGuest(kids[0].session, "a", nil); status != "error" || response["reason"] != "join crashed" {
		t.Errorf("refused, its join is answered %s %v", status, response)
	}
}

type patchedParent struct{ *nestView[parentState] }

func (patchedParent) HandleParams(*gin.Context, *liveview.Socket[parentState]) error { return nil }

// A nested view that can't be mounted leaves the page as it is, over HTTP and on the live
// page, and tries again, after longer pauses.
func TestNestedMountFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fails, mounts := true, 0
		kid := kidView()
		kid.onMount = func(*gin.Context, *liveview.Socket[counter]) error {
			if mounts++; fails {
				return errors.New("no database")
			}
			return nil
		}
		s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
			liveview.Handle(r, "/", familyView(liveview.Nest("a", kid), liveview.Nest("b", kidView())))
		})
		p := s.visitor().get("/")
		if !regexp.MustCompile(`<div id="a"[^>]*></div><div id="b"[^>]*><button`).MatchString(p.content) {
			t.Errorf("over HTTP the page is %s", p.content)
		}
		c, kids := s.openFamily("a", "b")
		if got := fmt.Sprint(kids[0].joined["rendered"]); got != "map[s:[]]" {
			t.Errorf("its join is answered with %v", got)
		}
		for _, want := range []time.Duration{0, 1, 3, 7, 7} {
			began := time.Now()
			kids[0].rejoin()
			c.waitFor("a", "phx_error")
			if got := time.Since(began); got != want*time.Second {
				t.Errorf("after %d mounts the join took %v, want %v s", mounts, got, want)
			}
		}
		fails = false
		kids[0].rejoin()
		if _, response, _ := kids[0].click("inc"); fmt.Sprint(response["diff"]) != "map[0:1]" {
			t.Errorf("a click, when it can be mounted: %v", response)
		}
		c.close()
		synctest.Wait()
	})
}

// A nested view moves the page, and says so with its flash, but doesn't patch its URL.
func TestNestedMoves(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r, "/", familyView(liveview.Nest("a", kidView())))
	})
	_, kids := s.openFamily("a")
	if status, response, _ := kids[0].click("patch"); status != "ok" {
		t.Errorf("PushPatch: %s %v", status, response)
	}
	status, _, between := kids[0].click("go")
	if status != "ok" || len(between) != 1 || between[0].event != "live_redirect" || between[0].payload["to"] != "/elsewhere" || between[0].payload["flash"] == nil {
		t.Errorf("PushRedirect: %s after %v", status, between)
	}
	if _, response, _ := kids[0].click("inc"); fmt.Sprint(response["diff"]) != "map[0:1]" {
		t.Errorf("until the page goes it answers %v", response)
	}
}

// quarter is what a nested view is given.
type quarter struct {
	Year, Number int
	note         func() string // which no token could carry
}

type chartView struct{}

func (chartView) MountArgs(_ *gin.Context, s *liveview.Socket[counter], q quarter) error {
	s.PageTitle(q.note())
	s.Assign(func(c *counter) { c.Count = q.Year*10 + q.Number })
	return nil
}

func (chartView) HandleEvent(*liveview.Socket[counter], liveview.Event) error {
	return errors.New("crash")
}

func (chartView) Render(c counter) liveview.Rendered { return counterTemplate.Render(c) }

// A nested view gets its arguments as they are, those of today when it joins again.
func TestNestWithArguments(t *testing.T) {
	year := 2026
	kid := func() *liveview.Nested {
		return liveview.NestWith("q", chartView{}, quarter{Year: year, Number: 3, note: func() string { return "third" }})
	}
	parent := familyView(kid())
	parent.onEvent = func(s *liveview.Socket[parentState], _ liveview.Event) error {
		year++
		s.Assign(func(p *parentState) { p.Kids = []*liveview.Nested{kid()} })
		return nil
	}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", parent) })
	if p := s.visitor().get("/"); !strings.Contains(p.content, ">20263</button>") {
		t.Errorf("over HTTP the page is %s", p.content)
	}
	c, kids := s.openFamily("q")
	if got := fmt.Sprint(kids[0].joined["rendered"]); !strings.Contains(got, "0:20263") || !strings.Contains(got, "t:third") {
		t.Errorf("it joins with %s", got)
	}
	if diff := c.click("next", nil); len(diff) != 0 {
		t.Errorf("other arguments change the parent's page: %v", diff)
	}
	kids[0].click("crash")
	kids[0].rejoin()
	if got := fmt.Sprint(kids[0].joined["rendered"]); !strings.Contains(got, "0:20273") {
		t.Errorf("it joins again with %s", got)
	}
}

type urlView struct{ stillView }

func (urlView) HandleParams(*gin.Context, *liveview.Socket[counter]) error { return nil }

// A view that can't be nested is refused where that is written, with view and remedy.
func TestNestRefusesViews(t *testing.T) {
	for name, test := range map[string]struct {
		call func()
		want string
	}{
		"a view with HandleParams":         {func() { liveview.Nest("a", urlView{}) }, `Nest("a"): the view liveview_test.urlView follows a URL`},
		"one with arguments":               {func() { liveview.NestWith("a", urlChart{}, quarter{}) }, `NestWith("a"): the view liveview_test.urlChart follows a URL`},
		"a sticky one":                     {func() { liveview.NewSticky("a", urlView{}) }, "take HandleParams out, or give it a route, and show it by StickyAt"},
		"no arguments":                     {func() { liveview.Nest[counter]("a", chartView{}) }, "give them to it by NestWith"},
		"an element that can't be":         {func() { liveview.Nest("a", tableView{}) }, `Nest("a"): liveview_test.tableView: `},
		"an element that can't be, sticky": {func() { liveview.NewSticky("a", tableView{}) }, `NewSticky("a"): liveview_test.tableView: `},
	} {
		func() {
			defer func() {
				if text, _ := recover().(string); !strings.Contains(text, test.want) || !strings.Contains(text, "nested_test.go:") {
					t.Errorf("%s: it panics with %q, want %q and the line", name, text, test.want)
				}
			}()
			test.call()
		}()
	}
}

type urlChart struct{ chartView }

func (urlChart) HandleParams(*gin.Context, *liveview.Socket[counter]) error { return nil }

type tableView struct{ stillView }

func (tableView) Container() liveview.Container { return liveview.Container{Tag: "no tag"} }

// What can't be nested is an error when it is rendered, which names view and remedy.
func TestWhatCannotBeNested(t *testing.T) {
	endless := familyView()
	endless.onMount = func(_ *gin.Context, s *liveview.Socket[parentState]) error {
		s.Assign(func(p *parentState) { p.Kids = []*liveview.Nested{liveview.Nest("n"+s.ID(), endless)} })
		return nil
	}
	for name, test := range map[string]struct {
		kids []*liveview.Nested
		want string
	}{
		"a bad id":     {[]*liveview.Nested{liveview.Nest("a b", stillView{})}, "with the id \"a b\"; it must be"},
		"a page's id":  {[]*liveview.Nested{liveview.Nest("phx-1", stillView{})}, "not begin with phx-"},
		"one id twice": {[]*liveview.Nested{liveview.Nest("a", stillView{}), liveview.Nest("a", stillView{})}, "two views with the id \"a\""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", familyView(test.kids...)) })
			p := s.visitor().get("/")
			if log := strings.ReplaceAll(s.log.String(), `\"`, `"`); p.status != 500 || !strings.Contains(log, test.want) {
				t.Errorf("status %d, log:\n%s", p.status, log)
			}
		})
	}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", endless) })
	if p := s.visitor().get("/"); p.status != 200 || !strings.Contains(s.log.String(), "does one of them nest itself?") {
		t.Errorf("a view that nests itself: status %d, log:\n%s", p.status, s.log)
	}
}

// The flash of a nested view is its own, and comes over to its join.
func TestNestedFlash(t *testing.T) {
	kid := &nestView[counter]{template: flashingTemplate}
	kid.onMount = func(_ *gin.Context, s *liveview.Socket[counter]) error {
		if !s.Connected() {
			s.PutFlash("info", "from HTTP")
		}
		return nil
	}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", familyView(liveview.Nest("a", kid))) })
	p := s.visitor().get("/")
	m := guestTag.FindStringSubmatch(p.content)
	if !strings.Contains(p.content, ">[from HTTP]</p>") || m == nil {
		t.Fatalf("over HTTP the page is %s", p.content)
	}
	c := p.connect()
	_, response := c.join()
	session := guestIn(t, response["rendered"], "a")
	for mounts, want := range []string{"from HTTP s:", " s:"} {
		_, response, _ := c.joinGuest(session, "a", map[string]any{"static": m[3], "params": map[string]any{"_mounts": mounts}})
		if got := fmt.Sprint(response["rendered"]); !strings.Contains(got, "0:"+want) {
			t.Errorf("after %d mounts it joins with %s", mounts, got)
		}
	}
}

var flashingTemplate = liveview.MustParse[counter](`<p>[{{flash "info"}}]</p>`)
