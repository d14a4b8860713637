package web

import (
	"strings"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/js"
)

// themeButton has a button change between light and dark.
var themeButton = templ.Attributes{"id": "theme", "phx-click": js.Dispatch("body", "shop:theme").String()}

// current says of a page of the menu that it is the one that is shown.
func current(m *liveview.Meta, p page) templ.Attributes {
	if strings.HasPrefix(m.FullPath()+"/", p.Path+"/") {
		return templ.Attributes{"aria-current": "page"}
	}
	return nil
}

// framed answers what is pressed in the frame around pages.
func framed() []gin.HandlerFunc {
	return []gin.HandlerFunc{
		liveview.Around(liveview.Hooks{
			Event: func(s liveview.AnySocket, e liveview.Event, next func() error) error {
				if e.Name == "log-out" {
					return s.RedirectAction(logoutRoute, "", loginRoute)
				}
				return next()
			},
		}),
	}
}

// must returns what a form or an upload has by a name of the code's own. A misspelt one ends
// the page, and the log says which.
func must[T any](found T, err error) T {
	if err != nil {
		panic(err)
	}
	return found
}
