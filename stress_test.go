package liveview_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview"
)

// stress is a site, and what of it must be gone in the end.
type stress struct {
	*studio
	pubsub *faultyPubSub // counts subscriptions
	views  atomic.Int64  // mounted and not shut down
	mounts atomic.Int64
	chunks atomic.Int64 // that were taken
}

const (
	stressBytes   = 200_000 // that uploads may hold
	stressEntries = 4
	stressChunk   = 4000
)

func newStress(t *testing.T) *stress {
	st := &stress{pubsub: &faultyPubSub{PubSub: liveview.NewPubSub(), f: &fault{}}}
	v := albumView(liveview.UploadConfig{MaxEntries: stressEntries, AutoUpload: true, ChunkSize: stressChunk, MaxFileSize: stressBytes})
	mount, event := v.onMount, v.onEvent
	v.onMount = func(c *gin.Context, s *liveview.Socket[album]) error {
		if err := errors.Join(mount(c, s), subscribes(s, "news")); err != nil || !s.Connected() {
			return err
		}
		switch c.Query("mount") {
		case "error":
			return errors.New("as asked")
		case "panic":
			panic("as asked")
		case "exit":
			runtime.Goexit()
		case "slow":
			time.Sleep(20 * time.Millisecond) // as a Mount that asks a database takes
		}
		st.views.Add(1)
		st.mounts.Add(1)
		return nil
	}
	v.onEvent = func(s *liveview.Socket[album], e liveview.Event) error {
		switch e.Name {
		case "grow":
			s.Assign(func(a *album) { a.Saved = append(a.Saved, strings.Repeat("x", 100)) })
		case "publish":
			return s.Publish("news", e.Int("n"))
		case "repeat":
			s.Repeat(5*time.Millisecond, func() { s.Assign(func(a *album) { a.Saved = nil }) })
		case "slow":
			time.Sleep(5 * time.Millisecond) // as a callback that asks a database takes
		case "exit":
			runtime.Goexit()
		case "error":
			return errors.New("as asked")
		case "patch":
			return s.PushPatch("/?a="+e.Value("n"), nil)
		case "redirect":
			return s.PushRedirect("/", nil)
		}
		return event(s, e)
	}
	v.onInfo = func(s *liveview.Socket[album], _ any) error {
		s.Assign(func(a *album) { a.Saved = a.Saved[:min(len(a.Saved), 3)] })
		return nil
	}
	v.onShutdown = func(*liveview.Socket[album]) { st.views.Add(-1) }
	st.studio = &studio{dir: t.TempDir(), view: v}
	config := liveview.Config{
		UploadDir: st.dir, PubSub: st.pubsub, Recheck: 50 * time.Millisecond, Logger: slog.New(slog.DiscardHandler),
		MaxUploadBytes: stressBytes, MaxBrowserUploadBytes: stressBytes, MaxBrowserUploads: stressEntries,
	}
	st.site = newSite(t, config, func(r *gin.Engine) {
		pages := r.Group("/", func(c *gin.Context) {
			if u := c.Query("user"); u != "" {
				liveview.Identify(c, u)
			}
		})
		liveview.Handle(pages, "/", v)
		liveview.Handle(pages, "/plain", counterView())
	})
	return st
}

// rogue is a client that does anything at random. Its socket may break at any
// moment, which is no fault.
type rogue struct {
	st      *stress
	rnd     *rand.Rand
	visitor *visitor
	user    string
	alive   atomic.Int64 // when it last got on, in Unix nanoseconds
	actions atomic.Int64
	doing   atomic.Value // what

	// Of the socket that is open.
	page   *page
	conn   *websocket.Conn
	frames chan frame
	deaf   chan struct{} // its reader doesn't read until that is closed
	ref    int
	broken bool
	upload string
	tokens map[string]string // by entry's ref
	files  map[string]string // join refs, by entry's ref
}

func (r *rogue) note(what string) {
	r.alive.Store(time.Now().UnixNano())
	r.doing.Store(what)
}

