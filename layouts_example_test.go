package liveview_test

import (
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

const layoutSource = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
{{.CSRFMeta}}
{{.LiveTitle}}
{{.Scripts}}
</head>
<body>
<nav>{{range .Data.Menu}}<a {{navigate .Path}}>{{.Text}}</a> {{end}}</nav>
{{with .Data.Crumb}}<p id="crumb">{{.}}</p>{{end}}
{{range .Meta.Flashes}}<p class="{{.Kind}}">{{.Text}}</p>{{end}}
{{.Content}}
{{with .Data.User}}<form id="logout" method="post" action="/logout"><button>Log out {{.}}</button></form>{{end}}
</body>
</html>
`

type menuItem struct{ Path, Text string }

// surroundings are what the layout shows besides the page.
type surroundings struct {
	Menu        []menuItem
	Crumb, User string
}

func surroundingsOf(c *gin.Context) any {
	f := surroundings{Menu: []menuItem{{"/trees/7", "Tree"}, {"/clock", "Clock"}}, Crumb: c.GetString("crumb")}
	f.User, _ = sessions.Default(c).Get("user").(string)
	return f
}

var layoutTemplate = template.Must(template.New("layout").Funcs(template.FuncMap{
	"navigate": liveview.NavigateLink,
	"patch":    liveview.PatchLink,
}).Parse(layoutSource))

type tree struct{ Name string }

var treePage = liveview.MustParse[tree](`<h1>{{.Name}}</h1>`)

type treeView struct{}

func (treeView) Mount(c *gin.Context, s *liveview.Socket[tree]) error {
	name := "Tree " + c.Param("id") // from a database
	s.Assign(func(st *tree) { st.Name = name })
	s.PageTitle(name)
	c.Set("crumb", "Trees / "+name)
	return nil
}

func (treeView) Render(st tree) liveview.Rendered { return treePage.Render(st) }

// requireSameOrigin refuses forms that another site's page sends: the browser says so
// of each request (Sec-Fetch-Site, Origin), and no token is needed.
func requireSameOrigin() gin.HandlerFunc {
	protection := http.NewCrossOriginProtection()
	return func(c *gin.Context) {
		if protection.Check(c.Request) != nil {
			c.AbortWithStatus(http.StatusForbidden)
		}
	}
}

func logOut(c *gin.Context) {
	session := sessions.Default(c)
	session.Clear()
	err := errors.Join(
		liveview.AppOf(c).Renew(c), // other tabs of this browser notice at once
		liveview.PutFlash(c, "info", "You are logged out."),
		session.Save(),
	)
	if err != nil {
		_ = c.AbortWithError(http.StatusInternalServerError, err)
		return
	}
	c.Redirect(http.StatusSeeOther, "/clock")
}

func notFound(c *gin.Context) {
	c.Status(http.StatusNotFound)
	if err := liveview.RenderInLayout(c, "Not found", `<h1>There is no such page</h1>`); err != nil {
		_ = c.AbortWithError(http.StatusInternalServerError, err)
	}
}

func layoutRouter() *gin.Engine {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	store := cookie.NewStore([]byte("a key of 32 bytes from settings!"))
	store.Options(sessions.Options{Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	r.Use(requireSameOrigin(), sessions.Sessions("app", store))
	r.Use(liveview.Middleware(liveview.Config{
		Layout: liveview.LayoutOf(layoutTemplate, "layout", surroundingsOf),
		Title:  liveview.Title{Suffix: " · Trees"},
	}))
	liveview.Handle(r, "/trees/:id", treeView{})
	liveview.Handle(r, "/clock", clockView{})
	r.POST("/logout", logOut)
	r.NoRoute(notFound)
	r.GET("/login", func(c *gin.Context) { // stands for a log-in
		session := sessions.Default(c)
		session.Set("user", "ann")
		if err := errors.Join(liveview.AppOf(c).Renew(c), session.Save()); err != nil {
			_ = c.AbortWithError(http.StatusInternalServerError, err)
			return
		}
		c.Redirect(http.StatusSeeOther, "/trees/7")
	})
	return r
}

// What a Mount puts into the Gin context the layout shows around the page.
func ExampleLayoutOf() {
	r := layoutRouter()
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/trees/7", nil))
	fmt.Println(regexp.MustCompile(`<title.*|.*crumb.*`).FindAllString(w.Body.String(), -1))
	// Output: [<title data-default="" data-suffix=" · Trees">Tree 7 · Trees</title> <p id="crumb">Trees / Tree 7</p>]
}

// A plain handler, here that of NoRoute, has the document of the live pages.
func ExampleRenderInLayout() {
	r := layoutRouter()
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/nowhere", nil))
	fmt.Println(w.Code, regexp.MustCompile(`<title.*|<h1.*`).FindAllString(w.Body.String(), -1))
	// Output: 404 [<title data-default="" data-suffix=" · Trees">Not found · Trees</title> <h1>There is no such page</h1>]
}

// crumbs is the state of an inner layout: the way to the page.
type crumbs struct{ Way []string }

// An inner layout shows what is in the state of the view that is within it, whichever
// that is, and follows it.
func ExampleUseInnerLayout() {
	around := liveview.MustParse[crumbs](`<p>{{range .Way}}{{.}} / {{end}}{{pageTitle}}</p>{{content}}`)
	wayTo := func(_ *liveview.Meta, state any) crumbs {
		way := crumbs{Way: []string{"Home"}}
		if _, ok := state.(tree); ok {
			way.Way = append(way.Way, "Trees")
		}
		return way
	}
	r := gin.New()
	r.Use(liveview.Middleware())
	pages := r.Group("/", liveview.UseInnerLayout(around, wayTo))
	liveview.Handle(pages, "/trees/:id", treeView{})
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/trees/7", nil))
	fmt.Println(regexp.MustCompile(`<p>.*</h1>`).FindString(w.Body.String()))
	// Output: <p>Home / Trees / Tree 7</p><h1>Tree 7</h1>
}

// The layout's links navigate, its form logs out, and its flash shows on pages without
// a view as well, once.
func TestLayoutOfAnApplication(t *testing.T) {
	r := layoutRouter()
	browser := liveviewtest.NewSession(t, r)
	v := browser.Open("/login")
	if got := v.Text("#logout"); got != "Log out ann" {
		t.Errorf("the form says %q", got)
	}
	v.Click("nav a[href='/clock']")
	v.ExpectNavigation("/clock")
	if got := v.Text("time"); got != "15:04:05" {
		t.Errorf("the page shows %q", got)
	}
	v.Submit("#logout")
	if got := v.Text("p.info"); got != "You are logged out." || strings.Contains(v.HTML(), "Log out") {
		t.Errorf("after the log-out the page is %s", v.HTML())
	}

	forged := httptest.NewRequest(http.MethodPost, "/logout", nil)
	forged.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	if r.ServeHTTP(w, forged); w.Code != http.StatusForbidden {
		t.Errorf("a form of another site's is answered with %d", w.Code)
	}
}
