package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
	"github.com/gin-liveview/liveview/pubsub"
)

// cable is a broker of one process, whose connection can be cut.
type cable struct {
	mu        sync.Mutex // guards the fields below
	handler   pubsub.Handler
	confirmed []func()
	isCut     bool
}

var errCut = errors.New("dial tcp 10.0.0.7:6379: connection refused")

func (c *cable) Start(h pubsub.Handler)   { c.handler = h; h.Connected() }
func (c *cable) Unsubscribe(string) error { return nil }
func (c *cable) Close() error             { return nil }

func (c *cable) Publish(context.Context, []pubsub.Message) error { return c.state() }

func (c *cable) state() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isCut {
		return errCut
	}
	return nil
}

func (c *cable) Subscribe(_ string, confirmed func()) error {
	if err := c.state(); err != nil {
		return err
	}
	c.mu.Lock()
	c.confirmed = append(c.confirmed, confirmed)
	c.mu.Unlock()
	confirmed()
	return nil
}

func (c *cable) cut() {
	c.mu.Lock()
	c.isCut = true
	c.mu.Unlock()
	c.handler.Disconnected(errCut)
}

func (c *cable) mend() {
	c.mu.Lock()
	c.isCut = false
	all := c.confirmed
	c.mu.Unlock()
	c.handler.Connected()
	for _, confirmed := range all {
		confirmed()
	}
}

// lines are those of a log in JSON.
type lines struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// search returns how many lines have a message that begins so, and those fields.
func (l *lines) search(message string, fields map[string]any) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range bytes.Lines(l.text.Bytes()) {
		var got map[string]any
		if json.Unmarshal(line, &got) != nil {
			continue
		}
		text, _ := got["msg"].(string)
		fits := strings.HasPrefix(text, message)
		for name, want := range fields {
			if is, ok := want.(func(any) bool); ok {
				fits = fits && is(got[name])
			} else {
				fits = fits && got[name] == want
			}
		}
		if fits {
			n++
		}
	}
	return n
}

// watched is a shop in which incidents happen, in a bubble.
type watched struct {
	*site
	t     *testing.T
	log   *lines
	cable *cable
}

// from returns the router of requests from an address.
func (w *watched) from() http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		r.RemoteAddr = "192.0.2.1:4711"
		w.router.ServeHTTP(rw, r)
	})
}

func (w *watched) visitor(query string) *liveviewtest.View {
	w.t.Helper()
	return liveviewtest.Open(w.t, w.from(), "/"+query, liveviewtest.Options{Timeout: 2 * time.Minute})
}

