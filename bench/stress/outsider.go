package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"

	"github.com/gin-liveview/liveview/bench/stress/node"
	"github.com/gin-liveview/liveview/internal/freeport"
)

// outsider is a server that stands beside the processes, and ends and begins again.
type outsider struct {
	scheme  string // of its URL
	address string
	command func(host, port string) (*exec.Cmd, error)
	cmd     *exec.Cmd
}

// newRedis returns a Redis. Without a folder it has lost all when it begins again.
func newRedis(folder string) *outsider {
	args := []string{"--save", "", "--appendonly", "no"}
	if folder != "" {
		args = []string{"--save", "", "--appendonly", "yes", "--appendfsync", "no", "--dir", folder}
	}
	return &outsider{scheme: "redis", command: func(host, port string) (*exec.Cmd, error) {
		return exec.Command("redis-server", append([]string{"--bind", host, "--port", port}, args...)...), nil
	}}
}

// newNATS returns a NATS server, which is this program, started again.
func newNATS() *outsider {
	return &outsider{scheme: "nats", command: func(host, port string) (*exec.Cmd, error) {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), node.NATSEnvironment(net.JoinHostPort(host, port)))
		return cmd, nil
	}}
}

// url is where it is.
func (o *outsider) url() string { return o.scheme + "://" + o.address }

// start begins its next life, at the same address, and returns when it takes connections.
func (o *outsider) start() error {
	if o.address == "" {
		address, err := freeport.Find()
		if err != nil {
			return err
		}
		o.address = address
	}
	host, port, err := net.SplitHostPort(o.address)
	if err != nil {
		return err
	}
	if o.cmd, err = o.command(host, port); err != nil {
		return err
	}
	o.cmd.SysProcAttr = endsWithParent
	if err := o.cmd.Start(); err != nil {
		return fmt.Errorf("%s, which for Redis is of the Debian package of that name: %w", o.cmd.Path, err)
	}
	return within(patience, func() error {
		conn, err := net.Dial("tcp", o.address)
		if err != nil {
			return err
		}
		return conn.Close()
	})
}

func (o *outsider) kill() {
	if o.cmd != nil && o.cmd.Process != nil {
		_ = o.cmd.Process.Kill()
		_ = o.cmd.Wait()
	}
}

func (o *outsider) signal(s syscall.Signal) { _ = o.cmd.Process.Signal(s) }
