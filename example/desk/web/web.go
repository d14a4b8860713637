// Package web shows the help desk: its pages, and what stands before them.
package web

import (
	"crypto/hkdf"
	"crypto/sha256"
	"io/fs"
	"net/http"
	"strings"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/desk/data"
	"github.com/gin-liveview/liveview/example/ui"
	"github.com/gin-liveview/liveview/presence"
)

// Settings are what differs from one machine to another.
type Settings struct {
	Secret string          // signs sessions and pages
	HTTPS  bool            // browsers come by https: cookies are for that alone
	Client fs.FS           // the npm packages of the client; nil has browsers load them from a CDN
	Bus    liveview.PubSub // carries what has changed, between the nodes as well
	Node   string          // which node this is, shown at the foot of each page; "" where there is one
	Demo   bool            // the log-in names the users that there are
}

// App is the help desk as main starts and ends it.
type App struct {
	Handler http.Handler
	Live    *liveview.App
	desk    *desk
}

// Close has everybody leave the tickets that they look at.
func (a *App) Close() { a.desk.here.Close() }

// desk is what all pages share.
type desk struct {
	*data.DB
	settings Settings
	here     *presence.Tracker[who] // who looks at a ticket
	bell     *liveview.Sticky
	live     *liveview.App
}

// New returns the help desk over a database, which publishes on the bus.
func New(s Settings, db *data.DB) (*App, error) {
	sessionKey, err := hkdf.Key(sha256.New, []byte(s.Secret), nil, "sessions", 32)
	if err != nil {
		return nil, err
	}
	store := cookie.NewStore(sessionKey)
	store.Options(sessions.Options{Path: "/", MaxAge: 30 * 86400, HttpOnly: true, Secure: s.HTTPS, SameSite: http.SameSiteLaxMode})
	lv := liveview.New(liveview.Config{
		Secret: liveview.NewSecret(s.Secret),
		Client: s.Client,
		PubSub: s.Bus,
		Layout: liveview.LayoutOf(layout, "layout.html", nil),
		Title:  liveview.Title{Suffix: " · Desk", Default: "Desk"},
	})
	d := &desk{DB: db, settings: s, live: lv, here: presence.New[who](s.Bus, "desk", presence.Options{})}
	d.bell = liveview.NewSticky("bell", bellView{d})

	r := gin.New()
	if err := r.SetTrustedProxies([]string{"127.0.0.1"}); err != nil {
		return nil, err
	}
	r.Use(gin.Recovery(), secureHeaders(lv, s.HTTPS), sessions.Sessions("desk", store), lv.Middleware())
	r.GET("/readyz", func(c *gin.Context) {
		if err := db.Ping(c.Request.Context()); err != nil {
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
			return
		}
		lv.Ready(c)
	})
	ui.Assets(r)
	r.GET("/assets/:name", serveAsset)
	r.GET("/", func(c *gin.Context) { c.Redirect(http.StatusFound, "/tickets") })
	r.NoRoute(notFound)

	members := d.loginRoutes(r).Group("", d.bell.Middleware(), liveview.UseInnerLayout(framePage, d.frameOf), liveview.Around(liveview.Hooks{Event: frameEvents}))
	d.ticketsRoutes(members)
	liveview.Handle(members, "/tickets/:id", ticketView{d})
	members.GET("/files/:id", d.serveFile)
	liveview.Handle(members, "/inbox", inboxView{d})
	staff := members.Group("", requireRole(data.User.IsStaff))
	liveview.Handle(staff, "/board", boardView{d})
	liveview.Handle(staff, "/dashboard", dashboardView{d})
	admins := members.Group("", requireRole(data.User.IsAdmin))
	liveview.Handle(admins, "/people", peopleView{d})
	liveview.Handle(admins, "/log", logView{d})
	return &App{r, lv, d}, nil
}

// secureHeaders say what browsers may do with the pages: run no script but the desk's own and
// the client's, load nothing from elsewhere, and show them in no frame.
func secureHeaders(lv *liveview.App, https bool) gin.HandlerFunc {
	policy := strings.Join([]string{
		"default-src 'self'",
		"script-src " + lv.ScriptSources(),
		"img-src 'self' blob:", // blob: for previews of files
		"object-src 'none'",
		"base-uri 'none'",
		"form-action 'self'",
		"frame-ancestors 'none'",
	}, "; ")
	return func(c *gin.Context) {
		c.Header("Content-Security-Policy", policy)
		c.Header("X-Content-Type-Options", "nosniff")
		c.Header("Referrer-Policy", "same-origin")
		if https {
			c.Header("Strict-Transport-Security", "max-age=31536000")
		}
	}
}

// notFound answers that there is nothing of that name, or nothing for this user.
func notFound(c *gin.Context) {
	c.Status(http.StatusNotFound)
	err := liveview.RenderInLayout(c, "Not found", `<main class="narrow"><h1>There is no such page</h1><p><a href="/tickets">To the tickets</a></p></main>`)
	if err != nil {
		_ = c.AbortWithError(http.StatusInternalServerError, err)
	}
}
