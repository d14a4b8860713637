package node

import (
	"crypto/rand"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	goredis "github.com/redis/go-redis/v9"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/pubsub"
)

// account is the state of a page that only who has logged in may see.
type account struct {
	User   string
	Seen   Spans
	Secret int64 // the last one that was told
}

// secret is an info for those who are logged in: when it was told, in Unix milliseconds.
type secret struct{ At int64 }

func init() { pubsub.Register[secret]("stress.secret") }

const (
	secretTopic  = "secrets"
	sessionsKey  = "stress:session:"
	sessionField = "session"
)

type accountView struct{ *server }

var accountPage = liveview.MustParse[account](`<p id="account">{{.User}}|{{.Seen}}|{{.Secret}}</p>`)

func (v accountView) Mount(c *gin.Context, s *liveview.Socket[account]) error {
	s.Assign(func(a *account) { a.User = c.GetString("user") })
	_, err := s.Subscribe(secretTopic)
	return err
}

func (accountView) HandleEvent(s *liveview.Socket[account], e liveview.Event) error {
	n, err := strconv.Atoi(e.Value("n"))
	s.Assign(func(a *account) {
		if n > a.Seen.Last() {
			a.Seen = a.Seen.With(n)
		}
	})
	return err
}

func (accountView) HandleInfo(s *liveview.Socket[account], info any) error {
	if told, ok := info.(secret); ok {
		s.Assign(func(a *account) { a.Secret = told.At })
	}
	return nil
}

func (accountView) Restore(s *liveview.Socket[account], saved account) error {
	s.Assign(func(a *account) { a.Seen = saved.Seen })
	return nil
}

func (accountView) Render(a account) liveview.Rendered { return accountPage.Render(a) }

// accounts has the routes of logging in and out. Who is logged in is in the store, where it
// ends for all processes at once.
func (s *server) accounts(r *gin.Engine, client goredis.UniversalClient) {
	r.GET("/login", func(c *gin.Context) {
		id := rand.Text()
		session := sessions.Default(c)
		session.Set(sessionField, id)
		err := errors.Join(client.Set(c, sessionsKey+id, c.Query("user"), time.Hour).Err(), session.Save(), s.lv.Renew(c))
		answer(c, err)
	})
	r.GET("/logout", func(c *gin.Context) {
		id, _ := sessions.Default(c).Get(sessionField).(string)
		user, err := client.Get(c, sessionsKey+id).Result()
		if err != nil {
			answer(c, err)
			return
		}
		if Planted("logout") {
			answer(c, nil)
			return
		}
		if err := client.Del(c, sessionsKey+id).Err(); err != nil {
			answer(c, err)
			return
		}
		_ = s.lv.Disconnect(user) // without the broker the others find out by their Recheck
		answer(c, nil)
	})
	members := r.Group("", func(c *gin.Context) {
		id, _ := sessions.Default(c).Get(sessionField).(string)
		user, err := client.Get(c, sessionsKey+id).Result()
		switch {
		case Planted("rights"):
			user = "anybody"
		case errors.Is(err, goredis.Nil) || id == "":
			c.Redirect(http.StatusSeeOther, "/welcome")
			c.Abort()
			return
		case err != nil:
			c.AbortWithStatus(http.StatusServiceUnavailable)
			return
		}
		c.Set("user", strings.Clone(user))
		liveview.Identify(c, user)
	}, liveview.LiveSession("members"))
	r.GET("/welcome", func(c *gin.Context) { c.String(http.StatusOK, "welcome") })
	liveview.Handle(members, "/account", accountView{s})
}

func answer(c *gin.Context, err error) {
	if err != nil {
		c.String(http.StatusServiceUnavailable, "%v", err)
		return
	}
	c.String(http.StatusOK, "done")
}

// tell tells who is logged in a secret.
func (s *server) tell() {
	_ = s.lv.Publish(secretTopic, secret{time.Now().UnixMilli()}) // as in say
}
