package liveview_test

import (
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// heavyView is a nested view that has things going that must end with it.
func heavyView(views *atomic.Int64, inner ...*liveview.Nested) *nestView[parentState] {
	v := familyView(inner...)
	mount := v.onMount
	v.onMount = func(c *gin.Context, s *liveview.Socket[parentState]) error {
		if err := mount(c, s); err != nil || !s.Connected() {
			return err
		}
		views.Add(1)
		s.Repeat(time.Hour, func() {})
		if err := s.AllowUpload("files", liveview.UploadConfig{}); err != nil {
			return err
		}
		return subscribes(s, "news")
	}
	v.onShutdown = func(*liveview.Socket[parentState]) { views.Add(-1) }
	return v
}

// Of nested views that come and go nothing stays, whether they are joined or not: no
// goroutine, subscription, ticker or byte; and a page that shows ever new ones keeps none.
func TestNestedViewsLeaveNothing(t *testing.T) {
	var views atomic.Int64
	bus := &faultyPubSub{PubSub: liveview.NewPubSub(), f: &fault{}}
	var n int
	parent := familyView()
	parent.onEvent = func(s *liveview.Socket[parentState], e liveview.Event) error {
		s.Assign(func(p *parentState) {
			if p.Kids = nil; e.Name == "show" {
				n++
				p.Kids = []*liveview.Nested{liveview.Nest(fmt.Sprint("k", n), heavyView(&views, liveview.Nest(fmt.Sprint("inner", n), heavyView(&views))))}
			}
		})
		return nil
	}
	s := newSite(t, liveview.Config{PubSub: bus, EventRate: -1, JoinRate: -1, Logger: slog.New(slog.DiscardHandler)}, func(r *gin.Engine) { liveview.Handle(r, "/", parent) })
	c := s.open("/")
	cycles := func(number int) {
		for i := range number {
			c.ref = 100
			shown := c.click("show", nil)
			if i%4 > 0 { // or it is never joined
				id := fmt.Sprint("k", n)
				k := c.nest(shown, id)
				if i%4 > 1 {
					c.nest(k.joined["rendered"], fmt.Sprint("inner", n))
				}
				c.click("hide", nil)
				if i%4 > 1 {
					c.on(id, k.joinRef, "phx_leave", map[string]any{})
				} else { // it is crashed, and hidden
					k.click("crash")
				}
			}
			c.click("hide", nil)
		}
	}
	cycles(400)
	wait := func(what string, holds func() bool) {
		eventually(t, 10*time.Second, what, holds)
	}
	wait("all views have ended", func() bool { return views.Load() == 0 })
	goroutines, before := runtime.NumGoroutine(), heapNow()
	cycles(outOf(10_000))
	wait("all views have ended", func() bool { return views.Load() == 0 })
	if left := runtime.NumGoroutine() - goroutines; left > 4 { // which the pool may have more of as long as there is a socket
		t.Errorf("%d goroutines stayed", left)
	}
	if open := bus.subscriptions(); open != 0 {
		t.Errorf("%d subscriptions stayed", open)
	}
	if grown := heapNow() - before; grown > 512<<10 {
		t.Errorf("the heap grew by %d KiB", grown>>10)
	}
}

// The files of a nested view go with it.
func TestNestedViewsFilesGoWithIt(t *testing.T) {
	type filesState struct{}
	dir := t.TempDir()
	kid := &nestView[filesState]{template: liveview.MustParse[filesState](`<form id="f" phx-change="pick" phx-submit="save">{{with upload "files"}}{{.FileInput}}{{end}}</form>`)}
	kid.onMount = func(_ *gin.Context, s *liveview.Socket[filesState]) error {
		return s.AllowUpload("files", liveview.UploadConfig{AutoUpload: true})
	}
	parent := familyView(liveview.Nest("a", kid))
	parent.template = liveview.MustParse[parentState](`<button phx-click="hide">hide</button>{{range .Kids}}{{component .}}{{end}}`)
	s := newSite(t, liveview.Config{UploadDir: dir}, func(r *gin.Engine) { liveview.Handle(r, "/", parent) })
	files := func() (n int) {
		_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, _ error) error {
			if info, err := os.Stat(path); err == nil && !e.IsDir() && info.Size() == 7000 {
				n++
			}
			return nil
		})
		return n
	}
	v := s.browse("/")
	v.Child("#a").Choose("[type=file]", liveviewtest.File{Name: "f", Content: []byte(strings.Repeat("x", 7000))})
	if n := files(); n != 1 {
		t.Fatalf("there are %d files, want the one that was sent", n)
	}
	v.Click("hide")
	eventually(t, 10*time.Second, "the file is gone", func() bool { return files() == 0 })
}

