package liveview_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/internal/memnet"
)

// The main function of a program that ends without its visitors losing anything.
func ExampleApp_Shutdown() {
	lv := liveview.New(liveview.Config{Secret: liveview.NewSecret(os.Getenv("SECRET"))})
	r := gin.New()
	r.Use(lv.Middleware())
	r.GET("/readyz", lv.Ready)
	r.GET("/livez", lv.Healthy)
	liveview.Handle(r, "/", plainView{})

	srv := &http.Server{Addr: ":8080", Handler: r, ReadHeaderTimeout: 10 * time.Second}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	failed := make(chan error, 1)
	go func() { failed <- srv.ListenAndServe() }()
	select {
	case err := <-failed:
		log.Fatal(err)
	case <-ctx.Done():
		if err := lv.Shutdown(context.Background(), srv); err != nil {
			log.Print(err)
		}
	}
}

// drainSite has a counter at /, and counts the Shutdown callbacks.
func drainSite(t *testing.T, config liveview.Config, v *testView[counter]) (s *site, ended *atomic.Int32) {
	ended = &atomic.Int32{}
	v.onShutdown = func(*liveview.Socket[counter]) { ended.Add(1) }
	s = newSite(t, config, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	s.engine.GET("/readyz", s.app.Ready)
	s.engine.GET("/livez", s.app.Healthy)
	return s, ended
}

// probe asks for path as a load balancer does.
func (s *site) probe(path string) (status int, body string) {
	s.t.Helper()
	res, err := s.visitor().client.Get("http://" + siteHost + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// shutdown calls Shutdown and returns where its error will be.
func (s *site) shutdown(ctx context.Context) <-chan error {
	result := make(chan error, 1)
	go func() { result <- s.app.Shutdown(ctx, s.server) }()
	return result
}

// farewells are when and how the sockets of clients were closed, in the order
// of time.
type farewells struct {
	wg    sync.WaitGroup
	mu    sync.Mutex // guards the fields below
	codes map[int]int
	after []time.Duration
}

func watchFarewells(begin time.Time, clients []*client) *farewells {
	f := &farewells{codes: make(map[int]int)}
	for _, c := range clients {
		f.wg.Go(func() {
			for range c.frames { // until it is closed
			}
			code := websocket.CloseAbnormalClosure
			if ce := (*websocket.CloseError)(nil); errors.As(c.closed, &ce) {
				code = ce.Code
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			f.codes[code]++
			f.after = append(f.after, time.Since(begin))
		})
	}
	return f
}

func TestShutdownClosesInJitteredBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const sockets = 1200 // ten batches of 120
		s, ended := drainSite(t, liveview.Config{DrainDelay: 5 * time.Second}, counterView())
		clients := make([]*client, sockets)
		for i := range clients {
			clients[i] = s.open("/")
		}
		begin := time.Now()
		f := watchFarewells(begin, clients)
		result := s.shutdown(t.Context())
		synctest.Wait()
		if status, body := s.probe("/readyz"); status != http.StatusServiceUnavailable || body != "draining\n" {
			t.Errorf("Ready says %d %q at once", status, body)
		}
		if status, body := s.probe("/livez"); status != http.StatusOK || body != "alive\n" {
			t.Errorf("Healthy says %d %q while the server drains", status, body)
		}
		p := s.visitor().get("/")
		if p.status != http.StatusOK {
			t.Errorf("a page is answered with %d while the server drains", p.status)
		}
		_, res, err := p.dial(nil, nil)
		if err == nil || res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") != "1" {
			t.Errorf("a new socket: %v, %v; want it refused with 503", res, err)
		}
		if err := <-result; err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		took := time.Since(begin)
		f.wg.Wait()
		if f.codes[websocket.CloseServiceRestart] != sockets {
			t.Errorf("the close codes are %v, want 1012 for all", f.codes)
		}
		if n := ended.Load(); n != sockets {
			t.Errorf("Shutdown ran for %d views, want %d", n, sockets)
		}
		// 5 s of delay, then ten batches of 1 s, which is half of what is left of 25 s.
		if f.after[0] < 5*time.Second || took > 15*time.Second {
			t.Errorf("the first was closed after %v and all was over after %v, want between 5 s and 15 s", f.after[0], took)
		}
		figure(t, "%d sockets, all told to come back between %s and %s later", f.codes[websocket.CloseServiceRestart], f.after[0], f.after[len(f.after)-1])
		moments := slices.Compact(slices.Clone(f.after))
		if len(moments) < sockets*9/10 {
			t.Errorf("%d sockets were closed at only %d moments", sockets, len(moments))
		}
		for i := range 10 {
			from := 5*time.Second + time.Duration(i)*time.Second
			n := 0
			for _, at := range f.after {
				if at >= from && at < from+time.Second {
					n++
				}
			}
			if n < 115 || n > 125 { // one may fall on the edge
				t.Errorf("in second %d of the drain %d sockets were closed, want 120", i+1, n)
			}
		}
	})
}

func TestShutdownClosesFewSocketsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ended := drainSite(t, liveview.Config{}, counterView())
		clients := make([]*client, 100)
		for i := range clients {
			clients[i] = s.open("/")
		}
		begin := time.Now()
		f := watchFarewells(begin, clients)
		if err := s.app.Shutdown(t.Context(), s.server); err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took > time.Second || ended.Load() != 100 {
			t.Errorf("after %v %d views have ended, want 100 at once", took, ended.Load())
		}
		f.wg.Wait()
		if f.codes[websocket.CloseServiceRestart] != 100 {
			t.Errorf("the close codes are %v, want 1012 for all", f.codes)
		}
	})
}

// The answer to what a visitor has just sent arrives before the socket is
// closed, also after what waits behind it.
func TestShutdownWaitsForAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := counterView()
		count := v.onEvent
		v.onEvent = func(s *liveview.Socket[counter], e liveview.Event) error {
			time.Sleep(3 * time.Second) // of the bubble: a slow database
			return count(s, e)
		}
		s, ended := drainSite(t, liveview.Config{}, v)
		c := s.open("/")
		c.push("event", map[string]any{"type": "click", "event": "inc", "value": map[string]any{}})
		c.push("event", map[string]any{"type": "click", "event": "inc", "value": map[string]any{}})
		synctest.Wait()
		begin := time.Now()
		result := s.shutdown(t.Context())
		for _, want := range []string{`{"0":"1"}`, `{"0":"2"}`} {
			if f := c.next(); !strings.Contains(f.raw, want) {
				t.Errorf("the answer is %s, want %s", f.raw, want)
			}
		}
		if code := c.end(); code != websocket.CloseServiceRestart {
			t.Errorf("the socket is closed with %d, want 1012", code)
		}
		if err := <-result; err != nil || ended.Load() != 1 {
			t.Errorf("Shutdown: %v, with %d views ended", err, ended.Load())
		}
		if took := time.Since(begin); took < 6*time.Second || took > 7*time.Second {
			t.Errorf("it took %v, want the 6 s of the callbacks", took)
		}
	})
}

// What views put away at their end is put away before the process ends.
func TestShutdownWaitsForCallbacks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := counterView()
		s, ended := drainSite(t, liveview.Config{}, v)
		v.onShutdown = func(*liveview.Socket[counter]) {
			time.Sleep(3 * time.Second) // of the bubble: as storing something takes
			ended.Add(1)
		}
		s.open("/")
		s.open("/")
		if err := s.app.Shutdown(t.Context(), s.server); err != nil || ended.Load() != 2 {
			t.Errorf("Shutdown: %v, with %d views ended, want 2", err, ended.Load())
		}
	})
}

// When Shutdown returns nothing is left of uploads, the complete, the half and
// the granted ones: a program ends then.
func TestShutdownLeavesNoFiles(t *testing.T) {
	st := newStudio(t, liveview.UploadConfig{MaxEntries: 3}, liveview.Config{})
	u := st.openUploader()
	whole, half, granted := textFile("0", "whole"), textFile("1", "half way"), textFile("2", "granted")
	u.choose(whole, half, granted)
	response := u.allow(whole, half, granted)
	u.send(whole, u.token("0", response), 10)
	joinRef, _, _ := u.joinFile("1", u.token("1", response))
	u.chunk("1", joinRef, []byte("half"))
	if n := len(st.left()); n != 2 {
		t.Fatalf("%d files are there, want 2", n)
	}
	if err := st.app.Shutdown(t.Context(), st.server); err != nil {
		t.Error(err)
	}
	entries, err := os.ReadDir(st.dir)
	if err != nil || len(entries) != 0 {
		t.Errorf("the directory of uploads holds %v (%v)", entries, err)
	}
}

// slowRemove is a writer that takes its time to tidy up.
type slowRemove struct {
	began   *atomic.Int32
	removed *atomic.Int32
}

