package liveview_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// at returns the connection as it is where a proxy takes its requests to another process.
func (c *pollConn) at(other *site) *pollConn {
	return &pollConn{
		t: c.t, visitor: other.visitor(), url: c.url, header: http.Header{"Cookie": {c.visitor.cookies()}}, ctx: c.ctx, token: c.now(),
	}
}

// trickle sends a request whose body begins and doesn't come to its end before the test does.
func (c *pollConn) trickle(begin string) {
	reader, writer := io.Pipe()
	c.t.Cleanup(func() { _ = writer.Close() })
	go c.request(c.ctx, http.MethodPost, c.now(), reader) // ends with the request, which the cleanup has
	_, _ = writer.Write([]byte(begin))
}

// A request that trickles in doesn't hold up the end of its server.
func TestLongPollTricklingRequest(t *testing.T) {
	t.Parallel()
	polled(t, liveview.Config{}, func(t *testing.T, s *site) {
		s.visitor().pollPage("/").polls.trickle("[")
		synctest.Wait()
		begin := time.Now()
		if err := <-s.shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("Shutdown took %v", took)
		}
	})
}

// What one visitor has handed on between processes, however slow it is, leaves room for what
// others do.
func TestLongPollHandsOnForOthers(t *testing.T) {
	t.Parallel()
	for name, hog := range map[string]func(here, there *site){
		"requests that trickle in": func(here, there *site) {
			for range 40 {
				there.visitor().get("/").opened().at(here).trickle("[")
			}
		},
		"more of one connection": func(here, there *site) {
			c := there.visitor().get("/").opened().at(here)
			for range 40 {
				c.trickle("[")
			}
		},
		"a connection that is busy": func(here, there *site) {
			c := there.visitor().get("/").opened()
			c.trickle("[")
			synctest.Wait()
			for range 40 {
				go c.at(here).request(c.ctx, http.MethodPost, c.now(), strings.NewReader(heartbeat)) // ends with the request
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := &line{}
				node := func() *site {
					config := liveview.Config{PubSub: l.bus(t), Secret: liveview.NewSecret(strings.Repeat("s", 32))}
					return newSite(t, config, func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) })
				}
				here, there := node(), node()
				hog(here, there)
				synctest.Wait()
				c := there.visitor().pollPage("/")
				click := fmt.Sprintf(`["1","7",%q,"event",{"type":"click","event":"inc","value":{}}]`, c.topic())
				if a := c.polls.at(here).post(click); a.Status != 200 {
					t.Errorf("somebody else's click: %+v", a)
				}
				if f := c.next(); !strings.Contains(fmt.Sprint(f.payload), "0:1") {
					t.Errorf("the page got %s", f.payload)
				}
			})
		})
	}
}

// opened returns a connection that joins nothing.
func (p *page) opened() *pollConn {
	c := p.polling()
	if a := c.open(); a.Status != http.StatusGone {
		c.t.Errorf("opening a connection: %+v", a)
	}
	return c
}

// One visitor can't make so many pages up that another's, which comes to this process as its
// own has gone, is taken for one that comes again and again.
func TestLongPollMadeUpPages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		config := liveview.Config{Secret: liveview.NewSecret(strings.Repeat("s", 32))}
		routes := func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) }
		one, two := newSite(t, config, routes), newSite(t, config, routes)
		hostile := one.visitor().get("/").opened().at(two)
		page := hostile.url
		for i := range 1000 { // nearly four for each place
			hostile.url = strings.Replace(page, "_csrf_token=", fmt.Sprint("_csrf_token=", i), 1)
			hostile.poll()
		}
		if a := one.visitor().get("/").opened().at(two).poll(); a.Status != 410 {
			t.Errorf("somebody else's poll: %+v", a)
		}
	})
}

// What stands in URLs, and so in the logs of proxies, doesn't tell the cookie without which it
// is worth nothing.
func TestURLsTellNoCookie(t *testing.T) {
	t.Parallel()
	polled(t, liveview.Config{}, func(t *testing.T, s *site) {
		c := s.visitor().pollPage("/")
		_, cookie, _ := strings.Cut(c.page.visitor.cookies(), "liveview=")
		signed, _, _ := strings.Cut(c.polls.now(), ".")
		for name, token := range map[string]string{"_csrf_token": c.page.csrf, "token": signed} {
			text, err := base64.URLEncoding.DecodeString(token)
			_, text, _ = bytes.Cut(text, []byte("|"))
			text, _, _ = bytes.Cut(text, []byte("|"))
			fields, errFields := base64.URLEncoding.DecodeString(string(text))
			if err != nil || errFields != nil || len(cookie) != 15 {
				t.Fatalf("the token is %q, the cookie %q", token, cookie)
			}
			if strings.Contains(string(fields), cookie) {
				t.Errorf("%s says %q, and the cookie is %q", name, fields, cookie)
			}
		}
	})
}
