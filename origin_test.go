package liveview_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

func TestOriginOfAnotherSiteIsRefused(t *testing.T) {
	s := newSite(t, liveview.Config{Origins: []string{"https://app.partner.example:8443"}}, func(r *gin.Engine) {
		liveview.Handle(r, "/", counterView())
	})
	p := s.visitor().get("/")
	refused := map[string][]string{
		"other host":             {"http://evil.example"},
		"subdomain":              {"http://www.example.com"},
		"parent domain":          {"http://com"},
		"suffix":                 {"http://evil-example.com"},
		"prefix":                 {"http://example.com.evil.example"},
		"other port":             {"http://example.com:8080"},
		"https port over http":   {"http://example.com:443"},
		"null":                   {"null"},
		"empty":                  {""},
		"two headers":            {"http://example.com", "http://example.com"},
		"two, one of them wrong": {"http://example.com", "http://evil.example"},
		"list in one header":     {"http://example.com http://evil.example"},
		"no scheme":              {"example.com"},
		"scheme relative":        {"//example.com"},
		"other scheme":           {"file://example.com"},
		"ws scheme":              {"ws://example.com"},
		"upper case":             {"http://EXAMPLE.com"},
		"upper-case scheme":      {"HTTP://example.com"},
		"path":                   {"http://example.com/"},
		"query":                  {"http://example.com?"},
		"fragment":               {"http://example.com#"},
		"user":                   {"http://example.com@evil.example"},
		"own host as user":       {"http://evil.example@example.com"},
		"IDN":                    {"http://exämple.com"},
		"percent":                {"http://example%2ecom"},
		"backslash":              {`http://example.com\evil.example`},
		"partner's other port":   {"https://app.partner.example"},
		"partner's other scheme": {"http://app.partner.example:8443"},
	}
	closed := 0
	for name, origin := range refused {
		t.Run(name, func(t *testing.T) {
			conn, res, err := p.dial(http.Header{"Origin": origin}, nil)
			if err == nil {
				_ = conn.Close()
				t.Fatal("the socket was opened")
			}
			if res == nil || res.StatusCode != http.StatusForbidden {
				t.Errorf("response = %v, want 403", res)
			}
			if !strings.Contains(s.log.String(), "Config.Origins") {
				t.Error("the log doesn't name the setting")
			}
			closed++
		})
	}
	figure(t, "%d of %d variants refused", closed, len(refused))
	for name, origin := range map[string]string{
		"same host":              "http://example.com",
		"with its port":          "http://example.com:80",
		"TLS ended by a proxy":   "https://example.com",
		"a partner's, as listed": "https://app.partner.example:8443",
	} {
		t.Run(name, func(t *testing.T) {
			conn, _, err := p.dial(http.Header{"Origin": {origin}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if status, response := p.clientOn(conn).join(); status != "ok" {
				t.Errorf("join = %s %v", status, response)
			}
		})
	}
	t.Run("the proxy says which scheme", func(t *testing.T) {
		if _, _, err := p.dial(http.Header{"Origin": {"http://example.com"}, "X-Forwarded-Proto": {"https"}}, nil); err == nil {
			t.Error("a page loaded without TLS opened the socket of one with it")
		}
	})
}

func TestSocketEndpointRefusesWhatIsNoUpgrade(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) })
	p := s.visitor().get("/live/websocket?vsn=2.0.0")
	if p.status != http.StatusUpgradeRequired || !strings.Contains(p.body, "proxy_set_header Upgrade") {
		t.Errorf("GET = %d %q, want 426 and what the proxy lacks", p.status, p.body)
	}
	page := s.visitor().get("/")
	refused := 0
	for _, vsn := range []string{"", "1.0.0", "9.9", "2.1.0", "2.0", "x"} {
		if _, res, err := page.dial(nil, map[string][]string{"vsn": {vsn}}); err == nil || res.StatusCode != http.StatusForbidden {
			t.Errorf("vsn %q: %v, want 403", vsn, err)
			continue
		}
		refused++
	}
	figure(t, "%d versions refused", refused)
	for _, vsn := range []string{"2.0.0", "2.0.9"} {
		conn, _, err := page.dial(nil, map[string][]string{"vsn": {vsn}})
		if err != nil {
			t.Errorf("vsn %q: %v", vsn, err)
			continue
		}
		_ = conn.Close()
	}
}

// A page of an origin that Config.Origins lists has that host in its URLs, not
// the one that the socket's request was sent to.
func TestPageOfAListedOriginJoins(t *testing.T) {
	const origin = "https://www.partner.example:8443"
	s := newSite(t, liveview.Config{Origins: []string{origin, "https://other.example"}}, func(r *gin.Engine) {
		liveview.Handle(r, "/", placeView(nil))
		liveview.Handle(r, "/items/:id", placeView(nil))
		r.GET("/absolute/*to", func(c *gin.Context) {}) // no live route
		liveview.Handle(r.Group("", func(c *gin.Context) {
			c.Redirect(http.StatusFound, origin+"/login")
			c.Abort()
		}), "/guarded", placeView(nil))
	})
	p := s.visitor().get("/")
	conn, _, err := p.dial(http.Header{"Origin": {origin}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := p.clientOn(conn)
	join := func(key, url string) (string, map[string]any) {
		return c.joinAs(map[string]any{key: url, "session": p.session})
	}
	if status, response := join("redirect", origin+"/guarded"); status != "error" ||
		!reflect.DeepEqual(response, map[string]any{"redirect": map[string]any{"to": "/login", "status": 302.0}}) {
		t.Errorf("a redirect to the page's own origin: %s %v", status, response)
	}
	for _, url := range []string{
		"https://other.example/", "http://www.partner.example:8443/", "https://www.partner.example/", "https://evil.example/",
		"https://www.partner.example:8443@evil.example/", "https://me@www.partner.example:8443/",
	} {
		if status, response := join("url", url); status != "error" || response["reason"] != "unauthorized" {
			t.Errorf("join of %s = %s %v, want unauthorized", url, status, response)
		}
	}
	if status, response := join("url", origin+"/"); status != "ok" {
		t.Fatalf("join = %s %v", status, response)
	}
	if status, response := c.call("live_patch", map[string]any{"url": origin + "/?sort=up"}); status != "ok" || response["diff"] == nil {
		t.Errorf("patch = %s %v", status, response)
	}
	if status, response := join("redirect", origin+"/items/7"); status != "ok" {
		t.Errorf("navigation = %s %v", status, response)
	}
}