func (slowRemove) Write(chunk []byte) (int, error) { return len(chunk), nil }
func (slowRemove) Close() error                    { return nil }
func (w slowRemove) Remove() error {
	w.began.Add(1)
	<-time.After(200 * time.Millisecond)
	w.removed.Add(1)
	return nil
}

// A file that is cut in the middle is waited for, also where its view has ended
// before it.
func TestShutdownWaitsForRemove(t *testing.T) {
	var began, removed atomic.Int32
	st := newStudio(t, liveview.UploadConfig{
		Writer: func(context.Context, liveview.UploadEntry) (liveview.UploadWriter, error) {
			return slowRemove{&began, &removed}, nil
		},
	}, liveview.Config{})
	u := st.openUploader()
	half := textFile("0", "half way")
	u.choose(half)
	joinRef, _, _ := u.joinFile("0", u.token("0", u.allow(half)))
	u.chunk("0", joinRef, []byte("half"))
	if err := st.app.Shutdown(t.Context(), st.server); err != nil {
		t.Error(err)
	}
	if began.Load() != 1 || removed.Load() != 1 {
		t.Errorf("when Shutdown returns, of one file %d are being removed and %d are", began.Load(), removed.Load())
	}
}

// A view that never comes to an end holds up nobody longer than it may, and
// Shutdown says so.
func TestShutdownIsLimited(t *testing.T) {
	for name, test := range map[string]struct {
		config  liveview.Config
		timeout time.Duration // of ctx
		want    time.Duration
		text    string
	}{
		"by default":   {want: 25 * time.Second, text: "1 sockets were still open after Config.DrainTime, 25s"},
		"by DrainTime": {config: liveview.Config{DrainTime: 4 * time.Second, DrainDelay: 3 * time.Second}, want: 4 * time.Second, text: "4s"},
		"by ctx":       {timeout: 2 * time.Second, want: 2 * time.Second, text: context.DeadlineExceeded.Error()},
		"by ctx in the delay": {
			config:  liveview.Config{DrainDelay: 20 * time.Second},
			timeout: 2 * time.Second, want: 2 * time.Second, text: context.DeadlineExceeded.Error(),
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v, release := counterView(), make(chan struct{})
				v.onEvent = func(*liveview.Socket[counter], liveview.Event) error { <-release; return nil }
				s, ended := drainSite(t, test.config, v)
				c := s.open("/")
				c.push("event", map[string]any{"type": "click", "event": "inc", "value": map[string]any{}})
				synctest.Wait()
				ctx, cancel := t.Context(), context.CancelFunc(func() {})
				if test.timeout > 0 {
					ctx, cancel = context.WithTimeout(ctx, test.timeout)
				}
				defer cancel()
				begin := time.Now()
				err := s.app.Shutdown(ctx, s.server)
				if took := time.Since(begin); took != test.want {
					t.Errorf("it took %v, want %v", took, test.want)
				}
				if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), test.text) {
					t.Errorf("the error is %v, want %q", err, test.text)
				}
				if code := c.end(); code == websocket.CloseServiceRestart {
					t.Error("the busy view's socket was closed with 1012, want its connection cut")
				}
				if n := ended.Load(); n != 0 {
					t.Errorf("%d views have ended; the test means to have one that doesn't", n)
				}
				close(release)
				synctest.Wait()
				if n := ended.Load(); n != 1 {
					t.Errorf("Shutdown ran for %d views when the callback had returned, want 1", n)
				}
			})
		})
	}
}

// A view that crashes while its socket waits for it doesn't keep it open.
func TestShutdownWithACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := counterView()
		v.onEvent = func(*liveview.Socket[counter], liveview.Event) error {
			time.Sleep(time.Second) // of the bubble: the drain begins meanwhile
			return errors.New("lost")
		}
		s, ended := drainSite(t, liveview.Config{}, v)
		c := s.open("/")
		c.push("event", map[string]any{"type": "click", "event": "inc", "value": map[string]any{}})
		synctest.Wait()
		begin := time.Now()
		result := s.shutdown(t.Context())
		if code := c.end(); code != websocket.CloseServiceRestart {
			t.Errorf("the socket is closed with %d, want 1012", code)
		}
		if err := <-result; err != nil || ended.Load() != 1 || time.Since(begin) > 2*time.Second {
			t.Errorf("Shutdown: %v after %v, with %d views ended", err, time.Since(begin), ended.Load())
		}
	})
}

func TestShutdownTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := drainSite(t, liveview.Config{DrainDelay: 10 * time.Second}, counterView())
		s.open("/")
		begin := time.Now()
		first := s.shutdown(t.Context())
		time.Sleep(4 * time.Second) // of the bubble: within the first one's delay
		hurry, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		second, third := s.shutdown(t.Context()), s.shutdown(hurry)
		if err := <-third; !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != 6*time.Second {
			t.Errorf("the call in a hurry returned %v after %v", err, time.Since(begin))
		}
		for _, call := range []<-chan error{first, second} {
			if err := <-call; err != nil {
				t.Error(err)
			}
		}
		if err := s.app.Shutdown(t.Context(), s.server); err != nil {
			t.Errorf("when all is over: %v", err)
		}
	})
}

// A server that serves no sockets, or not even pages, is shut down as
// by net/http; of two servers of one application only the one that is meant.
func TestShutdownOfOtherServers(t *testing.T) {
	if err := liveview.New(liveview.Config{}).Shutdown(t.Context(), &http.Server{}); err != nil {
		t.Errorf("a server that never served: %v", err)
	}
	synctest.Test(t, func(t *testing.T) {
		s, _ := drainSite(t, liveview.Config{}, counterView())
		c := s.open("/")
		other := &site{t: t, app: s.app, engine: s.engine, listen: memnet.Listen(), server: &http.Server{Handler: s.engine}}
		served := make(chan error, 1)
		go func() { served <- other.server.Serve(other.listen) }()
		gone := other.open("/")
		if err := other.app.Shutdown(t.Context(), other.server); err != nil {
			t.Error(err)
		}
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("the server that is shut down ended with %v", err)
		}
		if code := gone.end(); code != websocket.CloseServiceRestart {
			t.Errorf("its socket is closed with %d, want 1012", code)
		}
		if diff := c.click("inc", nil); diff["0"] != "1" {
			t.Errorf("the other server's socket answers %v", diff)
		}
		if status, body := s.probe("/readyz"); status != http.StatusOK || body != "ready\n" {
			t.Errorf("the other server's Ready says %d %q", status, body)
		}
	})
}

// The delay is for those who load pages, too, whether or not a socket is open.
func TestShutdownDelaysWithoutSockets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := drainSite(t, liveview.Config{DrainDelay: 5 * time.Second}, counterView())
		s.probe("/readyz")
		begin := time.Now()
		result := s.shutdown(t.Context())
		time.Sleep(5*time.Second - 1) // of the bubble: the last moment of the delay
		if status := s.visitor().get("/").status; status != http.StatusOK {
			t.Errorf("a page is answered with %d in the delay", status)
		}
		if err := <-result; err != nil || time.Since(begin) > 6*time.Second {
			t.Errorf("Shutdown: %v after %v", err, time.Since(begin))
		}
	})
}

// Whoever calls only the server's own Shutdown gets 1012 too.
func TestServersOwnShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ended := drainSite(t, liveview.Config{}, counterView())
		c := s.open("/")
		if err := s.server.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if code := c.end(); code != websocket.CloseServiceRestart {
			t.Errorf("the socket is closed with %d, want 1012", code)
		}
		synctest.Wait()
		if n := ended.Load(); n != 1 {
			t.Errorf("Shutdown ran for %d views, want 1", n)
		}
	})
}

// sickPubSub is one without its broker.
type sickPubSub struct{ liveview.PubSub }

func (sickPubSub) Healthy() error { return errors.New("dial tcp 10.0.0.5:6379: connection refused") }

func TestReadyWithoutTheBroker(t *testing.T) {
	s, _ := drainSite(t, liveview.Config{PubSub: sickPubSub{liveview.NewPubSub()}}, counterView())
	status, body := s.probe("/readyz")
	if status != http.StatusOK || !strings.Contains(body, "PubSub has no connection") || strings.Contains(body, "10.0.0.5") {
		t.Errorf("Ready says %d %q", status, body)
	}
}

// Ready may also be called where no server is known, and ahead of the middleware.
func TestReadyAnywhere(t *testing.T) {
	r := gin.New()
	r.GET("/readyz", liveview.New(liveview.Config{}).Ready)
	w := httptest.NewRecorder()
	r.ServeHTTP(w, newRequest(t, "http://"+siteHost+"/readyz"))
	if w.Code != http.StatusOK || w.Body.String() != "ready\n" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("Ready says %d %q %v", w.Code, w.Body, w.Header())
	}
}

