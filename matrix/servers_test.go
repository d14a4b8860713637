package matrix

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-contrib/sessions/memstore"
	"github.com/gin-contrib/sessions/redis"
	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/h2c" //nolint:staticcheck // deprecated, and in use

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// cleartextHTTP2 is how many a server still speaks it.
func cleartextHTTP2(h http.Handler) http.Handler {
	return h2c.NewHandler(h, &http2.Server{}) //nolint:staticcheck // deprecated, and in use
}

func TestRouters(t *testing.T) {
	t.Parallel()
	below := func(pattern string) func(h http.Handler) http.Handler {
		return func(h http.Handler) http.Handler {
			mux := http.NewServeMux()
			mux.Handle(pattern, h)
			return mux
		}
	}
	stripped := func(h http.Handler) http.Handler {
		return below("/shop/")(http.StripPrefix("/shop", h))
	}
	for name, s := range map[string]stack{
		"ServeMux":                       {around: below("/")},
		"ServeMux, path kept":            {around: below("/shop/"), prefix: "/shop", public: "/shop", config: liveview.Config{Path: "/shop/live"}},
		"StripPrefix":                    {around: stripped, public: "/shop", config: liveview.Config{BasePath: "/shop"}},
		"StripPrefix of a longer path":   {around: func(h http.Handler) http.Handler { return below("/a/b.c/")(http.StripPrefix("/a/b.c", h)) }, public: "/a/b.c", config: liveview.Config{BasePath: "/a/b.c", Path: "/-/live"}},
		"StripPrefix in a proxy's path":  {around: func(h http.Handler) http.Handler { return http.StripPrefix("/outer", stripped(h)) }, public: "/outer/shop", config: liveview.Config{BasePath: "/outer/shop"}},
		"StripPrefix, and routes deeper": {around: stripped, prefix: "/deep", public: "/shop/deep", config: liveview.Config{BasePath: "/shop"}},
		"chi": {around: func(h http.Handler) http.Handler {
			r := chi.NewRouter()
			r.Use(middleware.RequestID, middleware.Recoverer, middleware.Compress(5))
			r.Use(middleware.RequestLogger(&middleware.DefaultLogFormatter{Logger: discard{}, NoColor: true}))
			r.Mount("/", h)
			return r
		}},
		"chi, stripped": {public: "/shop", config: liveview.Config{BasePath: "/shop"}, around: func(h http.Handler) http.Handler {
			r := chi.NewRouter()
			r.Mount("/shop", http.StripPrefix("/shop", h))
			return r
		}},
		"h2c":                    {around: cleartextHTTP2},
		"a writer with Unwrap":   {around: func(h http.Handler) http.Handler { return wrapped(h, false) }},
		"and a Gin writer in it": {around: func(h http.Handler) http.Handler { return wrapped(h, true) }, before: []gin.HandlerFunc{bufferWriter}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.open(t).tour(nil)
		})
	}
}

type discard struct{}

func (discard) Print(...any) {}

// wrapped gives h a writer that has nothing but Unwrap.
func wrapped(h http.Handler, twice bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var u http.ResponseWriter = unwrapper{w}
		if twice {
			u = unwrapper{u}
		}
		h.ServeHTTP(u, r)
	})
}

type unwrapper struct{ w http.ResponseWriter }

func (u unwrapper) Header() http.Header         { return u.w.Header() }
func (u unwrapper) Write(p []byte) (int, error) { return u.w.Write(p) }
func (u unwrapper) WriteHeader(status int)      { u.w.WriteHeader(status) }
func (u unwrapper) Unwrap() http.ResponseWriter { return u.w }

// Below http.TimeoutHandler no socket can be opened. One line says what to do,
// and the server ends as if there had been none.
func TestTimeoutHandler(t *testing.T) {
	t.Parallel()
	o := stack{around: func(h http.Handler) http.Handler { return http.TimeoutHandler(h, 5*time.Second, "too slow") }}.open(t)
	srv := &http.Server{Handler: o.handler}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	r, _ := http.NewRequest(http.MethodGet, "http://"+l.Addr().String()+"/live/websocket?vsn=2.0.0", nil)
	for name, value := range map[string]string{
		"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
	} {
		r.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusInternalServerError || !strings.Contains(o.log.String(), "mount the engine outside of http.TimeoutHandler") {
		t.Errorf("answered %s; the log:\n%s", res.Status, o.log)
	}
	if text := o.access.String(); text != "500 /live/websocket\n" {
		t.Errorf("the access log: %s", text)
	}
	http.DefaultClient.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := o.app.Shutdown(ctx, srv); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		t.Errorf("Serve: %v", err)
	}
	// Outside of it all is well.
	stack{before: []gin.HandlerFunc{}, around: func(h http.Handler) http.Handler {
		slow := http.TimeoutHandler(http.NotFoundHandler(), time.Second, "too slow")
		mux := http.NewServeMux()
		mux.Handle("/slow", slow)
		mux.Handle("/", h)
		return mux
	}}.open(t).tour(nil)
}