// connect opens a page and a socket.
func (r *rogue) connect() {
	path := []string{"/", "/", "/", "/", "/", "/", "/?mount=slow", "/?mount=panic", "/?mount=exit", "/?mount=error"}[r.rnd.IntN(10)]
	if r.rnd.IntN(2) == 0 {
		path += map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + "user=" + r.user
	}
	r.page = r.visitor.get(path)
	conn, _, err := r.page.dial(nil, nil)
	if err != nil {
		r.broken = true
		return
	}
	r.conn, r.frames, r.deaf, r.broken = conn, make(chan frame, 64), make(chan struct{}), false
	r.ref, r.tokens, r.files, r.upload = 0, map[string]string{}, map[string]string{}, ""
	if r.rnd.IntN(3) == 0 {
		conn.SetCloseHandler(func(int, string) error { return nil }) // it ignores close frames
	}
	readsUntil := -1
	if r.rnd.IntN(4) == 0 {
		readsUntil = r.rnd.IntN(20)
	}
	go func(frames chan frame, deaf chan struct{}) { // ends with the connection, which bye ends
		defer close(frames)
		for n := 0; ; n++ {
			if n == readsUntil {
				<-deaf
			}
			_, data, err := conn.ReadMessage()
			if err != nil {
				return
			}
			var parts [5]json.RawMessage
			if json.Unmarshal(data, &parts) != nil {
				continue
			}
			f := frame{raw: string(data)}
			for i, dst := range []*string{&f.joinRef, &f.ref, &f.topic, &f.event} {
				_ = json.Unmarshal(parts[i], dst)
			}
			_ = json.Unmarshal(parts[4], &f.payload)
			select {
			case frames <- f:
			default: // nobody waits for it
			}
		}
	}(r.frames, r.deaf)
}

// bye ends the connection in one way or another.
func (r *rogue) bye() {
	if r.conn == nil {
		return
	}
	switch r.rnd.IntN(10) {
	case 0:
		r.send(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""))
		time.Sleep(time.Duration(r.rnd.IntN(20)) * time.Millisecond) // how soon a client cuts what it has said good-bye to
	case 1:
		r.push(r.topic(), "phx_leave", nil)
	case 2: // told to go, it goes on as if nothing had been
		go func(user string) { _ = r.st.app.Disconnect(user) }(r.user) // ends with the call
		for until := time.Now().Add(1500 * time.Millisecond); !r.broken && time.Now().Before(until); {
			r.push("phoenix", "heartbeat", nil)
			r.event("grow")
			time.Sleep(10 * time.Millisecond) // within the rate, or that would end it
		}
	}
	_ = r.conn.Close()
	close(r.deaf)
	r.conn = nil
}

func (r *rogue) topic() string { return "lv:" + r.page.id }

func (r *rogue) send(kind int, data []byte) {
	_ = r.conn.SetWriteDeadline(time.Now().Add(time.Second))
	if r.conn.WriteMessage(kind, data) != nil {
		r.broken = true
	}
}

func (r *rogue) push(topic, event string, payload any) (ref string) {
	r.ref++
	return r.pushAs("1", fmt.Sprint(r.ref), topic, event, payload)
}

func (r *rogue) pushAs(joinRef, ref, topic, event string, payload any) string {
	if payload == nil {
		payload = map[string]any{}
	}
	b, _ := json.Marshal([]any{joinRef, ref, topic, event, payload})
	r.send(websocket.TextMessage, b)
	return ref
}

func (r *rogue) event(name string) string {
	return r.push(r.topic(), "event", map[string]any{"type": "click", "event": name, "value": map[string]any{"n": r.ref, "ref": fmt.Sprint(r.rnd.IntN(stressEntries))}})
}

// answer waits a little for the reply to ref.
func (r *rogue) answer(ref string) (f frame, ok bool) {
	timeout := time.After(100 * time.Millisecond)
	for !r.broken {
		select {
		case f, open := <-r.frames:
			if !open {
				r.broken = true
			} else if f.ref == ref && f.event == "phx_reply" {
				return f, true
			}
		case <-timeout:
			return frame{}, false
		}
	}
	return frame{}, false
}

func (r *rogue) join() {
	ref := r.push(r.topic(), "phx_join", map[string]any{
		"url": r.page.url, "session": r.page.session, "static": r.page.static, "params": map[string]any{"_csrf_token": r.page.csrf},
	})
	if r.rnd.IntN(5) == 0 {
		return // in a hurry
	}
	if f, ok := r.answer(ref); ok {
		if m := uploadRef.FindStringSubmatch(f.raw); m != nil {
			r.upload = m[1]
		}
	}
}

func (r *rogue) allow() {
	files := make([]file, 1+r.rnd.IntN(stressEntries+1))
	for i := range files {
		files[i] = file{ref: fmt.Sprint(i), name: "a.txt", kind: "text/plain", size: int64(1 + r.rnd.IntN(5*stressChunk))}
	}
	f, _ := r.answer(r.push(r.topic(), "allow_upload", map[string]any{"ref": r.upload, "entries": wires(files)}))
	response, _ := f.payload["response"].(map[string]any)
	entries, _ := response["entries"].(map[string]any)
	for ref, token := range entries {
		r.tokens[ref], _ = token.(string)
	}
}

