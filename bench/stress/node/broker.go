package node

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	natsserver "github.com/nats-io/nats-server/v2/server"

	"github.com/gin-liveview/liveview/pubsub"
	"github.com/gin-liveview/liveview/pubsub/nats"
	"github.com/gin-liveview/liveview/pubsub/redis"
)

// newBus returns what carries infos between processes, by the URL of a broker.
func newBus(url string, options pubsub.Options) (*pubsub.Bus, error) {
	if strings.HasPrefix(url, "nats:") {
		return nats.New(url, options)
	}
	return redis.New(url+"?"+fixedPool, options)
}

const natsAddress = "STRESS_NATS"

// NATSEnvironment returns what has FromEnvironment be a NATS server at an address.
func NATSEnvironment(address string) string { return natsAddress + "=" + address }

// runNATS is a NATS server, until the process is killed.
func runNATS(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return err
	}
	s, err := natsserver.NewServer(&natsserver.Options{Host: host, Port: n, NoSigs: true})
	if err != nil {
		return err
	}
	s.Start()
	s.WaitForShutdown()
	return fmt.Errorf("the NATS server at %s has ended, process %d", address, os.Getpid())
}
