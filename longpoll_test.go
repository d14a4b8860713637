package liveview_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/internal/wire"
)

// ended waits until the connection has, and returns the status that says so.
func (c *client) ended() int {
	c.t.Helper()
	for range c.frames {
	}
	var gone pollGoneError
	if !errors.As(c.closed, &gone) {
		c.t.Fatalf("the connection ended with %v", c.closed)
	}
	return int(gone)
}

// polled runs a test of a site with a counter at "/", in a bubble.
func polled(t *testing.T, config liveview.Config, test func(t *testing.T, s *site)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		test(t, newSite(t, config, func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) }))
	})
}

func (s *site) wantSockets(want int) {
	s.t.Helper()
	synctest.Wait()
	if got := s.app.Stats().Sockets; got != want {
		s.t.Errorf("%d sockets are open, want %d", got, want)
	}
}

func (s *site) wantLog(want string) {
	s.t.Helper()
	if log := s.log.String(); !strings.Contains(log, want) {
		s.t.Errorf("the log has no %q:\n%s", want, log)
	}
}

// A page does by long-poll what it does by WebSocket, in order.
func TestLongPoll(t *testing.T) {
	t.Parallel()
	polled(t, liveview.Config{}, func(t *testing.T, s *site) {
		c := s.visitor().pollPage("/")
		for i := range 20 {
			if diff := c.click("inc", nil); fmt.Sprint(diff["0"]) != fmt.Sprint(i+1) {
				t.Fatalf("click %d brings %v", i+1, diff)
			}
		}
		s.wantSockets(1)
		if views := s.app.Stats().Views; views != 1 {
			t.Errorf("%d views", views)
		}
	})
}

// What one request brings is handled in its order, and so are requests.
func TestLongPollKeepsTheOrder(t *testing.T) {
	t.Parallel()
	polled(t, liveview.Config{EventRate: -1}, func(t *testing.T, s *site) {
		c := s.visitor().pollPage("/")
		ref := 100
		for range 5 {
			var lines []string
			for range 20 {
				ref++
				lines = append(lines, fmt.Sprintf(`["1","%d",%q,"event",{"type":"click","event":"inc","value":{}}]`, ref, c.topic()))
			}
			if a := c.polls.post(lines...); a.Status != 200 {
				t.Fatalf("status %d", a.Status)
			}
		}
		for want := 101; want <= ref; want++ {
			if f := c.next(); f.ref != fmt.Sprint(want) {
				t.Fatalf("the reply to %s comes where that to %d should", f.ref, want)
			}
		}
	})
}

// A browser sends a request again by itself, as the same bytes, where a connection that it had
// used before is cut. It is acted on once.
func TestLongPollRequestSentAgain(t *testing.T) {
	t.Parallel()
	polled(t, liveview.Config{}, func(t *testing.T, s *site) {
		c := s.visitor().pollPage("/")
		click := func(ref int) string {
			return fmt.Sprintf(`["1","%d",%q,"event",{"type":"click","event":"inc","value":{}}]`, ref, c.topic())
		}
		for _, lines := range [][]string{{click(101), click(102)}, {click(101), click(102)}, {click(103)}, {click(103)}, {click(104)}} {
			if a := c.polls.post(lines...); a.Status != 200 {
				t.Fatalf("status %d", a.Status)
			}
		}
		for want := 1; want <= 4; want++ {
			f := c.next()
			if diff := fmt.Sprint(f.payload["response"]); f.ref != fmt.Sprint(100+want) || diff != fmt.Sprintf("map[diff:map[0:%d]]", want) {
				t.Errorf("the reply to %s is %s", f.ref, diff)
			}
		}
	})
}

