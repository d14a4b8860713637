// Command shop serves the shop.
//
// Without arguments it serves, with settings from the environment. With "user NAME" it makes a
// user, or gives one a new password, and prints it.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"example.com/shop/data"
	"example.com/shop/web"
)

const usage = `usage: shop [user NAME]

Without arguments it serves; README.md lists the settings. With "user NAME" it makes a user,
or gives one a new password, and prints it.
`

func main() {
	flag.Usage = func() { _, _ = fmt.Fprint(flag.CommandLine.Output(), usage) }
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	switch args := flag.Args(); {
	case len(args) == 0:
		err = serve(ctx)
	case len(args) == 2 && args[0] == "user":
		err = setPassword(ctx, args[1])
	default:
		flag.Usage()
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(ctx context.Context) error {
	settings, err := settingsFrom(os.Getenv)
	if err != nil {
		return err
	}
	db, err := data.Open(ctx, settings.database)
	if err != nil {
		return err
	}
	defer db.Close()
	app, err := web.New(settings.web, db)
	if err != nil {
		return err
	}
	listener, err := listen(settings.addr)
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: app.Handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(app.Live.Listener(srv, listener)) }() // ends with Shutdown
	slog.Info("the shop is open", "url", "http://"+listener.Addr().String())
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return app.Live.Shutdown(context.Background(), srv)
	}
}

// listen takes the socket that systemd has opened, if it has: none is refused while the
// program is restarted.
func listen(addr string) (net.Listener, error) {
	if os.Getenv("LISTEN_PID") == strconv.Itoa(os.Getpid()) && os.Getenv("LISTEN_FDS") == "1" {
		return net.FileListener(os.NewFile(3, "systemd"))
	}
	return net.Listen("tcp", addr)
}

func setPassword(ctx context.Context, name string) error {
	database, err := databaseFrom(os.Getenv)
	if err != nil {
		return err
	}
	db, err := data.Open(ctx, database)
	if err != nil {
		return err
	}
	defer db.Close()
	password, err := db.Users().SetPassword(ctx, name)
	if err != nil {
		return err
	}
	fmt.Printf("%s may log in with the password %s\n", name, password)
	return nil
}
