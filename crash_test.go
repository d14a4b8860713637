package liveview_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// ways in which a callback goes wrong. Those of returns are for callbacks that
// return an error.
var (
	panics = map[string]func(){
		"panics":                           func() { panic("as asked") },
		"panics with a nil error":          func() { var err error; panic(err) },
		"panics with a typed nil":          func() { var err *opError; panic(err) },
		"panics with a hostile error":      func() { panic(hostileError{}) },
		"calls Goexit":                     runtime.Goexit,
		"indexes what isn't there":         func() { var none []int; _ = none[len(os.Args)] },
		"panics for the HTTP server alone": func() { panic(errAbort) },
	}
	returns = map[string]func() error{
		"returns an error":           func() error { return errors.New("as asked") },
		"returns a typed nil":        func() error { var err *opError; return err },
		"returns a hostile error":    func() error { return hostileError{} },
		"returns a wrapped nil":      func() error { var err *opError; return fmt.Errorf("outer: %w", err) },
		"returns many hostile ones":  func() error { return errors.Join(hostileError{}, (*opError)(nil)) },
		"exits in the error's text":  func() error { return exitingError{} },
		"returns an uncomparable":    func() error { return uncomparableError{1} },
		"returns a liveview error":   func() error { return liveview.ErrEnded },
		"returns a circle of errors": func() error { return circularError{} },
	}
)

var errAbort = errors.New("net/http: abort Handler")

// opError is the usual mistake: its nil pointer is an error that isn't nil.
type opError struct{ err error }

func (e *opError) Error() string { return e.err.Error() }
func (e *opError) Unwrap() error { return e.err }

type hostileError struct{}

func (e hostileError) Error() string { panic(e) }
func (e hostileError) Is(error) bool { panic(e) }
func (e hostileError) As(any) bool   { panic(e) }
func (e hostileError) Unwrap() error { panic(e) }

type exitingError struct{}

func (exitingError) Error() string { runtime.Goexit(); return "" }

type uncomparableError []int

func (uncomparableError) Error() string { return "a slice" }

type circularError struct{}

func (circularError) Error() string   { return "around" }
func (e circularError) Unwrap() error { return e }

// fault goes off once, in one place.
type fault struct {
	mu    sync.Mutex // guards the fields below
	place string
	do    func() error
}

func (f *fault) arm(place string, do func() error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.place, f.do = place, do
}

// in is called by each place there is.
func (f *fault) in(place string) error {
	f.mu.Lock()
	var do func() error
	if f.place == place {
		do, f.place = f.do, ""
	}
	f.mu.Unlock()
	if do == nil {
		return nil
	}
	return do()
}

func (f *fault) wentOff() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.place == ""
}

// The seams at which a fault can be.

type faultyPubSub struct {
	liveview.PubSub
	f *fault

	mu   sync.Mutex // guards open
	open int        // subscriptions of views
}

func (p *faultyPubSub) Subscribe(topic string, deliver func(any)) (func(), error) {
	if topic != "news" {
		return p.PubSub.Subscribe(topic, deliver)
	}
	if err := p.f.in("Subscribe"); err != nil {
		return nil, err
	}
	unsubscribe, err := p.PubSub.Subscribe(topic, deliver)
	p.count(1)
	return func() {
		unsubscribe()
		p.count(-1)
		_ = p.f.in("unsubscribe")
	}, err
}

func (p *faultyPubSub) count(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open += n
}

func (p *faultyPubSub) subscriptions() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open
}

type faultyHandler struct {
	slog.Handler
	f *fault
}

func (h faultyHandler) Handle(ctx context.Context, r slog.Record) error {
	if err := h.f.in("the Logger"); err != nil {
		return err
	}
	return h.Handler.Handle(ctx, r)
}

type faultyJSON struct{ f *fault }

func (j faultyJSON) MarshalJSON() ([]byte, error) { return []byte("1"), j.f.in("MarshalJSON") }

type faultyWriter struct {
	*os.File
	f *fault
}

