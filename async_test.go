package liveview_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
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

// slowPage is a state with something asynchronous wherever it may be.
type slowPage struct {
	Report liveview.Async[string]
	Stock  liveview.Async[string]
	Rows   []slowRow
	ByName map[string]liveview.Async[string]
	Far    *slowRow
	News   []string
}

type slowRow struct {
	ID     string
	Detail liveview.Async[string]
}

var slowTemplate = liveview.MustParse[slowPage](`{{define "async"}}{{.Value}}{{if .Loading}}…{{end}}{{if .Err}}!{{.Err}}{{end}}{{if .Loaded}}.{{end}}{{end}}` +
	`{{define "page"}}<p id="report">{{template "async" .Report}}</p><p id="stock">{{template "async" .Stock}}</p>` +
	`<ul>{{range .Rows | keyed "ID"}}<li id="{{.ID}}">{{template "async" .Detail}}</li>{{end}}</ul>` +
	`{{range $name, $a := .ByName}}<i id="{{$name}}">{{template "async" $a}}</i>{{end}}` +
	`{{with .Far}}<b id="far">{{template "async" .Detail}}</b>{{end}}` +
	`<q id="news">{{range .News}}{{.}} {{end}}</q><button id="go" phx-click="go">go</button><u id="hook" phx-hook="Board"></u>{{end}}{{template "page" .}}`)

// works are what slowSite have called to load something. Each call waits until it is
// answered, or its context ends.
type works struct {
	mu     sync.Mutex // guards calls
	calls  []*call
	begins atomic.Int32
}

// call is one call of a work.
type call struct {
	name   string
	ctx    context.Context
	answer chan func() (string, error)
}

// of returns the work of that name.
func (w *works) of(name string) func(ctx context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		c := &call{name, ctx, make(chan func() (string, error), 1)}
		w.mu.Lock()
		w.calls = append(w.calls, c)
		w.mu.Unlock()
		select {
		case answer := <-c.answer:
			return answer()
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

// take returns the calls that have begun since it was last called, when all are quiet.
func (w *works) take() []*call {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	calls := w.calls
	w.calls = nil
	return calls
}

// one is take for a single call.
func (w *works) one(t *testing.T) *call {
	t.Helper()
	calls := w.take()
	if len(calls) != 1 {
		t.Fatalf("%d calls have begun, want 1", len(calls))
	}
	return calls[0]
}

func (c *call) returns(value string, err error) {
	c.answer <- func() (string, error) { return value, err }
	synctest.Wait()
}

// cause is why the call's context has ended, "" if it hasn't.
func (c *call) cause() string {
	synctest.Wait()
	if c.ctx.Err() == nil {
		return ""
	}
	return context.Cause(c.ctx).Error()
}

// slowView is a view of a slowPage whose events run the function of their name.
func slowView(mount func(s *liveview.Socket[slowPage]), events map[string]func(s *liveview.Socket[slowPage])) *testView[slowPage] {
	return &testView[slowPage]{
		template: slowTemplate,
		onMount: func(_ *gin.Context, s *liveview.Socket[slowPage]) error {
			if mount != nil {
				mount(s)
			}
			return nil
		},
		onEvent: func(s *liveview.Socket[slowPage], e liveview.Event) error {
			if run := events[e.Name]; run != nil {
				run(s)
				return nil
			}
			return liveview.ErrUnknownEvent
		},
		onInfo: func(s *liveview.Socket[slowPage], info any) error {
			s.Assign(func(st *slowPage) { st.News = append(st.News, fmt.Sprint(info)) })
			return nil
		},
	}
}

// slowSite is a site with a slowPage at "/", in a bubble.
func slowSite[C any](t *testing.T, config liveview.Config, view liveview.View[C], test func(t *testing.T, s *site), before ...gin.HandlerFunc) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, config, func(r *gin.Engine) { liveview.Handle(r.Group("", before...), "/", view) })
		test(t, s)
	})
}

func wantText(t *testing.T, v *liveviewtest.View, selector, want string) {
	t.Helper()
	v.WaitIdle()
	if got := v.Text(selector); got != want {
		t.Errorf("%s shows %q, want %q", selector, got, want)
	}
}

// loadsReport begins to load the Report.
func loadsReport(w *works) func(s *liveview.Socket[slowPage]) {
	return func(s *liveview.Socket[slowPage]) {
		s.Assign(func(st *slowPage) { st.Report.Load(s, w.of("report")) })
	}
}

// A page shows what there is: that it loads, the value, and the old one while the next
// is on its way or when that fails.
func TestAsyncShowsWhatThereIs(t *testing.T) {
	w := &works{}
	slowSite(t, liveview.Config{}, slowView(nil, map[string]func(s *liveview.Socket[slowPage]){"go": loadsReport(w)}), func(t *testing.T, s *site) {
		v := s.browse("/")
		wantText(t, v, "#report", "")
		for _, step := range []struct {
			value   string
			err     error
			loading string
			want    string
		}{
			{"", errors.New("no luck"), "…", "!no luck"},
			{"one", nil, "…", "one."},
			{"two", nil, "one….", "two."},
			{"lost", errors.New("no luck"), "two….", "two!no luck."},
			{"three", nil, "two….", "three."},
		} {
			v.Click("#go")
			wantText(t, v, "#report", step.loading)
			w.one(t).returns(step.value, step.err)
			wantText(t, v, "#report", step.want)
		}
	})
}

