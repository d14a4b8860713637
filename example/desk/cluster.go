package main

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

	"github.com/nats-io/nats-server/v2/server"
)

// serveCluster runs n nodes, each a process of its own, and a proxy before them, until ctx ends.
// Without BROKER it runs one of its own between them as well.
func (s settings) serveCluster(ctx context.Context, n int) error {
	if s.broker == "" {
		broker, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoLog: true, NoSigs: true})
		if err != nil {
			return err
		}
		go broker.Start() // until Shutdown
		defer broker.Shutdown()
		if !broker.ReadyForConnections(10 * time.Second) {
			return errors.New("the NATS server doesn't start")
		}
		s.broker = broker.ClientURL()
	}
	// Once, before there are nodes who would do it all at the same time.
	db, err := s.open(ctx, func(string, any) error { return nil })
	if err != nil {
		return err
	}
	db.Close()

	var nodes []*url.URL
	for i := range n {
		addr, err := freeAddr()
		if err != nil {
			return err
		}
		cmd := exec.CommandContext(ctx, os.Args[0])
		cmd.Env = append(os.Environ(), fmt.Sprintf("NODE=node %d", i+1), "ADDR="+addr, "BROKER="+s.broker, "SECRET="+s.secret, "DATABASE_URL="+s.database)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
		cmd.WaitDelay = time.Minute
		if err := cmd.Start(); err != nil {
			return err
		}
		defer func() { _ = cmd.Wait() }()
		nodes = append(nodes, &url.URL{Scheme: "http", Host: addr})
	}
	log.Printf("the help desk is at http://%s, on %d nodes", s.addr, n)
	srv := &http.Server{Addr: s.addr, Handler: proxyTo(nodes), ReadHeaderTimeout: 10 * time.Second}
	go func() { // ends with the program
		<-ctx.Done()
		_ = srv.Close()
	}()
	if err := srv.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// proxyTo sends each request, and so each socket, to any of the nodes; those of a page that has
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
