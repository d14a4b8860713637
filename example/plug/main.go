// Command plug shows that nothing is lost: a wizard and a drawing, half done, and a button that
// ends the process as a power cut does. Another one is started in its place.
//
//	npm ci --prefix example && go run -C example/plug .
//
// Open http://127.0.0.1:8093. STATES names the file in which the states of open pages are
// kept, PORT where to listen.
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"html/template"
	"io/fs"
	"log"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/plug/trip"
	"github.com/gin-liveview/liveview/store/bolt"
)

//go:embed layout.html style.css
var files embed.FS

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	run := supervise
	if os.Getenv("PROCESS") != "" {
		run = serve
	}
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}

// supervise starts this program again and again, as systemd or Kubernetes would, until ctx
// ends. All of its lives have one secret.
func supervise(ctx context.Context) error {
	secret := cmp.Or(os.Getenv("SECRET"), rand.Text()+rand.Text())
	for n := 1; ; n++ {
		life := exec.CommandContext(ctx, os.Args[0])
		life.Env = append(os.Environ(), "SECRET="+secret, "PROCESS="+strconv.Itoa(n))
		life.Stdout, life.Stderr = os.Stdout, os.Stderr
		life.Cancel = func() error { return life.Process.Signal(syscall.SIGTERM) }
		err := life.Run()
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it was told to end
		}
		var died *exec.ExitError
		switch {
		case err == nil:
			return nil
		case !errors.As(err, &died) || died.Exited(): // it hasn't been killed: it won't do any better
			return err
		}
		log.Printf("process %d is gone: %v", n, err)
	}
}

// serve is one life.
func serve(ctx context.Context) error {
	states, err := bolt.Open(cmp.Or(os.Getenv("STATES"), filepath.Join(os.TempDir(), "liveview-plug.db")), bolt.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = states.Close() }()
	lv := liveview.New(liveview.Config{
		Secret: liveview.NewSecret(os.Getenv("SECRET")),
		Client: npmPackages(),
		Layout: liveview.TemplateLayout("layout.html", nil),
		Store:  states,
	})
	r := gin.New()
	_ = r.SetTrustedProxies(nil) // nil is a list that can be parsed
	r.Use(gin.Recovery(), lv.Middleware())
	r.SetHTMLTemplate(template.Must(template.ParseFS(files, "layout.html")))
	r.StaticFileFS("/style.css", "style.css", http.FS(files))
	number, _ := strconv.Atoi(os.Getenv("PROCESS"))
	liveview.Handle(r, "/", trip.View{Process: number, Since: time.Now(), Pull: pull})

	addr := "127.0.0.1:" + cmp.Or(os.Getenv("PORT"), "8093")
	srv := &http.Server{Addr: addr, Handler: r, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- srv.ListenAndServe() }() // ends with the program
	log.Printf("process %d is at http://%s", number, addr)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return lv.Shutdown(context.Background(), srv)
	}
}

// pull ends this process at once, without a goodbye to anybody.
func pull() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) }

// npmPackages are those of the gallery, if they are installed; nil has the page load the
// client from a CDN.
func npmPackages() fs.FS {
	const folder = "../node_modules"
	if _, err := os.Stat(folder); err != nil {
		return nil
	}
	return os.DirFS(folder)
}