// Each callback may load, and over HTTP nothing is called: the page says that it loads.
func TestAsyncLoadsFromEveryCallback(t *testing.T) {
	w := &works{}
	begin := loadsReport(w)
	for name, view := range map[string]*testView[slowPage]{
		"Mount":       slowView(begin, nil),
		"HandleEvent": slowView(nil, map[string]func(s *liveview.Socket[slowPage]){"go": begin}),
		"HandleParams": {template: slowTemplate, onParams: func(_ *gin.Context, s *liveview.Socket[slowPage]) error {
			begin(s)
			return nil
		}},
		"HandleInfo": {
			template: slowTemplate,
			onInfo:   func(s *liveview.Socket[slowPage], _ any) error { begin(s); return nil },
			onEvent:  func(s *liveview.Socket[slowPage], _ liveview.Event) error { return s.SendInfo(1) },
		},
		"Repeat": {template: slowTemplate, onEvent: func(s *liveview.Socket[slowPage], _ liveview.Event) error {
			var stop func()
			stop = s.Repeat(time.Second, func() { begin(s); stop() })
			return nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			slowSite(t, liveview.Config{}, view, func(t *testing.T, s *site) {
				first := s.visitor().get("/").content
				if atOnce := name == "Mount" || name == "HandleParams"; strings.Contains(first, `<p id="report">…</p>`) != atOnce || len(w.take()) > 0 {
					t.Errorf("over HTTP the page is %s", first)
				}
				v := s.browse("/")
				v.Click("#go")
				time.Sleep(2 * time.Second) // of the bubble's clock, for Repeat
				calls := w.take()
				if len(calls) == 0 {
					t.Fatal("nothing was called")
				}
				calls[len(calls)-1].returns("done", nil)
				wantText(t, v, "#report", "done.")
			})
		})
	}
}

// A load ends, and its result is dropped, when it is begun again, cancelled by hand, when
// its Async has gone from the state, and when the view ends in whatever way.
func TestAsyncIsCancelled(t *testing.T) {
	for name, test := range map[string]struct {
		do    func(s *liveview.Socket[slowPage])
		leave func(s *site, v *liveviewtest.View)
		why   string
		shows string
	}{
		"again":     {do: loadsReport(&works{}), why: "started again", shows: "old…."},
		"by hand":   {do: func(s *liveview.Socket[slowPage]) { s.Assign(func(st *slowPage) { st.Report.Cancel() }) }, why: "cancelled", shows: "old."},
		"reset":     {do: func(s *liveview.Socket[slowPage]) { s.Assign(func(st *slowPage) { st.Report.Reset() }) }, why: "cancelled"},
		"forgotten": {do: func(s *liveview.Socket[slowPage]) { s.Assign(func(st *slowPage) { *st = slowPage{} }) }, why: "no longer in the state"},
		"by a copy of the state": {
			do:  func(s *liveview.Socket[slowPage]) { st := s.State(); st.Report.Cancel(); s.Assign(func(*slowPage) {}) },
			why: "cancelled", shows: "old.",
		},
		"left":       {leave: func(_ *site, v *liveviewtest.View) { v.Close() }, why: "ended"},
		"lost":       {leave: func(_ *site, v *liveviewtest.View) { v.Disconnect() }, why: "ended"},
		"moved on":   {do: func(s *liveview.Socket[slowPage]) { _ = s.PushRedirect("/elsewhere", nil) }, why: "ended"},
		"crashed":    {do: func(*liveview.Socket[slowPage]) { panic("as asked") }, leave: func(_ *site, v *liveviewtest.View) { v.ExpectCrash() }, why: "ended"},
		"restarting": {leave: func(_ *site, v *liveviewtest.View) { v.Reconnect() }, why: "ended"},
	} {
		t.Run(name, func(t *testing.T) {
			w := &works{}
			view := slowView(nil, map[string]func(s *liveview.Socket[slowPage]){"go": loadsReport(w), "do": test.do})
			slowSite(t, liveview.Config{KeepTime: -1}, view, func(t *testing.T, s *site) {
				v := s.browse("/")
				v.Click("#go")
				w.one(t).returns("old", nil)
				v.Click("#go")
				c := w.one(t)
				if why := c.cause(); why != "" {
					t.Fatalf("the context has ended: %s", why)
				}
				if test.do != nil {
					act(v, "do")
				}
				if test.leave != nil {
					test.leave(s, v)
				}
				if why := c.cause(); !strings.Contains(why, test.why) {
					t.Errorf("the context has ended as %q, want %q", why, test.why)
				}
				c.answer <- func() (string, error) { return "too late", nil }
				if test.leave == nil && name != "moved on" {
					wantText(t, v, "#report", test.shows)
				}
				v.Close()
				synctest.Wait()
				if stats := s.app.Stats(); stats.Loads+stats.LoadsWaiting != 0 {
					t.Errorf("afterwards there are %+v", stats)
				}
				if log := s.log.String(); strings.Contains(log, "a load failed") || strings.Contains(log, "Async that isn't") {
					t.Errorf("the log has\n%s", log)
				}
			})
		})
	}
}

// Shutdown waits for no load, and ends them.
func TestAsyncEndsWithTheServer(t *testing.T) {
	w := &works{}
	slowSite(t, liveview.Config{}, slowView(nil, map[string]func(s *liveview.Socket[slowPage]){"go": loadsReport(w)}), func(t *testing.T, s *site) {
		s.open("/").click("go", nil)
		c, began := w.one(t), time.Now()
		if err := <-s.shutdown(context.Background()); err != nil || time.Since(began) > time.Second {
			t.Errorf("Shutdown = %v, after %v", err, time.Since(began))
		}
		if why := c.cause(); !strings.Contains(why, "ended") {
			t.Errorf("the context has ended as %q", why)
		}
	})
}

// The result of a work that doesn't heed its context is dropped as well.
func TestAsyncDropsWhatComesTooLate(t *testing.T) {
	begun, late := make(chan struct{}, 1), make(chan struct{})
	view := slowView(nil, map[string]func(s *liveview.Socket[slowPage]){
		"go": func(s *liveview.Socket[slowPage]) {
			s.Assign(func(st *slowPage) {
				st.Report.Load(s, func(context.Context) (string, error) { begun <- struct{}{}; <-late; return "deaf", nil })
			})
		},
		"again": func(s *liveview.Socket[slowPage]) {
			s.Assign(func(st *slowPage) {
				st.Report.Load(s, func(context.Context) (string, error) { return "new", nil })
			})
		},
	})
	synctest.Test(t, func(t *testing.T) {
		begun, late = make(chan struct{}, 1), make(chan struct{})
		s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", view) })
		v := s.browse("/")
		v.Click("#go")
		<-begun
		act(v, "again")
		wantText(t, v, "#report", "new.")
		close(late)
		synctest.Wait()
		wantText(t, v, "#report", "new.")
	})
}

