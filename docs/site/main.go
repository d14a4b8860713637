// Command site is the documentation as a site. From the root of a checkout:
//
//	npm ci --prefix example && go run -C docs/site .
//
// serves it at http://127.0.0.1:8098, with the examples at work beside the text. HOST and PORT
// in the environment say where else. Without the npm packages the examples take the client
// from a CDN.
//
//	go run -C docs/site . -out /tmp/liveview
//
// writes it into a folder, to be read from the disk or put onto any server. A relative folder
// is below docs/site.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/docs/site/book"
)

func main() {
	out := flag.String("out", "", "write the site into this folder, and don't serve it")
	flag.Parse()
	if err := run(*out); err != nil {
		log.Fatal(err)
	}
}

func run(out string) error {
	root, err := project()
	if err != nil {
		return err
	}
	if out == "" {
		return serve(root)
	}
	b, err := book.Make(root, book.Options{Examples: examples()})
	if err != nil {
		return fmt.Errorf("the documentation is wrong:\n%w", err)
	}
	if err := b.Write(out); err != nil {
		return err
	}
	log.Printf("wrote %d files; begin with %s", len(b.Files), filepath.Join(out, "index.html"))
	return nil
}

// project is the checkout that this program is run in.
func project() (fs.FS, error) {
	for _, dir := range []string{"../..", "."} {
		if _, err := os.Stat(filepath.Join(dir, "docs", "README.md")); err == nil {
			return os.DirFS(dir), nil
		}
	}
	return nil, errors.New("there is no docs/README.md here or two folders up; in a checkout it is: go run -C docs/site . (from its root)")
}

// serve listens before it makes the site, which takes some seconds: so a port that is taken is
// told at once, and who comes meanwhile waits.
func serve(root fs.FS) error {
	gin.SetMode(gin.ReleaseMode)
	l, err := net.Listen("tcp", net.JoinHostPort(cmp.Or(os.Getenv("HOST"), "127.0.0.1"), cmp.Or(os.Getenv("PORT"), "8098")))
	if err != nil {
		return err
	}
	b, err := book.Make(root, book.Options{Examples: examples(), Served: true})
	if err != nil {
		return fmt.Errorf("the documentation is wrong:\n%w", err)
	}
	r, lv, err := newSite(root, b)
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: r, ReadHeaderTimeout: 10 * time.Second}
	stopped, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }() // ends with the program
	log.Printf("the documentation is at http://%s", l.Addr())
	select {
	case err := <-failed:
		return err
	case <-stopped.Done():
		return lv.Shutdown(context.Background(), srv)
	}
}
