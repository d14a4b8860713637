package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

type pushed struct{ Count int }

var pushedPage = liveview.MustParse[pushed](`<p id="count">{{.Count}}</p><button id="inc" phx-click="inc">+</button>
<button id="some" phx-hook="Pusher" data-times="300">300</button><button id="many" phx-hook="Pusher" data-times="3000">3,000</button>`)

// pusherScript has a hook that pushes so many events on a click, and notes when
// sockets are opened and closed.
const pusherScript = `
window.socketsOpened = []; window.socketsClosed = [];
var Native = window.WebSocket;
window.WebSocket = function (url, protocols) {
  var ws = new Native(url, protocols);
  ws.addEventListener("open", function () { window.socketsOpened.push(Date.now()); });
  ws.addEventListener("close", function (e) { window.socketsClosed.push([e.code, Date.now()]); });
  return ws;
};
Object.assign(window.WebSocket, {CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3});
window.liveview = {hooks: {Pusher: {mounted() {
  this.el.addEventListener("click", () => {
    for (let i = 0; i < +this.el.dataset.times; i++) this.pushEvent("inc", {}).catch(function () {});
  });
}}}};`

// A page that pushes a burst loses nothing. One that doesn't stop is closed, and
// comes back by itself after a while and not at once.
func TestPageThatPushesTooMuch(t *testing.T) {
	needsSockets(t)
	t.Parallel()
	l := newLab(t, pusherScript, func(r *gin.Engine) {
		v := view[pushed]{page: pushedPage}
		v.event = func(s *liveview.Socket[pushed], _ liveview.Event) error {
			s.Assign(func(c *pushed) { c.Count++ })
			return nil
		}
		liveview.Handle(r, "/", v)
	})
	tb := newPerson(t).open(l.URL)
	tb.expect("phx-", "timeout", "closed", "WebSocket") // what it says of a lost connection
	tb.live()
	tb.mark()
	tb.click("#some")
	tb.holdsWithin(20*time.Second, `document.querySelector("#count").textContent === "300"`)
	tb.click("#many")
	tb.holdsWithin(60*time.Second, `window.socketsClosed.length === 1`)
	if code := eval[int](tb, `window.socketsClosed[0][0]`); code != 1008 {
		t.Errorf("the socket was closed with %d, want 1008", code)
	}
	tb.holdsWithin(20*time.Second, `window.socketsOpened.length === 2`)
	if wait := eval[float64](tb, `window.socketsOpened[1] - window.socketsClosed[0][1]`); wait < 5000 || wait > 11000 {
		t.Errorf("the page came back after %.0f ms, want 5 to 10 s", wait)
	}
	tb.live()
	if !tb.marked() {
		t.Error("the page was loaded anew")
	}
	if !strings.Contains(l.log.String(), "phx-throttle") {
		t.Errorf("log = %s", l.log.String())
	}
}
