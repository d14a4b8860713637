package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// programs are the built servers and how to start them.
type programs struct {
	folder string
	pin    bool // to a core
}

const module = "github.com/gin-liveview/liveview"

// build compiles both servers into a folder of their own.
func build(ctx context.Context, folder string) error {
	c := exec.CommandContext(ctx, "go", "build", "-o", folder+string(filepath.Separator), module+"/bench/floor", module+"/bench/refserver")
	c.Stderr = os.Stderr
	if err := c.Run(); err != nil {
		return fmt.Errorf("building the servers: %w", err)
	}
	return nil
}

// server is a running server.
type server struct {
	address  string // host and port
	deflates bool   // its clients are to agree on permessage-deflate
	command  []string
	process  *exec.Cmd
}

// start runs one of: echo and gin, the two sides of bench/floor, and ours and deflated,
// which is bench/refserver, and the same with compression. It returns when the server takes
// connections. What env has is added to its environment.
func (p programs) start(ctx context.Context, name string, env ...string) (*server, error) {
	command := []string{filepath.Join(p.folder, "floor"), "-what", name}
	switch name {
	case "ours":
		command = []string{filepath.Join(p.folder, "refserver")}
	case "deflated":
		command = []string{filepath.Join(p.folder, "refserver"), "-compress", "1024"}
	}
	if p.pin { // taskset becomes the program that it starts: the process's id stays
		command = append([]string{"taskset", "-c", "0"}, command...)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &server{address: net.JoinHostPort("127.0.0.1", port), deflates: name == "deflated", command: command}
	return s, p.again(ctx, s, env...)
}

// again starts a server that has ended, where it was.
func (p programs) again(ctx context.Context, s *server, env ...string) error {
	_, port, err := net.SplitHostPort(s.address)
	if err != nil {
		return err
	}
	s.process = exec.CommandContext(ctx, s.command[0], s.command[1:]...)
	s.process.Env = append(append(os.Environ(), "PORT="+port, "GOMAXPROCS=1"), env...)
	s.process.Stderr = os.Stderr
	if err := s.process.Start(); err != nil {
		return err
	}
	for deadline := time.Now().Add(patience); ; {
		conn, err := net.Dial("tcp", s.address)
		if err == nil {
			return conn.Close()
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			s.stop()
			return errors.Join(fmt.Errorf("%s doesn't come up", s.command[0]), err, ctx.Err())
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// stop ends the server.
func (s *server) stop() {
	_ = s.process.Process.Kill() // fails if it has ended by itself
	_ = s.process.Wait()         // says that it was killed
}

// freePort is a port that nobody listens on.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port), nil
}
