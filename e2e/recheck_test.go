package e2e

import (
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// draft has text that its page sends while it is typed, and again when the page
// has joined anew.
type draft struct {
	Count int
	Text  string
}

var draftPage = liveview.MustParse[draft](`<p id="count">{{.Count}}</p><button id="inc" phx-click="inc">+</button>
<form id="draft" phx-change="change"><input id="text" name="text" value="{{.Text}}"></form><p id="kept">{{.Text}}</p>`)

func draftView() view[draft] {
	return view[draft]{page: draftPage, event: func(s *liveview.Socket[draft], e liveview.Event) error {
		s.Assign(func(c *draft) {
			if e.Name == "inc" {
				c.Count++
			} else {
				c.Text = e.Value("text")
			}
		})
		return nil
	}}
}

func quickRecheck(c *liveview.Config) { c.Recheck = 1 }

// A middleware that is overloaded for a while costs no page and nothing that was
// typed: the page waits and joins again.
func TestOverloadedMiddleware(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			var down atomic.Bool
			var refused atomic.Int32
			l := newLab(t, "", func(r *gin.Engine) {
				g := r.Group("", func(c *gin.Context) {
					if down.Load() && c.GetHeader("Sec-Fetch-Mode") != "navigate" {
						refused.Add(1)
						c.AbortWithStatus(status)
					}
				})
				liveview.Handle(g, "/", draftView())
			}, quickRecheck)
			tb := newPerson(t).open(l.URL)
			tb.expect("view crashed")
			tb.mark()
			tb.click("#inc")
			tb.shows("#count", "1")
			tb.enter("#text", "half a sen")
			tb.shows("#kept", "half a sen")
			down.Store(true)
			tb.click("#inc")
			tb.holds(`document.querySelector("[data-phx-main]").classList.contains("phx-error")`)
			eventually(t, "the recheck and two joins", func() error { return atLeast(3, &refused) })
			down.Store(false)
			tb.live()
			tb.shows("#count", "0")
			tb.shows("#kept", "half a sen")
			if !tb.marked() || tb.loaded() != 1 {
				t.Errorf("the page was loaded %d times", tb.loaded())
			}

			down.Store(true)
			refused.Store(0)
			other := newPerson(t).visit(l.URL)
			other.expect("view crashed")
			eventually(t, "two joins", func() error { return atLeast(2, &refused) })
			down.Store(false)
			other.live()
			other.click("#inc")
			other.shows("#count", "1")
			if n := other.loaded(); n != 1 {
				t.Errorf("a page whose first joins failed was loaded %d times, want once", n)
			}
		})
	}
}

// A token in a cookie that is renewed while a page is open costs nothing either;
// and one that isn't good any more leads to the log-in.
func TestRenewedCookie(t *testing.T) {
	t.Parallel()
	var today atomic.Int32
	var checks atomic.Int32
	l := newLab(t, "", func(r *gin.Engine) {
		r.GET("/renew", func(c *gin.Context) {
			c.SetCookie("token", strconv.Itoa(int(today.Load())), 0, "/", "", false, true)
			c.String(http.StatusOK, "renewed")
		})
		r.GET("/login", func(c *gin.Context) { c.Data(http.StatusOK, "text/html", []byte(`<h1>log in</h1>`)) })
		g := r.Group("", func(c *gin.Context) {
			checks.Add(1)
			if token, _ := c.Cookie("token"); token != strconv.Itoa(int(today.Load())) {
				c.Redirect(http.StatusFound, "/login")
				c.Abort()
			}
		})
		liveview.Handle(g, "/", draftView())
	}, quickRecheck)
	tb := newPerson(t).visit(l.URL + "/renew")
	tb.expect("WebSocket")
	tb.js(`location = "/"`)
	tb.live()
	tb.mark()
	tb.enter("#text", "half a sen")
	for day := range 3 {
		tb.click("#inc")
		tb.shows("#count", "1")
		today.Store(int32(day + 1))
		tb.js(`fetch("/renew").then(() => window.renewed = ` + strconv.Itoa(day+1) + `)`)
		tb.holds(`window.renewed === ` + strconv.Itoa(day+1))
		tb.click("#inc") // not handled, as the socket has the old token
		tb.shows("#count", "0")
		tb.live()
	}
	tb.shows("#kept", "half a sen")
	if !tb.marked() {
		t.Error("the page was loaded anew")
	}
	today.Store(100)
	before := checks.Load()
	tb.click("#inc")
	tb.shows("h1", "log in")
	if n := checks.Load() - before; n > 3 {
		t.Errorf("the middleware was asked %d times on the way to the log-in", n)
	}
}

// atLeast returns an error while n is less than want.
func atLeast(want int32, n *atomic.Int32) error {
	if got := n.Load(); got < want {
		return fmt.Errorf("%d so far, want %d", got, want)
	}
	return nil
}
