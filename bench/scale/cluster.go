package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/gin-liveview/liveview/bench/internal/proc"
	"github.com/gin-liveview/liveview/internal/freeport"
)

// What tells this program, started again, what it is, where it listens, and where the broker
// does.
const (
	roleVariable    = "SCALE_ROLE"
	roleNode        = "node"
	roleNATS        = "nats"
	addressVariable = "SCALE_ADDRESS"
	brokerVariable  = "SCALE_BROKER"
)

// patience is how long anything may take on a machine that has much to do.
const patience = 30 * time.Second

// process is one that this program has started.
type process struct {
	address string
	cmd     *exec.Cmd
}

func start(ctx context.Context, cmd *exec.Cmd, address string) (*process, error) {
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{address, cmd}
	return p, within(ctx, func() error {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return err
		}
		return conn.Close()
	})
}

// again starts this program in another role.
func again(ctx context.Context, role, broker string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	address, err := freeport.Find()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), roleVariable+"="+role, addressVariable+"="+address, brokerVariable+"="+broker)
	return start(ctx, cmd, address)
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill() // fails if it has ended
	_ = p.cmd.Wait()         // says that it was killed
}

// cluster is an application of several processes, and what is between them.
type cluster struct {
	url    string
	broker *process
	nodes  []*process
}

func newCluster(ctx context.Context, broker string, nodes int) (c *cluster, err error) {
	c = new(cluster)
	defer func() {
		if err != nil {
			c.end()
		}
	}()
	switch broker {
	case "redis":
		address, err := freeport.Find()
		if err != nil {
			return nil, err
		}
		_, port, _ := net.SplitHostPort(address)
		cmd := exec.Command("redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel", "warning")
		if c.broker, err = start(ctx, cmd, address); err != nil {
			return nil, fmt.Errorf("redis-server, as of the Debian package of that name: %w", err)
		}
	case "nats":
		if c.broker, err = again(ctx, roleNATS, ""); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("-brokers: %q is neither redis nor nats", broker)
	}
	c.url = broker + "://" + c.broker.address
	for range nodes {
		if err = c.add(ctx); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// add starts one more node, and returns when it is connected to the broker.
func (c *cluster) add(ctx context.Context) error {
	p, err := again(ctx, roleNode, c.url)
	if err != nil {
		return err
	}
	c.nodes = append(c.nodes, p)
	return within(ctx, func() error { return p.get("/ready", nil) })
}

func (c *cluster) end() {
	for _, p := range append(c.nodes, c.broker) {
		if p != nil {
			p.kill()
		}
	}
}

// direct is for questions to processes.
var direct = &http.Client{Timeout: patience}

// get asks the process for JSON; into nil for none.
func (p *process) get(path string, into any) error {
	res, err := direct.Get("http://" + p.address + path)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s is answered with %s", path, res.Status)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(into)
}

// account is what some of a cluster's nodes, and its broker, have taken and sent so far.
type account struct {
	nodes, broker time.Duration
	in, out       uint64 // messages, from nodes to the broker, and from it to nodes
}

func (c *cluster) account(of []*process) (a account, err error) {
	for _, p := range of {
		var f figures
		if err := p.get("/figures", &f); err != nil {
			return a, err
		}
		a.nodes += f.CPU
		a.in, a.out = a.in+f.Published, a.out+f.Received
	}
	a.broker, err = proc.CPU(c.broker.cmd.Process.Pid)
	return a, err
}

// runNATS is a NATS server, until it is killed.
func runNATS(address string) error {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return err
	}
	s, err := server.NewServer(&server.Options{Host: host, Port: port, NoLog: true})
	if err != nil {
		return err
	}
	s.Start()
	s.WaitForShutdown()
	return nil
}

// within tries until a condition returns nil.
func within(ctx context.Context, condition func() error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := condition()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(errors.New("it took too long"), err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}
