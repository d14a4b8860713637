package liveview_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// report is a Telemetry that writes down what it is told, in the order in which spans end.
type report struct {
	mu    sync.Mutex // guards the fields below
	spans []toldSpan
	notes []liveview.Note
	open  int // spans that have begun and not ended
}

type toldSpan struct {
	liveview.Span
	liveview.Result
	within string // the spans that its context says it is in, outermost first
}

type spanPath struct{}

func pathOf(ctx context.Context) string {
	path, _ := ctx.Value(spanPath{}).(string)
	return path
}

func (r *report) Begin(ctx context.Context, s liveview.Span) context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open++
	return context.WithValue(ctx, spanPath{}, strings.TrimPrefix(pathOf(ctx)+" "+s.Kind.String(), " "))
}

func (r *report) End(ctx context.Context, s liveview.Span, result liveview.Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open--
	r.spans = append(r.spans, toldSpan{s, result, pathOf(ctx)})
}

func (r *report) Tell(_ context.Context, n liveview.Note) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.notes = append(r.notes, n)
}

// take returns what was told of those kinds since it was last asked, and forgets all.
func (r *report) take(kinds ...liveview.SpanKind) (spans []toldSpan, notes []liveview.Note) {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.spans {
		if slices.Contains(kinds, s.Kind) {
			spans = append(spans, s)
		}
	}
	notes = r.notes
	r.spans, r.notes = nil, nil
	return spans, notes
}

// line is what came of a span in short.
func (s toldSpan) line() string {
	words := []string{s.Kind.String(), s.Name, s.Outcome.String(), s.Cause}
	if s.Kind == liveview.SpanJoin || s.Kind == liveview.SpanPatch {
		words = append(words, s.Navigation.String())
	}
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " ")
}

// wantSpans compares what was told of spans of those kinds since the last time.
func (r *report) wantSpans(t *testing.T, kinds []liveview.SpanKind, want ...string) []toldSpan {
	t.Helper()
	spans, _ := r.take(kinds...)
	var got []string
	for _, s := range spans {
		got = append(got, s.line())
	}
	if !slices.Equal(got, want) {
		t.Errorf("told of %q, want %q", got, want)
	}
	return spans
}

// wantNotes compares what was told at moments since the last time.
func (r *report) wantNotes(t *testing.T, want ...string) []liveview.Note {
	t.Helper()
	_, notes := r.take()
	var got []string
	for _, n := range notes {
		words := []string{n.Kind.String(), n.Cause, n.Name}
		if n.Err != nil {
			words = append(words, n.Err.Error())
		}
		got = append(got, strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " "))
	}
	if !slices.Equal(got, want) {
		t.Errorf("told of %q, want %q", got, want)
	}
	return notes
}

var (
	outer = []liveview.SpanKind{
		liveview.SpanSocket, liveview.SpanJoin, liveview.SpanPatch, liveview.SpanEvent, liveview.SpanInfo,
		liveview.SpanTick, liveview.SpanLoad, liveview.SpanUpload, liveview.SpanDrain,
	}
	everything = append(slices.Clone(outer), liveview.SpanRouter, liveview.SpanCallback, liveview.SpanRender, liveview.SpanWrite)
)

type told struct{ Count int }

var toldPage = liveview.MustParse[told](`<p>{{.Count}}</p><button id="inc" phx-click="inc">+</button><button id="crash" phx-click="crash">!</button>
<button id="odd" phx-click="odd">?</button><button id="info" phx-click="info">i</button><button id="go" phx-click="go">g</button>
<a id="patch" {{patch "/told/2"}}>2</a><a id="other" {{navigate "/other"}}>o</a>`)