// Clients that join what isn't theirs, leave and join at once, and vanish, take nothing
// of an honest one's page and leave nothing behind.
func TestNestedViewsInAStorm(t *testing.T) {
	var views atomic.Int64
	bus := &faultyPubSub{PubSub: liveview.NewPubSub(), f: &fault{}}
	s := newSite(t, liveview.Config{PubSub: bus, EventRate: -1, JoinRate: -1}, func(r *gin.Engine) {
		liveview.Handle(r, "/", heavyView(&views, liveview.Nest("a", heavyView(&views, liveview.Nest("b", heavyView(&views)))), liveview.Nest("c", heavyView(&views))))
	})
	goroutines := runtime.NumGoroutine()
	var mu sync.Mutex
	var tokens []string // of all clients
	token := func(rnd *rand.Rand) string {
		mu.Lock()
		defer mu.Unlock()
		if len(tokens) == 0 || rnd.IntN(20) == 0 {
			return "forged"
		}
		return tokens[rnd.IntN(len(tokens))]
	}
	rogue := func(seed uint64) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		v := s.visitor()
		for range 3 {
			page := v.get("/")
			conn, _, err := page.dial(nil, nil)
			if err != nil {
				t.Error(err)
				return
			}
			read := make(chan bool)
			go func() { // ends with the connection
				defer close(read)
				for {
					_, frame, err := conn.ReadMessage()
					if err != nil {
						return
					}
					if _, rest, ok := strings.Cut(string(frame), `data-phx-session=\"`); ok {
						mu.Lock()
						tokens = append(tokens, rest[:strings.IndexByte(rest, '\\')])
						mu.Unlock()
					}
				}
			}()
			ids := []string{page.id, "a", "b", "c", "nobody"}
			for i := range 300 {
				id, ref := ids[rnd.IntN(len(ids))], strconv.Itoa(i)
				payload, event := any(map[string]any{}), "phx_leave"
				switch rnd.IntN(5) {
				case 0, 1:
					session := token(rnd)
					join := map[string]any{"params": map[string]any{"_mounts": rnd.IntN(2)}, "session": session, "static": nil, "sticky": rnd.IntN(2) == 0}
					if id == page.id {
						join["session"], join["url"] = page.session, page.url
					}
					payload, event = join, "phx_join"
				case 2, 3:
					payload, event = map[string]any{"type": "click", "event": []string{"title", "hide", "show", "crash"}[rnd.IntN(4)], "value": map[string]any{}}, "event"
				}
				joinRef := strconv.Itoa(rnd.IntN(i + 1))
				if event == "phx_join" {
					joinRef = ref
				}
				text, _ := jsonOf([]any{joinRef, ref, "lv:" + id, event, payload})
				if conn.WriteMessage(1, []byte(text)) != nil {
					break
				}
			}
			_ = conn.Close()
			<-read
		}
		v.client.CloseIdleConnections()
	}
	honest, kids := s.openFamily("a", "c")
	inner := honest.nest(kids[0].joined["rendered"], "b")
	var all sync.WaitGroup
	for seed := range uint64(6) {
		all.Go(func() { rogue(seed) })
	}
	for i := range 100 {
		if _, response, _ := inner.click("title"); fmt.Sprint(response["diff"]) != "map[0:parent"+strings.Repeat("!", i+1)+"]" {
			t.Fatalf("the honest client's click %d is answered %v", i, response)
		}
	}
	all.Wait()
	eventually(t, 10*time.Second, "only the honest client's views are left", func() bool { return views.Load() == 4 && bus.subscriptions() == 4 })
	honest.close()
	honest.page.visitor.client.CloseIdleConnections()
	eventually(t, 10*time.Second, "all views have ended", func() bool { return views.Load() == 0 && bus.subscriptions() == 0 })
	eventually(t, 10*time.Second, "all goroutines have ended", func() bool { return runtime.NumGoroutine() <= goroutines+4 })
}
