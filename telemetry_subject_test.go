package liveview_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// Views in another's page have elements of the same id for all visitors, and yet each is told
// by an ID of its own, by which it is found, and which it keeps.
func TestTelemetryOfGuests(t *testing.T) {
	tellSite(t, liveview.Config{}, nil, func(t *testing.T, s *site, r *report) {
		player := liveview.NewSticky("player", playerView())
		liveview.Handle(s.engine.Group("/", player.Middleware()), "/family", familyView(liveview.Nest("kid", kidView())))
		liveview.Handle(s.engine.Group("/", player.Middleware()), "/music", showing(player))
		for path, element := range map[string]string{"/family": "kid", "/music": "player"} {
			s.browse(path)
			second := s.browse(path)
			ids := map[string]int{}
			joined := func() {
				synctest.Wait()
				spans, _ := r.take(liveview.SpanJoin)
				for _, span := range spans {
					if strings.HasPrefix(span.ID, element) {
						ids[span.ID]++
					}
				}
			}
			joined()
			second.Drop()
			joined()
			if len(ids) != 2 {
				t.Errorf("two views are told by the IDs %v", ids)
			}
			for id := range ids {
				if info, err := s.app.Inspect(t.Context(), id); err != nil || info.ID != id || info.Route != path {
					t.Errorf("Inspect(%q) = %+v, %v", id, info, err)
				}
			}
			if _, err := s.app.Inspect(t.Context(), element); err == nil {
				t.Errorf("one of two views is found by %q", element)
			}
		}
	})
}

// Who has a network of IPv6 has as many addresses as he likes, and is told as one.
func TestTelemetryOfNetworks(t *testing.T) {
	tellSite(t, liveview.Config{}, nil, func(t *testing.T, s *site, r *report) {
		for _, from := range []string{"[2001:db8:0:1::7]:4711", "[2001:db8:0:1:a:b:c:d]:4711"} {
			ask := newRequest(t, "http://"+siteHost+"/live/websocket?vsn=2.0.0")
			ask.RemoteAddr = from
			ask.Header.Set("Origin", "https://evil.example")
			ask.Header.Set("Connection", "Upgrade")
			ask.Header.Set("Upgrade", "websocket")
			s.engine.ServeHTTP(httptest.NewRecorder(), ask)
			if n := r.wantNote(t, liveview.NoteRefusal, "origin"); n.Address != "2001:db8:0:1::" {
				t.Errorf("%s is told as %q", from, n.Address)
			}
		}
	})
}

// A request's id, which a client may have written, is text of 100 bytes at most.
func TestTelemetryOfRequestIDs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &report{}
		s := newSite(t, liveview.Config{Telemetry: r}, func(e *gin.Engine) { liveview.Handle(e, "/", counterView()) })
		p := s.visitor().get("/")
		conn, _, err := p.dial(map[string][]string{"X-Request-Id": {"ab\xff" + strings.Repeat("é", 60)}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		p.clientOn(conn).join()
		synctest.Wait()
		spans, _ := r.take(liveview.SpanJoin)
		if want := "ab" + strings.Repeat("é", 48); len(spans) != 1 || spans[0].RequestID != want {
			t.Errorf("told of %+v, want %q", spans, want)
		}
	})
}