// toldView does what its events are called.
func toldView(in func(s *liveview.Socket[told])) *testView[told] {
	return &testView[told]{
		template: toldPage,
		onMount: func(_ *gin.Context, s *liveview.Socket[told]) error {
			s.Repeat(time.Minute, func() { s.Assign(func(st *told) { st.Count++ }) })
			in(s)
			_, err := s.Subscribe("told")
			return err
		},
		onEvent: func(s *liveview.Socket[told], e liveview.Event) error {
			in(s)
			switch e.Name {
			case "inc":
				time.Sleep(3 * time.Millisecond) // of the bubble's clock
				s.Assign(func(st *told) { st.Count++ })
			case "info":
				return s.SendInfo(7)
			case "go":
				return s.PushPatch("/told/3", nil)
			case "crash":
				time.Sleep(5 * time.Millisecond) // of the bubble's clock
				return errors.New("as asked")
			default:
				return liveview.ErrUnknownEvent
			}
			return nil
		},
		onInfo: func(s *liveview.Socket[told], info any) error {
			in(s)
			return nil
		},
	}
}

// tellSite runs a test of a site that tells, in a bubble.
func tellSite(t *testing.T, config liveview.Config, in func(s *liveview.Socket[told]), test func(t *testing.T, s *site, r *report)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &report{}
		config.Telemetry = r
		s := newSite(t, config, func(e *gin.Engine) {
			e.Use(func(c *gin.Context) {
				if c.FullPath() != "/login" {
					liveview.Identify(c, "anna")
				}
				c.Request.Header.Set("X-Request-Id", "r1")
			})
			if in == nil {
				in = func(*liveview.Socket[told]) {}
			}
			v := toldView(in)
			liveview.Handle(e, "/told/:n", v)
			liveview.Handle(e, "/other", counterView())
		})
		test(t, s, r)
		synctest.Wait()
	})
}

// A join, an event, an info, a tick and a patch are told as they come, with their parts, and
// with whose they are.
func TestTelemetrySpans(t *testing.T) {
	var path []string
	tellSite(t, liveview.Config{}, func(s *liveview.Socket[told]) { path = append(path, pathOf(s.Context())) }, func(t *testing.T, s *site, r *report) {
		v := s.browse("/told/1")
		path = path[1:] // the HTTP render, which nobody is told of
		spans := r.wantSpans(t, everything, "callback Mount ok", "callback HandleParams ok", "router join ok", "render ok", "write ok", "join ok join")
		if want := (liveview.Subject{Route: "/told/:n", View: "*liveview_test.testView[github.com/gin-liveview/liveview_test.told]", User: "anna", RequestID: "r1"}); len(spans) > 0 {
			got := spans[len(spans)-1].Subject
			if got.ID == "" {
				t.Error("the join has no ID")
			}
			if got.ID = ""; got != want {
				t.Errorf("the join is of %+v, want %+v", got, want)
			}
		}
		for _, span := range spans {
			if span.Kind != liveview.SpanJoin && span.Within != liveview.SpanJoin {
				t.Errorf("%s is within %v", span.line(), span.Within)
			}
			if bytes := span.Bytes; (bytes > 100) != (span.Kind == liveview.SpanRender || span.Kind == liveview.SpanWrite) {
				t.Errorf("%s has %d bytes", span.line(), bytes)
			}
		}
		v.Click("#inc")
		spans = r.wantSpans(t, everything, "callback HandleEvent ok", "render ok", "write ok", "event inc ok")
		if d := spans[len(spans)-1].Duration; d != 3*time.Millisecond {
			t.Errorf("the event took %v, want 3ms", d)
		}
		if got, want := spans[0].within, "socket join event callback"; got != want {
			t.Errorf("the callback is in %q, want %q", got, want)
		}
		v.Click("#info")
		r.wantSpans(t, outer, "event info ok", "info int ok")
		v.Click("#odd")
		r.wantSpans(t, outer, "event unknown")
		v.Click("#patch")
		r.wantSpans(t, everything, "callback HandleParams ok", "router patch ok", "render ok", "write ok", "patch ok patch")
		v.Click("#go")
		r.wantSpans(t, everything, "callback HandleEvent ok", "callback HandleParams ok", "router patch ok", "patch ok PushPatch", "render ok", "write ok", "event go ok")
		time.Sleep(time.Minute) // of the bubble's clock
		v.WaitIdle()
		r.wantSpans(t, everything, "callback Repeat ok", "render ok", "write ok", "tick ok")
		want := []string{"socket join router callback", "socket join event callback", "socket join event callback", "socket join info callback", "socket join event callback", "socket join event callback"}
		if !slices.Equal(path, want) {
			t.Errorf("the callbacks' contexts are in %q, want %q", path, want)
		}
		v.Click("#other")
		spans = r.wantSpans(t, outer, "join ok live navigation")
		if len(spans) > 0 && spans[0].Route != "/other" {
			t.Errorf("the join is of %q", spans[0].Route)
		}
	})
}

