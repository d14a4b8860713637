package liveview_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/internal/memnet"
)

// newsView counts what it hears on the topic "news"; its visitor is ann.
func newsView() *testView[counter] {
	v := counterView()
	v.onMount = func(_ *gin.Context, s *liveview.Socket[counter]) error { return subscribes(s, "news") }
	v.onInfo = func(s *liveview.Socket[counter], _ any) error {
		s.Assign(func(c *counter) { c.Count++ })
		return nil
	}
	return v
}

func asAnn(c *gin.Context) { liveview.Identify(c, "ann") }

// What one App publishes, or whom it disconnects, is nothing to another one in the
// same process, unless they share a PubSub.
func TestAppsShareNothingUnlessTold(t *testing.T) {
	for name, shared := range map[string]liveview.PubSub{"apart": nil, "with one PubSub": liveview.NewPubSub()} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				config := liveview.Config{PubSub: shared}
				routes := func(r *gin.Engine) { liveview.Handle(r.Group("", asAnn), "/", newsView()) }
				one, two := newSite(t, config, routes), newSite(t, config, routes)
				mine, other := one.open("/"), two.open("/")
				if err := one.app.Publish("news", 1); err != nil {
					t.Fatal(err)
				}
				if f := mine.next(); f.event != "diff" {
					t.Errorf("its own view was sent %s", f.raw)
				}
				if shared != nil {
					if f := other.next(); f.event != "diff" {
						t.Errorf("the other's view was sent %s", f.raw)
					}
				}
				if err := one.app.Disconnect("ann"); err != nil {
					t.Fatal(err)
				}
				if code := mine.end(); code != websocket.CloseGoingAway {
					t.Errorf("its own socket is closed with %d", code)
				}
				if shared != nil {
					if code := other.end(); code != websocket.CloseGoingAway {
						t.Errorf("the other's socket is closed with %d", code)
					}
					return
				}
				if diff := other.click("inc", nil); diff["0"] != "1" { // and nothing was sent before
					t.Errorf("the other's view says %v", diff)
				}
			})
		})
	}
}

// A plain handler finds the App whose Middleware runs before it; where none does, its
// methods say what to do rather than panic.
func TestAppOf(t *testing.T) {
	gin.SetMode(gin.TestMode)
	lv := liveview.New(liveview.Config{})
	var found *liveview.App
	handler := func(c *gin.Context) { found = liveview.AppOf(c) }
	r := gin.New()
	r.GET("/before", handler)
	r.Use(lv.Middleware())
	r.GET("/behind", handler)
	for path, want := range map[string]*liveview.App{"/before": nil, "/behind": lv} {
		r.ServeHTTP(httptest.NewRecorder(), newRequest(t, path))
		if found != want {
			t.Errorf("at %s AppOf returns %p, want %p", path, found, want)
		}
	}
	var none *liveview.App
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = newRequest(t, "/")
	for name, err := range map[string]error{
		"Publish":    none.Publish("news", 1),
		"Disconnect": none.Disconnect("ann"),
		"Renew":      none.Renew(c),
		"Shutdown":   none.Shutdown(t.Context(), &http.Server{}),
	} {
		if err == nil || !strings.Contains(err.Error(), "r.Use(lv.Middleware())") {
			t.Errorf("%s of no App returns %v", name, err)
		}
	}
	w := httptest.NewRecorder()
	c, _ = gin.CreateTestContext(w)
	c.Request = newRequest(t, "/")
	if none.Ready(c); w.Code != http.StatusInternalServerError || none.Stats() != (liveview.Stats{}) {
		t.Errorf("no App is ready: %d, with %+v", w.Code, none.Stats())
	}
}