// Who opens, and who asks.
func TestLongPollRequests(t *testing.T) {
	t.Parallel()
	polled(t, liveview.Config{Origins: []string{"https://www.example.org"}}, func(t *testing.T, s *site) {
		p := s.visitor().get("/")
		stale := func(c *pollConn) bool {
			if a := c.open(); a.Status != 410 || a.Token == "" {
				t.Errorf("opening: %+v", a)
				return false
			}
			cl := &client{t: t, page: p, polls: c, frames: make(chan frame, 10)}
			go cl.read()
			_, response := cl.join()
			c.leave()
			return response["reason"] == "stale"
		}
		for name, test := range map[string]struct {
			header http.Header
			change func(url string) string
			status int  // of the open
			stale  bool // the join
		}{
			"our page":            {nil, nil, 410, false},
			"our page, and says":  {http.Header{"Origin": {"http://example.com"}}, nil, 410, false},
			"another name of it":  {http.Header{"Origin": {"https://www.example.org"}}, nil, 410, false},
			"another site":        {http.Header{"Origin": {"https://evil.example"}}, nil, 403, false},
			"no page":             {http.Header{"Sec-Fetch-Site": {"cross-site"}}, nil, 403, false},
			"a neighbour":         {http.Header{"Sec-Fetch-Site": {"same-site"}}, nil, 403, false},
			"our page, by fetch":  {http.Header{"Sec-Fetch-Site": {"same-origin"}}, nil, 410, false},
			"without a token":     {nil, func(u string) string { return strings.Replace(u, "_csrf_token", "x", 1) }, 410, true},
			"another version":     {nil, func(u string) string { return strings.Replace(u, "2.0.0", "1.0.0", 1) }, 403, false},
			"no version":          {nil, func(u string) string { return strings.Replace(u, "vsn", "x", 1) }, 403, false},
			"another's cookie":    {http.Header{"Cookie": {"liveview=" + strings.Repeat("A", 22)}}, nil, 410, true},
			"the cookie is there": {http.Header{}, nil, 410, false},
		} {
			c := p.polling()
			if name == "another's cookie" {
				c.visitor = s.visitor() // who has none beside it
			}
			if test.header != nil {
				c.header = test.header
			}
			if test.change != nil {
				c.url = test.change(c.url)
			}
			if test.status == 410 {
				if got := stale(c); got != test.stale {
					t.Errorf("%s: the join is stale: %v, want %v", name, got, test.stale)
				}
			} else if a := c.open(); a.Status != test.status || a.HTTP != test.status || a.Token != "" {
				t.Errorf("%s: got %+v, want status %d", name, a, test.status)
			}
			c.close()
		}

		c := p.polling()
		c.open()
		if a := c.post(`[null,"1","phoenix","heartbeat",{}]`); a.Status != 200 || a.HTTP != 200 {
			t.Errorf("a message: %+v", a)
		}
		for _, origin := range []http.Header{{"Origin": {"https://evil.example"}}, {"Origin": nil}} {
			evil := p.polling()
			evil.token, evil.header = c.now(), origin
			if a := evil.post(`[null,"2","phoenix","heartbeat",{}]`); a.Status != 403 || a.HTTP != 403 {
				t.Errorf("a message of %v: %+v", origin, a)
			}
		}
		other := s.visitor().get("/").polling()
		other.token = c.now()
		if a := other.poll(); a.Status != 410 || len(a.Messages) != 0 {
			t.Errorf("a poll with the token of another browser: %+v", a)
		}
		if a := other.post(`[null,"2","phoenix","heartbeat",{}]`); a.Status != 410 {
			t.Errorf("a message with the token of another browser: %+v", a)
		}
		mine := c.now()
		for _, forged := range []string{"x", "x.0", ".0", mine[:len(mine)-2], mine + "x", mine[1:], strings.Repeat("A", 20000) + ".0", p.csrf + ".0"} {
			bad := p.polling()
			bad.token = forged
			if a := bad.poll(); a.Status != 410 || a.Token != "" {
				t.Errorf("a poll with the token %.40q: %+v", forged, a)
			}
		}
		if a := c.poll(); a.Status != 200 || len(a.Messages) != 1 {
			t.Errorf("afterwards the connection has %+v", a)
		}
		for _, method := range []string{"PUT", "DELETE", "OPTIONS", "HEAD"} {
			if a := c.request(t.Context(), method, c.now(), nil); a.HTTP != http.StatusMethodNotAllowed {
				t.Errorf("%s: %d", method, a.HTTP)
			}
		}
		c.leave()
		s.wantSockets(0)
	})
}

