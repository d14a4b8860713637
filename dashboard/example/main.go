// Command example is a page on which things go wrong at the press of a button, and the
// dashboard that tells of it, at http://127.0.0.1:8095/admin/dashboard:
//
//	go run -C dashboard ./example
package main

import (
	"cmp"
	"errors"
	"io/fs"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/dashboard"
)

// state is that of the page.
type state struct {
	Count int
	Lots  []int
}

var page = liveview.MustParse[state](`<h1>Something may go wrong</h1>
<p>{{.Count}} so far. <a href="/admin/dashboard">What the operator sees</a></p>
<p><button phx-click="count">Count</button> <button phx-click="slow">Be slow</button>
<button phx-click="large">Show a lot</button> <button phx-click="crash">Crash</button></p>
<p>{{range .Lots}}{{.}} {{end}}</p>`)

var events = liveview.Events[state]{
	"count": func(s *liveview.Socket[state], _ liveview.Event) error {
		s.Assign(func(st *state) { st.Count++ })
		return s.Publish("counts", s.State().Count)
	},
	"slow": func(*liveview.Socket[state], liveview.Event) error {
		time.Sleep(700 * time.Millisecond) // as a query without an index takes
		return nil
	},
	"large": func(s *liveview.Socket[state], _ liveview.Event) error {
		s.Assign(func(st *state) { st.Lots = make([]int, 5000-len(st.Lots)) })
		return nil
	},
	"crash": func(*liveview.Socket[state], liveview.Event) error { return errors.New("somebody has pressed crash") },
}

func mount(_ *gin.Context, s *liveview.Socket[state]) error {
	if !s.Connected() {
		return nil
	}
	_, err := s.Subscribe("counts")
	return err
}

// visitor names users by a cookie, ?as=ann, in place of a log-in.
func visitor(c *gin.Context) {
	if name := c.Query("as"); name != "" && !liveview.IsVisit(c) {
		http.SetCookie(c.Writer, &http.Cookie{Name: "as", Value: name, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
		liveview.Identify(c, name)
	} else if name, err := c.Cookie("as"); err == nil && name != "" {
		liveview.Identify(c, name)
	}
}

func newRouter(client fs.FS) (*gin.Engine, *dashboard.Board) {
	board := dashboard.New(dashboard.Options{})
	lv := liveview.New(liveview.Config{Client: client, Telemetry: board})
	r := gin.New()
	_ = r.SetTrustedProxies(nil) // nil is always taken
	r.Use(gin.Recovery(), func(c *gin.Context) {
		if client != nil {
			c.Header("Content-Security-Policy", "default-src 'self'; img-src 'self' data:")
		}
	}, lv.Middleware())
	liveview.Handle(r.Group("/", visitor), "/", liveview.ViewFuncs[state]{
		Template: page, Mount: mount, Events: events, Info: func(*liveview.Socket[state], any) error { return nil },
	})
	board.Mount(lv, r, "/admin/dashboard") // without a guard, for this machine alone
	return r, board
}

func main() {
	var client fs.FS
	if dir := cmp.Or(os.Getenv("CLIENT"), "../example/node_modules"); exists(dir) {
		client = os.DirFS(dir)
	}
	r, board := newRouter(client)
	defer board.Close()
	addr := cmp.Or(os.Getenv("ADDR"), "127.0.0.1:8095")
	log.Printf("http://%s and http://%s/admin/dashboard", addr, addr)
	log.Print(http.ListenAndServe(addr, r)) //nolint:gosec // an example, on this machine alone
}

func exists(dir string) bool {
	_, err := os.Stat(dir)
	return err == nil
}