func (w faultyWriter) Write(p []byte) (int, error) {
	if err := w.f.in("Write"); err != nil {
		return 0, err
	}
	return w.File.Write(p)
}

func (w faultyWriter) Close() error {
	if err := w.f.in("Close"); err != nil {
		return err
	}
	return w.File.Close()
}

func (w faultyWriter) Remove() error {
	_ = w.File.Close()
	_ = os.Remove(w.Name())
	return w.f.in("Remove")
}

type faultyText struct {
	f *fault
	n int
}

func (s faultyText) String() string { _ = s.f.in("String"); return fmt.Sprint(s.n) }

type faultyComponent struct {
	f *fault
	n int
}

func (c faultyComponent) Render(_ context.Context, w io.Writer) error {
	if err := c.f.in("a component"); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "<i>%d</i>", c.n)
	return err
}

// faulty is the state of the page that everything happens to.
type faulty struct {
	N    int
	Text faultyText
	Part liveview.Component
}

var templateFault *fault // of the test that runs

var faultyTemplate = liveview.MustParseSource[faulty](liveview.Source{
	Text: `<b>{{.N}}</b><i>{{risky .N}}</i>{{.Text}}{{component .Part}}` +
		`<form phx-change="pick">{{with upload "files"}}{{.FileInput}}{{len .Entries}}{{end}}</form>`,
	Funcs: map[string]any{"risky": func(n int) (int, error) { return n, templateFault.in("a template's function") }},
})

// faultyView has all callbacks there are, each a place for a fault.
type faultyView struct {
	f         *fault
	dir       string
	external  bool
	mu        sync.Mutex // guards shutdowns
	shutdowns int
}

func (v *faultyView) assign(s *liveview.Socket[faulty]) {
	s.Assign(func(a *faulty) {
		a.N++
		a.Text, a.Part = faultyText{v.f, a.N}, faultyComponent{v.f, a.N}
	})
}

func (v *faultyView) Mount(c *gin.Context, s *liveview.Socket[faulty]) error {
	v.assign(s)
	config := liveview.UploadConfig{AutoUpload: true}
	if v.external {
		config.External = func(liveview.UploadEntry) (map[string]any, error) {
			return map[string]any{"uploader": "X", "meta": faultyJSON{v.f}}, v.f.in("External")
		}
	} else {
		config.Writer = func(context.Context, liveview.UploadEntry) (liveview.UploadWriter, error) {
			if err := v.f.in("Writer"); err != nil {
				return nil, err
			}
			file, err := os.CreateTemp(v.dir, "")
			return faultyWriter{file, v.f}, err
		}
	}
	if err := errors.Join(s.AllowUpload("files", config), subscribes(s, "news"), subscribes(s, "news")); err != nil {
		return err
	}
	if !s.Connected() {
		return nil
	}
	return v.f.in("Mount")
}

func (v *faultyView) HandleParams(c *gin.Context, s *liveview.Socket[faulty]) error {
	if !s.Connected() {
		return nil
	}
	return v.f.in("HandleParams")
}

func (v *faultyView) HandleProgress(*liveview.Socket[faulty], liveview.UploadEntry) error {
	return v.f.in("HandleProgress")
}

func (v *faultyView) Authorize(*liveview.Socket[faulty], liveview.Event) error {
	return v.f.in("Authorize")
}

func (v *faultyView) HandleEvent(s *liveview.Socket[faulty], e liveview.Event) error {
	switch e.Name {
	case "assign":
		v.assign(s)
	case "temp":
		v.assign(s)
		s.TempAssign(func(*faulty) { _ = v.f.in("TempAssign") })
	case "info":
		return s.SendInfo(1)
	case "repeat":
		s.Repeat(time.Second, func() { _ = v.f.in("Repeat") })
	case "push":
		return s.PushEvent("x", faultyJSON{v.f})
	case "reply":
		return s.Reply(faultyJSON{v.f})
	case "fail":
		return errors.New("for the log")
	case "consume":
		_, err := liveview.ConsumeUploadedEntries(s, "files", func(string, liveview.UploadEntry) (int, error) {
			return 0, v.f.in("ConsumeUploadedEntries")
		})
		if err != nil {
			return nil //nolint:nilerr // as the application likes
		}
	}
	return v.f.in("HandleEvent")
}