// What is known of a server doesn't keep it, or its application, in memory.
func TestServersAreForgotten(t *testing.T) {
	serve := func() weak.Pointer[http.Server] {
		r := gin.New()
		lv := liveview.New(liveview.Config{})
		r.Use(lv.Middleware())
		r.GET("/readyz", lv.Ready)
		srv := httptest.NewServer(r)
		defer srv.Close()
		res, err := srv.Client().Get(srv.URL + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return weak.Make(srv.Config)
	}
	gone := serve()
	deadline := time.After(10 * time.Second)
	for {
		runtime.GC()
		if gone.Value() == nil {
			return
		}
		select {
		case <-time.After(10 * time.Millisecond): // the connection's goroutines may still be ending
		case <-deadline:
			t.Fatal("a server that nobody has any more is still in memory")
		}
	}
}

// joinPage asks to join p as the page of that name.
func (c *client) joinPage(p *page, name string) {
	c.t.Helper()
	join, err := json.Marshal(map[string]any{
		"url": p.url, "session": p.session, "static": p.static,
		"params": map[string]any{"_csrf_token": p.csrf, "_mounts": 1, "_mount_attempts": 0, "_page": name},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	c.write(fmt.Sprintf(`["1","1","lv:%s","phx_join",%s]`, p.id, join))
	synctest.Wait()
}

// lateVault is vaultView with a HandleParams that takes its time.
type lateVault struct{ vaultView }

func (lateVault) HandleParams(*gin.Context, *liveview.Socket[vault]) error {
	time.Sleep(time.Second) // of the bubble: a slow database
	return nil
}

// endsWhile has the server of a page end that has just asked to join, calls hear with each
// message that comes, and returns what the page shows when it has joined the next server with
// what it was handed.
func endsWhile(t *testing.T, view liveview.View[vault], hear func(c *client, p *page, f frame)) string {
	t.Helper()
	config := liveview.Config{Secret: liveview.NewSecret("0123456789abcdef0123456789abcdef")}
	routes := func(r *gin.Engine) { liveview.Handle(r, "/", view) }
	s, next := newSite(t, config, routes), newSite(t, config, routes)
	p := s.visitor().get("/")
	c := p.connect()
	c.joinPage(p, "one")
	result := s.shutdown(t.Context())
	seal := ""
	for f := range c.frames {
		hear(c, p, f)
		switch f.event {
		case "lv:hold":
			c.write(fmt.Sprintf(`["1","3","lv:%s","lv:held",{}]`, p.id))
		case "lv:state":
			seal = fmt.Sprint(f.payload["state"])
		}
	}
	if err := <-result; err != nil {
		t.Error(err)
	}
	p.visitor.site = next
	status, shows, _ := p.rejoin(seal, "one")
	if status != "ok" {
		t.Errorf("the page joins the next server with %s", status)
	}
	return shows
}

// A page that is about to join when its server begins to end is asked to hold like those
// that are there, and what its visitor does at once, in the view that has just joined, is
// handed on.
func TestShutdownHandsOnWhatJoinsMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shows := endsWhile(t, &lateVault{}, func(c *client, p *page, f frame) {
			if f.event == "phx_reply" && f.ref == "1" {
				c.write(fmt.Sprintf(`["1","2","lv:%s","event",{"type":"click","event":"inc","value":{}}]`, p.id))
			}
		})
		if !strings.Contains(shows, "n1") && !strings.Contains(shows, "0:1") {
			t.Errorf("at the next server the page shows %s", shows)
		}
	})
}

// A page that is told late that it is to hold, as its machine or its network has much to do,
// goes on until then, and what its visitor did meanwhile is handed on.
func TestShutdownHandsOnWhatASlowPageDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shows := endsWhile(t, &vaultView{}, func(c *client, p *page, f frame) {
			if f.event != "lv:hold" {
				return
			}
			if ms, _ := f.payload["for"].(float64); ms < 25_000 {
				t.Errorf("the page is to hold for %v ms, want as long as Shutdown may take", f.payload["for"])
			}
			time.Sleep(4 * time.Second) // of the bubble, in which the message is on its way
			c.write(fmt.Sprintf(`["1","2","lv:%s","event",{"type":"click","event":"inc","value":{}}]`, p.id))
		})
		if !strings.Contains(shows, "n1") && !strings.Contains(shows, "0:1") {
			t.Errorf("at the next server the page shows %s", shows)
		}
	})
}