// What ends a view is told, with the event that it came of.
func TestTelemetryOfCrash(t *testing.T) {
	tellSite(t, liveview.Config{}, nil, func(t *testing.T, s *site, r *report) {
		c := s.open("/told/1")
		r.take()
		if status, _ := c.call("event", map[string]any{"type": "click", "event": "crash", "value": map[string]any{}}); status != "phx_error" {
			t.Fatal(status)
		}
		synctest.Wait()
		r.mu.Lock()
		spans := slices.Clone(r.spans)
		r.mu.Unlock()
		if last := spans[len(spans)-1]; last.line() != "event crash crashed" || last.Err == nil || last.Err.Error() != "HandleEvent returned an error: as asked" && !strings.Contains(last.Err.Error(), "as asked") {
			t.Errorf("told of %s, %v", last.line(), last.Err)
		}
		notes := r.wantNotes(t, "view ended crashed", "crash view crash "+errorText(spans[len(spans)-1].Err))
		for _, n := range notes {
			if n.Route != "/told/:n" || n.User != "anna" || n.RequestID != "r1" {
				t.Errorf("it is of %+v", n.Subject)
			}
		}
		// Nobody can make names up.
		c = s.open("/told/1")
		r.take()
		c.click("made up", nil)
		r.wantSpans(t, outer, "event unknown")
	})
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// A view that takes whatever comes tells a hundred names at most.
func TestTelemetryOfNamesHasBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &report{}
		s := newSite(t, liveview.Config{Telemetry: r, EventRate: -1}, func(e *gin.Engine) { liveview.Handle(e, "/", counterView()) })
		c := s.open("/")
		for i := range 150 {
			c.click(fmt.Sprint("name", i), nil)
		}
		c.click("name3", nil)
		c.click("inc", nil)
		spans, _ := r.take(liveview.SpanEvent)
		names := map[string]bool{}
		for _, s := range spans {
			names[s.Name] = true
		}
		if len(names) != 101 || !names[""] || spans[150].Name != "name3" || spans[151].Name != "" {
			t.Errorf("told %d names; the last events are %q and %q", len(names), spans[150].Name, spans[151].Name)
		}
	})
}

