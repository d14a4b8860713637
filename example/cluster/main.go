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
	"log"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/gin-liveview/liveview/example/fleet"
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
	addr := "127.0.0.1:" + cmp.Or(os.Getenv("PORT"), "8090")
	return fleet.Serve(ctx, "the poll", addr, count, "NATS="+broker.ClientURL(), "SECRET="+secret, "GIN_MODE=release")
}
