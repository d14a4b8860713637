package liveview_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// A HandleProgress that returns an error or panics ends its view as any callback does:
// the log names it, the file goes, the other views live, and the page joins again.
func TestProgressThatFails(t *testing.T) {
	for name, fails := range map[string]func() error{
		"an error": func() error { return errors.New("no such album") },
		"a panic":  func() error { panic("no such album") },
	} {
		t.Run(name, func(t *testing.T) {
			st := newStudio(t, liveview.UploadConfig{AutoUpload: true, ChunkSize: 4}, liveview.Config{})
			var failing atomic.Bool
			st.view.onProgress = func(_ *liveview.Socket[album], _ liveview.UploadEntry) error {
				if failing.Load() {
					return fails()
				}
				return nil
			}
			other, u := st.openUploader(), st.openUploader()
			f := textFile("0", "aaaabbbb")
			u.choose(f)
			joinRef, _, _ := u.joinFile("0", u.token("0", u.allow(f)))
			if status, _ := u.chunk("0", joinRef, f.content[:4]); status != "ok" {
				t.Fatalf("the first chunk is answered with %s", status)
			}
			failing.Store(true)
			u.push("progress", map[string]any{"event": nil, "ref": u.upload, "entry_ref": "0", "progress": 50})
			eventually(t, 5*time.Second, "the log names it", func() bool {
				log := st.site.log.String()
				return strings.Contains(log, "HandleProgress") && strings.Contains(log, "no such album")
			})
			eventually(t, 5*time.Second, "no file is left", func() bool { return len(st.left()) == 0 && st.site.app.Stats().UploadFiles == 0 })
			failing.Store(false)
			other.put(textFile("0", "bbbb"))
			if n := len(other.look()); n != 1 {
				t.Errorf("the other view has %d entries, want 1", n)
			}
		})
	}
}

// An upload that is disallowed while chunks of its files arrive, on connections of their
// own time, leaves nothing behind, answers each chunk, and ends no view.
func TestDisallowWhileChunksArrive(t *testing.T) {
	config := liveview.UploadConfig{AutoUpload: true, ChunkSize: 4}
	st := newStudio(t, config, liveview.Config{EventRate: -1})
	onEvent := st.view.onEvent
	st.view.onEvent = func(s *liveview.Socket[album], e liveview.Event) error {
		switch e.Name {
		case "disallow":
			return s.DisallowUpload("photos")
		case "allow":
			return s.AllowUpload("photos", config)
		}
		return onEvent(s, e)
	}
	u := st.openUploader()
	for round := range 20 {
		ref := fmt.Sprint(round)
		f := textFile(ref, strings.Repeat("x", 40))
		u.choose(f)
		joinRef, status, _ := u.joinFile(ref, u.token(ref, u.allow(f)))
		if status != "ok" {
			t.Fatalf("round %d: the file's join is answered with %s", round, status)
		}
		for i := range round % 5 {
			if status, _ := u.chunk(ref, joinRef, f.content[4*i:4*i+4]); status != "ok" {
				t.Fatalf("round %d: chunk %d is answered with %s", round, i, status)
			}
		}
		u.click("disallow", nil)
		u.chunk(ref, joinRef, f.content[:4]) // may come too late, and is answered
		u.upload = uploadRefIn(u.click("allow", nil))
	}
	eventually(t, 5*time.Second, "nothing is left", func() bool { return len(st.left()) == 0 && st.site.app.Stats().UploadFiles == 0 })
	if log := st.site.log.String(); strings.Contains(log, "ERROR") {
		t.Errorf("the log says %s", log)
	}
}

// Views whose recheck is due at the same time ask their middleware at the same time, each
// for itself: who may stay stays, and the others learn nothing.
func TestRechecksAtTheSameTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const views = 20
		var expelled, asked atomic.Int32
		var gone sync.Map
		view := newsView()
		bus := liveview.NewPubSub()
		s := newSite(t, liveview.Config{PubSub: bus}, func(r *gin.Engine) {
			r.Use(func(c *gin.Context) {
				asked.Add(1)
				if _, out := gone.Load(c.Query("n")); out {
					expelled.Add(1)
					c.AbortWithStatus(http.StatusUnauthorized)
				}
			})
			liveview.Handle(r, "/", view)
		})
		clients := make([]*client, views)
		for i := range clients {
			clients[i] = s.open(fmt.Sprintf("/?n=%d", i))
		}
		for i := 0; i < views; i += 2 {
			gone.Store(fmt.Sprint(i), true)
		}
		for range 2 { // beyond the minute that an answer holds, with signs of life
			time.Sleep(40 * time.Second) // of the bubble's clock, in which the answers get old
			for _, c := range clients {
				c.write(`[null,"1","phoenix","heartbeat",{}]`)
			}
			synctest.Wait()
		}
		before := asked.Load()
		if err := bus.Publish("news", 1); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := asked.Load() - before; got != views {
			t.Errorf("the middleware was asked %d times, want %d", got, views)
		}
		if got := expelled.Load(); got != views/2 {
			t.Errorf("%d were refused, want %d", got, views/2)
		}
		if got := s.app.Stats().Views; got != views/2 {
			t.Errorf("%d views are left, want %d", got, views/2)
		}
	})
}

// Two Apps on one router serve a group each, with the sockets at a path of their own: the
// pages of both are live, and what one publishes is nothing to the other.
func TestTwoAppsOnOneRouter(t *testing.T) {
	gin.SetMode(gin.TestMode)
	secret := liveview.NewSecret(strings.Repeat("s", 32)) // as a browser has one cookie for both
	one := liveview.New(liveview.Config{Path: "/one/live", Secret: secret})
	two := liveview.New(liveview.Config{Path: "/two/live", Secret: secret})
	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	each := func(a, b *liveview.App) gin.HandlerFunc {
		serveA, serveB := a.Middleware(), b.Middleware()
		return func(c *gin.Context) {
			if strings.HasPrefix(c.Request.URL.Path, "/one/") {
				serveA(c)
			} else {
				serveB(c)
			}
		}
	}
	r.Use(each(one, two))
	liveview.Handle(r, "/one/page", newsView())
	liveview.Handle(r, "/two/page", newsView())
	browser := liveviewtest.NewSession(t, r)
	first, second := browser.Open("/one/page"), browser.Open("/two/page")
	if err := one.Publish("news", 1); err != nil {
		t.Fatal(err)
	}
	first.WaitFor(func() bool { return strings.Contains(first.HTML(), ">1<") })
	first.Close()
	if got := [2]int{one.Stats().Views, two.Stats().Views}; got[1] != 1 {
		t.Errorf("the Apps have %v views, want one in the second", got)
	}
	if strings.Contains(second.HTML(), ">1<") {
		t.Error("the other App's view was told")
	}
	if err := two.Publish("news", 1); err != nil {
		t.Fatal(err)
	}
	second.WaitFor(func() bool { return strings.Contains(second.HTML(), ">1<") })
}