// A socket is told of when it opens and closes, with why and how many bytes it had.
func TestTelemetryOfSockets(t *testing.T) {
	for name, test := range map[string]struct {
		want string
		end  func(s *site, c *client)
	}{
		"the page goes":   {"left", func(_ *site, c *client) { _ = c.conn.WriteControl(8, []byte{0x03, 0xe9}, time.Now().Add(time.Second)) }},
		"a network fails": {"lost", func(_ *site, c *client) { c.close() }},
		"silence":         {"silent", func(*site, *client) { time.Sleep(2 * time.Minute) }}, // of the bubble's clock
		"Disconnect":      {"disconnected", func(s *site, _ *client) { _ = s.app.Disconnect("anna") }},
		"bad frames": {"bad frames", func(_ *site, c *client) {
			for range 10 {
				c.write("{")
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			tellSite(t, liveview.Config{}, nil, func(t *testing.T, s *site, r *report) {
				c := s.open("/told/1")
				r.take()
				test.end(s, c)
				time.Sleep(2 * time.Second) // of the bubble's clock
				spans := r.wantSpans(t, []liveview.SpanKind{liveview.SpanSocket}, "socket websocket ok "+test.want)
				if len(spans) == 1 && (spans[0].Received < 100 || spans[0].Bytes < 100) {
					t.Errorf("the socket had %d bytes in, %d out", spans[0].Received, spans[0].Bytes)
				}
			})
		})
	}
}

// A tab that is closed has left, and its view with it: what is lost is something else.
func TestTelemetryOfAClosedTab(t *testing.T) {
	tellSite(t, liveview.Config{}, nil, func(t *testing.T, s *site, r *report) {
		c := s.open("/told/1")
		r.take()
		_ = c.conn.WriteControl(8, []byte{0x03, 0xe9}, time.Now().Add(time.Second))
		time.Sleep(2 * time.Second) // of the bubble's clock
		r.wantNotes(t, "view ended left")
	})
}

// What comes of a join is told, and why the page came.
func TestTelemetryOfJoins(t *testing.T) {
	tellSite(t, liveview.Config{}, nil, func(t *testing.T, s *site, r *report) {
		v := s.visitor()
		p := v.get("/told/1")
		p.session = "made up"
		if status, _ := p.connect().join(); status != "error" {
			t.Fatal(status)
		}
		r.wantSpans(t, outer, "join refused stale HTTP")
		b := s.browse("/told/1")
		b.Click("#inc")
		r.take()
		b.Disconnect()
		r.wantNotes(t, "view lost")
		b.Reconnect()
		b.WaitIdle()
		spans, notes := r.take(liveview.SpanJoin)
		if len(spans) != 1 || spans[0].line() != "join ok rejoin" || spans[0].within != "socket join" || len(notes) != 1 || notes[0].Kind != liveview.NoteRestore || notes[0].Cause != "kept" {
			t.Errorf("told of %v and %v", spans, notes)
		}
		b.Click("#patch")
		if got := s.app.Stats(); got.Restores != 1 || got.Patches != 1 || got.Joins.OK != 2 || got.Joins.Refused != 1 {
			t.Errorf("the figures are %+v", got)
		}
	})
}

// Each Telemetry may panic, and whoever else is told still is.
func TestTelemetryThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &report{}
		s := newSite(t, liveview.Config{Telemetry: liveview.TeeTelemetry(angry{}, nil, r)}, func(e *gin.Engine) { liveview.Handle(e, "/", counterView()) })
		v := s.browse("/")
		v.Click("button")
		if got := v.Text("button"); got != "1" {
			t.Errorf("it shows %q", got)
		}
		r.wantSpans(t, outer, "join ok join", "event inc ok")
		if n := strings.Count(s.log.String(), "it is told on"); n != 1 {
			t.Errorf("the log says so %d times:\n%s", n, s.log)
		}
	})
}

type angry struct{}

func (angry) Begin(context.Context, liveview.Span) context.Context { panic("begin") }
func (angry) End(context.Context, liveview.Span, liveview.Result)  { panic("end") }
func (angry) Tell(context.Context, liveview.Note)                  { panic("tell") }