// A page that knows its origin only as it sends something is one of that origin.
func TestLongPollOfAnotherName(t *testing.T) {
	t.Parallel()
	polled(t, liveview.Config{Origins: []string{"https://www.example.org"}}, func(t *testing.T, s *site) {
		p := s.visitor().get("/")
		c := p.polling()
		c.open()
		c.header = http.Header{"Origin": {"https://www.example.org"}}
		cl := &client{t: t, page: p, polls: c, frames: make(chan frame, 10)}
		go cl.read()
		if status, response := cl.joinAs(map[string]any{"url": "https://www.example.org/", "session": p.session}); status != "ok" {
			t.Errorf("the join: %s %v", status, response)
		}
		c.leave()
	})
}

// One poll waits at a time: the next one has the former answered with nothing, and nothing
// is lost.
func TestLongPollOnePollAtATime(t *testing.T) {
	t.Parallel()
	polled(t, liveview.Config{}, func(t *testing.T, s *site) {
		c := s.visitor().get("/").polling()
		c.open()
		answers := make(chan pollAnswer, 50)
		token := c.now()
		for range 50 {
			go func() { answers <- c.request(t.Context(), "GET", token, nil) }()
			synctest.Wait()
		}
		for range 49 {
			if a := <-answers; a.Status != 204 {
				t.Fatalf("a poll that another has followed: %+v", a)
			}
		}
		c.post(`[null,"1","phoenix","heartbeat",{}]`)
		if a := <-answers; a.Status != 200 || len(a.Messages) != 1 {
			t.Errorf("the last poll: %+v", a)
		}
		c.leave()
	})
}

// A poll waits for ten seconds, and one that is left out for fifteen ends the connection.
func TestLongPollIsPolled(t *testing.T) {
	t.Parallel()
	for _, after := range []time.Duration{wire.PollWindow*3/2 - time.Nanosecond, wire.PollWindow * 3 / 2} {
		polled(t, liveview.Config{JoinTimeout: time.Hour}, func(t *testing.T, s *site) {
			c := s.visitor().get("/").polling()
			c.open()
			began := time.Now()
			for range 100 {
				if a := c.poll(); a.Status != 204 {
					t.Fatalf("an idle poll: %+v", a)
				}
			}
			if took := time.Since(began); took != 100*wire.PollWindow {
				t.Errorf("100 polls took %v", took)
			}
			time.Sleep(after) // of the bubble's clock
			s.wantSockets(map[bool]int{true: 0, false: 1}[after == wire.PollWindow*3/2])
			want := 204
			if after == wire.PollWindow*3/2 {
				want = 410
			}
			if a := c.poll(); a.Status != want {
				t.Errorf("a poll after %v: %+v", after, a)
			}
			c.leave()
		})
	}
}

// An answer that was lost isn't followed by the next one: the page begins anew.
func TestLongPollLostAnswer(t *testing.T) {
	t.Parallel()
	polled(t, liveview.Config{}, func(t *testing.T, s *site) {
		c := s.visitor().get("/").polling()
		c.open()
		token := c.now()
		c.post(`[null,"1","phoenix","heartbeat",{}]`)
		if a := c.request(t.Context(), "GET", token, nil); a.Status != 200 { // of which the client hears nothing
			t.Fatalf("the first poll: %+v", a)
		}
		c.post(`[null,"2","phoenix","heartbeat",{}]`)
		if a := c.request(t.Context(), "GET", token, nil); a.Status != 410 {
			t.Errorf("the same poll once more: %+v", a)
		}
		s.wantSockets(0)
	})
}
