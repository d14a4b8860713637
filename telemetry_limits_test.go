package liveview_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// wantNote returns the first note of that kind and cause that was told since the last time.
func (r *report) wantNote(t *testing.T, kind liveview.NoteKind, cause string) liveview.Note {
	t.Helper()
	_, notes := r.take()
	i := slices.IndexFunc(notes, func(n liveview.Note) bool { return n.Kind == kind && n.Cause == cause })
	if i < 0 {
		t.Errorf("told of %v, and not of %v %s", notes, kind, cause)
		return liveview.Note{}
	}
	return notes[i]
}

// Each limit that a client can run into is told by the name of its setting, with whose it was.
func TestTelemetryOfEachLimit(t *testing.T) {
	var blocked atomic.Pointer[chan struct{}]
	in := func(*liveview.Socket[told]) {
		if c := blocked.Load(); c != nil {
			<-*c
		}
	}
	for setting, test := range map[string]struct {
		config liveview.Config
		user   string
		exceed func(s *site, c *client)
	}{
		"JoinRate": {liveview.Config{EventRate: -1, JoinRate: 1, MaxChannels: 2}, "anna", func(_ *site, c *client) {
			for i := range 40 {
				c.write(fmt.Sprintf(`["%d","%d","lv:phx-other","phx_join",{}]`, i+50, i+50))
			}
		}},
		"MaxWaiting": {liveview.Config{EventRate: -1, MaxWaiting: 1000}, "anna", func(_ *site, c *client) {
			for range 4 {
				c.push("event", map[string]any{"type": "click", "event": "inc", "value": map[string]any{"of": strings.Repeat("x", 700)}})
			}
		}},
		"MailboxSize": {liveview.Config{MailboxSize: 8}, "", func(s *site, _ *client) {
			c := make(chan struct{})
			blocked.Store(&c)
			for range 30 {
				_ = s.app.Publish("told", 1)
			}
			synctest.Wait()
			blocked.Store(nil)
			close(c)
		}},
		"MaxSocketsPerUser": {liveview.Config{MaxSocketsPerUser: 1}, "anna", func(_ *site, c *client) {
			c.page.connect().rejoin(1, 0)
		}},
		"MaxSocketsPerAddress": {liveview.Config{MaxSocketsPerAddress: 1}, "", func(_ *site, c *client) {
			if _, _, err := c.page.dial(http.Header{}, nil); err == nil {
				t.Error("a second socket is open")
			}
		}},
	} {
		t.Run(setting, func(t *testing.T) {
			tellSite(t, test.config, in, func(t *testing.T, s *site, r *report) {
				_ = s.engine.SetTrustedProxies(nil)
				s.server.Handler = http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
					q.RemoteAddr = "192.0.2.7:4711"
					s.engine.ServeHTTP(w, q)
				})
				c := s.open("/told/1")
				r.take()
				test.exceed(s, c)
				time.Sleep(time.Minute) // of the bubble's clock
				n := r.wantNote(t, liveview.NoteLimit, setting)
				if n.User != test.user || setting != "MailboxSize" && n.Address != "192.0.2.7" {
					t.Errorf("it is %q at %q", n.User, n.Address)
				}
				if setting == "MailboxSize" && n.ID == "" {
					t.Error("it isn't told whose mailbox it is")
				}
			})
		})
	}
}

// A live component that fails is told of by its type, and its view goes on.
func TestTelemetryOfComponents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &report{}
		p := &containing{}
		p.update = func(s *liveview.Socket[string], props string) error { return nil }
		p.event = func(*liveview.Socket[string], liveview.Event) error { return errCard }
		v := newPartsPage(liveview.NewLive[string, string](p), partsText, "a", "b")
		s := newSite(t, liveview.Config{Telemetry: r}, func(e *gin.Engine) { liveview.Handle(e, "/", v) })
		page := s.browse("/")
		page.Click("p:nth-of-type(1)")
		n := r.wantNote(t, liveview.NoteCrash, "component")
		if n.Err == nil || !strings.Contains(n.Err.Error(), errCard.Error()) || !strings.Contains(n.Name, "containing") || n.Route != "/" || n.View == "" || n.ID == "" {
			t.Errorf("told of %+v", n)
		}
		if !page.Live() || s.app.Stats().Crashes != 1 {
			t.Errorf("live is %t, with %d crashes", page.Live(), s.app.Stats().Crashes)
		}
	})
}

// A load that panics is told of by its field.
func TestTelemetryOfLoads(t *testing.T) {
	r := &report{}
	view := slowView(func(s *liveview.Socket[slowPage]) {
		if s.Connected() {
			s.Assign(func(st *slowPage) { st.Report.Load(s, func(context.Context) (string, error) { panic("as asked") }) })
		}
	}, nil)
	slowSite(t, liveview.Config{Telemetry: r}, view, func(t *testing.T, s *site) {
		s.open("/")
		synctest.Wait()
		n := r.wantNote(t, liveview.NoteCrash, "load")
		if n.Err == nil || !strings.Contains(n.Err.Error(), "as asked") || n.Name != "Report" || n.Route != "/" || n.View == "" {
			t.Errorf("told of %+v", n)
		}
	})
}
