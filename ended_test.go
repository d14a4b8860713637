package liveview_test

import (
	"errors"
	"maps"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/presence"
	"github.com/gin-liveview/liveview/pubsub"
)

// countingPubSub knows what is subscribed to.
type countingPubSub struct {
	liveview.PubSub
	mu   sync.Mutex // guards open
	open map[string]int
}

func newCountingPubSub() *countingPubSub {
	return &countingPubSub{PubSub: liveview.NewPubSub(), open: map[string]int{}}
}

func (p *countingPubSub) Subscribe(topic string, deliver func(any)) (func(), error) {
	unsubscribe, err := p.PubSub.Subscribe(topic, deliver)
	p.count(topic, 1)
	return func() { unsubscribe(); p.count(topic, -1) }, err
}

func (p *countingPubSub) count(topic string, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[topic] += n
}

// now returns those that views have.
func (p *countingPubSub) now() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	open := maps.Clone(p.open)
	maps.DeleteFunc(open, func(topic string, n int) bool { return n == 0 || strings.HasPrefix(topic, "liveview:") })
	return open
}

// subscribes is the error of a Subscribe to topic.
func subscribes[C any](s *liveview.Socket[C], topic string) error {
	_, err := s.Subscribe(topic)
	return err
}

// tracks is the error of a Track on topic.
func tracks[M any](s *liveview.Socket[counter], people *presence.Tracker[M], topic string) error {
	var meta M
	_, err := liveview.Track(s, people, topic, "ann", meta)
	return err
}

// What a view sets going when it has ended already would go on for ever: in
// Shutdown, in a Mount that nobody waits for any more, after runtime.Goexit.
func TestNothingBeginsAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ps := newCountingPubSub()
		people := presence.New[string](ps, "ended", presence.Options{})
		defer people.Close()
		var errs []error
		ticks := 0
		all := func(s *liveview.Socket[counter]) {
			errs = append(errs,
				subscribes(s, "topic"),
				tracks(s, people, "topic"),
				s.AllowUpload("file", liveview.UploadConfig{}),
				s.SendInfo(1))
			s.Repeat(time.Second, func() { ticks++ })
		}
		var mount, event func(s *liveview.Socket[counter]) error
		view := counterView()
		view.onMount = func(_ *gin.Context, s *liveview.Socket[counter]) error {
			if !s.Connected() || mount == nil {
				return nil
			}
			return mount(s)
		}
		view.onEvent = func(s *liveview.Socket[counter], _ liveview.Event) error { return event(s) }
		view.onShutdown = func(s *liveview.Socket[counter]) { all(s) }
		s := newSite(t, liveview.Config{PubSub: ps}, func(r *gin.Engine) { liveview.Handle(r, "/", view) })
		over := func(what string, ended bool) {
			t.Helper()
			time.Sleep(10 * time.Second) // of the bubble: a ticker that was left would tick
			synctest.Wait()
			for i, err := range errs {
				if ended && !errors.Is(err, liveview.ErrEnded) {
					t.Errorf("%s: the call number %d returned %v, want ErrEnded", what, i, err)
				}
			}
			if open := ps.now(); len(open) != 0 {
				t.Errorf("%s: %v are still subscribed", what, open)
			}
			if here := people.List("topic"); len(here) != 0 {
				t.Errorf("%s: %v are still there", what, here)
			}
			if ticks != 0 {
				t.Errorf("%s: %d ticks", what, ticks)
			}
			errs, ticks = nil, 0
		}

		c := s.open("/")
		c.call("phx_leave", map[string]any{})
		over("in Shutdown", true)

		c = s.open("/")
		c.close()
		over("in Shutdown, of a lost connection", true)

		mount = func(s *liveview.Socket[counter]) error {
			time.Sleep(5 * time.Second) // of the bubble: its socket is lost meanwhile
			all(s)
			return nil
		}
		p := s.visitor().get("/")
		c = p.connect()
		c.push("phx_join", map[string]any{"url": p.url, "session": p.session})
		time.Sleep(time.Second) // of the bubble: it mounts
		c.close()
		over("in a Mount that outlives its join", false)

		mount = func(s *liveview.Socket[counter]) error {
			defer all(s)
			all(s)
			runtime.Goexit()
			return nil
		}
		c = p.connect()
		c.push("phx_join", map[string]any{"url": p.url, "session": p.session})
		over("in a Mount that calls runtime.Goexit", false)

		mount = func(s *liveview.Socket[counter]) error { all(s); panic("late") }
		c = p.connect()
		c.push("phx_join", map[string]any{"url": p.url, "session": p.session})
		over("in a Mount that panics", false)

		mount = nil
		event = func(s *liveview.Socket[counter]) error { defer all(s); runtime.Goexit(); return nil }
		c = s.open("/")
		c.push("event", map[string]any{"type": "click", "event": "inc", "value": ""})
		over("in HandleEvent that calls runtime.Goexit", false)
	})
}

// authorizedView lets files be sent to one of its two uploads.
type authorizedView struct {
	*testView[counter]
	asked *[]string
}

