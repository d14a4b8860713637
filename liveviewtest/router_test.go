package liveviewtest_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// t and router stand for those of a real test in the examples.
var (
	t      testing.TB = &failing{}
	router            = todoRouter()
)

type todo struct {
	Items  []string
	Status string
	Page   string
	User   string
	Price  liveview.Async[string]
}

var todoPage = liveview.MustParse[todo](`<h1>Todo</h1><p id="user">{{.User}}</p><p id="status">{{.Status}}</p>{{with flash "info"}}<p>{{.}} <button phx-click="lv:clear-flash" phx-value-key="info">×</button></p>{{end}}
<ul id="items">{{range .Items}}<li>{{.}}</li>{{end}}</ul>
<form id="new" phx-change="check" phx-submit="add"><input name="text"><label><input type="checkbox" name="urgent"> Urgent</label><button>Add</button></form>
<input id="search" phx-keydown="search" phx-keyup="found" phx-focus="ready" phx-blur="left">
<button id="count" phx-click="count" phx-value-what="items">Count</button><button id="later" phx-click="later">Later</button>
<button phx-click="look-up">Look up</button><p id="price">{{.Price.Value}}</p><button phx-click="save">Save</button><button phx-click="break">Break</button>
<div id="map" phx-hook="Map"></div><p id="page">{{.Page}}</p>
<a data-phx-link="patch" data-phx-link-state="push" href="/todo?page=2">Next page</a>
<a data-phx-link="redirect" data-phx-link-state="push" href="/about">About</a>
<a data-phx-link="redirect" data-phx-link-state="push" href="/admin">Admin</a>`)

type todoView struct{}

func (todoView) Mount(c *gin.Context, s *liveview.Socket[todo]) error {
	user, _ := c.Cookie("user")
	s.PageTitle("Todo")
	s.Assign(func(t *todo) { t.Items, t.User = []string{"tea", "bread"}, user })
	return nil
}

func (todoView) HandleParams(c *gin.Context, s *liveview.Socket[todo]) error {
	s.Assign(func(t *todo) { t.Page = c.DefaultQuery("page", "1") })
	return nil
}

func (todoView) HandleEvent(s *liveview.Socket[todo], e liveview.Event) error {
	status := e.Name + " " + e.Value("what") + e.Value("key")
	switch e.Name {
	case "break":
		return errors.New("the example breaks the view")
	case "later":
		return s.SendInfo("done")
	case "look-up":
		s.Assign(func(t *todo) {
			t.Price.Load(s, func(context.Context) (string, error) { return "3.20", nil })
		})
		return nil
	case "save":
		s.PutFlash("info", "Saved")
		return s.PushEvent("saved", map[string]int{"id": 7})
	case "locate":
		return s.Reply(map[string]string{"city": "Basel"})
	case "check":
		status = "checking " + e.Value("text") + e.Value("urgent")
	case "add":
		s.Assign(func(t *todo) { t.Items = append(t.Items, e.Value("text")) })
		status = "added"
	}
	s.Assign(func(t *todo) { t.Status = status })
	return nil
}

func (todoView) HandleInfo(s *liveview.Socket[todo], info any) error {
	s.Assign(func(t *todo) { t.Status, _ = info.(string) })
	return nil
}

func (todoView) Render(t todo) liveview.Rendered { return todoPage.Render(t) }

func todoRouter() http.Handler {
	gin.SetMode(gin.TestMode)
	config := quiet()
	config.MaxFrame = 8000
	return app(func(r *gin.Engine) {
		liveview.Handle(r, "/todo", todoView{})
		liveview.Handle(r, "/notes", uploads(liveview.UploadConfig{}))
		liveview.Handle(r, "/about", view[struct{}]{page: liveview.MustParse[struct{}](`<h1>About</h1>`)})
		r.GET("/admin", func(c *gin.Context) { c.Redirect(http.StatusSeeOther, "/login") })
		r.GET("/login", func(c *gin.Context) {
			c.Data(http.StatusOK, "text/html", []byte(`<form method="post"><input name="user"><button>Log in</button></form>`))
		})
		r.POST("/login", func(c *gin.Context) {
			c.SetCookie("user", url.QueryEscape(c.PostForm("user")), 60, "/", "", false, true)
			c.Redirect(http.StatusSeeOther, "/todo")
		})
	}, config)
}
