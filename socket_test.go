package liveview_test

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

type steps struct{ Text string }

var stepsTemplate = liveview.MustParse[steps](`<p>{{.Text}}</p>`)

// Each callback's render goes out before what it set going happens.
func TestSendInfoArrivesAfterTheRenderInOrder(t *testing.T) {
	v := &testView[steps]{template: stepsTemplate}
	v.onEvent = func(s *liveview.Socket[steps], _ liveview.Event) error {
		for i := range 3 {
			if err := s.SendInfo(i); err != nil {
				return err
			}
		}
		s.Assign(func(c *steps) { c.Text = "loading" })
		return nil
	}
	v.onInfo = func(s *liveview.Socket[steps], info any) error {
		s.Assign(func(c *steps) { c.Text = fmt.Sprintf("%T %v", info, info) })
		if info == 0 {
			return s.SendInfo("a string")
		}
		return nil
	}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	c := s.open("/")
	if diff := c.click("go", nil); diff["0"] != "loading" {
		t.Errorf("the event's own render = %v", diff)
	}
	for _, want := range []string{"int 0", "int 1", "int 2", "string a string"} {
		if f := c.next(); f.event != "diff" || f.ref != "" || f.joinRef != "1" || f.payload["0"] != want {
			t.Errorf("then came %s, want a diff with %q", f.raw, want)
		}
	}
}

func TestSendInfoToAViewThatIsNotThere(t *testing.T) {
	var dead, live *liveview.Socket[steps]
	var ended <-chan struct{}
	v := &testView[steps]{template: stepsTemplate}
	down := make(chan struct{})
	v.onMount = func(_ *gin.Context, s *liveview.Socket[steps]) error {
		live, ended = s, s.Context().Done()
		if !s.Connected() {
			dead = s
			if err := s.SendInfo(1); !errors.Is(err, liveview.ErrNotConnected) {
				t.Errorf("SendInfo during the HTTP render = %v", err)
			}
			if err := s.Context().Err(); err != nil {
				t.Errorf("the context of the HTTP render has ended: %v", err)
			}
		}
		return nil
	}
	v.onShutdown = func(*liveview.Socket[steps]) { close(down) }
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	s.open("/").close()
	<-down
	<-ended
	if err := live.SendInfo(1); !errors.Is(err, liveview.ErrEnded) {
		t.Errorf("SendInfo to an ended view = %v", err)
	}
	if err := dead.SendInfo(1); !errors.Is(err, liveview.ErrNotConnected) {
		t.Errorf("SendInfo to an HTTP render = %v", err)
	}
}

func TestPublishReachesEverySubscriberInOrder(t *testing.T) {
	const views, infos = 20, 200
	bus := liveview.NewPubSub()
	v := &testView[steps]{template: stepsTemplate}
	var mu sync.Mutex
	got := make(map[string][]int)
	var all sync.WaitGroup
	var delivered atomic.Int32
	all.Add(views * infos)
	v.onMount = func(_ *gin.Context, s *liveview.Socket[steps]) error { return subscribes(s, "orders") }
	v.onInfo = func(s *liveview.Socket[steps], info any) error {
		mu.Lock()
		got[s.ID()] = append(got[s.ID()], info.(int))
		mu.Unlock()
		delivered.Add(1)
		all.Done()
		return nil
	}
	s := newSite(t, liveview.Config{PubSub: bus}, func(r *gin.Engine) {
		liveview.Handle(r, "/", v)
		r.GET("/publish", func(c *gin.Context) {
			for i := range infos {
				if err := bus.Publish("orders", i); err != nil {
					t.Error(err)
				}
				for i%50 == 0 && delivered.Load() < views*int32(i) { // no faster than the mailboxes allow
					runtime.Gosched()
				}
			}
		})
	})
	visitor := s.visitor()
	for range views {
		visitor.open("/")
	}
	if err := bus.Publish("other topic", 1); err != nil {
		t.Error(err)
	}
	visitor.get("/publish")
	all.Wait()
	for id, list := range got {
		for i, n := range list {
			if n != i {
				t.Fatalf("view %s got %d at place %d", id, n, i)
			}
		}
	}
	if len(got) != views {
		t.Errorf("%d views heard, want %d", len(got), views)
	}
	figure(t, "%d infos delivered to %d views: none twice, lost or out of order", delivered.Load(), len(got))
}

