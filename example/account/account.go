// Package account is a log-in, a guarded page and two ways to log out, in one
// file to start from: replace Users by your database.
package account

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"sync"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// Users knows who may log in. It is safe for concurrent use.
type Users struct {
	mu     sync.Mutex // guards byName
	byName map[string]*user
}

type user struct {
	salt, hash []byte
	note       string
	logins     int // what a session must say to be good: raised to end them all
}

// Add registers a user.
func (u *Users) Add(name, password string) {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.byName == nil {
		u.byName = make(map[string]*user)
	}
	u.byName[name] = &user{salt: salt, hash: hash(password, salt)}
}

// hash takes its time on purpose, so that guessing does.
func hash(password string, salt []byte) []byte {
	key, err := pbkdf2.Key(sha256.New, password, salt, 100_000, 32)
	if err != nil {
		panic(err) // only for lengths that aren't these
	}
	return key
}

var nobody = user{salt: make([]byte, 16)}

// check reports whether the password is name's. A name that isn't there takes
// as long as one that is.
func (u *Users) check(name, password string) bool {
	u.mu.Lock()
	account, known := u.byName[name]
	if !known {
		account = &nobody
	}
	u.mu.Unlock()
	return subtle.ConstantTimeCompare(hash(password, account.salt), account.hash) == 1
}

// with calls fn for a user and reports whether there is one.
func (u *Users) with(name string, fn func(*user)) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	account, known := u.byName[name]
	if known {
		fn(account)
	}
	return known
}

// Routes adds the pages to r: /login and /account.
func Routes(r *gin.Engine, users *Users) {
	liveview.Handle(r, "/login", loginView{users})
	guarded := r.Group("", users.require, liveview.KeepValues(userKey))
	liveview.Handle(guarded, "/account", accountView{users})

	// A live event can't set a cookie, so the session is written by these, to
	// which the views send the browser.
	liveview.HandleAction(r, "/account/login", users.login)
	liveview.HandleAction(r, "/account/logout", users.logout)
}

const userKey = "user"

// require lets only users pass whose session is good. It runs for the page, for
// its live join and for every navigation to it.
func (u *Users) require(c *gin.Context) {
	session := sessions.Default(c)
	name, _ := session.Get(userKey).(string)
	logins, _ := session.Get("logins").(int)
	good := false
	if !u.with(name, func(account *user) { good = account.logins == logins }) || !good {
		_ = liveview.PutFlash(c, "error", "Please log in first.")
		c.Redirect(http.StatusFound, "/login")
		c.Abort()
		return
	}
	liveview.Identify(c, name) // for Disconnect, and so that the page is good for this user only
	c.Set(userKey, name)
}

func (u *Users) login(c *gin.Context, name string) error {
	session := sessions.Default(c)
	session.Clear()
	session.Set(userKey, name)
	u.with(name, func(account *user) { session.Set("logins", account.logins) })
	return errors.Join(
		liveview.AppOf(c).Renew(c), // who knew this browser before doesn't know it any more
		liveview.PutFlash(c, "info", "Welcome, "+name+"."),
		session.Save(),
	)
}

func (u *Users) logout(c *gin.Context, how string) error {
	session := sessions.Default(c)
	if name, _ := session.Get(userKey).(string); how == "logout everywhere" && name != "" {
		u.with(name, func(account *user) { account.logins++ })     // ends all of the user's sessions
		if err := liveview.AppOf(c).Disconnect(name); err != nil { // and all of their open pages
			return err
		}
	}
	session.Clear()
	return errors.Join(
		liveview.AppOf(c).Renew(c), // other tabs of this browser notice at once
		liveview.PutFlash(c, "info", "You are logged out."),
		session.Save(),
	)
}

// Login is the state of the log-in page.
type Login struct{ Name string }

type loginView struct{ users *Users }

func (v loginView) HandleEvent(s *liveview.Socket[Login], e liveview.Event) error {
	name := e.Value("name")
	s.Assign(func(st *Login) { st.Name = name })
	if !v.users.check(name, e.Value("password")) {
		s.PutFlash("error", "Name and password don't match.")
		return nil
	}
	return s.RedirectAction("/account/login", name, "/account")
}

var loginPage = liveview.MustParse[Login](`
<h1>Log in</h1>
<p class="lead">A live form; the session is written by a request of its own, with a ticket for one use.</p>
{{template "flash" flashes}}
<form id="login" phx-submit="login" class="stack">
  <p><label for="name">Name</label><input id="name" name="name" value="{{.Name}}" autocomplete="username" required></p>
  <p><label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required></p>
  <button phx-disable-with="Checking…">Log in</button>
</form>
<p class="note">Here, <em>ann</em> and <em>bob</em> may, both with the password <em>open sesame</em>.</p>
` + flashTemplate)

func (loginView) Render(st Login) liveview.Rendered { return loginPage.Render(st) }

// Account is the state of the guarded page.
type Account struct{ Name, Note string }

type accountView struct{ users *Users }

func (v accountView) Mount(c *gin.Context, s *liveview.Socket[Account]) error {
	name := c.GetString(userKey)
	s.PageTitle(name)
	v.users.with(name, func(u *user) { s.Assign(func(st *Account) { st.Name, st.Note = name, u.note }) })
	return nil
}

func (v accountView) HandleEvent(s *liveview.Socket[Account], e liveview.Event) error {
	name, _ := s.Value(userKey).(string) // who require let pass, the last time that it was asked
	switch e.Name {
	case "save":
		note := e.Value("note")
		v.users.with(name, func(u *user) { u.note = note })
		s.Assign(func(st *Account) { st.Note = note })
		s.PutFlash("info", "Saved.")
	case "logout", "logout everywhere":
		return s.RedirectAction("/account/logout", e.Name, "/login")
	}
	return nil
}

var accountPage = liveview.MustParse[Account](`
<h1>{{.Name}}</h1>
<p class="lead">Only {{.Name}} sees this page. Open it in two tabs and log out in one.</p>
{{template "flash" flashes}}
<form id="note" phx-submit="save" class="stack">
  <p><label for="note-text">A note to yourself</label><input id="note-text" name="note" value="{{.Note}}"></p>
  <button>Save</button>
</form>
<p class="row">
  <button id="logout" class="quiet" phx-click="logout">Log out</button>
  <button id="everywhere" class="quiet" phx-click="logout everywhere">Log out everywhere</button>
</p>
` + flashTemplate)

func (accountView) Render(st Account) liveview.Rendered { return accountPage.Render(st) }

const flashTemplate = `{{define "flash"}}{{range .}}<p class="flash {{.Kind}}" role="status">{{.Text}}
<button class="quiet" phx-click="lv:clear-flash" phx-value-key="{{.Kind}}" aria-label="Dismiss">×</button></p>{{end}}{{end}}`
