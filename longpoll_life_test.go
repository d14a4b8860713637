package liveview_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

const heartbeat = `[null,"1","phoenix","heartbeat",{}]`

// A page that isn't polled any more is kept, and goes on where it was once it is back; one
// that says goodbye isn't.
func TestLongPollIsLost(t *testing.T) {
	t.Parallel()
	view := &talliedView{}
	lose(t, liveview.Config{}, view, func(t *testing.T, s *site) {
		c := s.visitor().get("/p/a").poll()
		c.joinAsPage("one")
		c.click("inc", nil)
		c.polls.close() // the network has gone
		synctest.Wait()
		s.wantSockets(1)
		time.Sleep(15 * time.Second) // of the bubble's clock
		s.wantKept(1, 1)
		s.wantSockets(0)
		back := c.page.poll()
		if status, response := back.joinAsPage("one"); status != "ok" || !strings.Contains(htmlJoined(response), "0:1") {
			t.Errorf("the page joins again with %s %v", status, response)
		}
		s.wantKept(0, 1)
		if a := back.polls.leave(); a.Status != 200 {
			t.Errorf("the goodbye: %+v", a)
		}
		s.wantKept(0, 0)
		if view.mounted.Load() != 1 || view.shutdown.Load() != 1 {
			t.Errorf("mounted %d times, ended %d times", view.mounted.Load(), view.shutdown.Load())
		}
	})
}

// A page that has slept asks with a token of which nobody knows any more, and hears so; it
// joins again over another connection, and a WebSocket's page can come back by long-poll.
func TestLongPollAfterSleep(t *testing.T) {
	t.Parallel()
	lose(t, liveview.Config{}, &talliedView{}, func(t *testing.T, s *site) {
		c := s.visitor().get("/p/a").poll()
		c.joinAsPage("one")
		c.click("inc", nil)
		token := c.polls.now()
		c.polls.close()
		time.Sleep(40 * time.Second) // of the bubble's clock
		woken := c.page.polling()
		woken.token = token
		if a := woken.poll(); a.Status != 410 || a.HTTP != 200 || len(a.Messages) != 0 {
			t.Errorf("a poll after the sleep: %+v", a)
		}
		if a := woken.post(heartbeat); a.Status != 410 {
			t.Errorf("a message after the sleep: %+v", a)
		}
		back := c.page.connect()
		if status, response := back.joinAsPage("one"); status != "ok" || !strings.Contains(htmlJoined(response), "0:1") {
			t.Errorf("the page joins again by WebSocket with %s %v", status, response)
		}
		_ = back.conn.NetConn().Close()
		again := c.page.poll()
		if status, response := again.joinAsPage("one"); status != "ok" || !strings.Contains(htmlJoined(response), "0:1") {
			t.Errorf("the page joins again by long-poll with %s %v", status, response)
		}
		figure(t, "asleep for 40s: back with its state, by WebSocket as by long-poll, of %d views", s.app.Stats().Views)
	})
}

// The answers to what a page has sent come before it hears that the server restarts, and
// Shutdown waits for that.
func TestLongPollShutdown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := counterView()
		count := v.onEvent
		v.onEvent = func(s *liveview.Socket[counter], e liveview.Event) error {
			time.Sleep(3 * time.Second) // of the bubble: a slow database
			return count(s, e)
		}
		s, ended := drainSite(t, liveview.Config{}, v)
		c := s.visitor().pollPage("/")
		idle := s.visitor().pollPage("/")
		c.push("event", map[string]any{"type": "click", "event": "inc", "value": map[string]any{}})
		c.push("event", map[string]any{"type": "click", "event": "inc", "value": map[string]any{}})
		begin := time.Now()
		result := s.shutdown(t.Context())
		synctest.Wait()
		if status, _ := s.probe("/readyz"); status != http.StatusServiceUnavailable {
			t.Errorf("Ready says %d", status)
		}
		if a := c.page.polling().open(); a.HTTP != http.StatusServiceUnavailable || a.Status != 500 {
			t.Errorf("a connection while the server drains: %+v", a)
		}
		for _, want := range []string{`{"0":"1"}`, `{"0":"2"}`} {
			if f := c.next(); !strings.Contains(f.raw, want) {
				t.Errorf("the answer is %s, want %s", f.raw, want)
			}
		}
		for _, c := range []*client{c, idle} {
			if status := c.ended(); status != 410 {
				t.Errorf("the connection ends with %d", status)
			}
		}
		if err := <-result; err != nil || ended.Load() != 2 {
			t.Errorf("Shutdown: %v, with %d views ended", err, ended.Load())
		}
		if took := time.Since(begin); took < 6*time.Second || took > 7*time.Second {
			t.Errorf("it took %v, want the 6 s of the callbacks", took)
		}
	})
}

