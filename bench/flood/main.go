// Program flood measures what the neighbours of a client that floods the server
// feel of it: the 99th percentile of their clicks' answers, with and without it,
// in turns. The server is a process of its own.
//
//	go run ./bench/flood
package main

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"html"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview"
)

var (
	neighbours = flag.Int("neighbours", 40, "how many others click")
	every      = flag.Duration("every", 50*time.Millisecond, "how long each of them waits between two clicks")
	phase      = flag.Duration("phase", 5*time.Second, "how long each phase takes")
	rounds     = flag.Int("rounds", 5, "how often there is each phase")
)

func main() {
	flag.Parse()
	if addr := os.Getenv("FLOOD_SERVER"); addr != "" {
		serve(addr)
		return
	}
	addr := freeAddress()
	server := exec.Command(os.Args[0])
	server.Env = append(os.Environ(), "FLOOD_SERVER="+addr)
	server.Stderr = os.Stderr
	check(server.Start())
	defer func() { _ = server.Process.Kill(); _ = server.Wait() }()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("tcp", addr); err == nil {
			_ = conn.Close()
			break
		} else if time.Now().After(end) {
			log.Fatal(err)
		}
	}

	others := make([]*client, *neighbours)
	for i := range others {
		others[i] = open(addr)
	}
	clicks(others) // to warm up
	kinds := []string{"quiet", "events", "joins"}
	samples := make(map[string][]time.Duration)
	for range *rounds {
		for _, kind := range kinds {
			stop := make(chan struct{})
			var flood sync.WaitGroup
			var sent atomic.Int64
			if kind != "quiet" {
				flood.Go(func() { hammer(addr, kind, &sent, stop) })
			}
			took := clicks(others)
			close(stop)
			flood.Wait()
			samples[kind] = append(samples[kind], took...)
			fmt.Printf("%-10s p50 %8s  p99 %8s  (%d clicks, %d frames of the flood)\n",
				kind, percentile(took, 50), percentile(took, 99), len(took), sent.Load())
		}
	}
	quiet := percentile(samples["quiet"], 99)
	for _, kind := range kinds[1:] {
		p99 := percentile(samples[kind], 99)
		fmt.Printf("all rounds, %s: p99 %s, quiet %s, ratio %.2f\n", kind, p99, quiet, float64(p99)/float64(quiet))
	}
}

type counter struct{ Count int }

type counterView struct{}

var counterPage = liveview.MustParse[counter](`<p>{{.Count}}</p><button phx-click="inc">+</button>`)

func (counterView) Render(c counter) liveview.Rendered { return counterPage.Render(c) }

func (counterView) HandleEvent(s *liveview.Socket[counter], _ liveview.Event) error {
	s.Assign(func(c *counter) { c.Count++ })
	return nil
}

func serve(addr string) {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	check(r.SetTrustedProxies(nil))
	r.Use(liveview.Middleware(liveview.Config{Secret: liveview.NewSecret(strings.Repeat("a secret ", 5))}))
	liveview.Handle(r, "/", counterView{})
	check((&http.Server{Addr: addr, Handler: r, ReadHeaderTimeout: time.Second}).ListenAndServe())
}

// client is one page with its socket.
type client struct {
	conn         *websocket.Conn
	topic        string
	url, session string
	ref          int
}

var (
	csrf = regexp.MustCompile(`<meta name="csrf-token" content="([^"]*)">`)
	view = regexp.MustCompile(`<div id="([^"]*)" data-phx-main data-phx-session="([^"]*)"`)
)

func open(addr string) *client {
	c, err := connect(addr)
	check(err)
	return c
}

func connect(addr string) (*client, error) {
	jar, _ := cookiejar.New(nil)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	page := "http://" + addr + "/"
	res, err := (&http.Client{Jar: jar, Transport: transport}).Get(page)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil {
		return nil, err
	}
	token, v := csrf.FindSubmatch(body), view.FindSubmatch(body)
	c := &client{topic: "lv:" + string(v[1]), url: page, session: html.UnescapeString(string(v[2]))}
	u, _ := url.Parse(page)
	cookies := make([]string, 0, 2)
	for _, k := range jar.Cookies(u) {
		cookies = append(cookies, k.Name+"="+k.Value)
	}
	query := url.Values{"vsn": {"2.0.0"}, "_csrf_token": {html.UnescapeString(string(token[1]))}}
	c.conn, _, err = websocket.DefaultDialer.Dial("ws://"+addr+"/live/websocket?"+query.Encode(),
		http.Header{"Origin": {"http://" + addr}, "Cookie": {strings.Join(cookies, "; ")}})
	if err != nil {
		return nil, err
	}
	if err := c.conn.WriteMessage(websocket.TextMessage, c.joinFrame()); err != nil {
		return nil, err
	}
	_, _, err = c.conn.ReadMessage()
	return c, err
}

func (c *client) joinFrame() []byte {
	c.ref++
	b, _ := json.Marshal([]any{
		"1", strconv.Itoa(c.ref), c.topic, "phx_join",
		map[string]any{"url": c.url, "session": c.session, "params": map[string]any{}},
	})
	return b
}

func (c *client) clickFrame() []byte {
	c.ref++
	return fmt.Appendf(nil, `["1","%d",%q,"event",{"type":"click","event":"inc","value":{}}]`, c.ref, c.topic)
}

// clicks has all of them click for one phase, and returns how long each answer
// took.
func clicks(all []*client) []time.Duration {
	var mu sync.Mutex
	var took []time.Duration
	var done sync.WaitGroup
	end := time.Now().Add(*phase)
	for i, c := range all {
		done.Go(func() {
			time.Sleep(*every * time.Duration(i) / time.Duration(len(all)))
			var own []time.Duration
			for time.Now().Before(end) {
				start := time.Now()
				check(c.conn.WriteMessage(websocket.TextMessage, c.clickFrame()))
				_, _, err := c.conn.ReadMessage()
				check(err)
				own = append(own, time.Since(start))
				time.Sleep(*every)
			}
			mu.Lock()
			took = append(took, own...)
			mu.Unlock()
		})
	}
	done.Wait()
	return took
}

// hammer sends as fast as the server lets it, on a new socket whenever it is cut
// off.
func hammer(addr, kind string, sent *atomic.Int64, stop <-chan struct{}) {
	for {
		c, err := connect(addr)
		if err == nil {
			go func() {
				for {
					if _, _, err := c.conn.NextReader(); err != nil {
						return
					}
				}
			}()
			cut := make(chan struct{})
			go func() {
				select {
				case <-stop:
					_ = c.conn.Close()
				case <-cut:
				}
			}()
			frame := c.clickFrame()
			if kind == "joins" {
				frame = c.joinFrame()
			}
			for c.conn.WriteMessage(websocket.TextMessage, frame) == nil {
				sent.Add(1)
			}
			close(cut)
			_ = c.conn.Close()
		}
		select {
		case <-stop:
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func percentile(d []time.Duration, p int) time.Duration {
	d = slices.SortedFunc(slices.Values(d), cmp.Compare)
	return d[min(len(d)*p/100, len(d)-1)].Round(time.Microsecond)
}

func freeAddress() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
