package e2e

import (
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/pubsub"
	"github.com/gin-liveview/liveview/pubsub/nats"
	"github.com/gin-liveview/liveview/pubsub/redis"
)

// fired is the info of BenchmarkBroadcast.
type fired struct{ N int }

func init() { pubsub.Register[fired]("e2e.fired") }

type broadcastState struct{ Count int }

type broadcastView struct{}

var broadcastPage = liveview.MustParse[broadcastState](`<div><h1>Broadcast</h1><span id="count">{{.Count}}</span></div>`)

func (broadcastView) Mount(_ *gin.Context, s *liveview.Socket[broadcastState]) error {
	_, err := s.Subscribe("b")
	return err
}

func (broadcastView) HandleInfo(s *liveview.Socket[broadcastState], info any) error {
	if f, ok := info.(fired); ok {
		s.Assign(func(c *broadcastState) { c.Count = f.N })
	}
	return nil
}

func (broadcastView) Render(c broadcastState) liveview.Rendered { return broadcastPage.Render(c) }

// One topic, 1,000 live pages: published at another node, and, beside it, in
// the pages' own process. An operation is one publication; clients and servers
// share the machine.
func BenchmarkBroadcast(b *testing.B) {
	gin.SetMode(gin.ReleaseMode)
	quiet := slog.New(slog.DiscardHandler)
	local := pubsub.NewLocal()
	b.Run("in process", func(b *testing.B) { benchmarkBroadcast(b, local, local) })
	for name, start := range map[string]func(testing.TB) *broker{"redis": startRedisBroker, "nats": startNATS} {
		b.Run(name, func(b *testing.B) {
			url := start(b).url
			open := func() *pubsub.Bus {
				bus, err := redis.New(url, pubsub.Options{Logger: quiet})
				if name == "nats" {
					bus, err = nats.New(url, pubsub.Options{Logger: quiet})
				}
				if err != nil {
					b.Fatal(err)
				}
				b.Cleanup(func() { _ = bus.Close() })
				eventually(b, "connecting", bus.Healthy)
				return bus
			}
			benchmarkBroadcast(b, open(), open())
		})
	}
}

func benchmarkBroadcast(b *testing.B, publisher, subscriber pubsub.PubSub) {
	const pages = 1000
	r := gin.New()
	r.Use(liveview.Middleware(liveview.Config{PubSub: subscriber, Secret: liveview.NewSecret(strings.Repeat("s", 32))}))
	liveview.Handle(r, "/", broadcastView{})
	srv := httptest.NewServer(r)
	defer srv.Close()
	var delivered atomic.Int64
	shown := make(chan struct{}, 1) // all pages show what was published last
	for range pages {
		conn := joinPage(b, srv.URL)
		defer func() { _ = conn.Close() }()
		go func() { // ends with the connection
			for {
				_, r, err := conn.NextReader()
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, r)
				if delivered.Add(1)%pages == 0 {
					shown <- struct{}{}
				}
			}
		}()
	}
	n := 0
	b.ResetTimer()
	for b.Loop() {
		n++
		if err := publisher.Publish("b", fired{n}); err != nil {
			b.Fatal(err)
		}
		// The next one when all pages show this one: nothing is left out.
		<-shown
	}
	b.ReportMetric(float64(n)*pages/b.Elapsed().Seconds(), "deliveries/s")
}

// joinPage gets a page and joins it.
func joinPage(b *testing.B, site string) *websocket.Conn {
	b.Helper()
	conn, _, _ := joinedPage(b, site)
	return conn
}

// joinedPage is joinPage, with the topic of the view and the answer to its join.
func joinedPage(b testing.TB, site string) (conn *websocket.Conn, topic, reply string) {
	b.Helper()
	jar, _ := cookiejar.New(nil)
	client := &http.Client{Jar: jar}
	res, err := client.Get(site)
	if err != nil {
		b.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	m := callerPage.FindSubmatch(body)
	if err != nil || m == nil {
		b.Fatalf("the page is %s, %v", body, err)
	}
	part := func(i int) string { return html.UnescapeString(string(m[i])) }
	d := websocket.Dialer{Jar: jar}
	conn, _, err = d.Dial(strings.Replace(site, "http", "ws", 1)+"/live/websocket?vsn=2.0.0&_csrf_token="+url.QueryEscape(part(1)), http.Header{"Origin": {site}})
	if err != nil {
		b.Fatal(err)
	}
	topic = "lv:" + part(2)
	join := fmt.Sprintf(`["1","1","%s","phx_join",{"url":%q,"params":{},"session":%q,"static":""}]`, topic, site+"/", part(3))
	if err := conn.WriteMessage(websocket.TextMessage, []byte(join)); err != nil {
		b.Fatal(err)
	}
	_, answer, err := conn.ReadMessage()
	if err != nil || !strings.Contains(string(answer), `"status":"ok"`) {
		b.Fatalf("the join is answered with %s, %v", answer, err)
	}
	return conn, topic, string(answer)
}

// clickPage sends an event of a joined page, and returns the answer.
func clickPage(b testing.TB, conn *websocket.Conn, topic, event string) string {
	b.Helper()
	click := fmt.Sprintf(`["1","12","%s","event",{"type":"click","event":%q,"value":{}}]`, topic, event)
	if err := conn.WriteMessage(websocket.TextMessage, []byte(click)); err != nil {
		b.Fatal(err)
	}
	_, answer, err := conn.ReadMessage()
	if err != nil || !strings.Contains(string(answer), `"status":"ok"`) {
		b.Fatalf("%s is answered with %s, %v", event, answer, err)
	}
	return string(answer)
}