// Renew of an App whose Middleware doesn't run before the route is an error that names
// the route and the remedy, and changes nothing.
func TestRenewByAnotherApp(t *testing.T) {
	gin.SetMode(gin.TestMode)
	lv, other := liveview.New(liveview.Config{}), liveview.New(liveview.Config{})
	for name, use := range map[string]func(r *gin.Engine){
		"no Middleware":        func(*gin.Engine) {},
		"another App's":        func(r *gin.Engine) { r.Use(other.Middleware()) },
		"behind another App's": func(r *gin.Engine) { r.Use(lv.Middleware(), other.Middleware()) },
	} {
		t.Run(name, func(t *testing.T) {
			r := gin.New()
			use(r)
			var err error
			r.GET("/login", func(c *gin.Context) { err = lv.Renew(c) })
			w := httptest.NewRecorder()
			r.ServeHTTP(w, newRequest(t, "/login"))
			if err == nil || !strings.Contains(err.Error(), `"/login"`) || !strings.Contains(err.Error(), "lv.Middleware()") {
				t.Errorf("Renew returned %v", err)
			}
			if cookie := w.Header().Get("Set-Cookie"); cookie != "" {
				t.Errorf("the cookie %q is set", cookie)
			}
		})
	}
}

// A server that two Apps have pages on ends for both: whichever is told to, the
// sockets of each get the answers that they wait for, and what views put away at their
// end is waited for.
func TestShutdownOfAServerOfTwoApps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended atomic.Int32
		slow := func() *testView[counter] {
			v := counterView()
			count := v.onEvent
			v.onEvent = func(s *liveview.Socket[counter], e liveview.Event) error {
				time.Sleep(3 * time.Second) // of the bubble: a slow database
				return count(s, e)
			}
			v.onShutdown = func(*liveview.Socket[counter]) { ended.Add(1) }
			return v
		}
		one := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/one", slow()) })
		two := newSite(t, liveview.Config{DrainDelay: 2 * time.Second}, func(r *gin.Engine) { liveview.Handle(r, "/two", slow()) })
		two.engine.GET("/two/readyz", two.app.Ready)
		one.server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/two") || r.URL.Query().Has("two") {
				two.engine.ServeHTTP(w, r)
				return
			}
			one.engine.ServeHTTP(w, r)
		})
		var clients []*client
		for path, query := range map[string]url.Values{"/one": nil, "/two": {"two": {""}}} {
			p := one.visitor().get(path)
			conn, _, err := p.dial(nil, query)
			if err != nil {
				t.Fatal(err)
			}
			c := p.clientOn(conn)
			if status, response := c.join(); status != "ok" {
				t.Fatalf("join of %s: %s %v", path, status, response)
			}
			c.push("event", map[string]any{"type": "click", "event": "inc", "value": map[string]any{}})
			clients = append(clients, c)
		}
		synctest.Wait()
		begin := time.Now()
		first := one.shutdown(t.Context())
		synctest.Wait()
		if status, body := one.probe("/two/readyz"); status != http.StatusServiceUnavailable {
			t.Errorf("the other App is ready on a server that ends: %d %q", status, body)
		}
		second := make(chan error, 1)
		go func() { second <- two.app.Shutdown(t.Context(), one.server) }()
		for _, c := range clients {
			if f := c.next(); !strings.Contains(f.raw, `{"0":"1"}`) {
				t.Errorf("the answer to the click is %s", f.raw)
			}
			if code := c.end(); code != websocket.CloseServiceRestart {
				t.Errorf("a socket is closed with %d, want 1012", code)
			}
		}
		for _, result := range []<-chan error{first, second} {
			if err := <-result; err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(begin); ended.Load() != 2 || took < 3*time.Second || took > 4*time.Second {
			t.Errorf("after %v %d views have ended, want 2 after the 3 s of their callbacks", took, ended.Load())
		}
	})
}

