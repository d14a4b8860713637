package e2e

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// lab is a site made for one test, with the official client and a strict
// Content-Security-Policy.
type lab struct {
	*httptest.Server
	log *lockedBuilder
}

type lockedBuilder struct {
	mu sync.Mutex // guards b
	b  strings.Builder
}

func (l *lockedBuilder) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuilder) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// newLab serves routes; script is the application's own JavaScript. change may
// change the settings.
func newLab(t *testing.T, script string, routes func(r *gin.Engine), change ...func(*liveview.Config)) *lab {
	t.Helper()
	return newLabIn(t, "", script, routes, change...)
}

// newLabIn is newLab with a directory for uploads.
func newLabIn(t *testing.T, uploads, script string, routes func(r *gin.Engine), change ...func(*liveview.Config)) *lab {
	t.Helper()
	l := &lab{log: &lockedBuilder{}}
	r := gin.New()
	r.Use(func(c *gin.Context) { c.Header("Content-Security-Policy", "default-src 'self'") })
	store := cookie.NewStore([]byte("0123456789abcdef0123456789abcdef"))
	store.Options(sessions.Options{Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	r.Use(sessions.Sessions("lab", store))
	config := liveview.Config{
		UploadDir: uploads,
		Client:    os.DirFS(npmPackages),
		Logger:    slog.New(slog.NewTextHandler(l.log, nil)),
		Title:     liveview.Title{Prefix: "Lab: ", Suffix: "!"},
		Layout: func(c *gin.Context, p liveview.Page) error {
			c.Data(http.StatusOK, "text/html; charset=utf-8", []byte(`<!DOCTYPE html><html><head>`+
				string(p.CSRFMeta()+p.LiveTitle())+`<script defer src="/app.js"></script>`+string(p.Scripts())+
				`</head><body>`+string(p.Content())+`</body></html>`))
			return nil
		},
	}
	for _, fn := range change {
		fn(&config)
	}
	r.Use(liveview.Middleware(config))
	r.GET("/app.js", func(c *gin.Context) { c.Data(http.StatusOK, "text/javascript", []byte(script)) })
	r.GET("/favicon.ico", func(c *gin.Context) { c.Status(http.StatusNoContent) })
	routes(r)
	l.Server = httptest.NewServer(r)
	t.Cleanup(l.Close)
	return l
}

// view is a view of functions.
type view[C any] struct {
	mount    func(c *gin.Context, s *liveview.Socket[C]) error
	event    func(s *liveview.Socket[C], e liveview.Event) error
	info     func(s *liveview.Socket[C], info any) error
	progress func(s *liveview.Socket[C], e liveview.UploadEntry) error
	shutdown func(s *liveview.Socket[C])
	rendered func(c C)
	page     *liveview.Template[C]
}

func (v view[C]) Mount(c *gin.Context, s *liveview.Socket[C]) error {
	if v.mount == nil {
		return nil
	}
	return v.mount(c, s)
}

func (v view[C]) HandleEvent(s *liveview.Socket[C], e liveview.Event) error {
	if v.event == nil {
		return nil
	}
	return v.event(s, e)
}

func (v view[C]) HandleInfo(s *liveview.Socket[C], info any) error {
	if v.info == nil {
		return nil
	}
	return v.info(s, info)
}

func (v view[C]) HandleProgress(s *liveview.Socket[C], e liveview.UploadEntry) error {
	if v.progress == nil {
		return nil
	}
	return v.progress(s, e)
}

func (v view[C]) Shutdown(s *liveview.Socket[C]) {
	if v.shutdown != nil {
		v.shutdown(s)
	}
}

func (v view[C]) Render(c C) liveview.Rendered {
	if v.rendered != nil {
		v.rendered(c)
	}
	return v.page.Render(c)
}