// A panic is the load's error, whatever it is and however the work ends; the view lives
// on, and the log says where. The page doesn't learn what was thrown.
func TestAsyncOutlivesItsWork(t *testing.T) {
	for name, test := range map[string]struct {
		work  func(context.Context) (string, error)
		shows string
		log   []string
	}{
		"panic":           {func(context.Context) (string, error) { panic("secret") }, "!liveview: *liveview_test.testView[", []string{"level=ERROR", "secret", "stack=", "async_test.go"}},
		"runtime.Goexit":  {func(context.Context) (string, error) { runtime.Goexit(); return "", nil }, "!liveview: *liveview_test.testView[", []string{"level=ERROR", "runtime.Goexit", "stack="}},
		"no work":         {nil, "!liveview: *liveview_test.testView[", []string{"level=ERROR", "nil pointer"}},
		"hostile panic":   {func(context.Context) (string, error) { panic(hostileError{}) }, "!liveview: *liveview_test.testView[", []string{"level=ERROR"}},
		"nil that is not": {func(context.Context) (string, error) { return "", (*opError)(nil) }, "!load: it returned a nil *liveview_test.opError", []string{"level=WARN", "a load failed"}},
		"error":           {func(context.Context) (string, error) { return "", errors.New("no luck") }, "!no luck", []string{"level=WARN", "a load failed", "no luck"}},
	} {
		t.Run(name, func(t *testing.T) {
			view := slowView(nil, map[string]func(s *liveview.Socket[slowPage]){"go": func(s *liveview.Socket[slowPage]) {
				s.Assign(func(st *slowPage) { st.Rows = []slowRow{{ID: "a"}, {ID: "b"}}; st.Rows[1].Detail.Load(s, test.work) })
			}})
			slowSite(t, liveview.Config{}, view, func(t *testing.T, s *site) {
				v := s.browse("/")
				v.Click("#go")
				v.Await()
				if got := v.Text("#b"); !strings.HasPrefix(got, test.shows) || strings.Contains(got, "secret") {
					t.Errorf("the page shows %q, want %q", got, test.shows)
				}
				if strings.HasPrefix(test.shows, "!liveview") && !strings.Contains(v.Text("#b"), "at /: the load of Rows[1].Detail panicked") {
					t.Errorf("the error is %q", v.Text("#b"))
				}
				log := s.log.String()
				for _, want := range append(test.log, `field=Rows[1].Detail`, `view=*liveview_test.testView[`, `route=/`) {
					if !strings.Contains(log, want) {
						t.Errorf("the log lacks %q:\n%s", want, log)
					}
				}
			})
		})
	}
}

// In development the page shows a load's panic, as it does those of callbacks.
func TestAsyncPanicIsShownToDevelopers(t *testing.T) {
	view := slowView(func(s *liveview.Socket[slowPage]) {
		s.Assign(func(st *slowPage) { st.Report.Load(s, func(context.Context) (string, error) { panic("as asked") }) })
	}, nil)
	slowSite(t, liveview.Config{Dev: liveview.DevOn}, view, func(t *testing.T, s *site) {
		c := s.open("/")
		for {
			if f := c.next(); f.event == "liveview:problem" {
				if !strings.Contains(f.raw, "a load panicked") || !strings.Contains(f.raw, "as asked") || !strings.Contains(f.raw, `["field","Report"]`) {
					t.Errorf("the problem is %s", f.raw)
				}
				return
			}
		}
	})
}

// A load belongs to the state: its result comes to where its Async is by then, in lists
// that have changed, in maps, behind pointers, and in a copy of the state that was
// assigned; the load of an entry that is gone ends.
func TestAsyncFollowsItsEntry(t *testing.T) {
	w := &works{}
	view := slowView(nil, map[string]func(s *liveview.Socket[slowPage]){
		"go": func(s *liveview.Socket[slowPage]) {
			st := s.State() // a copy, which is assigned below
			st.Rows = []slowRow{{ID: "a"}, {ID: "b"}, {ID: "c"}}
			for i := range st.Rows {
				st.Rows[i].Detail.Load(s, w.of(st.Rows[i].ID))
			}
			one := st.ByName["d"]
			one.Load(s, w.of("d"))
			st.ByName = map[string]liveview.Async[string]{"d": one}
			st.Far = &slowRow{}
			st.Far.Detail.Load(s, w.of("far"))
			s.Assign(func(now *slowPage) { *now = st })
		},
		"change": func(s *liveview.Socket[slowPage]) {
			s.Assign(func(st *slowPage) {
				st.Rows = append([]slowRow{{ID: "new"}}, st.Rows[2], st.Rows[0])
			})
		},
	})
	slowSite(t, liveview.Config{}, view, func(t *testing.T, s *site) {
		v := s.browse("/")
		v.Click("#go")
		calls := w.take()
		act(v, "change")
		if len(calls) != 5 {
			t.Fatalf("%d calls have begun", len(calls))
		}
		for _, c := range calls {
			if cancelled := c.cause() != ""; cancelled != (c.name == "b") {
				t.Errorf("the load of %s is cancelled: %t", c.name, cancelled)
			}
			c.returns("of "+c.name, nil)
		}
		for selector, want := range map[string]string{"#new": "", "#a": "of a.", "#c": "of c.", "#d": "of d.", "#far": "of far."} {
			wantText(t, v, selector, want)
		}
		if log := s.log.String(); log != "" {
			t.Errorf("the log has\n%s", log)
		}
	})
}

// An Async that is in no state is a mistake that the log names, with the line.
func TestAsyncThatIsNowhere(t *testing.T) {
	w := &works{}
	view := slowView(nil, map[string]func(s *liveview.Socket[slowPage]){"go": func(s *liveview.Socket[slowPage]) {
		st := s.State()
		st.Report.Load(s, w.of("report"))
	}})
	slowSite(t, liveview.Config{}, view, func(t *testing.T, s *site) {
		v := s.browse("/")
		v.Click("#go")
		if c := w.one(t); !strings.Contains(c.cause(), "no longer in the state") {
			t.Errorf("the context has ended as %q", c.cause())
		}
		log := s.log.String()
		for _, want := range []string{"level=ERROR", "isn't in the state", "within Assign", "async_test.go:", "field=liveview.Async[string]", "route=/"} {
			if !strings.Contains(log, want) {
				t.Errorf("the log lacks %q:\n%s", want, log)
			}
		}
	})
}