// A load balancer may ask on a server of its own, which serves no page: it is told of
// those that do. And where there is no server to be told of, of the App.
func TestReadyOnAnotherServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := drainSite(t, liveview.Config{DrainDelay: 5 * time.Second}, counterView())
		probes := gin.New()
		probes.GET("/readyz", s.app.Ready)
		internal := &site{t: t, listen: memnet.Listen(), server: &http.Server{Handler: probes}}
		go func() { _ = internal.server.Serve(internal.listen) }()
		defer func() { _ = internal.server.Close() }()
		ask := func() [2]int {
			w := httptest.NewRecorder()
			probes.ServeHTTP(w, newRequest(t, "/readyz"))
			status, _ := internal.probe("/readyz")
			return [2]int{status, w.Code}
		}
		if got := ask(); got != [2]int{200, 200} {
			t.Errorf("before: %d", got)
		}
		result := s.shutdown(t.Context())
		synctest.Wait()
		if got := ask(); got != [2]int{503, 503} {
			t.Errorf("while its pages' server drains: %d", got)
		}
		if err := <-result; err != nil {
			t.Error(err)
		}
	})
}

func TestShutdownOfNoServer(t *testing.T) {
	if err := liveview.New(liveview.Config{}).Shutdown(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "http.Server") {
		t.Errorf("Shutdown(ctx, nil) = %v", err)
	}
}

// present returns the figures of what there is, without those that only grow.
func present(s liveview.Stats) liveview.Stats {
	return liveview.Stats{
		Sockets: s.Sockets, Browsers: s.Browsers, Users: s.Users, RefusedSockets: s.RefusedSockets,
		Views: s.Views, Kept: s.Kept, Mounting: s.Mounting, MountsWaiting: s.MountsWaiting,
		Loads: s.Loads, LoadsWaiting: s.LoadsWaiting, UploadFiles: s.UploadFiles, UploadBytes: s.UploadBytes,
	}
}

// Stats count what is open, whose it is and what waits, and come back to nothing.
func TestStats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		free := make(chan struct{})
		let := sync.OnceFunc(func() { close(free) })
		defer let()
		st := newStudio(t, liveview.UploadConfig{MaxEntries: 2}, liveview.Config{MaxMounts: 1, MaxSocketsPerAddress: 4})
		slow := counterView()
		slow.onMount = func(_ *gin.Context, s *liveview.Socket[counter]) error {
			if s.Connected() {
				<-free
			}
			return nil
		}
		st.server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.RemoteAddr = "192.0.2.1:1"
			st.engine.ServeHTTP(w, r)
		})
		liveview.Handle(st.engine.Group("", asAnn), "/ann", counterView())
		liveview.Handle(st.engine, "/slow", slow)
		if got := st.app.Stats(); got != (liveview.Stats{}) {
			t.Errorf("at first: %+v", got)
		}

		u := st.openUploader() // one browser
		file := textFile("0", "half way")
		u.choose(file)
		joinRef, _, _ := u.joinFile("0", u.token("0", u.allow(file)))
		u.chunk("0", joinRef, []byte("half"))
		ann := st.visitor() // another one
		tab := ann.open("/ann")
		mounting := ann.get("/slow").connect()
		mounting.rejoin(1, 0)
		synctest.Wait()
		waiting := ann.get("/slow").connect()
		waiting.rejoin(1, 0)
		synctest.Wait()
		if _, _, err := st.visitor().get("/plain").dial(nil, nil); err == nil {
			t.Fatal("a fifth socket of one address is open")
		}
		got := st.app.Stats()
		want := liveview.Stats{
			Sockets: 4, Browsers: 2, Users: 1, RefusedSockets: 1,
			Views: 2, Mounting: 1, MountsWaiting: 1, UploadFiles: 1, UploadBytes: 4,
		}
		if present(got) != want {
			t.Errorf("Stats are\n%+v, want\n%+v", got, want)
		}
		if b, err := json.Marshal(got); err != nil || !strings.Contains(string(b), `"MountsWaiting":1`) {
			t.Errorf("as JSON they are %s (%v)", b, err)
		}

		let()
		for _, c := range []*client{u.client, tab, mounting, waiting} {
			c.close()
		}
		synctest.Wait()
		if got := st.app.Stats(); present(got) != (liveview.Stats{RefusedSockets: 1}) {
			t.Errorf("when all have gone: %+v", got)
		}
	})
}