func (v *faultyView) HandleInfo(*liveview.Socket[faulty], any) error { return v.f.in("HandleInfo") }

func (v *faultyView) Render(state faulty) liveview.Rendered {
	_ = v.f.in("Render")
	return faultyTemplate.Render(state)
}

func (v *faultyView) Shutdown(*liveview.Socket[faulty]) {
	v.mu.Lock()
	v.shutdowns++
	v.mu.Unlock()
	_ = v.f.in("Shutdown")
}

// goes waits for what comes of a push: the reply's status, or that the view has
// ended.
func (c *client) goes(ref string) string {
	for {
		f := c.next()
		switch {
		case f.event == "phx_reply" && f.ref == ref:
			return f.payload["status"].(string)
		case f.topic == c.topic() && (f.event == "phx_error" || f.event == "phx_close"):
			return f.event
		}
	}
}

// Nothing that an application does in any callback ends the process or another
// view, keeps the socket from being used, or leaves anything behind.
func TestNothingOfTheApplicationEndsMoreThanItsView(t *testing.T) {
	event := func(name string) func(*uploader) {
		return func(u *uploader) {
			u.goes(u.push("event", map[string]any{"type": "click", "event": name, "value": map[string]any{}}))
		}
	}
	join := func(u *uploader) {
		u.push("phx_leave", map[string]any{})
		synctest.Wait()
		u.goes(u.push("phx_join", map[string]any{"url": u.page.url, "session": u.page.session, "static": u.page.static, "params": map[string]any{}}))
	}
	leave := func(u *uploader) { u.goes(u.push("phx_leave", map[string]any{})) }
	send := func(u *uploader) {
		f := textFile("0", "0123456789")
		_, response := u.call("allow_upload", map[string]any{"ref": u.upload, "entries": wires([]file{f})})
		entries, _ := response["entries"].(map[string]any)
		token, ok := entries["0"].(string)
		if !ok {
			return
		}
		joinRef, status, _ := u.joinFile("0", token)
		for _, part := range []string{"01234", "56789"} {
			if status == "ok" {
				status, _ = u.chunk("0", joinRef, []byte(part))
			}
		}
		u.goes(u.push("progress", map[string]any{"event": nil, "ref": u.upload, "entry_ref": "0", "progress": 100}))
	}
	for _, test := range []struct {
		place   string
		act     func(u *uploader) // has the fault go off; the page is joined
		returns bool              // the callback has an error to return
		mounts  int               // of the view, all told, that is to be shut down
		lines   int               // in the log, at most
	}{
		{"Mount", join, true, 2, 1},
		{"Subscribe", join, true, 2, 1},
		{"HandleParams", join, true, 3, 1},
		{"Render", join, false, 3, 1},
		{"a component", join, true, 3, 1},
		{"a template's function", join, true, 3, 1},
		{"String", join, false, 3, 1},
		{"middleware", join, false, 2, 1},
		{"HandleParams", func(u *uploader) { u.goes(u.push("live_patch", map[string]any{"url": u.page.url + "?a=b"})) }, true, 2, 1},
		{"middleware", func(u *uploader) { u.goes(u.push("live_patch", map[string]any{"url": u.page.url + "?a=b"})) }, false, 2, 1},
		{"Render", event("assign"), false, 2, 1},
		{"a component", event("assign"), true, 2, 1},
		{"a template's function", event("assign"), true, 2, 1},
		{"String", event("assign"), false, 2, 1},
		{"HandleEvent", event("x"), true, 2, 1},
		{"Authorize", event("x"), true, 2, 1},
		{"HandleInfo", event("info"), true, 2, 1},
		{"TempAssign", event("temp"), false, 2, 1},
		{"Repeat", event("repeat"), false, 2, 1},
		{"MarshalJSON", event("push"), true, 2, 1},
		{"MarshalJSON", event("reply"), true, 2, 1},
		{"the Logger", event("fail"), true, 2, 1},
		{"unsubscribe", leave, false, 2, 1},
		{"Shutdown", leave, false, 2, 1},
		{"unsubscribe", func(u *uploader) { u.close() }, false, 1, 1},
		{"Shutdown", func(u *uploader) { u.close() }, false, 1, 1},
		{"External", send, true, 2, 1},
		{"MarshalJSON", send, true, 2, 1},
		{"HandleProgress", send, true, 2, 1},
		{"Writer", send, true, 2, 1},
		{"Write", send, true, 2, 1},
		{"Close", send, true, 2, 1},
		{"Remove", func(u *uploader) { send(u); event("consume")(u) }, true, 2, 1},
		{"ConsumeUploadedEntries", func(u *uploader) { send(u); event("consume")(u) }, true, 2, 1},
		{"Remove", func(u *uploader) { send(u); leave(u) }, true, 2, 1},
		{"Remove", func(u *uploader) { send(u); u.close() }, true, 1, 1},
	} {
		ways := make(map[string]func() error)
		for name, do := range panics {
			ways[name] = func() error { do(); return nil }
		}
		for name, do := range returns {
			if test.returns {
				ways[name] = do
			}
		}
		tried := 0
		for way, do := range ways { // in any order
			if tried++; tried > max(2, outOf(len(ways))) {
				break
			}
			t.Run(test.place+" "+way, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f := &fault{}
					templateFault = f
					pubsub := &faultyPubSub{PubSub: liveview.NewPubSub(), f: f}
					v := &faultyView{f: f, dir: t.TempDir(), external: test.place == "External" || test.place == "MarshalJSON"}
					log := &logBuffer{}
					config := liveview.Config{
						PubSub: pubsub, UploadDir: t.TempDir(), Recheck: -1,
						Logger: slog.New(faultyHandler{slog.NewTextHandler(log, nil), f}),
					}
					s := newSite(t, config, func(r *gin.Engine) {
						liveview.Handle(r.Group("/", func(*gin.Context) { _ = f.in("middleware") }), "/", v)
						liveview.Handle(r, "/other", counterView())
					})
					s.log = log
					visitor := s.visitor()
					faultyPage, otherPage := visitor.get("/"), visitor.get("/other")
					c := otherPage.connect()
					if status, _ := c.join(); status != "ok" {
						t.Fatal("the other view doesn't join")
					}
					c.page = faultyPage
					u := c.uploader()

					f.arm(test.place, do)
					test.act(u)
					time.Sleep(2 * time.Second) // of the bubble: a socket that is closed is cut after one
					synctest.Wait()
					if !f.wentOff() {
						t.Fatal("the fault didn't go off: the test is wrong")
					}
					if n := strings.Count(s.log.String(), "level=ERROR"); n > test.lines || n == 0 && test.lines > 0 &&
						test.place != "the Logger" && test.place != "String" && test.place != "Authorize" && test.place != "ConsumeUploadedEntries" {
						t.Errorf("%d lines in the log, want %d:\n%s", n, test.lines, s.log)
					}

					if test.mounts > 1 { // the socket is still there, and as good as before
						c.page = otherPage
						if diff := c.click("inc", nil); diff["0"] != "1" {
							t.Errorf("the other view's diff is %v", diff)
						}
						c.page = faultyPage
						if status, response := c.join(); status != "ok" {
							t.Errorf("the page joins again: %s %v", status, response)
						}
						if status, _ := c.call("event", map[string]any{"type": "click", "event": "assign", "value": map[string]any{}}); status != "ok" {
							t.Errorf("the page that joined again answers %s", status)
						}
					}
					c.close()
					if err := s.app.Shutdown(context.Background(), s.server); err != nil {
						t.Errorf("Shutdown: %v", err)
					}
					synctest.Wait()
					v.mu.Lock()
					defer v.mu.Unlock()
					if v.shutdowns != test.mounts {
						t.Errorf("%d views were shut down, want %d", v.shutdowns, test.mounts)
					}
					if n := pubsub.subscriptions(); n != 0 {
						t.Errorf("%d subscriptions are left", n)
					}
					if left, _ := filepath.Glob(filepath.Join(v.dir, "*")); len(left) != 0 {
						t.Errorf("files are left: %v", left)
					}
				})
			})
		}
	}
}

