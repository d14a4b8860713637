package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/desk/data"
)

const (
	loginRoute     = "/login"
	loginDoneRoute = "/login/done"
	logoutRoute    = "/logout"
	userKey        = "user" // of the session, the ID; of the Gin context behind requireUser, the data.User
)

// loginRoutes adds the log-in and the log-out, and returns a group for pages that want one.
func (d *desk) loginRoutes(r *gin.Engine) *gin.RouterGroup {
	liveview.Handle(r, loginRoute, &loginView{desk: d})
	// A live event can't set a cookie, so the session is written by these, to which the pages
	// send the browser.
	liveview.HandleAction(r, loginDoneRoute, d.beginSession)
	liveview.HandleAction(r, logoutRoute, endSession)
	return r.Group("", d.requireUser, liveview.KeepValues(userKey))
}

// requireUser lets only users pass who are logged in. It runs for a page, for its live join, for
// every move to it and while it is open: so it is where a new role is heard of.
func (d *desk) requireUser(c *gin.Context) {
	id, _ := sessions.Default(c).Get(userKey).(int64)
	user, err := d.User(c.Request.Context(), id)
	switch {
	case errors.Is(err, data.ErrNotFound):
		c.Redirect(http.StatusFound, loginRoute+"?"+url.Values{"next": {c.Request.URL.RequestURI()}}.Encode())
		c.Abort()
		return
	case err != nil:
		_ = c.AbortWithError(http.StatusInternalServerError, err)
		return
	}
	liveview.Identify(c, strconv.FormatInt(id, 10)) // the page is good for this user alone
	c.Set(userKey, user)
}

// requireRole lets those of the users pass who are something, and sends others to their tickets.
func requireRole(is func(data.User) bool) gin.HandlerFunc {
	return func(c *gin.Context) {
		if user, _ := c.MustGet(userKey).(data.User); !is(user) {
			c.Redirect(http.StatusFound, "/tickets")
			c.Abort()
		}
	}
}

// me is the user of a page, as the middleware found them the last time that it was asked.
func me(s interface{ Value(key any) any }) data.User {
	user, _ := s.Value(userKey).(data.User)
	return user
}

// signedID returns an ID that the page was given for this user, 0 for what isn't one: nothing has
// that.
func signedID(e liveview.Event, name string) int64 {
	value, ok := e.Signed(name)
	if !ok {
		return 0
	}
	id, _ := strconv.ParseInt(value, 10, 64) // 0 for what is no number
	return id
}

func (d *desk) beginSession(c *gin.Context, userID string) error {
	id, err := strconv.ParseInt(userID, 10, 64)
	if err != nil {
		return err
	}
	session := sessions.Default(c)
	session.Clear()
	session.Set(userKey, id)
	return errors.Join(
		liveview.AppOf(c).Renew(c), // who knew this browser before doesn't know it any more
		session.Save(),
	)
}

func endSession(c *gin.Context, _ string) error {
	session := sessions.Default(c)
	session.Clear()
	return errors.Join(
		liveview.AppOf(c).Renew(c), // other tabs of this browser notice at once
		liveview.PutFlash(c, "info", "You are logged out."),
		session.Save(),
	)
}

type loginState struct {
	Name    string
	Problem string
	People  []data.User // of the demonstration
	address string      // the visitor's
	next    string      // where to go then
}

type loginView struct {
	desk     *desk
	attempts attempts
}

// Mount implements [liveview.Mounter].
func (v *loginView) Mount(c *gin.Context, s *liveview.Socket[loginState]) error {
	s.PageTitle("Log in")
	next := c.Query("next")
	if !isOwn(next) {
		next = "/"
	}
	var people []data.User
	if v.desk.settings.Demo {
		for _, name := range []string{"ann", "bob", "iris"} {
			users, err := v.desk.People(s.Context(), name, 1)
			if err != nil {
				return err
			}
			people = append(people, users...)
		}
	}
	s.Assign(func(st *loginState) { st.address, st.next, st.People = c.ClientIP(), next, people })
	return nil
}

// maxNext is how much of a URL a log-in keeps, in bytes: an action takes 2048.
const maxNext = 2000

// isOwn reports whether next is a page here, to which a log-in can lead. Browsers take a
// backslash for a slash.
func isOwn(next string) bool {
	u, err := url.Parse(next)
	return err == nil && u.Host == "" && strings.HasPrefix(next, "/") && !strings.ContainsRune(next, '\\') && len(next) <= maxNext
}

// HandleEvent implements [liveview.EventHandler].
func (v *loginView) HandleEvent(s *liveview.Socket[loginState], e liveview.Event) error {
	if e.Name != "log-in" {
		return liveview.ErrUnknownEvent
	}
	name, state := strings.ToLower(strings.TrimSpace(e.Value("name"))), s.State()
	refuse := func(problem string) error {
		s.Assign(func(st *loginState) { st.Name, st.Problem = name, problem })
		return nil
	}
	if !v.attempts.begin(state.address + " " + name) {
		return refuse("Too many attempts. Please try again in some minutes.")
	}
	user, err := v.desk.Check(s.Context(), name, e.Value("password"))
	if errors.Is(err, data.ErrNotFound) {
		return refuse("Name and password don’t match.")
	}
	if err != nil {
		return err
	}
	return s.RedirectAction(loginDoneRoute, strconv.FormatInt(user.ID, 10), state.next)
}

// Render implements [liveview.View].
func (v *loginView) Render(st loginState) liveview.Rendered { return loginPage.Render(st) }

// attempts are those to log in, of the last minutes.
type attempts struct {
	mu    sync.Mutex // guards the fields below
	since time.Time
	by    map[string]int
}

// begin counts an attempt, and reports whether it may be made: ten in ten minutes.
func (a *attempts) begin(who string) bool {
	const most, each, remembered = 10, 10 * time.Minute, 100_000
	a.mu.Lock()
	defer a.mu.Unlock()
	if now := time.Now(); now.Sub(a.since) > each || len(a.by) > remembered {
		a.since, a.by = now, map[string]int{}
	}
	a.by[who]++
	return a.by[who] <= most
}