// A copy of the state stays as it was; so does what was copied out of it.
func TestAsyncCopiesStayAsTheyWere(t *testing.T) {
	w := &works{}
	var before, during, after slowPage
	view := slowView(nil, map[string]func(s *liveview.Socket[slowPage]){
		"go":   func(s *liveview.Socket[slowPage]) { before = s.State(); loadsReport(w)(s); during = s.State() },
		"look": func(s *liveview.Socket[slowPage]) { after = s.State() },
		"undo": func(s *liveview.Socket[slowPage]) { s.Assign(func(st *slowPage) { *st = during }) },
	})
	slowSite(t, liveview.Config{}, view, func(t *testing.T, s *site) {
		v := s.browse("/")
		v.Click("#go")
		w.one(t).returns("done", nil)
		act(v, "look")
		if before.Report.Loading || !during.Report.Loading || during.Report.Loaded || after.Report.Loading || after.Report.Value != "done" {
			t.Errorf("before %+v, during %+v, after %+v", before.Report, during.Report, after.Report)
		}
		act(v, "undo") // to when it was loading, which has ended since
		wantText(t, v, "#report", "")
	})
}

// Results and infos come in the order in which they were sent: what a work tells the view
// on its way is there before its result.
func TestAsyncKeepsTheOrder(t *testing.T) {
	var order []string
	view := slowView(nil, map[string]func(s *liveview.Socket[slowPage]){"go": func(s *liveview.Socket[slowPage]) {
		s.Assign(func(st *slowPage) {
			st.Report.LoadThen(s, func(context.Context) (string, error) {
				return "result", errors.Join(s.SendInfo("half"), s.SendInfo("nearly"))
			}, func(result string, err error) { order = append(order, fmt.Sprint(result, err)) })
		})
	}})
	view.onInfo = func(_ *liveview.Socket[slowPage], info any) error {
		order = append(order, fmt.Sprint(info))
		return nil
	}
	slowSite(t, liveview.Config{}, view, func(t *testing.T, s *site) {
		v := s.browse("/")
		v.Click("#go")
		v.Await()
		if want := []string{"half", "nearly", "result<nil>"}; !slices.Equal(order, want) {
			t.Errorf("the view heard of %q, want %q", order, want)
		}
	})
}

// LoadThen's function gets what the state isn't to keep, and errors, as a callback that may
// do all that callbacks may; not what was cancelled.
func TestLoadThen(t *testing.T) {
	w := &works{}
	view := slowView(nil, map[string]func(s *liveview.Socket[slowPage]){
		"go": func(s *liveview.Socket[slowPage]) {
			s.Assign(func(st *slowPage) {
				st.Report.LoadThen(s, w.of("report"), func(result string, err error) {
					if result == "crash" {
						panic("as asked")
					}
					s.Assign(func(st *slowPage) {
						st.News = append(st.News, fmt.Sprint(result, err, st.Report.Loading, st.Report.Loaded, st.Report.Value))
					})
				})
			})
		},
		"cancel": func(s *liveview.Socket[slowPage]) { s.Assign(func(st *slowPage) { st.Report.Cancel() }) },
	})
	slowSite(t, liveview.Config{}, view, func(t *testing.T, s *site) {
		v := s.browse("/")
		v.Click("#go")
		w.one(t).returns("", errors.New("no luck"))
		wantText(t, v, "#report", "!no luck")
		v.Click("#go")
		w.one(t).returns("rows", nil)
		wantText(t, v, "#report", ".")
		v.Click("#go")
		c := w.one(t)
		act(v, "cancel")
		c.returns("cancelled", nil)
		wantText(t, v, "#news", "no luck false false rows<nil> false true")
		v.Click("#go")
		w.one(t).returns("crash", nil)
		v.ExpectCrash()
		if log := s.log.String(); !strings.Contains(log, "LoadThen panicked: as asked") || !strings.Contains(log, "field=Report") {
			t.Errorf("the log has\n%s", log)
		}
	})
}

// A work's context has the values that the view's has.
func TestAsyncContextHasTheRoutesValues(t *testing.T) {
	type key struct{}
	view := slowView(func(s *liveview.Socket[slowPage]) {
		s.Assign(func(st *slowPage) {
			st.Report.Load(s, func(ctx context.Context) (string, error) { return fmt.Sprint(ctx.Value(key{})), nil },
				liveview.LoadOptions{RenderWait: time.Second})
		})
	}, nil)
	slowSite(t, liveview.Config{}, view, func(t *testing.T, s *site) {
		if first := s.visitor().get("/").content; !strings.Contains(first, "trace 7.") {
			t.Errorf("over HTTP the page is %s", first)
		}
		wantText(t, s.browse("/"), "#report", "trace 7.")
	}, func(c *gin.Context) {
		c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), key{}, "trace 7"))
	})
}

// With RenderWait the first render has the result, over HTTP and where the page joins, and
// waits for several together no longer than for the slowest, and no longer than it says.
func TestAsyncRenderWait(t *testing.T) {
	slow := func(d time.Duration, ended *atomic.Int32) func(ctx context.Context) (string, error) {
		return func(ctx context.Context) (string, error) {
			select {
			case <-time.After(d):
				return "after " + d.String(), nil
			case <-ctx.Done():
				ended.Add(1)
				return "", ctx.Err()
			}
		}
	}
	var ended atomic.Int32
	view := slowView(func(s *liveview.Socket[slowPage]) {
		s.Assign(func(st *slowPage) {
			st.Report.Load(s, slow(300*time.Millisecond, &ended), liveview.LoadOptions{RenderWait: 200 * time.Millisecond})
			st.Stock.Load(s, slow(400*time.Millisecond, &ended), liveview.LoadOptions{RenderWait: 500 * time.Millisecond})
			st.Rows = []slowRow{{ID: "late"}, {ID: "never"}}
			st.Rows[0].Detail.Load(s, slow(20*time.Second, &ended), liveview.LoadOptions{RenderWait: 500 * time.Millisecond})
			st.Rows[1].Detail.Load(s, slow(time.Millisecond, &ended))
		})
	}, nil)
	slowSite(t, liveview.Config{}, view, func(t *testing.T, s *site) {
		const first = `<p id="report">after 300ms.</p><p id="stock">after 400ms.</p><ul><li id="late">…</li><li id="never">…</li></ul>`
		began := time.Now()
		p := s.visitor().get("/")
		if took := time.Since(began); !strings.HasPrefix(p.content, first) || took != 500*time.Millisecond {
			t.Errorf("over HTTP the page came after %v and is %s", took, p.content)
		}
		synctest.Wait()
		if n := ended.Load(); n != 1 {
			t.Errorf("%d loads have ended with the HTTP render, want the one that isn't done", n)
		}
		s.engine.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)) // whose context doesn't end
		synctest.Wait()
		if n := ended.Load(); n != 2 {
			t.Errorf("the HTTP render has left a load behind")
		}
		began = time.Now()
		c := p.connect()
		_, response := c.join()
		if took := time.Since(began); took != 500*time.Millisecond {
			t.Errorf("the join took %v", took)
		}
		if sent := fmt.Sprint(response); !strings.Contains(sent, "after 300ms") || !strings.Contains(sent, "after 400ms") {
			t.Errorf("the join has brought %s", sent)
		}
		if diff := c.next().raw; !strings.Contains(diff, "after 1ms") { // it came meanwhile
			t.Errorf("then came %s", diff)
		}
		time.Sleep(20 * time.Second) // of the bubble's clock, until the slowest has loaded
		if diff := c.next().raw; !strings.Contains(diff, "after 20s") {
			t.Errorf("then came %s", diff)
		}
	})
}