// What isn't let in is told.
func TestTelemetryOfRefusals(t *testing.T) {
	tellSite(t, liveview.Config{MaxSocketsPerAddress: 1, MaxFrame: 4096, MaxChannels: 1}, nil, func(t *testing.T, s *site, r *report) {
		p := s.visitor().get("/told/1")
		for want, dial := range map[string]func() error{
			"refusal origin":  func() error { _, _, err := p.dial(http.Header{"Origin": {"http://evil.example"}}, nil); return err },
			"refusal version": func() error { _, _, err := p.dial(nil, map[string][]string{"vsn": {"9.0.0"}}); return err },
		} {
			if dial() == nil {
				t.Errorf("%s: the socket is open", want)
			}
			r.wantNotes(t, want)
		}
		s.visitor().get("/live/websocket")
		r.wantNotes(t, "refusal upgrade")
		c := p.connect()
		if status, _ := c.join(); status != "ok" {
			t.Fatal(status)
		}
		r.take()
		c.write("{")
		r.wantNotes(t, "refusal frame")
		c.call("event", map[string]any{"type": "click", "event": strings.Repeat("x", 5000), "value": map[string]any{}})
		spans, notes := r.take(outer...)
		if len(spans) != 1 || spans[0].line() != "event refused MaxFrame" || len(notes) != 1 || notes[0].Kind != liveview.NoteLimit || notes[0].Cause != "MaxFrame" {
			t.Errorf("told of %v and %v", spans, notes)
		}
		c.write(`["9","9","lv:phx-other","phx_join",{}]`)
		r.wantNotes(t, "limit MaxChannels")
	})
}

// A client that sends more than its share is told of with the limit.
func TestTelemetryOfLimits(t *testing.T) {
	tellSite(t, liveview.Config{EventRate: 2}, nil, func(t *testing.T, s *site, r *report) {
		c := s.open("/told/1")
		for range 60 {
			c.push("event", map[string]any{"type": "click", "event": "inc", "value": map[string]any{}})
		}
		time.Sleep(time.Minute) // of the bubble's clock
		_, notes := r.take()
		if !slices.ContainsFunc(notes, func(n liveview.Note) bool { return n.Kind == liveview.NoteLimit && n.Cause == "EventRate" }) {
			t.Errorf("told of %v", notes)
		}
	})
}

// A Shutdown is told as what lasts.
func TestTelemetryOfDrain(t *testing.T) {
	tellSite(t, liveview.Config{DrainDelay: time.Second}, nil, func(t *testing.T, s *site, r *report) {
		s.open("/told/1")
		r.take()
		if err := <-s.shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		spans := r.wantSpans(t, outer, "socket websocket ok server restarts", "drain ok")
		if len(spans) == 2 && (spans[1].Duration < time.Second || spans[1].Left != 0) {
			t.Errorf("the drain took %v and cut %d", spans[1].Duration, spans[1].Left)
		}
	})
}

// That infos may be lost is told, once for the App and once for each view that is told.
func TestTelemetryOfMissed(t *testing.T) {
	local := liveview.NewPubSub()
	tellSite(t, liveview.Config{PubSub: local}, nil, func(t *testing.T, s *site, r *report) {
		s.open("/told/1")
		r.take()
		_ = local.Publish("told", liveview.Missed{Topic: "told"})
		r.wantNotes(t, "missed told")
		_ = local.Publish("liveview:disconnect", liveview.Missed{})
		r.wantNotes(t, "missed liveview:disconnect")
	})
}

// Files are told of as they come, go wrong, and are there.
func TestTelemetryOfUploads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &report{}
		st := newStudio(t, liveview.UploadConfig{Accept: []string{".txt"}, MaxFileSize: 100}, liveview.Config{Telemetry: r})
		u := st.openUploader()
		r.take()
		f := textFile("0", "hello")
		u.put(f)
		notes := r.wantNotes(t, "upload accepted photos", "upload progressed photos", "upload finished photos")
		for _, n := range notes {
			if n.Bytes != 5 {
				t.Errorf("%v has %d bytes, want 5", n.Kind, n.Bytes)
			}
		}
		large := textFile("1", strings.Repeat("x", 200))
		u.choose(large)
		u.allow(large)
		r.wantNotes(t, "upload failed too_large photos")
		cut := textFile("2", "some more")
		v := st.openUploader()
		v.choose(cut)
		v.joinFile(cut.ref, v.token(cut.ref, v.allow(cut)))
		r.take()
		v.close()
		time.Sleep(time.Second) // of the bubble's clock
		_, notes = r.take()
		if !slices.ContainsFunc(notes, func(n liveview.Note) bool { return n.Kind == liveview.NoteUploadFailed && n.Cause == "cut" }) {
			t.Errorf("told of %v", notes)
		}
		if got := st.app.Stats(); got.UploadsAccepted != 2 || got.UploadsFinished != 1 || got.UploadsFailed != 2 {
			t.Errorf("the figures are %+v", got)
		}
	})
}

