package e2e

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// blockSockets has a page's WebSockets fail, or hang, as its storage says, and counts them.
const blockSockets = `(function () {
	var Native = window.WebSocket, how = localStorage.getItem("sockets") || "fail";
	window.tried = 0;
	window.NativeSocket = Native;
	if (how === "pass") return;
	window.WebSocket = function () {
		window.tried++;
		if (how === "fail") return new Native("ws://127.0.0.1:1/");
		this.readyState = 0; this.close = function () { this.readyState = 3; };
	};
})();`

// overPolls says whether a page goes by long-poll.
const overPolls = `(s => s.isConnected() && s.transport === s.getLongPollTransport())(liveSocket.getSocket())`

// benchLab is a site whose pages can have no WebSocket, and how often a view of theirs was
// mounted.
func benchLab(t *testing.T, change ...func(*liveview.Config)) (*lab, *atomic.Int32) {
	t.Helper()
	needsSockets(t)
	var mounts atomic.Int32
	return newLab(t, blockSockets, func(r *gin.Engine) { liveview.Handle(r, "/", benchView{&mounts}) }, change...), &mounts
}

// A page that can have no WebSocket goes by long-poll, remembers it for a while, and then has
// a WebSocket again if it can.
func TestLongPollIsRememberedForAWhile(t *testing.T) {
	t.Parallel()
	l, mounts := benchLab(t)
	tb := newPerson(t).open(l.URL)
	tb.expect("WebSocket", "ERR_", "Connecting to")
	tb.holds(overPolls + ` && tried === 1`)
	tb.click("#add")
	tb.holds(`document.querySelectorAll("#items li").length === 1`)

	tb.js(`location.reload()`)
	tb.holds(overPolls + ` && tried === 0 && document.querySelectorAll("#items li").length === 0`)
	tb.live()

	tb.js(`sessionStorage.setItem("liveview:longpoll", Date.now() - 601e3); location.reload()`)
	tb.holds(overPolls + ` && tried === 1`)
	tb.live()

	// A page that stays has its WebSocket as soon as it can, and is what it was.
	tb.click("#add")
	tb.holds(`document.querySelectorAll("#items li").length === 1`)
	tb.js(`window.WebSocket = NativeSocket; dispatchEvent(new Event("online"))`)
	tb.holds(`!(` + overPolls + `) && liveSocket.isConnected() && sessionStorage.getItem("phx:fallback:LongPoll") === null`)
	tb.live()
	tb.click("#add")
	tb.holds(`document.querySelectorAll("#items li").length === 2`)
	if n := mounts.Load(); n != 3 {
		t.Errorf("the page was mounted %d times, want once for each load", n)
	}
}

// A WebSocket that neither opens nor fails is given up.
func TestLongPollAfterASocketThatHangs(t *testing.T) {
	t.Parallel()
	l, _ := benchLab(t)
	tb := newPerson(t).open(l.URL)
	tb.expect("WebSocket", "ERR_")
	tb.js(`localStorage.setItem("sockets", "hang"); sessionStorage.clear(); location.reload()`)
	tb.holds(overPolls + ` && tried === 1`)
	tb.live()
}

// Where a proxy holds what pages send, long-poll isn't remembered, and the log says what is
// amiss.
func TestLongPollThatHoldsPosts(t *testing.T) {
	t.Parallel()
	l, _ := benchLab(t, func(c *liveview.Config) { c.JoinTimeout = time.Second })
	inner := l.Config.Handler
	l.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/longpoll") {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
			return
		}
		inner.ServeHTTP(w, r)
	})
	tb := newPerson(t).visit(l.URL)
	tb.expect("WebSocket", "Connecting to", "ERR_", "phx-", "longpoll")
	eventually(t, "the log says it", func() error {
		if log := l.log.String(); !strings.Contains(log, "holds or drops POST requests") {
			return errors.New(log)
		}
		return nil
	})
	tb.holds(`tried >= 2 && sessionStorage.getItem("liveview:longpoll") === null`) // the WebSocket is tried again
	t.Attr("figure", fmt.Sprintf("said in the log; %d tries of a WebSocket, which is come back to", eval[int](tb, "tried")))
}

// Behind proxies that let no upgrade through, with the settings of docs/deployment.md, pages
// go by long-poll, and over to another node when theirs ends.
func TestLongPollBehindProxies(t *testing.T) {
	for name, start := range map[string]func(*testing.T, int, ...string) *cluster{"nginx": startNginxWithoutSockets, "HAProxy": startHAProxyWithoutSockets} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, 2)
			tb := c.open(newPerson(t), "/form")
			tb.expect("WebSocket", "longpoll")
			tb.holds(overPolls)
			at := c.at(tb)
			at.restart(t)
			tb.goesElsewhere(at)
			if !tb.marked() {
				t.Error("the page was loaded")
			}
		})
	}
}

func startNginxWithoutSockets(t *testing.T, count int, env ...string) *cluster {
	t.Helper()
	return startCluster(t, count, "nginx", func(t *testing.T, dir, settings string) *exec.Cmd {
		return nginx(t, dir, strings.Replace(settings, "proxy_set_header Upgrade $http_upgrade;", "", 1))
	}, env...)
}

func startHAProxyWithoutSockets(t *testing.T, count int, env ...string) *cluster {
	t.Helper()
	return startCluster(t, count, "haproxy", func(t *testing.T, dir, settings string) *exec.Cmd {
		const before = "	default_backend app\n"
		blocked := strings.Replace(settings, before, "	http-request deny if { hdr(Upgrade) -i websocket }\n"+before, 1)
		return haproxy(t, dir, blocked)
	}, env...)
}
