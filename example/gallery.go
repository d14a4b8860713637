package main

import (
	"cmp"
	"embed"
	"html/template"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/account"
	"github.com/gin-liveview/liveview/example/album"
	"github.com/gin-liveview/liveview/example/board"
	"github.com/gin-liveview/liveview/example/catalog"
	"github.com/gin-liveview/liveview/example/chart"
	"github.com/gin-liveview/liveview/example/chat"
	"github.com/gin-liveview/liveview/example/clock"
	"github.com/gin-liveview/liveview/example/counter"
	"github.com/gin-liveview/liveview/example/dashboard"
	"github.com/gin-liveview/liveview/example/figures"
	"github.com/gin-liveview/liveview/example/form"
	"github.com/gin-liveview/liveview/example/player"
	"github.com/gin-liveview/liveview/example/poll"
	"github.com/gin-liveview/liveview/example/products"
	"github.com/gin-liveview/liveview/example/search"
	"github.com/gin-liveview/liveview/example/table"
	"github.com/gin-liveview/liveview/example/title"
	"github.com/gin-liveview/liveview/example/ui"
	"github.com/gin-liveview/liveview/example/ui/showcase"
)

var (
	//go:embed layout.html index.html
	layouts embed.FS
	//go:embed static
	static embed.FS
	//go:embed account album board catalog chart chat clock counter dashboard figures form player poll products search table title ui
	sources embed.FS
)

// page is an entry of the gallery.
type page struct{ Name, Title, About string }

var pages = []page{
	{"counter", "Counter", "The smallest live page: one number, three buttons."},
	{"search", "Search", "Looks things up as you type, and says when it is busy."},
	{"figures", "Figures", "Some take their time, fail, or are cancelled; the page waits for none."},
	{"clock", "Clock", "The server ticks, the page follows."},
	{"chat", "Chat", "All visitors in one room, with who is typing."},
	{"form", "Form", "Validates as you type, by the rules of the order itself."},
	{"table", "Table", "A thousand rows, sorted and filtered."},
	{"chart", "Chart", "Live data for a hook that draws."},
	{"album", "Album", "Photos, dropped onto the page, with previews and progress."},
	{"catalog", "Catalog", "A list and its details, with all that is chosen in the URL."},
	{"products", "Products", "A list whose dialogs have URLs: one view, three routes."},
	{"account", "Account", "Log-in, a guarded page, and log-out in all tabs at once."},
	{"board", "Board", "Cards edited in place, dragged and moved: live components."},
	{"poll", "Poll", "Votes and visitors, on one machine or several."},
	{"dashboard", "Dashboard", "Panels that are views of their own: one crashes, the others go on."},
	{"player", "Player", "Goes on playing while you look at other pages."},
	{"ui", "Components", "Fields, dialogs, menus, tabs, toasts, tables: to copy."},
	{"title", "Title", "Counts where you look last: in the tab."},
}

// newGallery returns the gallery's router and what the gallery is to liveview. client holds the npm packages of
// the official client; nil has the pages load them from a CDN.
func newGallery(secret string, client fs.FS) (*gin.Engine, *liveview.App) {
	bus := liveview.NewPubSub() // for the pages that show who is there, too
	lv := liveview.New(liveview.Config{
		Secret: liveview.NewSecret(secret),
		Client: client,
		Layout: liveview.TemplateLayout("layout.html", layoutData),
		Title:  liveview.Title{Suffix: " · liveview", Default: "Gallery"},
		PubSub: bus,
	})
	r := gin.New()
	r.Use(gin.Recovery(), contentSecurityPolicy(client != nil))
	r.SetHTMLTemplate(template.Must(template.ParseFS(layouts, "*.html")))
	r.StaticFS("/static", http.FS(must(fs.Sub(static, "static"))))
	ui.Assets(r)

	store := cookie.NewStore([]byte(secret))
	store.Options(sessions.Options{Path: "/", MaxAge: 30 * 86400, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	r.Use(sessions.Sessions("gallery", store))
	r.Use(lv.Middleware())

	liveview.Handle(r, "/counter", counter.View{})
	liveview.Handle(r, "/search", search.View{})
	liveview.Handle(r, "/dashboard", dashboard.View{})
	liveview.Handle(r, "/clock", clock.View{})
	liveview.Handle(r, "/chat", chat.New(bus))
	liveview.Handle(r, "/form", form.View{})
	liveview.Handle(r, "/table", table.View{})
	liveview.Handle(r, "/chart", chart.View{})
	liveview.Handle(r, "/title", title.View)
	liveview.Handle(r, "/ui", showcase.View{})
	liveview.Handle(r, "/board", board.View{})
	photos := cmp.Or(os.Getenv("ALBUM"), filepath.Join(os.TempDir(), "liveview-album"))
	album.View{Store: must(album.Open(photos, lv.Publish))}.Routes(r)
	liveview.Handle(r, "/figures", figures.View{})
	player.Routes(r)
	catalog.NewStore().Routes(r)
	products.NewStore().Routes(r)
	vote, err := poll.New("", bus)
	liveview.Handle(r, "/poll", must(vote, err))
	users := &account.Users{}
	users.Add("ann", "open sesame")
	users.Add("bob", "open sesame")
	account.Routes(r, users)

	r.GET("/", func(c *gin.Context) { c.HTML(http.StatusOK, "index.html", pages) })
	r.GET("/source/*file", func(c *gin.Context) {
		source, err := sources.ReadFile(strings.TrimPrefix(c.Param("file"), "/"))
		if err != nil {
			c.String(http.StatusNotFound, "no such file")
			return
		}
		c.String(http.StatusOK, "%s", source)
	})
	return r, lv
}

// layoutData is what layout.html shows besides the page.
func layoutData(c *gin.Context) any {
	data := struct {
		Pages   []page
		Current page
		Sources []string
	}{Pages: pages}
	for _, p := range pages {
		if strings.HasPrefix(c.FullPath()+"/", "/"+p.Name+"/") || p.Name == "account" && c.FullPath() == "/login" {
			data.Current = p
			data.Sources = filesOf(p.Name)
		}
	}
	return data
}

// filesOf returns the sources of a page, by their paths.
func filesOf(name string) []string {
	var files []string
	_ = fs.WalkDir(sources, name, func(file string, entry fs.DirEntry, err error) error { // what is embedded can be read
		if err == nil && !entry.IsDir() {
			files = append(files, file)
		}
		return err
	})
	return files
}

// contentSecurityPolicy is a strict one: no inline scripts, no styles, nothing
// of another host but the client where it comes from there. The previews of
// uploads are blobs of the browser's own.
func contentSecurityPolicy(selfHosted bool) gin.HandlerFunc {
	policy := "default-src 'self'; img-src 'self' blob:; frame-ancestors 'none'"
	if !selfHosted {
		policy += "; script-src 'self' https://cdn.jsdelivr.net"
	}
	return func(c *gin.Context) {
		c.Header("Content-Security-Policy", policy)
		c.Header("X-Content-Type-Options", "nosniff")
	}
}

// npmPackages finds the client that npm ci has installed, from the repository's
// root or this folder; nil if it hasn't.
func npmPackages() fs.FS {
	for _, dir := range []string{"example/node_modules", "node_modules"} {
		if _, err := os.Stat(path.Join(dir, "phoenix_live_view")); err == nil {
			return os.DirFS(dir)
		}
	}
	return nil
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
