// Package gallery is the examples that need nothing but the library: what there is, and where
// each is served. The gallery's program shows them, and the documentation does beside its text.
package gallery

import (
	"cmp"
	"os"
	"path/filepath"

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
	"github.com/gin-liveview/liveview/example/ui/showcase"
)

// Page is an example: it is served at "/" and its name, and its files are in the folder of
// that name.
type Page struct{ Name, Title, About string }

// Pages are all there are.
var Pages = []Page{
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

// Routes adds all pages to a router that has lv's Middleware and sessions. bus is lv's PubSub.
// Their layout has the style sheet and the scripts of example/static and of package ui. Photos
// are kept in the folder that ALBUM in the environment names, or else in a temporary one. The error is of that folder, or of the poll.
func Routes(r *gin.Engine, lv *liveview.App, bus liveview.PubSub) error {
	photos, err := album.Open(cmp.Or(os.Getenv("ALBUM"), filepath.Join(os.TempDir(), "liveview-album")), lv.Publish)
	if err != nil {
		return err
	}
	vote, err := poll.New("", bus)
	if err != nil {
		return err
	}
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
	liveview.Handle(r, "/figures", figures.View{})
	liveview.Handle(r, "/poll", vote)
	album.View{Store: photos}.Routes(r)
	player.Routes(r)
	catalog.NewStore().Routes(r)
	products.NewStore().Routes(r)
	users := &account.Users{}
	users.Add("ann", "open sesame")
	users.Add("bob", "open sesame")
	account.Routes(r, users)
	return nil
}
