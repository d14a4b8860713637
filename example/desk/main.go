// Command desk is a help desk: a whole application, as a company would run it.
//
//	npm ci --prefix example && go run -C example/desk .
//
// Open http://127.0.0.1:8097 and log in as ann, bob or iris, with the password desk. With
// -nodes 2 there are two processes, with a broker between them and a proxy before them.
//
// In the environment, DATABASE_URL is "postgres://…" or a file of SQLite, BROKER is "redis://…" or
// "nats://…", SECRET signs sessions and pages, ADDR is where to listen, HTTPS=true says that
// browsers come by https.
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/desk/data"
	"github.com/gin-liveview/liveview/example/desk/web"
	"github.com/gin-liveview/liveview/pubsub"
	"github.com/gin-liveview/liveview/pubsub/nats"
	"github.com/gin-liveview/liveview/pubsub/redis"
)

func main() {
	nodes := flag.Int("nodes", 1, "how many processes serve it; with more than one there are a broker and a proxy as well")
	tickets := flag.Int("tickets", 100_000, "how many tickets an empty database gets")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s := settings{
		addr:     cmp.Or(os.Getenv("ADDR"), "127.0.0.1:8097"),
		database: cmp.Or(os.Getenv("DATABASE_URL"), filepath.Join(os.TempDir(), "liveview-desk.db")),
		broker:   os.Getenv("BROKER"),
		secret:   os.Getenv("SECRET"),
		node:     os.Getenv("NODE"),
		https:    os.Getenv("HTTPS") == "true",
		tickets:  *tickets,
	}
	if s.secret == "" {
		s.secret = rand.Text() + rand.Text()
		log.Print("SECRET is not set: whoever is logged in will have to log in again after a restart")
	}
	run := s.serve
	if *nodes > 1 {
		run = func(ctx context.Context) error { return s.serveCluster(ctx, *nodes) }
	}
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}

// settings are what differs from one machine to another.
type settings struct {
	addr, database, broker, secret, node string
	https                                bool
	tickets                              int
}

// bus is what carries changes: within this process, or by the broker to all.
func (s settings) bus() (bus liveview.PubSub, end func() error, err error) {
	options := pubsub.Options{Secret: pubsub.NewSecret(s.secret)}
	var b *pubsub.Bus
	switch {
	case s.broker == "":
		return liveview.NewPubSub(), func() error { return nil }, nil
	case strings.HasPrefix(s.broker, "redis"):
		b, err = redis.New(s.broker, options)
	default:
		b, err = nats.New(s.broker, options)
	}
	if err != nil {
		return nil, nil, err
	}
	return b, b.Close, nil
}

// open opens the database, and fills it if it is empty.
func (s settings) open(ctx context.Context, publish func(topic string, info any) error) (*data.DB, error) {
	db, err := data.Open(ctx, s.database, publish)
	if err != nil {
		return nil, err
	}
	begin := time.Now()
	n, err := db.Seed(ctx, s.tickets)
	if err != nil {
		db.Close()
		return nil, fmt.Errorf("filling the database: %w", err)
	}
	if n > 0 {
		log.Printf("%d tickets are made, in %v", n, time.Since(begin).Round(100*time.Millisecond))
	}
	return db, nil
}

// serve is one node, until ctx ends.
func (s settings) serve(ctx context.Context) error {
	bus, end, err := s.bus()
	if err != nil {
		return err
	}
	defer func() { _ = end() }()
	db, err := s.open(ctx, bus.Publish)
	if err != nil {
		return err
	}
	defer db.Close()
	app, err := web.New(web.Settings{Secret: s.secret, HTTPS: s.https, Client: npmPackages(), Bus: bus, Node: s.node, Demo: true}, db)
	if err != nil {
		return err
	}
	defer app.Close()
	srv := &http.Server{Addr: s.addr, Handler: app.Handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- srv.ListenAndServe() }() // ends with Shutdown
	if s.node == "" {
		log.Printf("the help desk is at http://%s", s.addr)
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return app.Live.Shutdown(context.Background(), srv)
	}
}

// npmPackages are those of the gallery, if they are installed; nil has pages load the client
// from a CDN.
func npmPackages() fs.FS {
	folder := cmp.Or(os.Getenv("NODE_MODULES"), filepath.Join("..", "node_modules"))
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return os.DirFS(folder)
}
