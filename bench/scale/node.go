package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/bench/internal/proc"
	"github.com/gin-liveview/liveview/presence"
	"github.com/gin-liveview/liveview/pubsub"
	"github.com/gin-liveview/liveview/pubsub/nats"
	"github.com/gin-liveview/liveview/pubsub/redis"
)

// rush is how many messages are published at once where many are.
const rush = 1000

// said is what is published to a topic.
type said struct{ N int }

func init() { pubsub.Register[said]("scale.said") }

// state is that of all pages here.
type state struct{ Count, Said int }

// view is a page that counts, and takes part in what its kind does besides.
type view struct {
	topic  func(id string) string // it subscribes to; nil for none
	people *presence.Tracker[string]
}

var page = liveview.MustParse[state](`<main><button phx-click="inc">{{.Count}}</button> <span>{{.Said}}</span></main>`)

func (v view) Mount(_ *gin.Context, s *liveview.Socket[state]) error {
	if v.topic != nil {
		if _, err := s.Subscribe(v.topic(s.ID())); err != nil {
			return err
		}
	}
	if v.people != nil {
		if _, err := liveview.Track(s, v.people, "lobby", s.ID(), "somebody"); err != nil {
			return err
		}
	}
	return nil
}

func (v view) HandleEvent(s *liveview.Socket[state], e liveview.Event) error {
	switch e.Name {
	case "inc":
		s.Assign(func(st *state) { st.Count++ })
	case "say":
		return s.Publish(v.topic(s.ID()), said{s.State().Said + 1})
	default:
		return liveview.ErrUnknownEvent
	}
	return nil
}

func (view) HandleInfo(s *liveview.Socket[state], info any) error {
	if i, ok := info.(said); ok {
		s.Assign(func(st *state) { st.Said = i.N })
	}
	return nil
}

func (view) Restore(s *liveview.Socket[state], saved state) error {
	s.Assign(func(st *state) { *st = saved })
	return nil
}

func (view) Render(st state) liveview.Rendered { return page.Render(st) }

// figures are what a process says of itself.
type figures struct {
	CPU                 time.Duration
	Published, Received uint64 // messages, to the broker and from it
}

// runNode is one process of the application, until it is told to end.
func runNode() error {
	gin.SetMode(gin.ReleaseMode)
	const secret = "of all processes, and known to nobody else"
	quiet := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	bus, err := newBus(os.Getenv(brokerVariable), pubsub.Options{Secret: pubsub.NewSecret(secret), Logger: quiet})
	if err != nil {
		return err
	}
	r := gin.New()
	if err := r.SetTrustedProxies(nil); err != nil {
		return err
	}
	lv := liveview.New(liveview.Config{
		Secret: liveview.NewSecret(secret), PubSub: bus, Logger: quiet, DrainTime: 5 * time.Second,
		EventRate: -1, JoinRate: -1, MaxSocketsPerAddress: -1,
	})
	r.Use(lv.Middleware(), func(c *gin.Context) {
		if user := c.Query("user"); user != "" {
			liveview.Identify(c, user)
		}
	})
	people := presence.New[string](bus, "lobbies", presence.Options{})
	liveview.Handle(r, "/counter", view{})
	liveview.Handle(r, "/room", view{topic: func(string) string { return "room" }})
	liveview.Handle(r, "/own", view{topic: func(id string) string { return "own " + id }})
	liveview.Handle(r, "/who", view{people: people})
	if _, err := bus.Subscribe("rush", func(any) {}); err != nil {
		return err
	}
	r.GET("/rush", func(c *gin.Context) {
		for n := range rush {
			if err := lv.Publish("rush", said{n}); err != nil {
				answer(c, err)
				return
			}
		}
		answer(c, nil)
	})
	r.GET("/disconnect", func(c *gin.Context) { answer(c, lv.Disconnect(c.Query("user"))) })
	r.GET("/ready", func(c *gin.Context) { answer(c, bus.Healthy()) })
	r.GET("/figures", func(c *gin.Context) {
		f, err := figuresOf(bus)
		if err != nil {
			answer(c, err)
			return
		}
		c.JSON(http.StatusOK, f)
	})
	stopped, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	srv := &http.Server{Addr: os.Getenv(addressVariable), Handler: r}
	failed := make(chan error, 1)
	go func() { failed <- srv.ListenAndServe() }() // ends with the program
	select {
	case err := <-failed:
		return err
	case <-stopped.Done():
	}
	err = lv.Shutdown(context.Background(), srv)
	people.Close()
	return errors.Join(err, bus.Close())
}

func answer(c *gin.Context, err error) {
	if err != nil {
		c.String(http.StatusServiceUnavailable, "%v", err)
		return
	}
	c.Status(http.StatusNoContent)
}

func newBus(url string, options pubsub.Options) (*pubsub.Bus, error) {
	if strings.HasPrefix(url, "nats:") {
		return nats.New(url, options)
	}
	return redis.New(url, options)
}

func figuresOf(bus *pubsub.Bus) (figures, error) {
	cpu, err := proc.CPU(os.Getpid())
	s := bus.Stats()
	return figures{CPU: cpu, Published: s.Published, Received: s.Received + s.Echoes}, err
}
