package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// What tests start as processes, each built once and when it is first asked for.
var (
	galleryProgram = program("gallery", "..", "./example")
	nodeProgram    = program("node", ".", "./node")
	plugProgram    = program("plug", filepath.Join("..", "example", "plug"), ".")
	clusterProgram = program("cluster", filepath.Join("..", "example", "cluster"), ".")
)

// programs is the directory that they are built into, set by run.
var programs string

// program returns a function that builds a program, with the race detector unless -raced=false
// says otherwise, and returns where it is.
func program(name, dir, pkg string) func() (string, error) {
	return sync.OnceValues(func() (string, error) {
		path := filepath.Join(programs, name)
		build := exec.Command("go", "build", fmt.Sprintf("-race=%v", *raced), "-o", path, pkg)
		build.Dir = dir
		if out, err := build.CombinedOutput(); err != nil {
			return "", fmt.Errorf("building the %s: %w\n%s", name, err, out)
		}
		return path, nil
	})
}

// process is a program that a test starts and ends, perhaps more than once.
type process struct {
	name    string
	program func() (string, error)
	dir     string   // it works in; "" means this one
	env     []string // besides this process's own
	site    string   // answers when it is ready

	cmd *exec.Cmd
	log lockedBuilder // of all its lives
}

func (p *process) start() error {
	path, err := p.program()
	if err != nil {
		return err
	}
	p.cmd = exec.Command(path)
	p.cmd.Dir = p.dir
	p.cmd.Env = append(append(os.Environ(), "GIN_MODE=release", "GORACE=atexit_sleep_ms=50"), p.env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
	if err := p.cmd.Start(); err != nil {
		return err
	}
	if err := within(patience, func() error { return answers(http.DefaultClient, p.site) }); err != nil {
		return fmt.Errorf("%s doesn't get ready: %w\n%s", p.name, err, &p.log)
	}
	return nil
}

// stop ends it as a deployment does and waits for it.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("%s on SIGTERM: %w\n%s", p.name, err, &p.log)
	}
	return nil
}

// kill ends it as kill -9 does.
func (p *process) kill() {
	if p.cmd != nil && p.cmd.Process != nil {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	}
}

// problem returns an error if the log tells of one.
func (p *process) problem() error {
	text := p.log.String()
	for _, sign := range []string{"DATA RACE", "ERROR", "still open"} {
		if strings.Contains(text, sign) {
			return fmt.Errorf("the log of %s:\n%s", p.name, text)
		}
	}
	return nil
}

// answers fails unless a GET of url is answered with 200.
func answers(client *http.Client, url string) error {
	res, err := client.Get(url)
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, res.Status)
	}
	return nil
}

// eventually waits until condition returns nil.
func eventually(t testing.TB, what string, condition func() error) {
	t.Helper()
	if err := within(patience, condition); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// within tries until condition returns nil, for what other processes do in
// their own time.
func within(limit time.Duration, condition func() error) error {
	deadline := time.After(limit)
	for {
		err := condition()
		if err == nil {
			return nil
		}
		select {
		case <-deadline:
			return errors.Join(fmt.Errorf("not within %v", limit), err)
		case <-time.After(5 * time.Millisecond):
		}
	}
}
