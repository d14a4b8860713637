package matrix

import (
	"bytes"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// stack is one way to run the shop.
type stack struct {
	before []gin.HandlerFunc // ahead of liveview.Middleware
	after  []gin.HandlerFunc // behind it
	last   []gin.HandlerFunc // behind the sessions
	store  sessions.Store    // nil: in a cookie

	config  liveview.Config
	prepare func(r *gin.Engine)               // for routes of the middleware's own
	prefix  string                            // of the shop's routes
	around  func(h http.Handler) http.Handler // the engine's handler in another
	public  string                            // path at which browsers find the shop
}

// shop is a running stack, and what it wrote.
type shop struct {
	t       *testing.T
	app     *liveview.App
	handler http.Handler
	public  string
	log     *buffer // of liveview, warnings and errors
	access  *buffer // a line for each request: status and path
}

// npmPackages is where npm ci puts the official client.
const npmPackages = "../example/node_modules"

// The first App of a process tells of an old Go; then no shop's log has a line of it.
func init() { liveview.New(liveview.Config{Logger: slog.New(slog.DiscardHandler)}) }

func (s stack) open(t *testing.T) *shop {
	t.Helper()
	gin.SetMode(gin.ReleaseMode)
	o := &shop{t: t, public: s.public, log: &buffer{}, access: &buffer{}}
	c := s.config
	c.Secret = liveview.NewSecret(strings.Repeat("s", 32))
	c.Client = os.DirFS(npmPackages)
	c.Recheck = time.Nanosecond // each event asks the middleware again
	c.Logger = slog.New(slog.NewTextHandler(o.log, &slog.HandlerOptions{Level: slog.LevelWarn}))

	r := gin.New()
	if err := r.SetTrustedProxies(nil); err != nil {
		t.Fatal(err)
	}
	r.Use(gin.LoggerWithConfig(gin.LoggerConfig{Output: o.access, Formatter: func(p gin.LogFormatterParams) string {
		path, _, _ := strings.Cut(p.Path, "?")
		return strconv.Itoa(p.StatusCode) + " " + path + "\n"
	}}))
	if s.prepare != nil {
		s.prepare(r)
	}
	store := s.store
	if store == nil {
		store = cookie.NewStore([]byte(strings.Repeat("k", 32)))
	}
	store.Options(sessions.Options{Path: "/", MaxAge: 3600, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	r.Use(s.before...)
	r.Use(sessions.Sessions("shop", store))
	o.app = liveview.New(c)
	r.Use(o.app.Middleware())
	r.Use(s.after...)
	r.Use(s.last...)
	g := r.Group(s.prefix)
	liveview.Handle(g, "/", listView{s.public})
	liveview.Handle(g, "/items/:id", itemView{s.public})
	liveview.HandleAction(g, "/mark", func(c *gin.Context, value string) error {
		session := sessions.Default(c)
		session.Set("mark", value)
		return session.Save()
	})
	g.POST("/save", func(c *gin.Context) {
		if err := liveview.PutFlash(c, "info", "Saved"); err != nil {
			_ = c.AbortWithError(http.StatusInternalServerError, err)
			return
		}
		c.Redirect(http.StatusSeeOther, s.public+"/?from=form")
	})
	o.handler = r
	if s.around != nil {
		o.handler = s.around(r)
	}
	return o
}

// list is the state of a page that counts.
type list struct {
	Base  string // of the public paths
	Count int
	Step  int
	Mark  string
}

type listView struct{ base string }

func (v listView) Mount(c *gin.Context, s *liveview.Socket[list]) error {
	mark, _ := sessions.Default(c).Get("mark").(string)
	s.Assign(func(l *list) { l.Base, l.Step, l.Mark = v.base, 1, mark })
	return nil
}

func (listView) HandleParams(c *gin.Context, s *liveview.Socket[list]) error {
	if step, err := strconv.Atoi(c.Query("step")); err == nil {
		s.Assign(func(l *list) { l.Step = step })
	}
	return nil
}

func (v listView) HandleEvent(s *liveview.Socket[list], e liveview.Event) error {
	switch e.Name {
	case "add":
		s.Assign(func(l *list) { l.Count += l.Step })
	case "five":
		return s.PushPatch(v.base+"/?step=5", nil)
	case "leave":
		s.PutFlash("info", "Left")
		return s.Redirect(v.base + "/?from=view")
	case "mark":
		return s.RedirectAction(v.base+"/mark", e.Value("as"), v.base+"/?from=action")
	}
	return nil
}

var listPage = liveview.MustParse[list](`<h1>{{.Count}}</h1><p id="step">{{.Step}}</p><p id="mark">{{.Mark}}</p>
<p id="flash-info">{{flash "info"}}</p><p id="url">{{currentURL}}</p>
<button id="add" phx-click="add">add</button>
<button id="five" phx-click="five">by five</button>
<button id="leave" phx-click="leave">leave</button>
<button id="mark-it" phx-click="mark" phx-value-as="red">mark</button>
<a id="two" {{patch (print .Base "/") "step" "2"}}>by two</a>
<a id="item" {{navigate (print .Base "/items/7")}}>item 7</a>
<form id="form" method="post" action="{{.Base}}/save"><button id="save">save</button></form>`)

func (listView) Render(l list) liveview.Rendered {
	return listPage.Render(l)
}

type item struct {
	Base, ID string
	Seen     int
}

type itemView struct{ base string }

func (v itemView) Mount(c *gin.Context, s *liveview.Socket[item]) error {
	s.Assign(func(i *item) { i.Base, i.ID = v.base, c.Param("id") })
	return nil
}

func (v itemView) HandleEvent(s *liveview.Socket[item], e liveview.Event) error {
	if e.Name == "back" {
		s.PutFlash("info", "Seen")
		return s.PushRedirect(v.base+"/?from=item", nil)
	}
	s.Assign(func(i *item) { i.Seen++ })
	return nil
}

var itemPage = liveview.MustParse[item](`<h1>Item {{.ID}}</h1><p id="seen">{{.Seen}}</p>
<button id="see" phx-click="see">see</button><button id="back" phx-click="back">back</button>`)

func (itemView) Render(i item) liveview.Rendered { return itemPage.Render(i) }

// buffer may be written to by several goroutines.
type buffer struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (l *buffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *buffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
