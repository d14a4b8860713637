// Package web shows the shop: its pages, and what stands before them.
package web

import (
	"crypto/hkdf"
	"crypto/sha256"
	"io/fs"
	"net/http"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"

	"example.com/shop/data"
)

// pages are those of the menu, for all who are logged in.
var pages = []page{
	{"/products", "Products", productRoutes},
	// liveview gen page: its pages are added above.
}

// page is one of the menu's.
type page struct {
	Path, Title string
	routes      func(r gin.IRoutes, db *data.DB)
}

// Settings are what differs from one machine to another.
type Settings struct {
	Secret  string   // signs sessions and pages
	HTTPS   bool     // browsers come by https: cookies are for that alone
	Proxies []string // networks or addresses whose X-Forwarded-For is believed
	Client  fs.FS    // the npm packages of the client; nil has browsers load them from a CDN
}

// App is the shop as main starts and ends it.
type App struct {
	Handler http.Handler
	Live    *liveview.App
}

// New returns the shop over a database.
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
		Layout: layout,
		Title:  liveview.Title{Suffix: " · Shop", Default: "Shop"},
	})

	r := gin.New()
	if err := r.SetTrustedProxies(s.Proxies); err != nil {
		return nil, err
	}
	r.Use(logRequests, gin.Recovery(), secureHeaders(lv, s.HTTPS), sessions.Sessions("shop", store), lv.Middleware())
	r.GET("/livez", lv.Healthy)
	r.GET("/readyz", func(c *gin.Context) {
		if err := db.Ping(c.Request.Context()); err != nil {
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
			return
		}
		lv.Ready(c)
	})
	r.GET("/assets/:name", serveAsset)
	r.GET("/", func(c *gin.Context) { c.Redirect(http.StatusFound, pages[0].Path) })
	r.NoRoute(notFound)
	members := loginRoutes(r, db.Users())
	for _, p := range pages {
		p.routes(members, db)
	}
	return &App{r, lv}, nil
}

// notFound answers that there is nothing of that name.
func notFound(c *gin.Context) {
	c.Status(http.StatusNotFound)
	err := liveview.RenderInLayout(c, "Not found", `<main class="narrow"><h1>There is no such page</h1><p><a href="/">To the shop</a></p></main>`)
	if err != nil {
		_ = c.AbortWithError(http.StatusInternalServerError, err)
	}
}
