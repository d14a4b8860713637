package main

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/gin-liveview/liveview/example/fleet"
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

	return fleet.Serve(ctx, "the help desk", s.addr, n, "BROKER="+s.broker, "SECRET="+s.secret, "DATABASE_URL="+s.database)
}
