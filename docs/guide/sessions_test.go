package guide_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// What docs/sessions.md shows: a group whose views have a user and events in common.

type User struct{ Name string }

// WithUser is embedded by the states of the group.
type WithUser struct{ User User }

func (w *WithUser) SetUser(u User) { w.User = u }

type Greeting struct{ WithUser }

type greetingView struct{}

// Mount loads a page anew whose scripts are older than the newest deployment.
func (greetingView) Mount(c *gin.Context, s *liveview.Socket[Greeting]) error {
	if liveview.StaticChanged(c) {
		return s.Redirect(s.URL().String()) // or show a sentence with a link
	}
	return nil
}

func (greetingView) HandleEvent(s *liveview.Socket[Greeting], e liveview.Event) error {
	if e.Name != "log in" {
		return liveview.ErrUnknownEvent
	}
	userID := s.State().User.Name
	return s.RedirectAction("/login/done", userID, "/account")
}

var greetingPage = liveview.MustParse[Greeting](`<p id="hello">Hello {{.User.Name}}</p>
<button phx-click="toggle-help">Help</button> <button phx-click="log in">Log in</button>`)

func (greetingView) Render(st Greeting) liveview.Rendered { return greetingPage.Render(st) }

func TestGroupOfTheGuide(t *testing.T) {
	r := gin.New()
	lv := liveview.New(liveview.Config{})
	store := cookie.NewStore([]byte("a key of 32 bytes from your settings"))
	store.Options(sessions.Options{Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	r.Use(sessions.Sessions("app", store), lv.Middleware())

	members := r.Group("/members", requireUser, liveview.Around(liveview.Hooks{
		Mount: func(c *gin.Context, s liveview.AnySocket, next func() error) error {
			user := c.MustGet("user").(User) // of requireUser
			s.Assign(func(state any) {
				if st, ok := state.(interface{ SetUser(User) }); ok {
					st.SetUser(user)
				}
			})
			return next() // the view's own Mount
		},
		Event: func(s liveview.AnySocket, e liveview.Event, next func() error) error {
			if e.Name == "toggle-help" { // of a part that every page has
				return s.PushEvent("help", nil)
			}
			return next()
		},
	}))
	liveview.Handle(members, "", greetingView{})

	liveview.HandleAction(r, "/login/done", func(c *gin.Context, userID string) error {
		session := sessions.Default(c)
		session.Set("user", userID)
		return errors.Join(session.Save(), lv.Renew(c)) // lv := liveview.New(…), or liveview.AppOf(c)
	})
	r.GET("/account", func(c *gin.Context) { c.String(http.StatusOK, "%v", sessions.Default(c).Get("user")) })

	v := liveviewtest.Open(t, r, "/members")
	if got := v.Text("#hello"); got != "Hello ann" {
		t.Errorf("the page says %q", got)
	}
	v.Click("Help")
	v.ExpectEvent("help")
	v.Click("Log in")
	v.ExpectRedirect("/account")
}

// security.md: who may do what, while the page is open.

type Team struct{ Members []string }

type teamView struct{}

func (teamView) Mount(_ *gin.Context, s *liveview.Socket[Team]) error {
	s.Assign(func(st *Team) { st.Members = []string{"ann", "bob"} })
	return nil
}

// Authorize is asked before each event, whatever the page shows.
func (teamView) Authorize(s *liveview.Socket[Team], e liveview.Event) error {
	if role, _ := s.Value("role").(string); e.Name == "remove" && role != "admin" {
		return errors.New("only admins remove members")
	}
	return nil
}

func (teamView) HandleEvent(s *liveview.Socket[Team], e liveview.Event) error {
	name, ok := e.Signed("name")
	if e.Name != "remove" || !ok {
		return liveview.ErrUnknownEvent
	}
	s.Assign(func(st *Team) {
		rest := []string{}
		for _, m := range st.Members {
			if m != name {
				rest = append(rest, m)
			}
		}
		st.Members = rest
	})
	return nil
}

var teamPage = liveview.MustParse[Team](`<ul>{{range .Members | keyed "."}}<li id="{{.}}">{{.}} <button phx-click="remove" phx-value-name="{{signed "name" .}}">Remove {{.}}</button></li>{{end}}</ul>`)

func (teamView) Render(st Team) liveview.Rendered { return teamPage.Render(st) }

func TestRightsOfTheGuide(t *testing.T) {
	roles := map[string]string{"ann": "admin"}
	r := gin.New()
	r.Use(liveview.Middleware())
	// requireMember says who is there and what he may do, at each page, join, patch and recheck.
	requireMember := func(c *gin.Context) {
		name := "ann" // of the session
		liveview.Identify(c, name)
		c.Set("role", roles[name])
	}
	members := r.Group("/", requireMember, liveview.KeepValues("role"))
	liveview.Handle(members, "/team", teamView{})

	v := liveviewtest.Open(t, r, "/team")
	v.Click("Remove bob")
	if v.Has("#bob") {
		t.Error("an admin couldn't")
	}
	roles["ann"] = "member"
	v.Drop() // or after Config.Recheck, or at the next patch
	v.Click("Remove ann")
	if !v.Has("#ann") {
		t.Error("a member could")
	}
}