// transfer does one step of an upload.
func (r *rogue) transfer() {
	ref := fmt.Sprint(r.rnd.IntN(stressEntries))
	topic := "lvu:" + ref
	joinRef := r.files[ref]
	switch {
	case joinRef == "":
		r.ref++
		joinRef = fmt.Sprint(r.ref)
		if f, ok := r.answer(r.pushAs(joinRef, joinRef, topic, "phx_join", map[string]any{"token": r.tokens[ref]})); ok && f.payload["status"] == "ok" {
			r.files[ref] = joinRef
		}
	case r.rnd.IntN(10) == 0:
		r.ref++
		r.pushAs(joinRef, fmt.Sprint(r.ref), topic, "phx_leave", nil)
		delete(r.files, ref)
	default:
		r.ref++
		r.send(websocket.BinaryMessage, chunkFrame(joinRef, fmt.Sprint(r.ref), topic, make([]byte, 1+r.rnd.IntN(stressChunk))))
		switch f, ok := r.answer(fmt.Sprint(r.ref)); {
		case ok && f.payload["status"] == "ok":
			r.st.chunks.Add(1)
		case ok:
			delete(r.files, ref)
			delete(r.tokens, ref)
		}
		r.push(r.topic(), "progress", map[string]any{"ref": r.upload, "entry_ref": ref, "progress": 1 + r.rnd.IntN(100)})
	}
}

func (r *rogue) joinAndUpload() {
	r.join()
	r.allow()
	for range 5 {
		r.transfer()
	}
}

type stressAction struct {
	name string
	do   func(r *rogue)
}

var stressActions = []stressAction{
	{"join", (*rogue).join},
	{"join again", (*rogue).join},
	{"join and upload", (*rogue).joinAndUpload},
	{"join and grow", func(r *rogue) { r.join(); r.answer(r.event("grow")) }},
	{"join in vain", func(r *rogue) {
		r.push("lv:"+fmt.Sprint(r.rnd.IntN(1000)), "phx_join", map[string]any{"url": r.page.url, "session": "x"})
	}},
	{"leave", func(r *rogue) { r.push(r.topic(), "phx_leave", nil) }},
	{"leave often", func(r *rogue) {
		for range 50 {
			r.push(r.topic(), "phx_leave", nil)
		}
	}},
	{"grow", func(r *rogue) { r.answer(r.event("grow")) }},
	{"publish", func(r *rogue) { r.event("publish") }},
	{"repeat", func(r *rogue) { r.event("repeat") }},
	{"slow", func(r *rogue) { r.event("slow") }},
	{"fail", func(r *rogue) { r.event([]string{"crash", "exit", "error"}[r.rnd.IntN(3)]) }},
	{"patch", func(r *rogue) {
		r.answer(r.push(r.topic(), "live_patch", map[string]any{"url": r.page.url + []string{"", "#x", "/no", "%zz"}[r.rnd.IntN(4)]}))
	}},
	{"move", func(r *rogue) { r.event([]string{"patch", "redirect"}[r.rnd.IntN(2)]) }},
	{"flood", func(r *rogue) {
		for range 300 {
			if r.broken {
				return
			}
			r.event([]string{"grow", "slow", "publish", "nothing"}[r.rnd.IntN(4)])
		}
	}},
	{"heartbeat", func(r *rogue) { r.push("phoenix", "heartbeat", nil) }},
	{"garbage", func(r *rogue) {
		r.send(websocket.TextMessage, []byte([]string{"", "[", `["1","2","lv:x","event",{}]`, `[1,2,3,4,5]`}[r.rnd.IntN(4)]))
	}},
	{"allow", (*rogue).allow},
	{"transfer", (*rogue).transfer},
	{"transfer on", func(r *rogue) {
		for range 10 {
			r.transfer()
		}
	}},
	{"upload", func(r *rogue) {
		r.allow()
		for range 30 {
			if !r.broken {
				r.transfer()
			}
		}
	}},
	{"save", func(r *rogue) { r.event("save") }},
	{"cancel", func(r *rogue) { r.event("cancel") }},
	{"cut and come back", func(r *rogue) { r.bye(); r.connect() }},
}

func (r *rogue) run(until time.Time) {
	for time.Now().Before(until) {
		r.note("connect")
		r.connect()
		if !r.broken && r.rnd.IntN(5) > 0 {
			r.join()
		}
		for range 1 + r.rnd.IntN(40) {
			if r.broken || r.conn == nil || time.Now().After(until) {
				break
			}
			action := stressActions[r.rnd.IntN(len(stressActions))]
			if r.actions.Load() == 0 { // that there are files mustn't depend on chance
				action = stressAction{"join and upload", (*rogue).joinAndUpload}
			}
			r.note(action.name)
			r.actions.Add(1)
			action.do(r)
		}
		r.note("bye")
		r.bye()
	}
	r.note("the end")
}

