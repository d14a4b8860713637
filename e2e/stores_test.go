package e2e

import (
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-contrib/sessions/memstore"
	"github.com/gin-contrib/sessions/redis"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/internal/freeport"
)

// redisServer is a redis-server of the test's own.
type redisServer struct {
	t    testing.TB
	addr string
	cmd  *exec.Cmd
}

func newRedis(t testing.TB) *redisServer {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Fatal("this test needs redis-server: apt-get install redis-server")
	}
	r := &redisServer{t: t, addr: freeport.Address(t)}
	r.start()
	t.Cleanup(r.stop)
	return r
}

func (r *redisServer) start() {
	r.t.Helper()
	_, port, _ := net.SplitHostPort(r.addr)
	r.cmd = exec.Command("redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
	r.cmd.Stderr = os.Stderr
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	eventually(r.t, "redis-server", func() error {
		conn, err := net.Dial("tcp", r.addr)
		if err == nil {
			_ = conn.Close()
		}
		return err
	})
}

func (r *redisServer) stop() {
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait()
}

// A flash is kept by every store that Gin's sessions have: left by a plain
// handler, shown by the live page, once, also when two are left.
func TestFlashInEveryStore(t *testing.T) {
	t.Parallel()
	key := []byte(strings.Repeat("k", 32))
	inRedis, err := redis.NewStore(4, "tcp", newRedis(t).addr, "", "", key)
	if err != nil {
		t.Fatal(err)
	}
	for name, store := range map[string]sessions.Store{
		"cookie": cookie.NewStore(key), "memory": memstore.NewStore(key), "redis": inRedis,
	} {
		t.Run(name, func(t *testing.T) {
			// The Redis store takes a MaxAge of 0 for a session to be deleted.
			store.Options(sessions.Options{Path: "/", MaxAge: 3600, HttpOnly: true, SameSite: http.SameSiteLaxMode})
			r := gin.New()
			r.Use(sessions.Sessions("app", store), liveview.Middleware())
			liveview.Handle(r, "/page", movesView{"page"})
			r.POST("/save", func(c *gin.Context) {
				sessions.Default(c).Set("user", "ann") // the application's own, in the same session
				if err := liveview.PutFlash(c, "error", "lost"); err != nil {
					t.Error(err)
				}
				if err := liveview.PutFlash(c, "info", "saved <b>"); err != nil {
					t.Error(err)
				}
				c.Redirect(http.StatusSeeOther, "/page")
			})
			r.GET("/user", func(c *gin.Context) { c.String(http.StatusOK, "%v", sessions.Default(c).Get("user")) })
			srv := httptest.NewServer(r)
			defer srv.Close()
			jar, _ := cookiejar.New(nil)
			client := &http.Client{Jar: jar}
			body := func(res *http.Response, err error) string {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = res.Body.Close() }()
				b, err := io.ReadAll(res.Body)
				if err != nil || res.StatusCode != http.StatusOK {
					t.Fatalf("%d %s %v", res.StatusCode, b, err)
				}
				return string(b)
			}
			const shown = `<p id="info">saved &lt;b&gt;</p>`
			if page := body(client.Post(srv.URL+"/save", "text/plain", nil)); !strings.Contains(page, shown) {
				t.Errorf("the page is %s", page)
			}
			if page := body(client.Get(srv.URL + "/page")); strings.Contains(page, shown) {
				t.Error("the message is shown twice")
			}
			if user := body(client.Get(srv.URL + "/user")); user != "ann" {
				t.Errorf("the application's own value is %q", user)
			}
		})
	}
}