// Where only the http.Server is shut down its polls end too, and don't hold it up.
func TestLongPollServersOwnShutdown(t *testing.T) {
	t.Parallel()
	polled(t, liveview.Config{}, func(t *testing.T, s *site) {
		c := s.visitor().pollPage("/")
		begin := time.Now()
		if err := s.server.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("it took %v", took)
		}
		c.ended()
		time.Sleep(3 * time.Second) // of the bubble's clock: its client can't ask any more
		s.wantSockets(0)
	})
}

// A user who is disconnected hears so by a poll that waits, and comes back.
func TestLongPollDisconnect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
			r.Use(func(c *gin.Context) { liveview.Identify(c, "ada") })
			liveview.Handle(r, "/", counterView())
		})
		c := s.visitor().pollPage("/")
		synctest.Wait()
		begin := time.Now()
		if err := s.app.Disconnect("ada"); err != nil {
			t.Fatal(err)
		}
		if status := c.ended(); status != 410 || time.Since(begin) > time.Second {
			t.Errorf("the connection ends with %d after %v", status, time.Since(begin))
		}
		s.wantSockets(0)
	})
}

// What one browser may send is the same by long-poll.
func TestLongPollBounds(t *testing.T) {
	t.Parallel()
	many := func(n int, line string) []string { return strings.Split(strings.Repeat(line+"\n", n-1)+line, "\n") }
	for name, test := range map[string]struct {
		lines  []string
		status int // of the request
		ends   int // with which a poll tells of the end; 0 for none
		log    string
	}{
		"100 messages":              {many(100, heartbeat), 200, 0, ""},
		"101 messages":              {many(101, heartbeat), 200, 410, ""},
		"empty lines":               {many(3, ""), 200, 0, "bad frame"},
		"no message":                {many(20, `["1"]`), 200, 410, "bad frame"},
		"binary that isn't":         {[]string{"!!!"}, 410, 410, ""},
		"binary that breaks off":    {[]string{"AAA"}, 410, 410, ""},
		"a message that is large":   {[]string{`["1","2","lv:x","event",{"a":"` + strings.Repeat("x", 1<<20) + `"}]`}, 200, 0, "a message was not handled"},
		"one that is far too large": {[]string{`["1","2","lv:x","event",{"a":"` + strings.Repeat("x", 40<<20) + `"}]`}, 413, 410, "a message was not handled"},
		"binary that is too large":  {[]string{strings.Repeat("AAAA", 100<<10)}, 200, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			polled(t, liveview.Config{}, func(t *testing.T, s *site) {
				c := s.visitor().pollPage("/")
				if a := c.polls.post(test.lines...); a.Status != test.status {
					t.Errorf("%d messages: %+v", len(test.lines), a)
				}
				if test.ends != 0 {
					if status := c.ended(); status != test.ends {
						t.Errorf("the connection ends with %d", status)
					}
					s.wantSockets(0)
				} else if a := c.polls.post(heartbeat); a.Status != 200 {
					t.Errorf("afterwards: %+v", a)
				}
				s.wantLog(test.log)
			})
		})
	}
}

// Who goes on sending more than a share is held back, and told to stay away for a while.
func TestLongPollFlood(t *testing.T) {
	t.Parallel()
	polled(t, liveview.Config{}, func(t *testing.T, s *site) {
		c := s.visitor().pollPage("/")
		begin := time.Now()
		for i := range 200 {
			line := fmt.Sprintf(`["1","%d",%q,"event",{"type":"click","event":"inc","value":{}}]`, 7+i, c.topic())
			if a := c.polls.post(strings.TrimSuffix(strings.Repeat(line+"\n", 100), "\n")); a.Status != 200 {
				break
			}
		}
		if took := time.Since(begin); took < 10*time.Second {
			t.Errorf("a flood was over after %v", took)
		}
		if status := c.ended(); status != 403 {
			t.Errorf("the connection ends with %d", status)
		}
		s.wantLog("more than its share")
	})
}