// A view that doesn't keep up is ended and joined again; the publisher and the
// other views go on.
func TestMailboxThatRunsOverEndsItsView(t *testing.T) {
	bus := liveview.NewPubSub()
	block := make(chan struct{})
	v := &testView[steps]{template: stepsTemplate}
	var slow atomic.Pointer[liveview.Socket[steps]]
	v.onMount = func(_ *gin.Context, s *liveview.Socket[steps]) error { return subscribes(s, "t") }
	v.onEvent = func(s *liveview.Socket[steps], _ liveview.Event) error {
		slow.Store(s)
		<-s.Context().Done() // a view that is ended learns of it
		<-block
		return nil
	}
	var heard atomic.Int32
	v.onInfo = func(s *liveview.Socket[steps], _ any) error {
		heard.Add(1)
		return nil
	}
	s := newSite(t, liveview.Config{PubSub: bus}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	c := s.open("/")
	c.push("event", map[string]any{"type": "click", "event": "block", "value": map[string]any{}})
	for slow.Load() == nil {
		runtime.Gosched()
	}
	const infos = 256
	longest := time.Duration(0)
	for range infos {
		start := time.Now()
		_ = bus.Publish("t", 1)
		longest = max(longest, time.Since(start))
	}
	if err := slow.Load().SendInfo(1); !errors.Is(err, liveview.ErrMailboxFull) {
		t.Errorf("SendInfo to a full mailbox = %v", err)
	}
	close(block)
	for f := c.next(); f.event != "phx_error"; f = c.next() {
	}
	if heard.Load() != 0 {
		t.Errorf("%d infos were delivered to a view that had been given up", heard.Load())
	}
	figure(t, "%d infos fill it; the slowest Publish took %s; %d were handled by the view that was given up", infos, longest, heard.Load())
	if log := s.log.String(); !strings.Contains(log, "fallen too far behind") {
		t.Errorf("log = %s", log)
	}
}

// What a blocked view holds up is itself.
func TestBlockedViewHoldsUpNobody(t *testing.T) {
	block, ended := make(chan struct{}), make(chan time.Time, 100)
	v := counterView()
	count := v.onEvent
	v.onEvent = func(s *liveview.Socket[counter], e liveview.Event) error {
		switch e.Name {
		case "block":
			<-block
		case "wait":
			<-s.Context().Done()
			ended <- time.Now()
		}
		return count(s, e)
	}
	config := unlimited
	config.KeepTime = -1 // or they would be told when nobody has come back for them
	s := newSite(t, config, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	c := s.open("/")
	c.push("event", map[string]any{"type": "click", "event": "block", "value": map[string]any{}})
	c.write(`[null,"50","phoenix","heartbeat",{}]`)
	if f := c.next(); f.ref != "50" {
		t.Errorf("the heartbeat was answered by %s", f.raw)
	}
	waiting := make([]*client, 50)
	for i := range waiting {
		waiting[i] = s.open("/")
		waiting[i].push("event", map[string]any{"type": "click", "event": "wait", "value": map[string]any{}})
	}
	const clicks = 200
	other := s.open("/")
	took := make([]time.Duration, clicks)
	for i := range took {
		start := time.Now()
		if diff := other.click("inc", nil); diff["0"] != fmt.Sprint(i+1) {
			t.Errorf("diff = %v", diff)
		}
		took[i] = time.Since(start)
	}
	close(block)
	c.next()
	// Those whose page goes learn of it.
	left := time.Now()
	for _, c := range waiting {
		c.close()
	}
	slowest := time.Duration(0)
	for range waiting {
		select {
		case at := <-ended:
			slowest = max(slowest, at.Sub(left))
		case <-time.After(10 * time.Second):
			t.Fatal("a callback isn't told that its page has gone")
		}
	}
	slices.Sort(took)
	figure(t, "beside %d views that block, %d clicks of another take %s at the 99th percentile; their callbacks learn after %s at most that their pages go",
		len(waiting)+1, clicks, took[clicks*99/100], slowest)
}

func TestPushesOfACallback(t *testing.T) {
	v := &testView[steps]{template: stepsTemplate}
	v.onMount = func(_ *gin.Context, s *liveview.Socket[steps]) error {
		s.PageTitle("First <title>")
		return s.PushEvent("mounted", s.Connected())
	}
	v.onEvent = func(s *liveview.Socket[steps], e liveview.Event) error {
		switch e.Name {
		case "events":
			return errors.Join(s.PushEvent("a", map[string]int{"n": 1}), s.PushEvent("b", nil), s.PushEvent("c", []string{"x"}))
		case "title":
			s.PageTitle("Second")
		case "same title":
			s.PageTitle("Second")
		case "reply":
			s.Assign(func(c *steps) { c.Text = "replied" })
			return s.Reply(map[string]any{"got": e.Payload()})
		case "unmarshalable":
			if err := s.PushEvent("f", func() {}); err == nil {
				t.Error("PushEvent of a function: no error")
			}
			if err := s.Reply(make(chan int)); err == nil {
				t.Error("Reply of a channel: no error")
			}
		}
		return nil
	}
	s := newSite(t, liveview.Config{Title: liveview.Title{Suffix: ` · "App"`}}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	p := s.visitor().get("/")
	if want := `<title data-default="" data-suffix=" · &#34;App&#34;">First &lt;title&gt; · &#34;App&#34;</title>`; !strings.Contains(p.body, want) {
		t.Errorf("the first HTML lacks %s:\n%s", want, p.body)
	}
	c := p.connect()
	_, response := c.join()
	rendered := response["rendered"].(map[string]any)
	if rendered["t"] != "First <title>" || !reflect.DeepEqual(rendered["e"], []any{[]any{"mounted", true}}) {
		t.Errorf("rendered = %v", rendered)
	}
	for _, test := range []struct {
		event string
		want  map[string]any
	}{
		{"events", map[string]any{"e": []any{[]any{"a", map[string]any{"n": 1.0}}, []any{"b", nil}, []any{"c", []any{"x"}}}}},
		{"title", map[string]any{"t": "Second"}},
		{"same title", nil},
		{"unmarshalable", nil},
	} {
		if diff := c.click(test.event, nil); !reflect.DeepEqual(diff, test.want) {
			t.Errorf("%s: diff = %v, want %v", test.event, diff, test.want)
		}
	}
	diff := c.diffOf(map[string]any{"type": "hook", "event": "reply", "value": []any{1, "two"}})
	if want := map[string]any{"0": "replied", "r": map[string]any{"got": []any{1.0, "two"}}}; !reflect.DeepEqual(diff, want) {
		t.Errorf("hook's diff = %v, want %v", diff, want)
	}
}

func TestTempAssignKeepsThePage(t *testing.T) {
	type album struct {
		Photos []string
		Note   string
	}
	v := &testView[album]{template: liveview.MustParse[album](`<p>{{.Note}}</p>{{range .Photos}}<i>{{.}}</i>{{end}}`)}
	fill := func(s *liveview.Socket[album], photos ...string) {
		s.Assign(func(c *album) { c.Photos = photos })
		s.TempAssign(func(c *album) { c.Photos = nil })
	}
	var dead *liveview.Socket[album]
	v.onMount = func(_ *gin.Context, s *liveview.Socket[album]) error {
		if !s.Connected() {
			dead = s
		}
		fill(s, "a", "b")
		return nil
	}
	v.onEvent = func(s *liveview.Socket[album], e liveview.Event) error {
		if n := len(s.State().Photos); n != 0 {
			t.Errorf("%d photos are still there", n)
		}
		switch e.Name {
		case "note":
			s.Assign(func(c *album) { c.Note = "hello" })
		case "fill":
			fill(s, "c")
		}
		return nil
	}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	c := s.open("/")
	if n := len(dead.State().Photos); n != 0 {
		t.Errorf("the HTTP render keeps %d photos", n)
	}
	if diff := c.click("note", nil); !reflect.DeepEqual(diff, map[string]any{"0": "hello"}) {
		t.Errorf("diff after the photos were let go = %v, want the note alone", diff)
	}
	want := map[string]any{"1": map[string]any{"k": map[string]any{"0": map[string]any{"0": "c"}, "kc": 1.0}}}
	if diff := c.click("fill", nil); !reflect.DeepEqual(diff, want) {
		t.Errorf("diff with new photos = %v, want %v", diff, want)
	}
}

func TestRenderRunsForChangesOnly(t *testing.T) {
	var renders atomic.Int32
	v := counterView()
	v.onRender = func(counter) { renders.Add(1) }
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	c := s.open("/")
	before := renders.Load()
	c.click("other", nil)
	if n := renders.Load() - before; n != 0 {
		t.Errorf("Render ran %d times for a callback that changed nothing", n)
	}
	c.click("inc", nil)
	if n := renders.Load() - before; n != 1 {
		t.Errorf("Render ran %d times for one change", n)
	}
}

func TestRepeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ticks, slow atomic.Int32
		var stop func()
		v := counterView()
		count := v.onEvent
		v.onMount = func(_ *gin.Context, s *liveview.Socket[counter]) error {
			s.Repeat(time.Second, func() {
				ticks.Add(1)
				s.Assign(func(c *counter) { c.Count++ })
			})
			stop = s.Repeat(time.Second, func() {
				slow.Add(1)
				time.Sleep(2500 * time.Millisecond)
			})
			return nil
		}
		v.onEvent = func(s *liveview.Socket[counter], e liveview.Event) error {
			if e.Name == "stop" {
				stop()
			}
			return count(s, e)
		}
		s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
		c := s.open("/") // the HTTP render ticks never, or there would be twice as many
		time.Sleep(10*time.Second + time.Millisecond)
		synctest.Wait()
		// The slow one is busy 2.5 s of 3.5; its ticks don't pile up.
		if n := slow.Load(); n < 3 || n > 4 {
			t.Errorf("the slow tick ran %d times in 10 s, want 3 or 4", n)
		}
		c.click("stop", nil)
		time.Sleep(5 * time.Second) // what was on the way
		synctest.Wait()
		n, m := ticks.Load(), slow.Load()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if got := ticks.Load() - n; got != 10 {
			t.Errorf("%d ticks in 10 s, want 10", got)
		}
		if slow.Load() != m {
			t.Error("a stopped Repeat ticks on")
		}
		c.close()
		synctest.Wait()
		n = ticks.Load()
		time.Sleep(time.Minute)
		synctest.Wait()
		late := ticks.Load() - n
		if late != 0 {
			t.Errorf("%d ticks outlived the view", late)
		}
		figure(t, "%d ticks in the minute after the view", late)
	})
}

func TestSlowBrowserLosesItsSocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus := liveview.NewPubSub()
		v := counterView()
		down := make(chan struct{}, 1)
		v.onMount = func(_ *gin.Context, s *liveview.Socket[counter]) error { return subscribes(s, "t") }
		v.onShutdown = func(*liveview.Socket[counter]) { down <- struct{}{} }
		s := newSite(t, liveview.Config{PubSub: bus}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
		p := s.visitor().get("/")
		conn, _, err := p.dial(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		go func() {
			_ = conn.WriteMessage(1, fmt.Appendf(nil, `["1","1","lv:%s","phx_join",{"url":%q,"session":%q,"params":{}}]`, p.id, p.url, p.session))
		}()
		if _, _, err := conn.ReadMessage(); err != nil { // the join; and then it reads no more
			t.Fatal(err)
		}
		before, start := heapNow(), time.Now()
		const infos = 200 // fewer than fill its mailbox
		for i := range infos {
			if err := bus.Publish("t", i); err != nil {
				t.Error(err)
			}
		}
		waited := time.Since(start)
		if waited != 0 {
			t.Errorf("the publisher waited %s", waited)
		}
		synctest.Wait()
		held := heapNow() - before
		if held > 1<<20 {
			t.Errorf("%d KiB wait for a browser that doesn't read", held>>10)
		}
		<-down
		took := time.Since(start)
		if took > 5*time.Second {
			t.Errorf("the view ended after %s, want %s at most", took, 5*time.Second)
		}
		figure(t, "who published %d infos waited %s, %d KiB were held, and the view ended after %s", infos, waited, max(0, held>>10), took)
	})
}

