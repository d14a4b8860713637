// Command node is one process of an application that runs on several: what the
// tests start behind a proxy. Environment: ADDR to listen at, unless systemd has opened a
// socket for it, NAME to show, SECRET that all of them share, CLIENT for the client's npm packages, BROKER
// for the URL of a Redis or NATS server, if there is one, STORE for the address of a Redis
// that keeps states. So that tests needn't wait as visitors do: DRAIN for
// Config.DrainTime, KEEP for KeepTime and STORETIME for StoreTime, DIR where files are
// noted, CLOSED if the page that takes them is to show no form, BEAT for how often a node
// says that it lives. With MEMPROFILE every allocation is noted, for /figures to count
// timers.
package main

import (
	"context"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

func main() {
	if os.Getenv("MEMPROFILE") != "" {
		runtime.MemProfileRate = 1
	}
	secret := os.Getenv("SECRET")
	bus, err := newBus(os.Getenv("BROKER"), secret)
	if err != nil {
		log.Fatal(err)
	}
	r := gin.New()
	store := cookie.NewStore([]byte(secret[:32]))
	store.Options(sessions.Options{Path: "/", MaxAge: 3600, HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode})
	r.Use(sessions.Sessions("app", store))
	lv := liveview.New(liveview.Config{
		Secret: liveview.NewSecret(secret), Client: os.DirFS(os.Getenv("CLIENT")), PubSub: bus, DrainTime: duration("DRAIN"),
		KeepTime: duration("KEEP"), Store: newStore(os.Getenv("STORE")), StoreTime: duration("STORETIME"),
	})
	r.Use(lv.Middleware())
	r.GET("/readyz", lv.Ready)
	r.GET("/livez", lv.Healthy)
	r.GET("/favicon.ico", func(c *gin.Context) { c.Status(http.StatusNoContent) })
	name := os.Getenv("NAME")
	r.GET("/node", func(c *gin.Context) { c.String(http.StatusOK, name) })
	liveview.Handle(r, "/counter", counterView{node: name})
	liveview.Handle(r, "/form", formView{node: name})
	liveview.Handle(r, "/wizard", wizardView{node: name})
	liveview.Handle(r, "/journey", journeyView{node: name})
	r.GET("/figures", figures(lv))
	taker := filesView{node: name, dir: os.Getenv("DIR"), closed: os.Getenv("CLOSED") != ""}
	liveview.Handle(r, "/files/one", taker)
	taker.config.MaxEntries = 3
	liveview.Handle(r, "/files", taker)
	taker.config.AutoUpload = true
	liveview.Handle(r, "/files/auto", taker)
	room := newChat(name, bus, duration("BEAT"))
	liveview.Handle(r.Group("", identify), "/chat", room)
	r.GET("/disconnect/:user", func(c *gin.Context) {
		if err := lv.Disconnect(c.Param("user")); err != nil {
			c.String(http.StatusInternalServerError, "%v", err)
		}
	})

	stopped, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	listener, err := listen(os.Getenv("ADDR"))
	if err != nil {
		log.Fatal(err)
	}
	srv := &http.Server{Handler: r}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(lv.Listener(srv, listener)) }() // ends with the program
	select {
	case err := <-failed:
		log.Fatal(err)
	case <-stopped.Done():
		if err := lv.Shutdown(context.Background(), srv); err != nil {
			log.Fatal(err)
		}
		room.people.Close()
	}
}

// listen returns the socket that systemd has opened for this process, if it has, and else
// one of its own.
func listen(addr string) (net.Listener, error) {
	if os.Getenv("LISTEN_PID") == strconv.Itoa(os.Getpid()) && os.Getenv("LISTEN_FDS") == "1" {
		return net.FileListener(os.NewFile(3, "systemd"))
	}
	return net.Listen("tcp", addr)
}

// duration is that of the environment; 0 if it has none.
func duration(name string) time.Duration {
	text := os.Getenv(name)
	if text == "" {
		return 0
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		log.Fatalf("%s: %v", name, err)
	}
	return d
}

// counter is the state of the page that counts.
type counter struct {
	Node  string
	Count int
}

type counterView struct{ node string }

var counterPage = liveview.MustParse[counter](`<p id="node">{{.Node}}</p><button id="inc" phx-click="inc">{{.Count}}</button>`)

func (v counterView) Mount(_ *gin.Context, s *liveview.Socket[counter]) error {
	s.Assign(func(c *counter) { c.Node = v.node })
	return nil
}

func (counterView) HandleEvent(s *liveview.Socket[counter], _ liveview.Event) error {
	s.Assign(func(c *counter) { c.Count++ })
	return nil
}

func (counterView) Render(c counter) liveview.Rendered { return counterPage.Render(c) }

// application is what the form asks for.
type application struct {
	Name   string `form:"name" binding:"required,min=2"`
	Email  string `form:"email" binding:"required,email"`
	Letter string `form:"letter" binding:"required,min=20"`
	Post   string `form:"post" binding:"oneof=cook waiter"`
	Terms  string `form:"terms" binding:"required"`
}

// form is the state of the page with the form.
type form struct {
	Node   string
	Fields application
	Errors map[string]string
	Done   bool
}

type formView struct{ node string }

var formPage = liveview.MustParse[form](`<p id="node">{{.Node}}</p>
{{if .Done}}<p id="done">{{.Fields.Name}}|{{.Fields.Email}}|{{.Fields.Post}}|{{.Fields.Terms}}|{{.Fields.Letter}}</p>{{end}}
<form id="application" phx-change="check" phx-submit="apply">
<input name="name" value="{{.Fields.Name}}"><em id="name-error">{{index .Errors "name"}}</em>
<input name="email" value="{{.Fields.Email}}"><em id="email-error">{{index .Errors "email"}}</em>
<select name="post"><option value="cook" {{if eq .Fields.Post "cook"}}selected{{end}}>cook</option><option value="waiter" {{if eq .Fields.Post "waiter"}}selected{{end}}>waiter</option></select>
<input type="checkbox" name="terms" value="yes" {{if .Fields.Terms}}checked{{end}}>
<textarea name="letter" phx-debounce="blur">{{.Fields.Letter}}</textarea><em id="letter-error">{{index .Errors "letter"}}</em>
<button id="apply">apply</button>
</form>`)

func (v formView) Mount(_ *gin.Context, s *liveview.Socket[form]) error {
	s.Assign(func(c *form) { c.Node, c.Fields.Post = v.node, "cook" })
	return nil
}

func (formView) HandleEvent(s *liveview.Socket[form], e liveview.Event) error {
	var fields application
	err := e.Bind(&fields)
	s.Assign(func(c *form) {
		c.Fields, c.Errors = fields, e.FieldErrors(err)
		c.Done = e.Name == "apply" && err == nil
	})
	return nil
}

func (formView) Render(c form) liveview.Rendered { return formPage.Render(c) }