// What a view sends waits for a poll, up to a bound: a client that doesn't come for it loses
// its connection, and nobody waits for long.
func TestLongPollSlowReader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := counterView()
		v.onEvent = func(s *liveview.Socket[counter], _ liveview.Event) error {
			for range 10 {
				if err := s.PushEvent("much", strings.Repeat("x", 100<<10)); err != nil {
					return err
				}
			}
			return nil
		}
		s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
		p := s.visitor().get("/")
		c := p.polling()
		c.open()
		c.post(fmt.Sprintf(`["1","1","lv:%s","phx_join",{"url":%q,"session":%q,"params":{}}]`, p.id, p.url, p.session))
		if a := c.poll(); a.Status != 200 {
			t.Fatalf("the join: %+v", a)
		}
		for i := range 5 {
			c.post(fmt.Sprintf(`["1","%d","lv:%s","event",{"type":"click","event":"inc","value":{}}]`, i+2, p.id))
		}
		s.wantSockets(1)
		const within = 5 * time.Second
		time.Sleep(within) // of the bubble's clock
		s.wantSockets(0)
		figure(t, "5 MB for a browser that doesn't ask for them: %d sockets after %s", s.app.Stats().Sockets, within)
		if a := c.poll(); a.Status != 410 {
			t.Errorf("a poll that comes too late: %+v", a)
		}
	})
}

// A proxy that holds what pages send looks open, and the log says what is amiss; so nothing
// stays of it.
func TestLongPollWithoutPosts(t *testing.T) {
	t.Parallel()
	polled(t, liveview.Config{}, func(t *testing.T, s *site) {
		c := s.visitor().get("/").poll()
		if status := c.ended(); status != 410 {
			t.Errorf("the connection ends with %d", status)
		}
		s.wantSockets(0)
		s.wantLog("holds or drops POST requests")
		closed := s.visitor().get("/").polling() // a tab that is closed at once is no such thing
		closed.open()
		closed.token = ""
		before := strings.Count(s.log.String(), "\n")
		time.Sleep(time.Minute) // of the bubble's clock
		s.wantSockets(0)
		if log := s.log.String(); strings.Count(log, "\n") != before {
			t.Errorf("the log:\n%s", log)
		}
	})
}

// Processes behind a proxy that sends each request elsewhere don't let a page come again at
// once, for ever, and say how to mend it. A page whose process has gone does come at once.
func TestLongPollElsewhere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		config := liveview.Config{Secret: liveview.NewSecret(strings.Repeat("s", 32)), JoinTimeout: time.Hour}
		routes := func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) }
		one, two := newSite(t, config, routes), newSite(t, config, routes)
		p := one.visitor().get("/")
		c := p.polling()
		c.header = http.Header{"Cookie": {c.visitor.cookies()}}
		c.open()
		other := p.polling()
		other.visitor, other.header, other.token = two.visitor(), c.header, c.now()
		for range 2 { // the process may have been away when the page came to the other
			if a := other.poll(); a.Status != 410 {
				t.Errorf("a poll at another process: %+v", a)
			}
			if a := other.post(heartbeat); a.Status != 410 {
				t.Errorf("a message at another process: %+v", a)
			}
		}
		c.leave()
		c.open()
		other.token = c.now()
		if a := other.poll(); a.Status != 403 {
			t.Errorf("a poll at another process, once more: %+v", a)
		}
		if a := other.post(heartbeat); a.Status != 403 {
			t.Errorf("a message at another process, once more: %+v", a)
		}
		two.wantLog("hash $arg__csrf_token consistent")
		c.post(heartbeat)
		c.take(c.poll())
		time.Sleep(10 * time.Second) // of the bubble's clock
		other.token = c.now()
		if a := other.poll(); a.Status != 410 {
			t.Errorf("a poll at another process, of a connection that had been there for a while: %+v", a)
		}
	})
}

