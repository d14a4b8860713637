// Command orders is a form as shops have it: lines to add, move and remove, prices, a date, a
// number that no other order may have, a picture, and somebody else who saves at the same
// time. It works without JavaScript, too.
//
//	npm ci --prefix example && go run -C example/orders .
//
// Open http://127.0.0.1:8092. DB names the database's file, PORT where to listen.
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
	"github.com/gin-liveview/liveview/example/orders/shop"
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
	file := cmp.Or(os.Getenv("DB"), filepath.Join(os.TempDir(), "liveview-orders.db"))
	db, err := sql.Open("sqlite", file+"?_pragma=journal_mode(wal)&_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	store, err := shop.Open(ctx, db)
	if err != nil {
		return err
	}

	lv := liveview.New(liveview.Config{
		Secret: liveview.NewSecret(os.Getenv("SECRET")),
		Client: npmPackages(),
		Layout: liveview.TemplateLayout("layout.html", nil),
		Title:  liveview.Title{Suffix: " · Orders", Default: "Orders"},
	})
	addr := "127.0.0.1:" + cmp.Or(os.Getenv("PORT"), "8092")
	srv := &http.Server{Addr: addr, Handler: newRouter(lv, store), ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- srv.ListenAndServe() }() // ends with the program
	log.Printf("the orders are at http://%s", addr)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return lv.Shutdown(context.Background(), srv)
	}
}