// The same over HTTP, without a recovery of Gin's: the visitor gets status 500,
// the operator one line, and the next request is served.
func TestNothingOfTheApplicationEndsMoreThanItsRequest(t *testing.T) {
	for place, returnsError := range map[string]bool{
		"Mount": true, "HandleParams": true, "Render": false, "a component": true, "a template's function": true, "layout": true, "action": true,
	} {
		ways := make(map[string]func() error)
		for name, do := range panics {
			ways[name] = func() error { do(); return nil }
		}
		for name, do := range returns {
			if returnsError {
				ways[name] = do
			}
		}
		for way, do := range ways {
			if way == "calls Goexit" || way == "exits in the error's text" {
				continue // net/http then closes the connection
			}
			t.Run(place+" "+way, func(t *testing.T) {
				f := &fault{}
				templateFault = f
				v := &testView[faulty]{
					template: faultyTemplate,
					onMount: func(_ *gin.Context, s *liveview.Socket[faulty]) error {
						s.Assign(func(a *faulty) { a.Text, a.Part = faultyText{f, 1}, faultyComponent{f, 1} })
						return errors.Join(s.AllowUpload("files", liveview.UploadConfig{}), f.in("Mount"))
					},
					onParams: func(*gin.Context, *liveview.Socket[faulty]) error { return f.in("HandleParams") },
					onRender: func(faulty) { _ = f.in("Render") },
				}
				config := liveview.Config{Layout: func(c *gin.Context, p liveview.Page) error {
					if err := f.in("layout"); err != nil {
						return err
					}
					c.String(200, "%s%s", p.CSRFMeta(), p.Content())
					return nil
				}}
				s := newSite(t, config, func(r *gin.Engine) {
					liveview.Handle(r, "/", v)
					liveview.HandleAction(r, "/action", func(*gin.Context, string) error { return f.in("action") })
					liveview.Handle(r, "/start", &testView[faulty]{
						template: faultyTemplate, onMount: v.onMount,
						onEvent: func(s *liveview.Socket[faulty], _ liveview.Event) error { return s.RedirectAction("/action", "", "/") },
					})
				})
				visitor, path := s.visitor(), "/"
				if place == "action" {
					c := visitor.open("/start")
					_, response := c.moves("go")
					path = response["redirect"].(map[string]any)["to"].(string)
				}
				f.arm(place, do)
				if p := visitor.get(path); p.status != 500 || strings.Contains(p.body, "as asked") {
					t.Errorf("the visitor gets %d %s", p.status, p.body)
				}
				if n := strings.Count(s.log.String(), "level=ERROR"); n != 1 || !f.wentOff() {
					t.Errorf("%d lines in the log, want one:\n%s", n, s.log)
				}
				if p := visitor.get("/"); p.status != 200 {
					t.Errorf("the next request gets %d", p.status)
				}
			})
		}
	}
}