// Rendering pages over HTTP leaves nothing behind.
func TestCrawlerLeavesNoState(t *testing.T) {
	v := counterView()
	v.onMount = func(_ *gin.Context, s *liveview.Socket[counter]) error {
		s.Repeat(time.Hour, func() {})
		return subscribes(s, "t")
	}
	gin.SetMode(gin.TestMode)
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	visit := func(n int) {
		for range n {
			w := discard{header: http.Header{}}
			r, _ := http.NewRequest("GET", "/", nil)
			s.engine.ServeHTTP(w, r)
		}
	}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	visit(100)
	goroutines, before := runtime.NumGoroutine(), heap()
	visit(20_000)
	stayed := runtime.NumGoroutine() - goroutines
	if stayed > 0 {
		t.Errorf("%d goroutines stayed", stayed)
	}
	grown := int64(heap()) - int64(before)
	if grown > 256<<10 {
		t.Errorf("the heap grew by %d KiB over 20,000 pages", grown>>10)
	}
	figure(t, "20,000 pages left %d goroutines, and %.0f bytes of heap each", max(0, stayed), max(0, float64(grown)/20_000))
}

// discard is a ResponseWriter that keeps nothing.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

// A Repeat that is stopped leaves nothing behind, however many there were at a
// time.
func TestStoppedRepeats(t *testing.T) {
	const repeats = 1000
	kept := make([]weak.Pointer[[64]byte], repeats)
	v := counterView()
	v.onEvent = func(s *liveview.Socket[counter], _ liveview.Event) error {
		stops := make([]func(), repeats)
		for i := range repeats {
			holds := new([64]byte)
			kept[i] = weak.Make(holds)
			stops[i] = s.Repeat(time.Hour, func() { holds[0]++ })
		}
		for _, stop := range stops {
			stop()
			stop() // again does nothing
		}
		return nil
	}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	c := s.open("/")
	c.click("x", nil)
	runtime.GC()
	runtime.GC()
	n := 0
	for _, k := range kept {
		if k.Value() != nil {
			n++
		}
	}
	if n > 1 { // what the compiler still holds in a register or on a stack
		t.Errorf("%d of %d stopped Repeats are still kept", n, repeats)
	}
	figure(t, "of %d that are stopped %d are kept, where one may be", repeats, n)
	c.click("x", nil)
}

