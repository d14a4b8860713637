package guide_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/js"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// What docs/performance.md shows: a budget for an event, and a benchmark of one.

func TestVoteIsSmall(t *testing.T) {
	v := liveviewtest.Open(t, pollRouter(), "/poll")
	before := len(v.Frames())
	v.Click("Vote for tea")
	v.WaitForText("#tea", "tea: 1 Vote for tea")
	for _, f := range v.Frames()[before:] {
		if f.Size > 200 {
			t.Errorf("a vote costs %+v", f)
		}
	}
}

func BenchmarkVote(b *testing.B) {
	v := liveviewtest.Open(b, pollRouter(), "/poll")
	b.ReportAllocs()
	for b.Loop() {
		v.Click("Vote for tea")
	}
}

// slow writes a line for each event that takes long.
type slow struct {
	liveview.NoTelemetry
	log *slog.Logger
}

func (t slow) End(_ context.Context, s liveview.Span, r liveview.Result) {
	if s.Kind == liveview.SpanEvent && r.Duration > 100*time.Millisecond {
		t.log.Warn("slow event", "event", s.Name, "view", s.View, "route", s.Route, "duration", r.Duration)
	}
}

func TestSlowEventsAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		r := gin.New()
		r.Use(liveview.Middleware(liveview.Config{Telemetry: slow{log: slog.New(slog.NewTextHandler(&log, nil))}}))
		liveview.Handle(r, "/", liveview.ViewFuncs[struct{}]{
			Template: liveview.MustParse[struct{}](`<button phx-click="sleep">Sleep</button><button phx-click="wake">Wake</button>`),
			Events: liveview.Events[struct{}]{
				"sleep": func(*liveview.Socket[struct{}], liveview.Event) error { time.Sleep(time.Second); return nil },
				"wake":  func(*liveview.Socket[struct{}], liveview.Event) error { return nil },
			},
		})
		v := liveviewtest.Open(t, r, "/")
		v.Click("Sleep")
		v.Click("Wake")
		v.Close()
		if got := log.String(); strings.Count(got, "slow event") != 1 || !strings.Contains(got, "event=sleep") {
			t.Errorf("the log is %s", got)
		}
	})
}

// What docs/testing.md shows: time in a bubble, and a page that needs a log-in.

type Clock struct{ Ticks int }

type clockView struct{}

func (clockView) Mount(_ *gin.Context, s *liveview.Socket[Clock]) error {
	s.Repeat(time.Minute, func() { s.Assign(func(st *Clock) { st.Ticks++ }) })
	return nil
}

var clockPage = liveview.MustParse[Clock](`<p id="ticks">{{.Ticks}}</p>`)

func (clockView) Render(st Clock) liveview.Rendered { return clockPage.Render(st) }

func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := gin.New()
		r.Use(liveview.Middleware())
		liveview.Handle(r, "/", clockView{})
		v := liveviewtest.Open(t, r, "/")
		time.Sleep(3*time.Minute + time.Second) // of the bubble: it takes no time
		if got := v.Text("#ticks"); got != "3" {
			t.Errorf("after three minutes it shows %s", got)
		}
	})
}

func requireCookie(c *gin.Context) {
	if name, err := c.Cookie("user"); err == nil {
		c.Set("user", User{name})
		return
	}
	c.Redirect(http.StatusFound, "/login")
	c.Abort()
}

func TestGuardedPage(t *testing.T) {
	r := gin.New()
	r.Use(liveview.Middleware())
	r.GET("/login", func(c *gin.Context) { c.String(http.StatusOK, "Log in") })
	liveview.Handle(r.Group("/", requireCookie), "/", clockView{})

	stranger := liveviewtest.NewSession(t, r)
	if got := stranger.Get("/").Request.URL.Path; got != "/login" {
		t.Errorf("a stranger comes to %s", got)
	}
	ann := liveviewtest.NewSession(t, r, liveviewtest.Options{Cookies: []*http.Cookie{{Name: "user", Value: "ann"}}})
	if !ann.Open("/").Live() {
		t.Error("ann's page isn't live")
	}
}

// What docs/accessibility.md shows.

type Search struct {
	Query string
	Found []string
	Asked liveview.Async[[]string]
}

type searchView struct {
	find func(context.Context, string) ([]string, error)
}

func (v searchView) HandleEvent(s *liveview.Socket[Search], e liveview.Event) error {
	query := e.Value("q")
	s.Assign(func(st *Search) {
		st.Query = query
		st.Asked.Load(s, func(ctx context.Context) ([]string, error) { return v.find(ctx, query) })
	})
	if query == "" {
		s.PushJS(js.Focus("#q"))
	}
	return nil
}

var searchPage = liveview.MustParse[Search](`
<form id="search" role="search" phx-change="find" phx-submit="find">
  <label for="q">Search</label> <input id="q" name="q" value="{{.Query}}" type="search" phx-debounce="200" autocomplete="off">
</form>
<section aria-busy="{{.Asked.Loading}}">
  <p id="said" role="status">{{if .Asked.Loaded}}{{len .Asked.Value}} found{{end}}</p>
  <ul>{{range .Asked.Value}}<li>{{.}}</li>{{end}}</ul>
</section>
{{with .Asked.Err}}<p role="alert">The search doesn't answer. Try again in a moment.</p>{{end}}`)

func (searchView) Render(st Search) liveview.Rendered { return searchPage.Render(st) }

func TestSearchOfTheGuide(t *testing.T) {
	r := gin.New()
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/", searchView{func(_ context.Context, q string) ([]string, error) {
		if q == "none" {
			return nil, errors.New("it is down")
		}
		return []string{q + "le", q + "ricot"}, nil
	}})
	v := liveviewtest.Open(t, r, "/")
	v.Change("#search", "q", "app")
	v.WaitForText("#said", "2 found")
}

// What docs/from-htmx.md shows: a page that is changed one place at a time.

func TestPlainHandlerBesideLivePages(t *testing.T) {
	lv := liveview.New(liveview.Config{})
	r := gin.New()
	r.Use(lv.Middleware())
	liveview.Handle(r, "/room", roomView{})
	r.POST("/say", func(c *gin.Context) {
		if err := lv.Publish("room", Message{ID: 9, Text: c.PostForm("text")}); err != nil {
			_ = c.AbortWithError(http.StatusInternalServerError, err)
			return
		}
		c.Status(http.StatusNoContent)
	})
	v := liveviewtest.Open(t, r, "/room")
	req := httptest.NewRequest(http.MethodPost, "/say", strings.NewReader("text=hello"))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	_, _ = io.Copy(io.Discard, w.Body)
	v.WaitForText("#messages", "hello")
}