// What is there early isn't waited for, nor what was cancelled, nor what a page that moves
// on has begun; and a LoadThen may send the page elsewhere, over HTTP too.
func TestAsyncRenderWaitEnds(t *testing.T) {
	never := func(ctx context.Context) (string, error) { <-ctx.Done(); return "", ctx.Err() }
	wait := liveview.LoadOptions{RenderWait: time.Hour}
	for name, test := range map[string]struct {
		mount  func(s *liveview.Socket[slowPage])
		status int
	}{
		"done": {func(s *liveview.Socket[slowPage]) {
			s.Assign(func(st *slowPage) {
				st.Report.Load(s, func(context.Context) (string, error) { return "done", nil }, wait)
			})
		}, 200},
		"failed": {func(s *liveview.Socket[slowPage]) {
			s.Assign(func(st *slowPage) { st.Report.Load(s, nil, wait) })
		}, 200},
		"cancelled": {func(s *liveview.Socket[slowPage]) {
			s.Assign(func(st *slowPage) { st.Report.Load(s, never, wait); st.Report.Cancel() })
		}, 200},
		"begun again": {func(s *liveview.Socket[slowPage]) {
			s.Assign(func(st *slowPage) { st.Report.Load(s, never, wait); st.Report.Load(s, never) })
		}, 200},
		"moved on": {func(s *liveview.Socket[slowPage]) {
			s.Assign(func(st *slowPage) { st.Report.Load(s, never, wait) })
			_ = s.PushRedirect("/elsewhere", nil)
		}, 302},
		"moved on by LoadThen": {func(s *liveview.Socket[slowPage]) {
			s.Assign(func(st *slowPage) {
				st.Stock.Load(s, never, wait)
				st.Report.LoadThen(s, func(context.Context) (string, error) { return "/elsewhere", nil },
					func(to string, _ error) { _ = s.PushRedirect(to, nil) }, wait)
			})
		}, 302},
		"patched by LoadThen": {func(s *liveview.Socket[slowPage]) {
			if s.URL().RawQuery != "" {
				return
			}
			s.Assign(func(st *slowPage) {
				st.Report.LoadThen(s, func(context.Context) (string, error) { return "/?to=1", nil },
					func(to string, _ error) { _ = s.PushPatch(to, nil) }, wait)
			})
		}, 302},
	} {
		t.Run(name, func(t *testing.T) {
			slowSite(t, liveview.Config{}, slowView(test.mount, nil), func(t *testing.T, s *site) {
				began := time.Now()
				p := s.visitor().get("/")
				synctest.Wait()
				if took := time.Since(began); p.status != test.status || took != 0 {
					t.Errorf("status %d after %v, want %d at once", p.status, took, test.status)
				}
				if stats := s.app.Stats(); stats.Loads+stats.LoadsWaiting != 0 {
					t.Errorf("afterwards there are %+v", stats)
				}
				if p.status == 200 {
					c := p.connect()
					if status, response := c.join(); status != "ok" || time.Since(began) != 0 {
						t.Errorf("the join is %s %v, after %v", status, response, time.Since(began))
					}
				}
			})
		})
	}
}

// A join that waits for what it loads ends with its socket, and a patch that its LoadThen
// asks for is followed before the page is shown.
func TestAsyncJoinWaits(t *testing.T) {
	w := &works{}
	connected := false
	view := slowView(func(s *liveview.Socket[slowPage]) {
		if !s.Connected() || s.URL().RawQuery != "" {
			return
		}
		connected = true
		s.Assign(func(st *slowPage) {
			st.Report.LoadThen(s, w.of("report"), func(to string, _ error) { _ = s.PushPatch(to, nil) }, liveview.LoadOptions{RenderWait: time.Hour})
		})
	}, nil)
	view.onParams = func(c *gin.Context, s *liveview.Socket[slowPage]) error {
		s.Assign(func(st *slowPage) { st.News = []string{"at", c.Request.URL.String()} })
		return nil
	}
	slowSite(t, liveview.Config{}, view, func(t *testing.T, s *site) {
		c := s.visitor().get("/").connect()
		joined := make(chan string)
		go func() {
			_, response := c.join()
			joined <- fmt.Sprint(response)
		}()
		w.one(t).returns("/?to=1", nil)
		if got := <-joined; !connected || !strings.Contains(got, "/?to=1") || !strings.Contains(got, "live_patch") {
			t.Errorf("the join has brought %s", got)
		}

		lost := s.visitor().get("/").connect()
		lost.push("phx_join", map[string]any{"url": lost.page.url, "session": lost.page.session, "static": lost.page.static, "params": map[string]any{"_csrf_token": lost.page.csrf}})
		waits := w.one(t)
		lost.close()
		if why := waits.cause(); !strings.Contains(why, "ended") {
			t.Errorf("the context has ended as %q", why)
		}
	})
}

