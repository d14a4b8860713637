package main

import (
	"context"
	"embed"
	"html/template"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/poll"
	"github.com/gin-liveview/liveview/pubsub"
	"github.com/gin-liveview/liveview/pubsub/nats"
)

//go:embed layout.html
var layoutSource string

//go:embed poll.css
var static embed.FS

// layout is the document around the poll.
var layout = liveview.LayoutOf(template.Must(template.New("layout").Parse(layoutSource)), "layout", nil)

// serveNode is one node, until it is told to stop: it differs from an
// application on one machine by the lines about the bus.
func serveNode(name, addr, natsURL, secret string) error {
	bus, err := nats.New(natsURL, pubsub.Options{Secret: pubsub.NewSecret(secret)})
	if err != nil {
		return err
	}
	defer func() { _ = bus.Close() }()
	vote, err := poll.New(name, bus)
	if err != nil {
		return err
	}
	defer vote.Close()

	config := liveview.Config{Secret: liveview.NewSecret(secret), PubSub: bus, Layout: layout, Title: liveview.Title{Default: "Poll"}}
	if dir := os.Getenv("CLIENT"); dir != "" {
		config.Client = os.DirFS(dir)
	}
	lv := liveview.New(config)
	r := gin.New()
	r.Use(lv.Middleware())
	r.StaticFS("/static", http.FS(static))
	r.GET("/readyz", lv.Ready)
	liveview.Handle(r, "/", vote)

	stopped, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	srv := &http.Server{Addr: addr, Handler: r, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- srv.ListenAndServe() }() // ends with the program
	select {
	case err := <-failed:
		return err
	case <-stopped.Done():
		return lv.Shutdown(context.Background(), srv)
	}
}