// A Reply that no hook waits for goes nowhere, and to no later hook either.
func TestReplyOutsideOfHandleEvent(t *testing.T) {
	view := counterView()
	view.onMount = func(_ *gin.Context, s *liveview.Socket[counter]) error { return s.Reply("mount") }
	view.onParams = func(_ *gin.Context, s *liveview.Socket[counter]) error { return s.Reply("params") }
	view.onEvent = func(s *liveview.Socket[counter], e liveview.Event) error { return s.SendInfo(1) }
	view.onInfo = func(s *liveview.Socket[counter], info any) error {
		s.Assign(func(c *counter) { c.Count++ })
		return s.Reply("info")
	}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", view) })
	c := s.visitor().get("/").connect()
	if _, response := c.join(); fmt.Sprint(response["rendered"].(map[string]any)["r"]) != "<nil>" {
		t.Errorf("the join replies to no hook: %v", response)
	}
	if diff := c.click("any", nil); diff["r"] != nil {
		t.Errorf("the event replies %v", diff["r"])
	}
	if f := c.next(); f.event != "diff" || f.payload["r"] != nil {
		t.Errorf("the info is sent with a reply: %s", f.raw)
	}
}

func TestRedirectActionOfLongValues(t *testing.T) {
	long := strings.Repeat("x", 20_000)
	var errs []error
	view := counterView()
	view.onEvent = func(s *liveview.Socket[counter], e liveview.Event) error {
		errs = append(errs, s.RedirectAction("/act", long, "/"), s.RedirectAction("/act", "", "/"+long), s.RedirectAction("/"+long, "", "/"))
		return nil
	}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", view) })
	s.open("/").click("any", nil)
	if len(errs) != 3 {
		t.Fatalf("%d calls returned: %s", len(errs), s.log)
	}
	for i, err := range errs {
		if err == nil || !strings.Contains(err.Error(), "the limit is 2048") || len(err.Error()) > 300 {
			t.Errorf("call %d: %.400v", i, err)
		}
	}
}