// metric returns whether a line of the metrics' page has all parts.
func (w *watched) metric(parts ...string) bool {
	res := httptest.NewRecorder()
	w.metrics.ServeHTTP(res, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return hasAll(strings.Split(res.Body.String(), "\n"), parts...)
}

// dashboard returns whether a row of a page of the dashboard, or a figure, has all parts.
func (w *watched) dashboard(path, rows string, parts ...string) bool {
	w.t.Helper()
	v := liveviewtest.Open(w.t, w.from(), "/admin/dashboard"+path, liveviewtest.Options{Timeout: 2 * time.Minute})
	defer v.Close()
	time.Sleep(11 * time.Second) // of the bubble's clock: two samples
	synctest.Wait()
	var texts []string
	found := v.Find(rows)
	for i := range found.Length() {
		texts = append(texts, found.Eq(i).Text())
	}
	return hasAll(texts, parts...)
}

func hasAll(texts []string, parts ...string) bool {
	for _, text := range texts {
		fits := true
		for _, part := range parts {
			fits = fits && strings.Contains(text, part)
		}
		if fits {
			return true
		}
	}
	return false
}

// Four incidents on one application are each explained by what is recorded: its metrics, one
// search of its log, and its dashboard name who or what it was.
func TestIncidentsAreExplained(t *testing.T) {
	gin.SetMode(gin.TestMode)
	synctest.Test(t, func(t *testing.T) {
		w := &watched{t: t, log: &lines{}, cable: &cable{}}
		logger := slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		bus := pubsub.NewBus(w.cable, pubsub.Options{Logger: logger})
		defer func() { _ = bus.Close() }()
		var err error
		if w.site, err = newSite(liveview.Config{PubSub: bus, Logger: logger, EventRate: 1}, func(*gin.Context) {}); err != nil {
			t.Fatal(err)
		}
		defer w.board.Close()
		defer func() {
			if t.Failed() {
				t.Log(w.log.text.String())
			}
		}()
		ann := w.visitor("?as=ann")
		ann.Click("Sell")
		check := func(incident, by string, named bool) {
			t.Helper()
			if !named {
				t.Errorf("%s isn't named by %s", incident, by)
			}
		}

		ann.Click("Report")
		synctest.Wait() // the answer is there before the event is over
		const slow = "the event with a slow query"
		check(slow, "the metrics", w.metric("liveview_event_duration_seconds_bucket", `http_route="/"`, `liveview_name="report"`, `le="0.25"`, "} 0"))
		check(slow, "the log", w.log.search("liveview: event", map[string]any{
			"duration": func(v any) bool { n, _ := v.(float64); return n >= float64(slowQuery) },
			"event":    "report", "route": "/", "view": "main.shopView", "user": "ann",
		}) == 1)
		check(slow, "the dashboard", w.dashboard("", "tr", "event report", "300", "ms", "ann"))

		for range 5 {
			ann.Click("Price")
			ann.ExpectCrash()
			ann.Reconnect()
			time.Sleep(5 * time.Second) // of the bubble's clock, as events have a rate
		}
		const crash = "the view that crashes again and again"
		check(crash, "the metrics", w.metric("liveview_crashes_total", `http_route="/"`, `liveview_view="main.shopView"`, "} 5"))
		check(crash, "the log", w.log.search("liveview: view ended by an error", map[string]any{
			"view": "main.shopView", "route": "/", "event": `click "price"`, "user": "ann",
		}) == 5)
		check(crash, "the dashboard", w.dashboard("", "tr", "crash", "price", "ann", `column "price" doesn't exist`, "5"))

		for client, query := range map[string]string{"mallory": "?as=mallory", "192.0.2.1": ""} {
			v := w.visitor(query)
			w.flood(v)
			synctest.Wait()
			flood := "the client that floods, " + client
			check(flood, "the metrics", w.metric("liveview_limit_hits_total", `liveview_cause="EventRate"`, `liveview_client="`+client+`"`))
			field := "address"
			if query != "" {
				field = "user"
			}
			check(flood, "the log", w.log.search("liveview: a browser sends more than its share", map[string]any{field: client}) > 0)
			check(flood, "the dashboard", w.dashboard("", "tr", "limit", "EventRate", client))
		}

		w.cable.cut()
		const broker = "the broker that is gone"
		_ = w.app.Publish("sold", sold{1})
		synctest.Wait()
		check(broker, "the metrics", w.metric("liveview_broker_connected 0"))
		check(broker, "the metrics, by what was lost,", w.metric("liveview_broker_dropped_total 1"))
		check(broker, "the log", w.log.search("pubsub: the broker isn't there", map[string]any{"broker": "*main.cable", "err": errCut.Error()}) == 1)
		check(broker, "the dashboard", w.dashboard("", "[role=status]", "broker", "not connected"))
		w.cable.mend()
		synctest.Wait()
		check(broker, "the metrics, once it is back,", w.metric("liveview_broker_connected 1") && w.metric("liveview_missed_total"))
		check(broker, "the dashboard, once it is back,", w.dashboard("", "tr", "missed", "sold"))
	})
}

// flood sends events faster than is allowed, until one is refused.
func (w *watched) flood(v *liveviewtest.View) {
	for range 14 {
		v.Click("Sell")
	}
}
