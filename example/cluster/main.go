// Command cluster is the gallery's poll on two nodes: two processes that share
// a NATS server, behind a proxy that sends each connection to either.
//
//	go run -C example/cluster .
//
// Open http://127.0.0.1:8090 in a few tabs. NODES sets how many nodes there
// are, PORT where the proxy listens.
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/crc32"
	"log"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

func main() {
	var err error
	if name := os.Getenv("NODE"); name != "" {
		err = serveNode(name, os.Getenv("ADDR"), os.Getenv("NATS"), os.Getenv("SECRET"))
	} else {
		err = startCluster()
	}
	if err != nil {
		log.Fatal(err)
	}
}

// startCluster runs broker, nodes and proxy until it is told to stop.
func startCluster() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	broker, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoLog: true, NoSigs: true})
	if err != nil {
		return err
	}
	go broker.Start() // until Shutdown
	defer broker.Shutdown()
	if !broker.ReadyForConnections(10 * time.Second) {
		return errors.New("the NATS server doesn't start")
	}

	count, err := strconv.Atoi(cmp.Or(os.Getenv("NODES"), "2"))
	if err != nil || count < 1 {
		return fmt.Errorf("NODES is %q, want a number", os.Getenv("NODES"))
	}
	secret := rand.Text() + rand.Text()
	var nodes []*url.URL
	for i := range count {
		addr, err := freeAddr()
		if err != nil {
			return err
		}
		cmd := exec.CommandContext(ctx, os.Args[0])
		cmd.Env = append(os.Environ(), "NODE=node "+strconv.Itoa(i+1), "ADDR="+addr, "NATS="+broker.ClientURL(), "SECRET="+secret, "GIN_MODE=release")
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
		cmd.WaitDelay = time.Minute
		if err := cmd.Start(); err != nil {
			return err
		}
		defer func() { _ = cmd.Wait() }()
		nodes = append(nodes, &url.URL{Scheme: "http", Host: addr})
	}

	addr := "127.0.0.1:" + cmp.Or(os.Getenv("PORT"), "8090")
	log.Printf("the poll is at http://%s, on %d nodes", addr, count)
	srv := &http.Server{Addr: addr, Handler: proxyTo(nodes), ReadHeaderTimeout: 10 * time.Second}
	go func() { // ends with the program
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
		nth := mathrand.IntN(len(nodes))
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
