// Command run serves a page of templ.
//
//	npm ci --prefix example && go run -C example/ui/templui ./run
//
// Open http://127.0.0.1:8094/errands. PORT says where to listen.
package main

import (
	"cmp"
	"context"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/ui/templui/errands"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	lv := liveview.New(liveview.Config{Client: os.DirFS("../../node_modules")})
	r := gin.Default()
	_ = r.SetTrustedProxies(nil) // nil is a list that can be parsed
	r.Use(lv.Middleware())
	errands.Routes(r)
	addr := "127.0.0.1:" + cmp.Or(os.Getenv("PORT"), "8094")
	srv := &http.Server{Addr: addr, Handler: r, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- srv.ListenAndServe() }() // ends with the program
	log.Printf("the errands are at http://%s/errands", addr)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return lv.Shutdown(context.Background(), srv)
	}
}
