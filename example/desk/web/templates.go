package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/desk/data"
	"github.com/gin-liveview/liveview/example/ui"
)

//go:embed *.html
var files embed.FS

//go:embed assets
var assets embed.FS

// layout is the document around all pages. It is written with a page load, and not again.
var layout = template.Must(template.New("").Funcs(template.FuncMap{"asset": asset}).ParseFS(files, "layout.html"))

// The pages, and what is around them.
var (
	framePage     = liveview.MustParseSource[frame](source("frame.html"))
	bellPage      = liveview.MustParseSource[bell](source("bell.html"))
	loginPage     = liveview.MustParseSource[loginState](source("login.html"))
	ticketsPage   = liveview.MustParseSource[ticketsState](source("tickets.html"))
	ticketPage    = liveview.MustParseSource[ticketState](source("ticket.html"))
	boardPage     = liveview.MustParseSource[boardState](source("board.html"))
	dashboardPage = liveview.MustParseSource[dashboardState](source("dashboard.html"))
	inboxPage     = liveview.MustParseSource[inboxState](source("inbox.html"))
	peoplePage    = liveview.MustParseSource[peopleState](source("people.html"))
	logPage       = liveview.MustParseSource[logState](source("log.html"))
)

// source is a page of that file, which can call the desk's own parts and the components of
// example/ui. While you develop, open pages follow what is saved in these files.
func source(page string) liveview.Source {
	return liveview.Source{
		FS:       files,
		Dir:      ".",
		Patterns: []string{page, "parts.html"},
		Parts:    []liveview.Source{ui.Source("")},
		Funcs: template.FuncMap{
			"initials": initials, "shade": shade, "when": when,
			"statuses": data.Statuses, "priorities": data.Priorities, "roles": data.Roles,
		},
	}
}

// initials stand for a face.
func initials(u data.User) (text string) {
	for _, word := range strings.Fields(u.FullName) {
		text += string([]rune(word)[:1])
	}
	return text
}

// shade is one of six, always the same for a user.
func shade(u data.User) int64 { return u.ID % 6 }

// when is a moment as short as it can be: the time today, and else the day.
func when(m data.Moment) string {
	switch at, now := m.Time(), time.Now().UTC(); {
	case at.YearDay() == now.YearDay() && at.Year() == now.Year():
		return at.Format("15:04")
	case now.Sub(at) < 300*24*time.Hour:
		return at.Format("2 Jan")
	default:
		return at.Format("Jan 2006")
	}
}

// asset is the URL of a file in assets: another one when its content is, so that browsers
// keep it for as long as they like.
func asset(name string) (string, error) {
	content, err := assets.ReadFile(path.Join("assets", name))
	sum := sha256.Sum256(content)
	return "/assets/" + name + "?v=" + hex.EncodeToString(sum[:8]), err
}

func serveAsset(c *gin.Context) {
	name := path.Join("assets", c.Param("name"))
	if _, err := assets.Open(name); err != nil {
		notFound(c)
		return
	}
	if c.Query("v") != "" {
		c.Header("Cache-Control", "public, max-age=31536000, immutable")
	}
	http.ServeFileFS(c.Writer, c.Request, assets, name)
}