func (v authorizedView) Authorize(s *liveview.Socket[counter], e liveview.Event) error {
	*v.asked = append(*v.asked, e.Type+" "+e.Name)
	if e.Name == "secret" || e.Name == "panics" {
		s.PutFlash("error", "You may not.")
		if e.Name == "panics" {
			panic("in Authorize")
		}
		return errors.New("not for everybody")
	}
	return nil
}

// Files are taken from nobody who may not send them, whatever the page shows.
func TestAuthorizeIsAskedBeforeAnUpload(t *testing.T) {
	var asked []string
	refs := map[string]string{}
	view := authorizedView{&testView[counter]{
		template: liveview.MustParse[counter](`<p>{{flash "error"}}</p>{{with upload "open"}}<i id="open-ref" class="{{.Ref}}"></i>{{end}}` +
			`{{with upload "secret"}}<i class="{{.Ref}}"></i>{{end}}{{with upload "panics"}}<i class="{{.Ref}}"></i>{{end}}`),
		onMount: func(_ *gin.Context, s *liveview.Socket[counter]) error {
			return errors.Join(s.AllowUpload("open", liveview.UploadConfig{}), s.AllowUpload("secret", liveview.UploadConfig{}), s.AllowUpload("panics", liveview.UploadConfig{}))
		},
	}, &asked}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", view) })
	p := s.visitor().get("/")
	c := p.connect()
	_, joined := c.join()
	rendered, _ := joined["rendered"].(map[string]any)
	for i, name := range []string{"open", "secret", "panics"} {
		part, _ := rendered[string(rune('1'+i))].(map[string]any)
		refs[name], _ = part["0"].(string)
	}
	ask := func(name string) (string, map[string]any) {
		return c.call("allow_upload", map[string]any{"ref": refs[name], "cid": nil, "entries": []any{
			map[string]any{"ref": "0", "name": "a.txt", "size": 3, "type": "text/plain", "last_modified": 1},
		}})
	}
	if status, response := ask("open"); status != "ok" || response["entries"] == nil || response["error"] != nil {
		t.Errorf("an upload that is allowed: %s %v", status, response)
	}
	status, response := ask("secret")
	diff, _ := response["diff"].(map[string]any)
	if status != "ok" || response["error"] == nil || response["entries"] != nil || diff["0"] != "You may not." {
		t.Errorf("an upload that isn't: %s %v", status, response)
	}
	// A client can't call an event an upload.
	c.call("event", map[string]any{"type": "upload", "event": "other", "value": map[string]any{}})
	if want := "upload open,upload secret, other"; strings.Join(asked, ",") != want {
		t.Errorf("Authorize was asked about %q, want %q", strings.Join(asked, ","), want)
	}
	if status, _ := ask("panics"); status != "phx_error" {
		t.Errorf("with a panic in Authorize: %s, want phx_error", status)
	}
}

// Topics of the library's own are for nobody else, though an application lets its
// visitors name topics.
func TestOwnTopicsAreRefused(t *testing.T) {
	ps := newCountingPubSub()
	people := presence.New[int](ps, "reserved", presence.Options{})
	defer people.Close()
	var errs []error
	view := counterView()
	view.onMount = func(c *gin.Context, s *liveview.Socket[counter]) error {
		if s.Connected() {
			for _, topic := range []string{"liveview:disconnect", "liveview:presence:reserved", "liveview:"} {
				errs = append(errs, subscribes(s, topic), s.Publish(topic, 1), s.Publish(topic, pubsub.Missed{}),
					tracks(s, people, topic), liveview.AppOf(c).Publish(topic, 1))
			}
			return errors.Join(subscribes(s, "liveviews"), subscribes(s, "a liveview:"), tracks(s, people, "live"))
		}
		return nil
	}
	s := newSite(t, liveview.Config{PubSub: ps}, func(r *gin.Engine) { liveview.Handle(r, "/", view) })
	s.open("/")
	if len(errs) != 15 {
		t.Fatalf("%d calls", len(errs))
	}
	for i, err := range errs {
		if err == nil || !strings.Contains(err.Error(), `"liveview:"`) {
			t.Errorf("call %d returned %v", i, err)
		}
	}
}

// A Tracker over another PubSub than the views' is refused: they would never hear of
// it.
func TestTrackOverAnotherPubSub(t *testing.T) {
	people := presence.New[int](pubsub.NewLocal(), "elsewhere", presence.Options{})
	defer people.Close()
	var err error
	view := counterView()
	view.onMount = func(_ *gin.Context, s *liveview.Socket[counter]) error {
		if s.Connected() {
			err = tracks(s, people, "room")
		}
		return nil
	}
	s := newSite(t, liveview.Config{PubSub: newCountingPubSub()}, func(r *gin.Engine) { liveview.Handle(r, "/", view) })
	s.open("/")
	if err == nil || !strings.Contains(err.Error(), "Config.PubSub") {
		t.Errorf("Track returned %v", err)
	}
}
