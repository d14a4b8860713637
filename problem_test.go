package liveview_test

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// failingViews are pages that fail, each in a way of its own.
func failingViews(r *gin.Engine) {
	live := counterView()
	live.onEvent = func(_ *liveview.Socket[counter], e liveview.Event) error {
		switch e.Name {
		case "fail":
			return errors.New("no <b>stock</b>")
		case "panic":
			panic("a bug")
		}
		return liveview.ErrUnknownEvent
	}
	liveview.Handle(r, "/live", live)
	dead := counterView()
	dead.onMount = func(c *gin.Context, s *liveview.Socket[counter]) error {
		if c.Query("only") == "live" && !s.Connected() {
			return nil
		}
		panic("no <b>database</b>")
	}
	liveview.Handle(r, "/dead", dead)
}

// Whoever may see problems sees them with all that the log has; nobody else learns of
// them.
func TestProblemsAreShownToDevelopers(t *testing.T) {
	for dev, shown := range map[liveview.Dev]bool{liveview.DevOn: true, liveview.DevOff: false, liveview.DevInDebugMode: false} { // the tests are in Gin's test mode
		s := newSite(t, liveview.Config{Dev: dev}, failingViews)
		p := s.visitor().get("/dead")
		if p.status != http.StatusInternalServerError {
			t.Errorf("Dev %d: a page that fails has status %d", dev, p.status)
		}
		for _, want := range []string{"no &lt;b&gt;database", "problem_test.go", "/dead", "testView"} {
			if got := strings.Contains(p.body, want); got != shown {
				t.Errorf("Dev %d: %q in the page is %t, want %t: %s", dev, want, got, shown, p.body)
			}
		}
		if got := p.header.Get("Refresh") != ""; got != shown {
			t.Errorf("Dev %d: loaded again by itself is %t, want %t", dev, got, shown)
		}
		for event, want := range map[string]string{"fail": "no <b>stock</b>", "panic": "problem_test.go", "misspelt": "misspelt"} {
			c := s.open("/live")
			ref := c.push("event", map[string]any{"type": "click", "event": event, "value": map[string]any{}})
			f := c.next()
			if !shown {
				if f.event == "liveview:problem" {
					t.Errorf("Dev %d: %s: it is told to somebody: %v", dev, event, f.payload)
				}
				continue
			}
			if text := fmt.Sprint(f.payload); f.event != "liveview:problem" || !strings.Contains(text, want) || !strings.Contains(text, "/live") {
				t.Errorf("%s: %s %v, want a problem with %q", event, f.event, f.payload, want)
			}
			if got := f.payload["ref"]; (got == ref) != (event == "misspelt") {
				t.Errorf("%s: it is said to come of %v", event, got)
			}
		}
		c := s.visitor().get("/dead?only=live").connect()
		c.write(fmt.Sprintf(`["1","1",%q,"phx_join",{"url":%q,"session":%q,"params":{}}]`, c.topic(), c.page.url, c.page.session))
		if f := c.next(); (f.event == "liveview:problem" && f.payload["joining"] == true) != shown {
			t.Errorf("Dev %d: a join that crashes: %s %v", dev, f.event, f.payload)
		}
		c = s.visitor().get("/live").connect()
		c.write(fmt.Sprintf(`["1","1",%q,"phx_join",{"url":%q,"session":"forged","params":{}}]`, c.topic(), c.page.url))
		if f := c.next(); (f.event == "liveview:problem" && strings.Contains(fmt.Sprint(f.payload), "stale")) != shown {
			t.Errorf("Dev %d: a join that is refused: %s %v", dev, f.event, f.payload)
		}
	}
}

// In Gin's debug mode, which is its default in production too, only requests of this
// very machine are told, and none that a proxy may have passed on.
func TestProblemsInDebugMode(t *testing.T) {
	gin.SetMode(gin.DebugMode)
	defer gin.SetMode(gin.TestMode)
	gin.DefaultWriter, gin.DefaultErrorWriter = t.Output(), t.Output()
	r := gin.New()
	r.Use(liveview.Middleware(liveview.Config{Logger: slog.New(slog.DiscardHandler)}))
	failingViews(r)
	for name, test := range map[string]struct {
		from, header, host string
		shown              bool
	}{
		"this machine":       {"127.0.0.1:1234", "", "localhost:8080", true},
		"this machine, IPv6": {"[::1]:1234", "Accept", "[::1]:8080", true},
		"another":            {"192.0.2.1:1234", "", "localhost", false},
		"Unix socket":        {"@", "", "localhost", false},
		"no address":         {"", "", "localhost", false},
		"proxy":              {"127.0.0.1:1234", "X-Forwarded-For", "localhost", false},
		"nginx":              {"127.0.0.1:1234", "X-Real-Ip", "localhost", false},
		"standard proxy":     {"127.0.0.1:1234", "Forwarded", "localhost", false},
		"by a name":          {"127.0.0.1:1234", "", "shop.localhost", true},
		"proxy without mark": {"127.0.0.1:1234", "", "shop.example.com", false},
		"name of this host":  {"127.0.0.1:1234", "", "localhost.example.com", false},
		"no host":            {"127.0.0.1:1234", "", "", false},
		"cache":              {"127.0.0.1:1234", "Via", "localhost", false},
		"nginx, as it is":    {"127.0.0.1:1234", "Connection: close", "127.0.0.1:8080", false},
		"another's page":     {"127.0.0.1:1234", "Origin: https://www.example.com", "127.0.0.1:8080", false},
		"its own page":       {"127.0.0.1:1234", "Origin: http://127.0.0.1:8080", "127.0.0.1:8080", true},
	} {
		req := httptest.NewRequest(http.MethodGet, "/dead", nil)
		req.RemoteAddr, req.Host = test.from, test.host
		if test.header != "" {
			header, value, _ := strings.Cut(test.header, ": ")
			req.Header.Set(header, cmp.Or(value, "x"))
			req.Close = value == "close" // as net/http reads it
		}
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		if got := strings.Contains(w.Body.String(), "database"); got != test.shown {
			t.Errorf("%s: shown is %t, want %t", name, got, test.shown)
		}
	}
}