// At most so many of a view's loads are at work; the others wait in line, leave it when
// they are cancelled, and those that don't heed their end take their place until they do.
func TestMaxLoads(t *testing.T) {
	const limit = 2
	w := &works{}
	deaf := make(chan struct{})
	view := slowView(nil, map[string]func(s *liveview.Socket[slowPage]){
		"go": func(s *liveview.Socket[slowPage]) {
			s.Assign(func(st *slowPage) {
				st.Rows = []slowRow{{ID: "a"}, {ID: "b"}, {ID: "c"}, {ID: "d"}, {ID: "e"}}
				for i := range st.Rows {
					st.Rows[i].Detail.Load(s, w.of(st.Rows[i].ID))
				}
			})
		},
		"cancel": func(s *liveview.Socket[slowPage]) { s.Assign(func(st *slowPage) { st.Rows[3].Detail.Cancel() }) },
		"deaf": func(s *liveview.Socket[slowPage]) {
			s.Assign(func(st *slowPage) {
				for range 3 * limit {
					st.Report.Load(s, func(context.Context) (string, error) { w.begins.Add(1); <-deaf; return "", nil })
				}
			})
		},
	})
	slowSite(t, liveview.Config{MaxLoads: limit}, view, func(t *testing.T, s *site) {
		deaf = make(chan struct{})
		wantStats := func(loads, waiting int) {
			t.Helper()
			synctest.Wait()
			if got := s.app.Stats(); got.Loads != loads || got.LoadsWaiting != waiting {
				t.Errorf("%d loads are at work and %d wait, want %d and %d", got.Loads, got.LoadsWaiting, loads, waiting)
			}
		}
		v := s.browse("/")
		v.Click("#go")
		calls := w.take()
		if len(calls) != limit || calls[0].name+calls[1].name != "ab" && calls[0].name+calls[1].name != "ba" {
			t.Fatalf("%d loads are at work at a time", len(calls))
		}
		wantStats(limit, 3)
		act(v, "cancel")
		wantStats(limit, 2)
		calls[0].returns("done", nil)
		third := w.one(t)
		wantStats(limit, 1)
		calls[1].returns("done", nil)
		fifth := w.one(t)
		if third.name+fifth.name != "ce" {
			t.Errorf("then came %s and %s", third.name, fifth.name)
		}
		third.returns("done", nil)
		fifth.returns("done", nil)
		for selector, want := range map[string]string{"#a": "done.", "#b": "done.", "#c": "done.", "#d": "", "#e": "done."} {
			wantText(t, v, selector, want)
		}
		wantStats(0, 0)

		act(v, "deaf")
		wantStats(limit, 1)
		if n := w.begins.Load(); n != limit {
			t.Errorf("%d works have begun, of which all but the last were cancelled", n)
		}
		v.Close()
		wantStats(limit, 0)
		close(deaf)
		wantStats(0, 0)
	})
}

// Results have room of their own: a view that is busy while many come isn't ended, and
// what others send it has the room that it had.
func TestAsyncResultsDontFillTheMailbox(t *testing.T) {
	const size = 8
	busy := make(chan struct{})
	var err error
	view := slowView(nil, map[string]func(s *liveview.Socket[slowPage]){"go": func(s *liveview.Socket[slowPage]) {
		s.Assign(func(st *slowPage) {
			for i := range 50 {
				st.Rows = append(st.Rows, slowRow{ID: fmt.Sprint("r", i)})
			}
			for i := range st.Rows {
				st.Rows[i].Detail.Load(s, func(context.Context) (string, error) { return "done", nil })
			}
		})
		<-busy
		for i := range size {
			err = errors.Join(err, s.SendInfo(i))
		}
	}})
	slowSite(t, liveview.Config{MailboxSize: size}, view, func(t *testing.T, s *site) {
		busy = make(chan struct{})
		v := s.browse("/")
		go func() {
			synctest.Wait()
			close(busy)
		}()
		v.Click("#go")
		v.Await()
		if err != nil {
			t.Errorf("there is no room for infos: %v", err)
		}
		if n := v.Find("li").Length(); n != 50 || strings.Contains(v.Text("ul"), "…") {
			t.Errorf("%d rows show %q", n, v.Text("ul"))
		}
	})
}

// Who may no longer see a page isn't shown what it has loaded.
func TestRecheckBeforeResults(t *testing.T) {
	w := &works{}
	var revoked atomic.Bool
	view := slowView(nil, map[string]func(s *liveview.Socket[slowPage]){"go": loadsReport(w)})
	slowSite(t, liveview.Config{Recheck: time.Second}, view, func(t *testing.T, s *site) {
		c, began := s.open("/"), time.Now()
		c.click("go", nil)
		call := w.one(t)
		revoked.Store(true)
		time.Sleep(2 * time.Second) // of the bubble's clock, in which the middleware is asked again
		call.returns("secret", nil)
		for {
			f, ok := <-c.frames
			if !ok {
				break
			}
			if strings.Contains(f.raw, "secret") {
				t.Fatalf("the result was shown: %s", f.raw)
			}
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("the socket was closed after %v", took)
		}
	}, func(c *gin.Context) {
		if revoked.Load() {
			c.AbortWithStatus(http.StatusForbidden)
		}
	})
}

// To hooks a result is no info, and what it changed is a render; they load as views do.
func TestHooksAndResults(t *testing.T) {
	calls, w := new(trace), &works{}
	hooks := traced(calls, "h")
	event := hooks.Event
	hooks.Event = func(s liveview.AnySocket, e liveview.Event, next func() error) error {
		s.Assign(func(st any) { st.(*slowPage).Stock.Load(s, w.of("stock")) })
		return event(s, e, next)
	}
	view := slowView(nil, map[string]func(s *liveview.Socket[slowPage]){"go": func(*liveview.Socket[slowPage]) {}})
	slowSite(t, liveview.Config{}, view, func(t *testing.T, s *site) {
		v := s.browse("/")
		v.Click("#go")
		v.WaitIdle()
		call := w.one(t)
		calls.take()
		call.returns("of a hook", nil)
		if got, want := calls.take(), []string{"h after render"}; !slices.Equal(got, want) {
			t.Errorf("hooks were called as %q, want %q", got, want)
		}
		wantText(t, v, "#stock", "of a hook.")
	}, liveview.Around(hooks))
}