// Kinds and outcomes have words, which are labels of metrics.
func TestTelemetryWords(t *testing.T) {
	for want, got := range map[string]fmt.Stringer{
		"socket": liveview.SpanSocket, "drain": liveview.SpanDrain, "router": liveview.SpanRouter, "write": liveview.SpanWrite,
		"ok": liveview.OutcomeOK, "redirected": liveview.OutcomeRedirected, "postponed": liveview.OutcomePostponed, "gone": liveview.OutcomeGone,
		"refused": liveview.OutcomeRefused, "unknown": liveview.OutcomeUnknown, "crashed": liveview.OutcomeCrashed,
		"crash": liveview.NoteCrash, "refusal": liveview.NoteRefusal, "missed": liveview.NoteMissed, "restore": liveview.NoteRestore,
		"view lost": liveview.NoteViewLost, "view ended": liveview.NoteViewEnded, "upload accepted": liveview.NoteUploadAccepted,
		"upload progressed": liveview.NoteUploadProgressed, "upload finished": liveview.NoteUploadFinished, "upload failed": liveview.NoteUploadFailed,
	} {
		if got.String() != want {
			t.Errorf("%q has the word %q", want, got)
		}
	}
	if got := liveview.SpanKind(99).String(); got != "unknown" {
		t.Errorf("a kind that there isn't has the word %q", got)
	}
}

// A failure of the HTTP render is told too.
func TestTelemetryOfPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &report{}
		v := counterView()
		v.onMount = func(*gin.Context, *liveview.Socket[counter]) error { panic("as asked") }
		s := newSite(t, liveview.Config{Telemetry: r}, func(e *gin.Engine) { liveview.Handle(e, "/", v) })
		s.visitor().get("/")
		_, notes := r.take()
		if len(notes) != 1 || notes[0].Kind != liveview.NoteCrash || notes[0].Cause != "page" || notes[0].Route != "/" || notes[0].Err == nil {
			t.Errorf("told of %v", notes)
		}
	})
}

// Of a page that is back it is told whether its views went on, were given what they had been,
// or begin anew as that couldn't be.
func TestTelemetryOfRestores(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &report{}
		var fails error
		s := newSite(t, liveview.Config{Telemetry: r, Logger: slog.New(slog.DiscardHandler)}, func(e *gin.Engine) {
			liveview.Handle(e, "/", &vaultView{restore: func() error { return fails }})
		})
		v := liveviewtest.Open(t, s.engine, "/")
		restores := func(want ...string) {
			t.Helper()
			_, notes := r.take()
			var got []string
			for _, n := range notes {
				if n.Kind == liveview.NoteRestore {
					got = append(got, n.Cause+" "+n.View+" "+n.Route)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("told of %q, want %q", got, want)
			}
		}
		restores()
		v.Click("b")
		v.Drop()
		restores("kept *liveview_test.vaultView /")
		v.Restart()
		restores("saved *liveview_test.vaultView /")
		fails = errors.New("as asked")
		v.Restart()
		restores("dropped *liveview_test.vaultView /")
	})
}

// NoTelemetry does nothing, and leaves the context as it is.
func TestNoTelemetry(t *testing.T) {
	var nobody liveview.NoTelemetry
	ctx := t.Context()
	if nobody.Begin(ctx, liveview.Span{Kind: liveview.SpanEvent}) != ctx {
		t.Error("Begin returns another context")
	}
	nobody.End(ctx, liveview.Span{}, liveview.Result{})
	nobody.Tell(ctx, liveview.Note{})
}
