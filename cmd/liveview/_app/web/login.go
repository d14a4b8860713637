package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"

	"example.com/shop/data"
)

const (
	loginRoute     = "/login"
	loginDoneRoute = "/login/done"
	logoutRoute    = "/logout"
	userNameKey    = "user name" // of the Gin context, behind requireUser
)

// Of the session.
const (
	userKey   = "user"
	loginsKey = "logins"
)

// loginRoutes adds the log-in and the log-out to r, and returns a group for pages that want
// one.
func loginRoutes(r *gin.Engine, users data.Users) *gin.RouterGroup {
	l := &login{users: users}
	liveview.Handle(r, loginRoute, l)

	// A live event can't set a cookie, so the session is written by these, to which the
	// pages send the browser.
	liveview.HandleAction(r, loginDoneRoute, l.begin)
	liveview.HandleAction(r, logoutRoute, l.end)

	return r.Group("", append([]gin.HandlerFunc{l.requireUser, liveview.KeepValues(userNameKey)}, framed()...)...)
}

// login is the page and what belongs to it.
type login struct {
	users    data.Users
	attempts attempts
}

// requireUser lets only users pass whose session is good. It runs for a page, for its live
// join and for every move to it.
func (l *login) requireUser(c *gin.Context) {
	session := sessions.Default(c)
	id, _ := session.Get(userKey).(int64)
	user, err := l.users.Find(c.Request.Context(), id)
	switch {
	case errors.Is(err, data.ErrNotFound), err == nil && session.Get(loginsKey) != user.Logins:
		c.Redirect(http.StatusFound, loginRoute+"?"+url.Values{"next": {c.Request.URL.RequestURI()}}.Encode())
		c.Abort()
		return
	case err != nil:
		_ = c.AbortWithError(http.StatusInternalServerError, err)
		return
	}
	liveview.Identify(c, strconv.FormatInt(id, 10)) // the page is good for this user alone
	c.Set(userNameKey, user.Name)
}

// begin begins a session.
func (l *login) begin(c *gin.Context, userID string) error {
	id, err := strconv.ParseInt(userID, 10, 64)
	if err != nil {
		return err
	}
	user, err := l.users.Find(c.Request.Context(), id)
	if err != nil {
		return err
	}
	session := sessions.Default(c)
	session.Clear()
	session.Set(userKey, user.ID)
	session.Set(loginsKey, user.Logins)
	return errors.Join(
		liveview.AppOf(c).Renew(c), // who knew this browser before doesn't know it any more
		session.Save(),
	)
}

// end ends a session.
func (l *login) end(c *gin.Context, _ string) error {
	session := sessions.Default(c)
	session.Clear()
	return errors.Join(
		liveview.AppOf(c).Renew(c), // other tabs of this browser notice at once
		liveview.PutFlash(c, "info", "You are logged out."),
		session.Save(),
	)
}

// LoginState is the state of the log-in page.
type LoginState struct {
	Name    string
	Problem string
	address string // the visitor's
	next    string // where to go then
}

// Mount implements [liveview.Mounter].
func (l *login) Mount(c *gin.Context, s *liveview.Socket[LoginState]) error {
	s.PageTitle("Log in")
	next := c.Query("next")
	if !isOwn(next) {
		next = "/"
	}
	s.Assign(func(st *LoginState) { st.address, st.next = c.ClientIP(), next })
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
func (l *login) HandleEvent(s *liveview.Socket[LoginState], e liveview.Event) error {
	if e.Name != "log-in" {
		return liveview.ErrUnknownEvent
	}
	name, state := e.Value("name"), s.State()
	refuse := func(problem string) error {
		s.Assign(func(st *LoginState) { st.Name, st.Problem = name, problem })
		return nil
	}
	if !l.attempts.begin(state.address, name) {
		return refuse("Too many attempts. Please try again in a quarter of an hour.")
	}
	user, err := l.users.Check(s.Context(), name, e.Value("password"))
	if errors.Is(err, data.ErrNotFound) {
		return refuse("Name and password don’t match.")
	}
	if err != nil {
		return err
	}
	l.attempts.succeeded(state.address, name)
	return s.RedirectAction(loginDoneRoute, strconv.FormatInt(user.ID, 10), state.next)
}

// Render implements [liveview.View].
func (l *login) Render(st LoginState) liveview.Rendered { return loginPage.Render(st) }