// A Mount that fails, and a view that has ended, leave no load behind.
func TestAsyncOfNoView(t *testing.T) {
	w := &works{}
	view := slowView(nil, nil)
	view.onMount = func(c *gin.Context, s *liveview.Socket[slowPage]) error {
		if c.Query("fail") == "" || !s.Connected() {
			return nil
		}
		loadsReport(w)(s)
		return errors.New("as asked")
	}
	view.onShutdown = func(s *liveview.Socket[slowPage]) {
		s.Assign(func(st *slowPage) { st.Report.Load(s, w.of("shutdown")) })
	}
	slowSite(t, liveview.Config{}, view, func(t *testing.T, s *site) {
		c := s.visitor().get("/?fail=1").connect()
		if status, _ := c.join(); status != "error" {
			t.Errorf("the join is %s", status)
		}
		if why := w.one(t).cause(); !strings.Contains(why, "ended") {
			t.Errorf("the context has ended as %q", why)
		}
		s.browse("/").Close()
		if calls := w.take(); len(calls) != 0 {
			t.Error("a view that has ended loads")
		}
	})
}

// asyncComponent is a page that isn't a template's.
type asyncComponent struct{ slowPage }

// paragraph is a component of one element.
type paragraph string

func (p paragraph) Render(_ context.Context, w io.Writer) error {
	_, err := fmt.Fprintf(w, "<p>%s</p>", string(p))
	return err
}

func (asyncComponent) Render(st slowPage) liveview.Rendered {
	text := st.Report.Value
	if st.Report.Loading {
		text = "loading"
	}
	return liveview.RenderComponent(paragraph(text))
}

func (asyncComponent) Mount(_ *gin.Context, s *liveview.Socket[slowPage]) error {
	s.Assign(func(st *slowPage) {
		st.Report.Load(s, func(context.Context) (string, error) { return "done", nil })
	})
	return nil
}

// Pages of components show what loads, too.
func TestAsyncOfAComponentsPage(t *testing.T) {
	slowSite(t, liveview.Config{}, asyncComponent{}, func(t *testing.T, s *site) {
		if first := s.visitor().get("/").content; !strings.Contains(first, "loading") {
			t.Errorf("over HTTP the page is %s", first)
		}
		v := s.browse("/")
		v.Await()
		if got := v.Text("p"); got != "done" {
			t.Errorf("the page shows %q", got)
		}
	})
}

// In development a LoadThen's function is a callback as others are, and a work that uses
// the socket is found out.
func TestAsyncInDevelopment(t *testing.T) {
	w := &works{}
	events := map[string]func(s *liveview.Socket[slowPage]){
		"go": func(s *liveview.Socket[slowPage]) {
			s.Assign(func(st *slowPage) {
				st.Report.LoadThen(s, w.of("report"), func(result string, _ error) {
					s.Assign(func(st *slowPage) { st.Stock.Load(s, w.of(result)) })
				})
			})
		},
		"misuse": func(s *liveview.Socket[slowPage]) {
			s.Assign(func(st *slowPage) {
				st.Report.Load(s, func(context.Context) (string, error) { return s.URL().Path, nil })
			})
		},
	}
	slowSite(t, liveview.Config{Dev: liveview.DevOn}, slowView(nil, events), func(t *testing.T, s *site) {
		v := s.browse("/")
		v.Click("#go")
		w.one(t).returns("stock", nil)
		w.one(t).returns("done", nil)
		wantText(t, v, "#stock", "done.")
		if log := s.log.String(); log != "" {
			t.Errorf("the log has\n%s", log)
		}
		act(v, "misuse")
		v.Await()
		if log := s.log.String(); !strings.Contains(log, "URL was called outside") || !strings.Contains(log, "async_test.go:") {
			t.Errorf("the log has\n%s", log)
		}
	})
}

// Whatever a view does with its loads, in whatever order they come: each entry shows what
// was loaded for it last, unless that was cancelled, and in the end nothing is left.
func TestAsyncAtRandom(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 0))
		type entry struct {
			value   string
			loading bool
		}
		w, want, loads := &works{}, map[string]*entry{}, 0
		at := map[string]*call{} // what each entry waits for, by its ID
		var step func(st *slowPage, s *liveview.Socket[slowPage])
		view := slowView(nil, map[string]func(s *liveview.Socket[slowPage]){"go": func(s *liveview.Socket[slowPage]) {
			s.Assign(func(st *slowPage) { step(st, s) })
		}})
		slowSite(t, liveview.Config{MaxLoads: -1}, view, func(t *testing.T, s *site) {
			v := s.browse("/")
			do := func(what func(st *slowPage, s *liveview.Socket[slowPage])) {
				step = what
				v.Click("#go")
				for _, c := range w.take() {
					id, _, _ := strings.Cut(c.name, "-")
					at[id] = c
				}
			}
			for range 60 {
				var ids []string
				for id := range want {
					ids = append(ids, id)
				}
				slices.Sort(ids)
				if len(ids) == 0 || random.IntN(4) == 0 {
					id := fmt.Sprintf("r%dx%d", len(ids), random.IntN(1000))
					want[id] = &entry{}
					do(func(st *slowPage, _ *liveview.Socket[slowPage]) {
						st.Rows = slices.Insert(slices.Clip(st.Rows), random.IntN(len(st.Rows)+1), slowRow{ID: id})
					})
					continue
				}
				id := ids[random.IntN(len(ids))]
				row := func(st *slowPage) *slowRow {
					return &st.Rows[slices.IndexFunc(st.Rows, func(r slowRow) bool { return r.ID == id })]
				}
				switch random.IntN(6) {
				case 0, 1: // load it, anew or for the first time
					loads++
					name := fmt.Sprint(id, "-", loads)
					before := at[id]
					do(func(st *slowPage, s *liveview.Socket[slowPage]) { row(st).Detail.Load(s, w.of(name)) })
					if want[id].loading && before.cause() == "" {
						t.Fatalf("seed %d: %s goes on though it was begun again", seed, before.name)
					}
					want[id].loading = true
				case 2: // it comes
					if want[id].loading {
						at[id].returns(at[id].name, nil)
						*want[id] = entry{value: at[id].name}
					}
				case 3: // cancel it
					do(func(st *slowPage, _ *liveview.Socket[slowPage]) { row(st).Detail.Cancel() })
					if want[id].loading && at[id].cause() == "" {
						t.Fatalf("seed %d: %s goes on though it was cancelled", seed, at[id].name)
					}
					want[id].loading = false
				case 4: // it goes
					do(func(st *slowPage, _ *liveview.Socket[slowPage]) {
						st.Rows = slices.DeleteFunc(slices.Clone(st.Rows), func(r slowRow) bool { return r.ID == id })
					})
					if want[id].loading && at[id].cause() == "" {
						t.Fatalf("seed %d: %s goes on though its entry has gone", seed, at[id].name)
					}
					delete(want, id)
				case 5: // all move, in place
					do(func(st *slowPage, _ *liveview.Socket[slowPage]) {
						random.Shuffle(len(st.Rows), func(i, j int) { st.Rows[i], st.Rows[j] = st.Rows[j], st.Rows[i] })
					})
				}
				v.WaitIdle()
				for id, e := range want {
					shows := e.value
					if e.loading {
						shows += "…"
					}
					if e.value != "" {
						shows += "."
					}
					if got := v.Text("#" + id); got != shows {
						t.Fatalf("seed %d: %s shows %q, want %q", seed, id, got, shows)
					}
				}
			}
			v.Close()
			synctest.Wait()
			if stats := s.app.Stats(); stats.Loads+stats.LoadsWaiting != 0 {
				t.Errorf("seed %d: afterwards there are %+v", seed, stats)
			}
		})
	}
}

