// Command example is the gallery: a live page for each thing there is, each
// in a folder of its own.
//
//	npm ci --prefix example && go run ./example
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	secret := os.Getenv("SECRET")
	if secret == "" {
		secret = rand.Text() + rand.Text()
		log.Print("SECRET is not set: pages that are open over a restart will be loaded anew")
	}
	addr := cmp.Or(os.Getenv("HOST"), "127.0.0.1") + ":" + cmp.Or(os.Getenv("PORT"), "8080")
	gallery, lv := newGallery(secret, npmPackages())
	srv := &http.Server{Addr: addr, Handler: gallery, ReadHeaderTimeout: 10 * time.Second}

	stopped, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	failed := make(chan error, 1)
	go func() { failed <- srv.ListenAndServe() }() // ends with the program
	log.Printf("the gallery is at http://%s", addr)
	select {
	case err := <-failed:
		log.Fatal(err)
	case <-stopped.Done():
		if err := lv.Shutdown(context.Background(), srv); err != nil {
			log.Fatal(err)
		}
	}
}