// listeners that are reached through a proxy, as a browser's end of them.
func TestListeners(t *testing.T) {
	t.Parallel()
	t.Run("Unix socket", func(t *testing.T) {
		t.Parallel()
		o := stack{}.open(t)
		l, err := net.Listen("unix", filepath.Join(t.TempDir(), "shop.sock"))
		if err != nil {
			t.Fatal(err)
		}
		o.serve(l)
		o.handler = bridge(&http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", l.Addr().String())
		}}, "http")
		o.tour(nil)
	})
	t.Run("TLS with HTTP/2", func(t *testing.T) {
		t.Parallel()
		o := stack{}.open(t)
		srv := httptest.NewUnstartedServer(o.handler)
		srv.EnableHTTP2 = true
		srv.StartTLS()
		t.Cleanup(srv.Close)
		transport := srv.Client().Transport.(*http.Transport)
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", srv.Listener.Addr().String())
		}
		o.handler = bridge(transport, "https")
		o.tour(nil)
	})
	t.Run("cleartext HTTP/2", func(t *testing.T) {
		t.Parallel()
		o := stack{around: cleartextHTTP2}.open(t)
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		o.serve(l)
		dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", l.Addr().String())
		}
		h2 := &http.Transport{DialContext: dial, Protocols: new(http.Protocols)}
		h2.Protocols.SetUnencryptedHTTP2(true)
		o.handler = bridge(byProtocol{h2: h2, h1: &http.Transport{DialContext: dial}}, "http")
		o.tour(nil)
	})
}

// byProtocol sends pages over HTTP/2, and sockets over HTTP/1.1 as browsers do.
type byProtocol struct{ h1, h2 http.RoundTripper }

func (b byProtocol) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Header.Get("Upgrade") != "" {
		return b.h1.RoundTrip(r)
	}
	return b.h2.RoundTrip(r)
}

// serve has the shop's handler serve l until the test ends.
func (o *shop) serve(l net.Listener) {
	srv := &http.Server{Handler: o.handler}
	served := make(chan struct{})
	go func() { defer close(served); _ = srv.Serve(l) }()
	o.t.Cleanup(func() { _ = srv.Close(); <-served })
}

// bridge is the browser's end of a server of that scheme that liveviewtest, which
// speaks plain HTTP/1.1 in memory, doesn't reach.
func bridge(transport http.RoundTripper, scheme string) http.Handler {
	return &httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(&url.URL{Scheme: scheme, Host: "example.com"})
			p.Out.Host = p.In.Host
			if p.Out.Header.Get("Origin") != "" {
				p.Out.Header.Set("Origin", scheme+"://"+p.In.Host)
			}
		},
		ModifyResponse: func(res *http.Response) error {
			for i, c := range res.Header["Set-Cookie"] {
				res.Header["Set-Cookie"][i] = strings.ReplaceAll(c, "; Secure", "")
			}
			return nil
		},
	}
}

// A proxy that takes the base path off, and one that leaves it on, with the
// settings that docs/deployment.md has.
func TestBasePathBehindNginx(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]stack{
		"stripped": {public: "/shop", config: liveview.Config{BasePath: "/shop"}},
		"kept":     {public: "/shop", prefix: "/shop", config: liveview.Config{Path: "/shop/live"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := s.open(t)
			address := o.behindNginx("nginx-base-path-" + name)
			o.handler = bridge(&http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, "tcp", address)
			}}, "http")
			o.tour(nil)
		})
	}
}

// behindNginx has the shop served behind an nginx with the locations that
// docs/deployment.md has below a mark, and returns nginx's address.
func (o *shop) behindNginx(mark string) string {
	t := o.t
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.serve(l)
	page, err := os.ReadFile("../docs/deployment.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?s)<!-- ` + mark + ` -->\n` + "```conf\n(.*?)```").FindSubmatch(page)
	if found == nil {
		t.Fatalf("docs/deployment.md has no settings below %s", mark)
	}
	address := freeAddress(t)
	dir := t.TempDir()
	config := fmt.Sprintf(`daemon off; master_process off; error_log stderr; pid %[1]s/pid;
events {}
http {
	access_log off;
	client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
	map $http_upgrade $connection_upgrade { default upgrade; '' close; }
	upstream app { server %[2]s; }
	server { listen %[3]s; %[4]s }
}`, dir, l.Addr(), address, found[1])
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("nginx", "-c", file, "-p", dir, "-e", "stderr")
	log := &buffer{}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	reachable(t, address, log)
	return address
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// reachable waits until somebody listens at the address.
func reachable(t *testing.T, address string, log fmt.Stringer) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close()
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%v\n%s", err, log)
		}
		time.Sleep(10 * time.Millisecond) // before it is tried again: it is another process
	}
}