// A reader that is lost ends its socket and nothing else.
func TestReaderThatIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, shutdowns := &fault{}, 0
		log := &logBuffer{}
		v := counterView()
		v.onShutdown = func(*liveview.Socket[counter]) { shutdowns++ }
		s := newSite(t, liveview.Config{Logger: slog.New(faultyHandler{slog.NewTextHandler(log, nil), f})},
			func(r *gin.Engine) { liveview.Handle(r, "/", v) })
		c, other := s.open("/"), s.open("/")
		f.arm("the Logger", func() error { runtime.Goexit(); return nil })
		c.write("not a frame")
		c.end()
		synctest.Wait()
		if n := strings.Count(log.String(), "level=ERROR"); n != 1 || shutdowns != 1 {
			t.Errorf("%d views were shut down, and the log says %s", shutdowns, log)
		}
		if diff := other.click("inc", nil); diff["0"] != "1" {
			t.Errorf("the other socket's diff is %v", diff)
		}
		other.close()
		if err := s.app.Shutdown(context.Background(), s.server); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
	})
}

// A line about a callback that failed says for whom, and what was being handled.
func TestFailureNamesWhatWasHandled(t *testing.T) {
	identified := func(c *gin.Context) {
		c.Request.Header.Set("X-Request-Id", "r-7")
		liveview.Identify(c, "ann")
	}
	site := func(t *testing.T, view *testView[counter]) *site {
		return newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r.Group("", identified), "/", view) })
	}
	visitor := []string{`user=ann`, `request_id=r-7`, `view=*liveview_test.testView`}
	for name, test := range map[string]struct {
		view *testView[counter]
		push func(c *client)
		want []string
	}{
		"an event": {
			&testView[counter]{onEvent: func(*liveview.Socket[counter], liveview.Event) error { return errors.New("no") }},
			func(c *client) {
				c.push("event", map[string]any{"type": "click", "event": "save", "value": map[string]any{}})
			},
			[]string{`HandleEvent`, `event="click \"save\""`},
		},
		"an info": {
			&testView[counter]{
				onInfo:  func(*liveview.Socket[counter], any) error { panic("no") },
				onEvent: func(s *liveview.Socket[counter], _ liveview.Event) error { return s.SendInfo(3 * time.Second) },
			},
			func(c *client) {
				c.push("event", map[string]any{"type": "click", "event": "save", "value": map[string]any{}})
			},
			[]string{`HandleInfo panicked: no`, `info=time.Duration`},
		},
		"a render": {
			&testView[counter]{onRender: func(c counter) {
				if c.Count > 0 {
					panic("no")
				}
			}, onEvent: func(s *liveview.Socket[counter], _ liveview.Event) error {
				s.Assign(func(c *counter) { c.Count++ })
				return nil
			}},
			func(c *client) {
				c.push("event", map[string]any{"type": "click", "event": "inc", "value": map[string]any{}})
			},
			[]string{`Render panicked: no`, `event="click \"inc\""`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.view.template = counterTemplate
			s := site(t, test.view)
			c := s.open("/")
			test.push(c)
			for c.next().event != "phx_error" { // but a reply to what brought it about
			}
			log := s.log.String()
			for _, want := range append(test.want, visitor...) {
				if strings.Count(log, want) != 1 {
					t.Errorf("the log doesn't say %s once:\n%s", want, log)
				}
			}
		})
	}
	t.Run("a page load", func(t *testing.T) {
		s := site(t, &testView[counter]{template: counterTemplate, onRender: func(counter) { panic("no") }})
		s.visitor().get("/")
		for _, want := range append([]string{`Render panicked: no`}, visitor[:2]...) {
			if log := s.log.String(); strings.Count(log, want) != 1 {
				t.Errorf("the log doesn't say %s once:\n%s", want, log)
			}
		}
	})
}

// What a callback returns that was told of its view's end is nobody's fault.
func TestErrorAfterTheEndIsNoFault(t *testing.T) {
	begun := make(chan struct{})
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r, "/", &testView[counter]{template: counterTemplate, onEvent: func(s *liveview.Socket[counter], _ liveview.Event) error {
			close(begun)
			<-s.Context().Done()
			return context.Canceled
		}})
	})
	c := s.open("/")
	c.push("event", map[string]any{"type": "click", "event": "inc", "value": map[string]any{}})
	<-begun
	c.close()
	if err := s.app.Shutdown(t.Context(), s.server); err != nil {
		t.Fatal(err)
	}
	if log := s.log.String(); strings.Contains(log, "ERROR") {
		t.Errorf("the log says:\n%s", log)
	}
}
