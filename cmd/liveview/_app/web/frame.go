package web

import (
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// frame is what all pages have around them once somebody is logged in.
type frame struct {
	Menu []menuItem
	User string
}

type menuItem struct {
	Path, Title string
	Current     bool
}

// frameOf makes the frame of a page.
func frameOf(m *liveview.Meta, _ any) frame {
	f := frame{}
	f.User, _ = m.Value(userNameKey).(string)
	for _, p := range pages {
		f.Menu = append(f.Menu, menuItem{p.Path, p.Title, strings.HasPrefix(m.FullPath()+"/", p.Path+"/")})
	}
	return f
}

// framed puts the frame around pages, and answers what is pressed in it.
func framed() []gin.HandlerFunc {
	return []gin.HandlerFunc{
		liveview.UseInnerLayout(framePage, frameOf),
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