func TestSessions(t *testing.T) {
	t.Parallel()
	key := []byte(strings.Repeat("k", 32))
	address := freeAddress(t)
	_, port, _ := net.SplitHostPort(address)
	cmd := exec.Command("redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
	if err := cmd.Start(); err != nil {
		t.Fatalf("this test needs redis-server: %v", err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	reachable(t, address, &buffer{})
	inRedis, err := redis.NewStore(4, "tcp", address, "", "", key)
	if err != nil {
		t.Fatal(err)
	}
	for name, store := range map[string]sessions.Store{
		"cookie": cookie.NewStore(key), "memory": memstore.NewStore(key), "redis": inRedis,
	} {
		t.Run(name, func(t *testing.T) {
			stack{store: store}.open(t).tour(nil)
		})
	}
}

// What docs/sessions.md says of a session that is written in Mount: a store on the
// server keeps it for a browser that has the session's cookie, and makes a new
// one at each join for one that hasn't; a cookie store keeps nothing.
func TestSessionWrittenInMount(t *testing.T) {
	t.Parallel()
	key := []byte(strings.Repeat("k", 32))
	for name, test := range map[string]struct {
		store sessions.Store
		want  string
	}{"cookie": {cookie.NewStore(key), "0"}, "memory": {memstore.NewStore(key), "2"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			count := func(c *gin.Context) int { n, _ := sessions.Default(c).Get("n").(int); return n }
			saves := func(c *gin.Context) {
				if c.Request.URL.Path == "/" && liveview.IsVisit(c) {
					session := sessions.Default(c)
					session.Set("n", count(c)+1)
					if err := session.Save(); err != nil {
						t.Error(err)
					}
				}
			}
			o := stack{store: test.store, last: []gin.HandlerFunc{saves}}.open(t)
			engine := o.handler.(*gin.Engine)
			engine.GET("/count", func(c *gin.Context) { c.String(http.StatusOK, "%d", count(c)) })
			engine.GET("/begin", func(c *gin.Context) {
				sessions.Default(c).Set("n", 0)
				_ = sessions.Default(c).Save()
			})
			counted := func(s *liveviewtest.Session) string {
				body, _ := io.ReadAll(s.Get("/count").Body)
				return string(body)
			}
			s := liveviewtest.NewSession(t, o.handler)
			s.Open("/")
			s.Open("/")
			if got := counted(s); got != "0" {
				t.Errorf("without a session's cookie %s joins are counted, want none", got)
			}
			s.Get("/begin")
			s.Open("/")
			s.Open("/")
			if got := counted(s); got != test.want {
				t.Errorf("%s joins are counted, want %s", got, test.want)
			}
			if n := strings.Count(o.log.String(), "a cookie was set during a live join"); n != 1 {
				t.Errorf("the lost cookie is named %d times, want once:\n%s", n, o.log)
			}
		})
	}
}

// A middleware that panics, below what recovers from it in its own way: nobody
// else's page notices.
func TestRecoveriesAroundAPanic(t *testing.T) {
	t.Parallel()
	for name, m := range middlewares(t) {
		if !strings.Contains(name, "recovery") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			broken := func(c *gin.Context) {
				if c.Query("step") == "5" {
					panic("in a middleware")
				}
			}
			sorry := func(r *gin.Engine) { r.GET("/sorry", func(c *gin.Context) { c.String(http.StatusOK, "sorry") }) }
			o := stack{before: []gin.HandlerFunc{m}, last: []gin.HandlerFunc{broken}, prepare: sorry}.open(t)
			s := liveviewtest.NewSession(t, o.handler)
			v, other := s.Open("/"), s.Open("/")
			v.Click("#five")
			if name == "redirecting recovery" {
				v.ExpectRedirect("/sorry")
			} else {
				v.ExpectCrash()
			}
			other.Click("#add")
			if got := other.Text("h1"); got != "1" {
				t.Errorf("another page shows %s", got)
			}
		})
	}
}
