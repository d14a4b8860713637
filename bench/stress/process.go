package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gin-liveview/liveview/bench/stress/node"
)

// patience is how long anything may take on a machine that has much to do.
const patience = 30 * time.Second

// log is what processes have written, line by line, the newest of it.
type log struct {
	mu    sync.Mutex // guards lines
	lines []string
}

const maxLog = 50_000

// take adds what comes of r until its end.
func (l *log) take(name string, r io.Reader) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		l.mu.Lock()
		if len(l.lines) == maxLog {
			l.lines = append(l.lines[:0], l.lines[maxLog/2:]...)
		}
		l.lines = append(l.lines, name+" "+lines.Text())
		l.mu.Unlock()
	}
}

// about writes the last lines that have one of the words.
func (l *log) about(w io.Writer, most int, words ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []string
	for i := len(l.lines) - 1; i >= 0 && len(found) < most; i-- {
		for _, word := range words {
			if word != "" && strings.Contains(l.lines[i], word) {
				found = append(found, l.lines[i])
				break
			}
		}
	}
	for i := len(found) - 1; i >= 0; i-- {
		_, _ = fmt.Fprintf(w, "     %.1000s\n", found[i])
	}
}

// bad are words that no process may write.
var bad = []string{"DATA RACE", "fatal error:", "panic:", "still open"}

// process is one of the application's, which ends and begins again.
type process struct {
	name     string
	settings node.Settings
	faults   string
	log      *log
	journal  *journal

	lives int
	cmd   *exec.Cmd
	wrote chan struct{} // closed when all that it wrote has been taken
	ends  *atomic.Bool  // this life is to end
	up    atomic.Bool   // it answers, as far as is known
}

// start begins its next life, and returns when it answers.
func (p *process) start() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	p.lives++
	p.settings.Instance = fmt.Sprintf("%s.%d", p.name, p.lives)
	p.cmd = exec.Command(self)
	p.cmd.Env = append(append(os.Environ(), p.settings.Environment()...), "STRESS_FAULTS="+p.faults)
	p.cmd.SysProcAttr = endsWithParent
	out, err := p.cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := p.cmd.Start(); err != nil {
		return err
	}
	p.wrote, p.ends = make(chan struct{}), new(atomic.Bool)
	go func(instance string, done chan struct{}, ends *atomic.Bool) { // ends with the process
		p.log.take(instance, out)
		if !ends.Load() {
			p.journal.find("a process that dies", instance, func(w io.Writer) { p.log.about(w, 60, instance) })
		}
		close(done)
	}(p.settings.Instance, p.wrote, p.ends)
	err = within(patience, func() error {
		res, err := direct.Get("http://" + p.settings.Address + "/readyz")
		if err != nil {
			return err
		}
		return res.Body.Close()
	})
	p.up.Store(err == nil)
	return err
}

// stop ends it as a deployment does.
func (p *process) stop() error {
	began := time.Now()
	p.up.Store(false)
	p.ends.Store(true)
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	<-p.wrote
	err := p.cmd.Wait()
	if took := time.Since(began); err != nil || took > node.DrainTime+5*time.Second {
		p.journal.find("a process that doesn't end as it should", fmt.Sprintf("%s: %v after %v", p.settings.Instance, err, took), func(w io.Writer) { p.log.about(w, 30, p.settings.Instance) })
	}
	return nil
}

// kill ends it as kill -9 does.
func (p *process) kill() {
	p.up.Store(false)
	p.ends.Store(true)
	_ = p.cmd.Process.Kill()
	<-p.wrote
	_ = p.cmd.Wait()
}

func (p *process) signal(s syscall.Signal) { _ = p.cmd.Process.Signal(s) }

// direct is for requests that go to a node, and not through the proxy.
var direct = &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}

// get asks the process for JSON.
func (p *process) get(path string, into any) error {
	res, err := direct.Get("http://" + p.settings.Address + path)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	return json.NewDecoder(res.Body).Decode(into)
}

func (p *process) figures() (f node.Figures, err error) {
	err = p.get("/figures", &f)
	return f, err
}

// within tries until a condition returns nil.
func within(limit time.Duration, condition func() error) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	for {
		err := condition()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("not within %v", limit), err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}