// slowPart is the state of a live component that loads what it shows.
type slowPart struct {
	ID     string
	Detail liveview.Async[string]
}

var slowPartTemplate = liveview.MustParse[slowPart](`<li id="{{.ID}}">{{.Detail.Value}}{{if .Detail.Loading}}…{{end}}{{if .Detail.Err}}!{{end}}</li>`)

type slowParts struct{ works *works }

func (c slowParts) Update(s *liveview.Socket[slowPart], id string) error {
	s.Assign(func(st *slowPart) {
		st.ID = id
		st.Detail.Load(s, c.works.of(id), liveview.LoadOptions{RenderWait: time.Hour})
	})
	return nil
}

func (slowParts) Render(st slowPart) liveview.Rendered { return slowPartTemplate.Render(st) }

// What a live component loads comes back to it, and ends with it; the page isn't kept
// waiting.
func TestAsyncOfLiveComponents(t *testing.T) {
	w := &works{}
	part := liveview.NewLive[slowPart, string](slowParts{w})
	view := &testView[[]string]{
		template: liveview.MustParseSource[[]string](liveview.Source{
			Text: `<ul>{{range .}}{{part . .}}{{end}}</ul><button phx-click="go">go</button>`, Live: map[string]liveview.AnyLive{"part": part},
		}),
		onMount: func(_ *gin.Context, s *liveview.Socket[[]string]) error {
			s.Assign(func(ids *[]string) { *ids = []string{"a", "b", "c"} })
			return nil
		},
		onEvent: func(s *liveview.Socket[[]string], _ liveview.Event) error {
			s.Assign(func(ids *[]string) { *ids = []string{"c", "a"} })
			return nil
		},
	}
	slowSite(t, liveview.Config{}, view, func(t *testing.T, s *site) {
		if first := s.visitor().get("/").content; !strings.Contains(first, `<li id="a">…</li>`) || len(w.take()) > 0 {
			t.Errorf("over HTTP the page is %s", first)
		}
		v := s.browse("/")
		calls := map[string]*call{}
		for _, c := range w.take() {
			calls[c.name] = c
		}
		if len(calls) != 3 {
			t.Fatalf("%d calls have begun", len(calls))
		}
		v.Click("go")
		v.WaitIdle()
		for id, c := range calls {
			if cancelled := c.cause() != ""; cancelled != (id == "b") {
				t.Errorf("the load of %s is cancelled: %t", id, cancelled)
			}
		}
		calls["c"].returns("of c", nil)
		calls["a"].returns("", errors.New("no luck"))
		if got := v.Text("ul"); got != "of c!" && got != "of c !" {
			t.Errorf("the page shows %q", got)
		}
		if log := s.log.String(); !strings.Contains(log, "field=Detail") {
			t.Errorf("the log has\n%s", log)
		}
	})
}

// Begun and cancelled ten thousand times, loads leave nothing.
func TestAsyncLeavesNothing(t *testing.T) {
	const times = 10_000
	var at, most atomic.Int64
	view := slowView(nil, map[string]func(s *liveview.Socket[slowPage]){"go": func(s *liveview.Socket[slowPage]) {
		s.Assign(func(st *slowPage) {
			for i := range times {
				a := &st.Report
				if i%2 == 1 {
					a = &st.Stock
				}
				a.Load(s, func(ctx context.Context) (string, error) {
					most.Store(max(most.Load(), at.Add(1)))
					defer at.Add(-1)
					<-ctx.Done()
					return "", ctx.Err()
				})
				if i%3 == 0 {
					a.Cancel()
				}
			}
			st.Report.Cancel()
			st.Stock.Cancel()
		})
	}})
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", view) })
	v := s.browse("/")
	v.WaitIdle()
	goroutines := runtime.NumGoroutine()
	v.Click("#go")
	eventually(t, 10*time.Second, "loads to end", func() bool {
		stats := s.app.Stats()
		return stats.Loads == 0 && stats.LoadsWaiting == 0 && runtime.NumGoroutine() <= goroutines+2
	})
	if most.Load() > 16 {
		t.Errorf("%d works ran at a time", most.Load())
	}
	figure(t, "%d begun, %d at a time, %d left", times, most.Load(), at.Load())
	if got := v.Text("#report") + v.Text("#stock"); got != "" {
		t.Errorf("the page shows %q", got)
	}
}

func BenchmarkAsyncLoad(b *testing.B) {
	done := make(chan struct{}, 1)
	var load func()
	view := slowView(nil, map[string]func(s *liveview.Socket[slowPage]){"go": func(s *liveview.Socket[slowPage]) {
		load = func() {
			s.Assign(func(st *slowPage) {
				st.Report.Load(s, func(context.Context) (string, error) { done <- struct{}{}; return "done", nil })
			})
		}
		b.ReportAllocs()
		for b.Loop() {
			load()
			<-done
		}
	}})
	gin.SetMode(gin.TestMode)
	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/", view)
	v := liveviewtest.Open(b, r, "/", liveviewtest.Options{Timeout: time.Minute})
	v.Click("#go")
}