// Ten clients do whatever comes to their minds. Meanwhile an honest one is served,
// and in the end nothing of them is left. With -slow it takes five minutes.
func TestStress(t *testing.T) {
	lasts := 3 * time.Second
	if *slow {
		lasts = 5 * time.Minute
	}
	goroutines, heap := runtime.NumGoroutine(), heapInUse()
	st := newStress(t)
	until := time.Now().Add(lasts)
	var all sync.WaitGroup
	rogues := make([]*rogue, 10)
	for i := range rogues {
		r := &rogue{st: st, rnd: rand.New(rand.NewPCG(uint64(i), uint64(time.Now().UnixNano()))), visitor: st.visitor(), user: fmt.Sprint("user", i)}
		r.note("begin")
		rogues[i] = r
		all.Go(func() { r.run(until) })
	}
	honest := st.visitor().open("/plain")
	clicks, slowest, mostFiles := 0, time.Duration(0), 0
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }() // ends with the clients, or the process does
	deadlocked := func(what string) {
		_ = pprof.Lookup("goroutine").WriteTo(os.Stderr, 1)
		t.Fatalf("%s for half a minute; the goroutines are above", what)
	}
	for working := true; working; {
		select {
		case <-done:
			working = false
		case <-time.After(20 * time.Millisecond):
		}
		began := time.Now()
		honest.push("event", map[string]any{"type": "click", "event": "inc", "value": map[string]any{}})
		select {
		case f, open := <-honest.frames:
			if !open {
				t.Fatalf("the honest client lost its socket: %v", honest.closed)
			}
			if clicks++; !strings.Contains(f.raw, fmt.Sprintf(`"0":"%d"`, clicks)) {
				t.Fatalf("the honest client got %s for click %d", f.raw, clicks)
			}
		case <-time.After(30 * time.Second):
			deadlocked("the honest client wasn't answered")
		}
		slowest = max(slowest, time.Since(began))
		mostFiles = max(mostFiles, len(st.left()))
		for _, r := range rogues {
			if at := time.Unix(0, r.alive.Load()); working && time.Since(at) > 30*time.Second {
				deadlocked(fmt.Sprintf("%s stood still in %q", r.user, r.doing.Load()))
			}
		}
	}

	// What remains: the honest one.
	settled := func(what string, holds func() bool) {
		t.Helper()
		for began := time.Now(); !holds(); time.Sleep(10 * time.Millisecond) { // each look may collect garbage or open a page
			if time.Since(began) > 30*time.Second {
				_ = pprof.Lookup("goroutine").WriteTo(os.Stderr, 1)
				t.Fatalf("after half a minute it isn't so that %s", what)
			}
		}
	}
	settled("all views have been shut down", func() bool { return st.views.Load() == 0 })
	settled("no subscription is left", func() bool { return st.pubsub.subscriptions() == 0 })
	settled("no file is left", func() bool { return len(st.left()) == 0 })
	settled("no upload holds a byte or a file", func() bool {
		for _, r := range rogues[:2] {
			u := r.visitor.openUploader("/")
			whole := u.allow(file{ref: "0", name: "a", size: stressBytes})["entries"].(map[string]any)
			if len(whole) != 1 {
				u.close()
				return false
			}
			u.click("cancel", map[string]any{"ref": "0"})
			rest := make([]file, stressEntries)
			for i := range rest {
				rest[i] = textFile(fmt.Sprint(i+1), "x")
			}
			entries, _ := u.allow(rest...)["entries"].(map[string]any)
			u.close()
			if len(entries) != stressEntries {
				return false
			}
		}
		return true
	})
	honest.close()
	if err := st.app.Shutdown(context.Background(), st.server); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	for _, r := range rogues {
		r.visitor.client.CloseIdleConnections()
	}
	http.DefaultClient.CloseIdleConnections()
	settled("the directory of uploads is gone", func() bool { entries, _ := os.ReadDir(st.dir); return len(entries) == 0 })
	settled("all goroutines have ended", func() bool { return runtime.NumGoroutine() <= goroutines })
	actions := int64(0)
	for _, r := range rogues {
		actions += r.actions.Load()
	}
	if st.mounts.Load() == 0 || st.chunks.Load() == 0 {
		t.Errorf("%d views were mounted and %d chunks of files taken: too little to show anything", st.mounts.Load(), st.chunks.Load())
	}
	grown := heapInUse() - heap
	if grown > 8<<20 {
		t.Errorf("the heap has %d bytes more than before", grown)
	}
	figure(t, "%s of ten hostile clients, %d actions, %d views, %d chunks of files, %d files at a time; beside them %d clicks took %s at most; in the end no subscription, file, byte of uploads or goroutine too many, and %d KiB of heap",
		lasts, actions, st.mounts.Load(), st.chunks.Load(), mostFiles, clicks, slowest.Round(time.Millisecond), grown>>10)
}

// heapInUse returns the bytes of the heap that are reachable.
func heapInUse() int64 {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
