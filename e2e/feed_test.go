package e2e

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/gin-gonic/gin"
	_ "modernc.org/sqlite" // the driver of the feed's database

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/activity/feed"
)

// feedPage serves the activity feed with so many entries, and what adds one.
func feedPage(t *testing.T, n int) (l *lab, add func()) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "feed.db")+"?_pragma=journal_mode(wal)&_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	store, err := feed.Open(t.Context(), db, n)
	if err != nil {
		t.Fatal(err)
	}
	bus := liveview.NewPubSub()
	l = newLab(t, "", func(r *gin.Engine) {
		r.StaticFile("/style.css", "../example/activity/style.css")
		liveview.Handle(r, "/", feed.View{Store: store})
	}, func(c *liveview.Config) {
		c.PubSub = bus
		layout := c.Layout
		c.Layout = func(g *gin.Context, p liveview.Page) error {
			g.Writer.Header().Set("Link", `</style.css>; rel="stylesheet"`)
			return layout(g, p)
		}
	})
	return l, func() {
		t.Helper()
		e, err := store.Add(t.Context())
		if err == nil {
			err = bus.Publish("activity", e)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A feed of 100,000 rows scrolls down and up again, with a window of them on the page,
// in their order; what comes meanwhile is told of, and shown to who is at the top.
func TestFeed(t *testing.T) {
	t.Parallel()
	l, add := feedPage(t, 100_000)
	tb := newPerson(t).open(l.URL + "/")
	tb.js(`document.head.insertAdjacentHTML("beforeend", '<link rel="stylesheet" href="/style.css">')`)
	tb.holds(`getComputedStyle(document.querySelector("#feed")).listStyleType === "none" && getComputedStyle(document.querySelector("#empty")).display === "none"`)
	tb.js(`window.feed = () => {
		const ids = [...document.querySelectorAll("#feed > li")].map((li) => Number(li.id.slice("entries-".length)));
		return {n: ids.length, first: ids[0], last: ids[ids.length - 1], ordered: ids.every((id, i) => i === 0 || id === ids[i-1] - 1)};
	}; window.inView = (li) => { const r = li.getBoundingClientRect(); return r.bottom > 0 && r.top < innerHeight }`)
	tb.holds(`feed().n === 30 && feed().first === 100000 && feed().ordered`)
	add()
	tb.holds(`feed().n === 31 && feed().first === 100001 && feed().ordered`)

	// Down, until the window has left the top behind.
	tb.js(`window.down = setInterval(() => { document.querySelector("#feed > li:last-child")?.scrollIntoView({block: "end"}); scrollBy(0, -2); scrollBy(0, 2) }, 100)`)
	tb.holdsWithin(2*patience, `feed().last < 99900`) // each load waits for the browser to have scrolled
	tb.js(`clearInterval(down)`)
	tb.holds(`feed().n === 90 && feed().ordered && feed().first < 100001`)
	tb.holds(`[...document.querySelectorAll("#feed > li")].some(inView)`)
	add()
	tb.holds(`document.querySelector("#waiting a").textContent.endsWith("newer")`)
	tb.holds(`new URL(location).searchParams.get("from") === String(feed().first)`)

	// The socket is lost, and the page shows the same window again.
	tb.js(`window.before = JSON.stringify(feed()); liveSocket.socket.conn.close()`)
	tb.holds(`!document.querySelector("[data-phx-main]").classList.contains("phx-connected")`)
	tb.holds(`document.querySelector("[data-phx-main]").classList.contains("phx-connected") && JSON.stringify(feed()) === before`)

	// Up again, entry by entry.
	tb.js(`window.up = setInterval(() => { document.querySelector("#feed > li")?.scrollIntoView({block: "center"}); scrollBy(0, 2); scrollBy(0, -2) }, 100)`)
	tb.holdsWithin(2*patience, `feed().first === 100002 && feed().ordered && !document.querySelector("#waiting")`)
	tb.js(`clearInterval(up)`)

	// To an entry, and back by the link.
	tb.enter("#jump [name=at]", "50000")
	tb.click("#jump button")
	tb.holds(`document.activeElement.id === "entries-50000" && inView(document.activeElement) && feed().ordered`)
	if dir := os.Getenv("SCREENSHOTS"); dir != "" {
		tb.screenshot(filepath.Join(dir, "feed.png"))
		tb.run(chromedp.EmulateViewport(390, 844))
		tb.screenshot(filepath.Join(dir, "feed-phone.png"))
		tb.run(chromedp.EmulateViewport(1200, 900))
	}
	tb.click("#waiting a")
	tb.holds(`feed().first === 100002 && feed().n === 30 && location.pathname + location.search === "/"`)
	if n := tb.loaded(); n != 1 {
		t.Errorf("the page was loaded %d times", n)
	}
	if log := l.log.String(); strings.Contains(log, "stream") || strings.Contains(log, "ERROR") {
		t.Errorf("the log says\n%.2000s", log)
	}
}

// A feed that was scrolled to its end without a connection, or whose load was under way when
// the connection was lost, loads on once it is back, and can be scrolled.
func TestFeedGoesOnAfterALostConnection(t *testing.T) {
	t.Parallel()
	type entry struct{ ID int }
	type state struct {
		Entries liveview.Stream[entry]
		Last    int
	}
	load := func(s *liveview.Socket[state]) {
		s.Assign(func(st *state) {
			for range 20 {
				st.Last++
				st.Entries.Insert(entry{st.Last})
			}
		})
	}
	asked, answer := make(chan struct{}), make(chan struct{})
	var slow sync.Once
	page := liveview.MustParse[state](`<ol id="list" phx-update="stream" phx-viewport-bottom="older">{{range $id, $e := .Entries.All}}<li id="{{$id}}">{{$e.ID}}<br><br><br><br><br><br><br></li>{{end}}</ol>`)
	l := newLab(t, "", func(r *gin.Engine) {
		liveview.Handle(r, "/", view[state]{
			page:  page,
			mount: func(_ *gin.Context, s *liveview.Socket[state]) error { load(s); return nil },
			event: func(s *liveview.Socket[state], _ liveview.Event) error {
				if s.State().Last == 40 {
					slow.Do(func() {
						close(asked)
						<-answer
					})
				}
				load(s)
				return nil
			},
		})
	})
	tb := newPerson(t).open(l.URL + "/")
	tb.live()
	tb.js(`window.shown = () => document.querySelectorAll("#list > li").length;
		window.scrollsUp = async () => {
			const frames = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
			await frames(); // in the first the client has what was asked for shown
			const at = scrollY;
			for (let i = 0; i < 10; i++) {
				scrollBy(0, -50);
				await frames();
			}
			return scrollY <= at - 400;
		};
		window.canScrollUp = async () => { // the client takes a scroll back once, as it shows what was asked for
			for (let i = 0; i < 5; i++) if (await scrollsUp()) return true;
			return false;
		}`)
	toEnd := `document.querySelector("#list > li:last-child").scrollIntoView({block: "end"})`

	tb.js(`liveSocket.disconnect()`)
	tb.holds(`!liveSocket.isConnected()`)
	tb.js(toEnd)
	if !eval[bool](tb, `new Promise((done) => setTimeout(done, 200)).then(canScrollUp)`) {
		t.Error("without a connection, the page scrolls back by itself")
	}
	tb.js(toEnd)
	tb.holds(`Math.abs(history.state.scroll - scrollY) < 1`) // the client notes it a moment later, and goes back to what it noted as it joins
	tb.js(`liveSocket.connect()`)

	tb.holds(`shown() === 40`)

	tb.js(`window.end = setInterval(() => { scrollBy(0, -9); requestAnimationFrame(() => ` + toEnd + `) }, 100)`)
	select {
	case <-asked:
	case <-time.After(patience):
		t.Fatal("the list isn't asked for more")
	}
	tb.js(`clearInterval(end); liveSocket.socket.conn.close()`)
	tb.holds(`!document.querySelector("[data-phx-main]").classList.contains("phx-connected")`)
	close(answer)
	tb.holds(`document.querySelector("[data-phx-main]").classList.contains("phx-connected") && shown() === 40`) // the page began anew, with 20
	if !eval[bool](tb, `canScrollUp()`) {
		t.Error("after the connection was lost, the page scrolls back by itself")
	}
	tb.js(`window.before = shown(); window.end = setInterval(() => { scrollBy(0, -9); requestAnimationFrame(() => ` + toEnd + `) }, 100)`)
	tb.holds(`shown() > before`)
}

// A stream that is reset with phx-remove on its entries lets those that go end their
// transition, and shows the others at once.
func TestStreamResetWithTransition(t *testing.T) {
	t.Parallel()
	type entry struct{ ID int }
	type state struct{ Entries liveview.Stream[entry] }
	page := liveview.MustParse[state](`<ul id="list" phx-update="stream">{{range $id, $e := .Entries.All}}<li id="{{$id}}" phx-remove='[["hide",{"time":600,"transition":[["going"],[],[]]}]]'>{{$e.ID}}</li>{{end}}</ul><button id="reset" phx-click="reset">reset</button>`)
	l := newLab(t, "", func(r *gin.Engine) {
		liveview.Handle(r, "/", view[state]{
			page: page,
			mount: func(_ *gin.Context, s *liveview.Socket[state]) error {
				s.Assign(func(st *state) { st.Entries.InsertAll([]entry{{1}, {2}, {3}}) })
				return nil
			},
			event: func(s *liveview.Socket[state], _ liveview.Event) error {
				s.Assign(func(st *state) { st.Entries.Reset([]entry{{4}, {2}}) })
				return nil
			},
		})
	})
	tb := newPerson(t).open(l.URL + "/")
	tb.js(`window.two = document.querySelector("#entries-2"); window.went = 0; new MutationObserver(() => {
		if (document.querySelector("#entries-1.going") && document.querySelector("#entries-3.going") && document.querySelector("#entries-4")) went++;
	}).observe(document.querySelector("#list"), {childList: true, attributes: true, subtree: true})`)
	tb.click("#reset")
	tb.holds(`went > 0 && [...document.querySelectorAll("#list > li")].map((li) => li.id).join() === "entries-4,entries-2" && document.querySelector("#entries-2") === two`)
}