// What a page sends is acted on, though its proxy takes it to another process meanwhile: a
// click, more than may be handed on, its goodbye, and what comes when its own process is gone.
func TestLongPollHandsOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &line{}
		routes := func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) }
		config := liveview.Config{PubSub: l.bus(t), Secret: liveview.NewSecret(strings.Repeat("s", 32)), KeepTime: time.Minute}
		one := newSite(t, config, routes)
		bus, kill := l.mortalBus(t)
		config.PubSub = bus
		two := newSite(t, config, routes)

		c := two.visitor().pollPage("/")
		other := c.page.polling()
		other.visitor, other.header = one.visitor(), http.Header{"Cookie": {c.page.visitor.cookies()}}
		click := fmt.Sprintf(`["1","7",%q,"event",{"type":"click","event":"inc","value":{}}]`, c.topic())
		hand := func(body string, want int) {
			t.Helper()
			other.token = c.polls.now()
			if a := other.post(body); a.Status != want {
				t.Errorf("a message at another process: %+v, want %d", a, want)
			}
		}
		hand(click, 200)
		if f := c.next(); !strings.Contains(fmt.Sprint(f.payload), "0:1") {
			t.Errorf("the page got %s", f.payload)
		}
		hand(strings.Repeat(" ", 256<<10)+click, 410)
		hand(strings.Replace(click, "7", "8", 1)+"\n"+strings.Replace(click, "7", "9", 1), 200)
		c.next()
		if f := c.next(); !strings.Contains(fmt.Sprint(f.payload), "0:3") {
			t.Errorf("the page got %s", f.payload)
		}
		hand("", 200)
		two.wantSockets(0)
		hand(click, 410)

		d := two.visitor().pollPage("/")
		other.header, other.token = http.Header{"Cookie": {d.page.visitor.cookies()}}, d.polls.now()
		kill()
		began := time.Now()
		if a := other.post(heartbeat); a.Status != 410 || time.Since(began) > time.Second {
			t.Errorf("a message for a process that is gone: %+v after %v", a, time.Since(began))
		}
	})
}

// Connections by long-poll count as sockets of their address.
func TestLongPollOfOneAddress(t *testing.T) {
	t.Parallel()
	polled(t, liveview.Config{MaxSocketsPerAddress: 1000}, func(t *testing.T, s *site) {
		s.engine.TrustedPlatform = "X-Address"
		p := s.visitor().get("/")
		open := func(address string) (*pollConn, pollAnswer) {
			c := p.polling()
			c.header = http.Header{"X-Address": {address}}
			return c, c.open()
		}
		var all []*pollConn
		for range 1000 {
			c, a := open("192.0.2.7")
			if a.Status != 410 {
				t.Fatalf("connection %d: %+v", len(all)+1, a)
			}
			all = append(all, c)
		}
		s.wantSockets(1000)
		if _, a := open("192.0.2.7"); a.HTTP != http.StatusTooManyRequests || a.Status != 500 {
			t.Errorf("one more: %+v", a)
		}
		if _, a := open("192.0.2.8"); a.Status != 410 {
			t.Errorf("another address: %+v", a)
		}
		all[0].leave()
		synctest.Wait()
		if _, a := open("192.0.2.7"); a.Status != 410 {
			t.Errorf("after one has gone: %+v", a)
		}
	})
}

// Files go by long-poll too.
func TestLongPollUpload(t *testing.T) {
	t.Parallel()
	st := newStudio(t, liveview.UploadConfig{MaxEntries: 2}, liveview.Config{})
	u := st.visitor().get("/").poll().uploader()
	content := strings.Repeat("0123456789", 20_000)
	f := textFile("0", content)
	u.choose(f)
	if status, response := u.send(f, u.token("0", u.allow(f)), chunkSize); status != "ok" {
		t.Fatalf("the file: %s %v", status, response)
	}
	diff := u.diffOf(map[string]any{"type": "form", "event": "save", "value": ""})
	if saved := fmt.Sprint(diff); !strings.Contains(saved, content) {
		t.Errorf("saved %.200s", saved)
	}
}

// It can be switched off.
func TestLongPollSwitchedOff(t *testing.T) {
	t.Parallel()
	polled(t, liveview.Config{LongPollFallback: -1}, func(t *testing.T, s *site) {
		p := s.visitor().get("/")
		if a := p.polling().open(); a.HTTP != http.StatusNotFound {
			t.Errorf("it is answered with %+v", a)
		}
		if !strings.Contains(p.body, `data-long-poll="0"`) {
			t.Error("the page would try it")
		}
		if p := s.visitor().get("/"); strings.Contains(p.body, `data-long-poll="2500"`) {
			t.Error("the page would try it")
		}
	})
}

// A time-out around the engine, under which no WebSocket can be opened, doesn't cut polls off.
func TestLongPollWithinATimeout(t *testing.T) {
	t.Parallel()
	polled(t, liveview.Config{}, func(t *testing.T, s *site) {
		s.server.Handler = http.TimeoutHandler(s.engine, 5*time.Second, "late")
		c := s.visitor().get("/").polling()
		c.open()
		begin := time.Now()
		if a := c.poll(); a.Status != 204 || time.Since(begin) != 4500*time.Millisecond {
			t.Errorf("after %v a poll is answered with %+v", time.Since(begin), a)
		}
	})
}
