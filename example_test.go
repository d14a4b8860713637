package liveview_test

import (
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

type clock struct{ Now time.Time }

var clockPage = liveview.MustParse[clock](`<time>{{.Now.Format "15:04:05"}}</time>{{if not connected}} (stopped){{end}}`)

// clockView shows the time, and keeps showing it.
type clockView struct{}

func (clockView) Mount(_ *gin.Context, s *liveview.Socket[clock]) error {
	tick := func() {
		s.Assign(func(st *clock) { st.Now = time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC) })
	}
	tick()
	s.Repeat(time.Second, tick) // does nothing during the HTTP render
	return nil
}

func (clockView) Render(st clock) liveview.Rendered { return clockPage.Render(st) }

// What a search engine gets, or a browser before its socket is open.
func Example() {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(sessions.Sessions("app", cookie.NewStore([]byte("a key of 32 bytes from settings!"))))
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/clock", clockView{})

	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/clock", nil))
	_, view, _ := strings.Cut(w.Body.String(), `data-phx-static="">`)
	view, _, _ = strings.Cut(view, "</div>")
	fmt.Println(w.Code, view)
	// Output: 200 <time>15:04:05</time> (stopped)
}

// A template is checked against its state's type when it is parsed.
func ExampleParse() {
	_, err := liveview.ParseSource[clock](liveview.Source{Name: "clock.html", Text: `<time>{{.Nwo}}</time>`})
	fmt.Println(strings.Contains(err.Error(), "clock.html:1"), strings.Contains(err.Error(), "Now"))
	// Output: true true
}

// A page in files: one of them is the page, and what they define it can call.
func ExampleParseSource() {
	files := fstest.MapFS{ // as a rule an embed.FS
		"clock.html": {Data: []byte(`<time>{{template "hands" .Now | clockwise}}</time>`)},
		"parts.html": {Data: []byte(`{{define "hands"}}{{.}}{{end}}`)},
	}
	page, err := liveview.ParseSource[clock](liveview.Source{
		FS: files, Patterns: []string{"clock.html", "parts.html"},
		Funcs: template.FuncMap{"clockwise": func(t time.Time) string { return t.Format("15:04") }},
	})
	_ = page // in a view's Render: return page.Render(state)
	fmt.Println(err)
	// Output: <nil>
}

// Views that called s.Subscribe("orders") get in HandleInfo what any goroutine or Gin
// handler publishes; so does whoever else subscribes to the App's PubSub.
func ExampleApp_Publish() {
	bus := liveview.NewPubSub()
	unsubscribe, _ := bus.Subscribe("orders", func(info any) { fmt.Println("heard of", info) })
	defer unsubscribe()

	lv := liveview.New(liveview.Config{PubSub: bus})
	_ = lv.Publish("orders", 4711)
	// Output: heard of 4711
}

// A plain handler finds its App.
func ExampleAppOf() {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(liveview.Middleware())
	r.POST("/orders", func(c *gin.Context) {
		if err := liveview.AppOf(c).Publish("orders", c.PostForm("id")); err != nil {
			_ = c.AbortWithError(http.StatusInternalServerError, err)
			return
		}
		c.String(http.StatusOK, "told %d views", liveview.AppOf(c).Stats().Views)
	})

	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/orders", nil))
	fmt.Println(w.Code, w.Body)
	// Output: 200 told 0 views
}

// The program in the README is one that compiles, and short.
func TestReadmeProgram(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)```go\n(.*?)```").FindSubmatch(readme)
	if m == nil {
		t.Fatal("README.md shows no program")
	}
	program, err := os.ReadFile("example/hello/main.go")
	if err != nil {
		t.Fatal(err)
	}
	if string(m[1]) != string(program) {
		t.Error("the program in README.md differs from example/hello/main.go")
	}
	if n := strings.Count(string(program), "\n"); n > 40 {
		t.Errorf("it has %d lines, want 40 at most", n)
	}
}

// An administrator's handler ends a user's session, and then all that the user
// has open.
func ExampleApp_Disconnect() {
	lv := liveview.New(liveview.Config{})
	r := gin.New()
	r.Use(lv.Middleware())
	r.POST("/users/:id/ban", func(c *gin.Context) {
		// … end the session in the database, so that nothing is let in again …
		if err := lv.Disconnect(c.Param("id")); err != nil {
			_ = c.AbortWithError(http.StatusInternalServerError, err)
		}
	})
}

// A live event can't set a cookie, so it sends the browser through an action
// that can.
func ExampleHandleAction() {
	lv := liveview.New(liveview.Config{})
	r := gin.New()
	r.Use(lv.Middleware())
	liveview.HandleAction(r, "/login/done", func(c *gin.Context, userID string) error {
		session := sessions.Default(c)
		session.Set("user", userID)
		return errors.Join(session.Save(), lv.Renew(c))
	})
	// In HandleEvent: return s.RedirectAction("/login/done", userID, "/account")
}

func ExamplePatchLink() {
	fmt.Println(liveview.PatchLink("/items", "sort", "name", "page", 2, "q", ""))
	// Output: href="/items?page=2&amp;sort=name" data-phx-link="patch" data-phx-link-state="push"
}

type signedIn struct{ User string }

func (m *signedIn) SetUser(name string) { m.User = name }

// The states of a group's pages embed what its hooks know.
type inbox struct {
	signedIn
	Unread int
}

func ExampleAround() {
	page := liveview.MustParse[inbox](`<p>{{.User}} has {{.Unread}} unread letters</p>`)

	r := gin.New()
	r.Use(liveview.Middleware())
	members := r.Group("", liveview.Around(liveview.Hooks{
		Mount: func(c *gin.Context, s liveview.AnySocket, next func() error) error {
			s.Assign(func(state any) { state.(interface{ SetUser(string) }).SetUser(c.Query("as")) })
			return next() // the view's own Mount
		},
	}))
	liveview.Handle(members, "/inbox", liveview.ViewFuncs[inbox]{
		Template: page,
		Mount: func(_ *gin.Context, s *liveview.Socket[inbox]) error {
			s.Assign(func(st *inbox) { st.Unread = 3 })
			return nil
		},
	})

	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/inbox?as=ann", nil))
	fmt.Println(strings.Contains(w.Body.String(), "<p>ann has 3 unread letters</p>"))
	// Output: true
}
