// Package fleet runs a program as several processes behind a proxy, for the examples that show
// pages on more than one node. In production a process manager and a proxy of the field do
// this: see docs/deployment.md.
package fleet

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Serve runs n processes of this program, and at addr a proxy before them, until ctx ends and
// they have. Each is told by its environment what it is called, NODE, and where it is to
// listen, ADDR, and besides what env says. what is what the log calls all of them together. It
// returns an error if they can't be started, or addr can't be had.
func Serve(ctx context.Context, what, addr string, n int, env ...string) error {
	ctx, stop := context.WithCancel(ctx)
	var nodes []*url.URL
	var started []*exec.Cmd
	defer func() {
		stop() // also where one of them, or the proxy, couldn't be started
		for _, cmd := range started {
			_ = cmd.Wait()
		}
	}()
	for i := range n {
		at, err := freeAddr()
		if err != nil {
			return err
		}
		cmd := exec.CommandContext(ctx, os.Args[0])
		cmd.Env = append(os.Environ(), fmt.Sprintf("NODE=node %d", i+1), "ADDR="+at)
		cmd.Env = append(cmd.Env, env...)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
		cmd.WaitDelay = time.Minute
		if err := cmd.Start(); err != nil {
			return err
		}
		started = append(started, cmd)
		nodes = append(nodes, &url.URL{Scheme: "http", Host: at})
	}
	log.Printf("%s is at http://%s, on %d nodes", what, addr, n)
	srv := &http.Server{Addr: addr, Handler: proxyTo(nodes), ReadHeaderTimeout: 10 * time.Second}
	go func() { // ends with ctx
		<-ctx.Done()
		_ = srv.Close()
	}()
	if err := srv.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// proxyTo sends each request, and so each socket, to any of nodes; those of a page that has
// no WebSocket to one of them.
func proxyTo(nodes []*url.URL) http.Handler {
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		nth := rand.IntN(len(nodes)) //nolint:gosec // nothing depends on nobody guessing it
		if r.In.URL.Path == "/live/longpoll" {
			page := crc32.ChecksumIEEE([]byte(r.In.URL.Query().Get("_csrf_token")))
			nth = int(page % uint32(len(nodes))) //nolint:gosec // there are few
		}
		r.SetURL(nodes[nth])
		r.SetXForwarded()
		r.Out.Host = r.In.Host // which the socket's Origin is compared with
	}}
}

func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}
