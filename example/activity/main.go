// Command activity is a feed of 100,000 entries in a SQLite database: it scrolls in both
// directions without end, and shows what happens now on top.
//
//	npm ci --prefix example && go run -C example/activity .
//
// Open http://127.0.0.1:8091. DB names the database's file, PORT where to listen.
package main

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"log"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	_ "modernc.org/sqlite" // the driver

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/activity/feed"
)

//go:embed layout.html style.css
var files embed.FS

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	file := cmp.Or(os.Getenv("DB"), filepath.Join(os.TempDir(), "liveview-activity.db"))
	db, err := sql.Open("sqlite", file+"?_pragma=journal_mode(wal)&_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	store, err := feed.Open(ctx, db, 100_000)
	if err != nil {
		return err
	}

	lv := liveview.New(liveview.Config{
		Secret: liveview.NewSecret(os.Getenv("SECRET")),
		Client: npmPackages(),
		Layout: liveview.TemplateLayout("layout.html", nil),
		Title:  liveview.Title{Default: "Activity"},
	})
	addr := "127.0.0.1:" + cmp.Or(os.Getenv("PORT"), "8091")
	srv := &http.Server{Addr: addr, Handler: newRouter(lv, store), ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- srv.ListenAndServe() }() // ends with the program
	log.Printf("the feed is at http://%s", addr)
	for tick := time.NewTicker(3 * time.Second); ; {
		select {
		case err := <-failed:
			return err
		case <-ctx.Done():
			return lv.Shutdown(context.Background(), srv)
		case <-tick.C: // somebody does something
			e, err := store.Add(ctx)
			if err != nil {
				return err
			}
			if err := lv.Publish("activity", e); err != nil {
				return err
			}
		}
	}
}
