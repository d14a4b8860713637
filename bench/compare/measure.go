package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"time"
)

// with builds the programs, and has fn start what it needs of them.
func with(fn func(ctx context.Context, p programs) error) (err error) {
	if runtime.GOOS != "linux" {
		return fmt.Errorf("%s doesn't tell the processor time and memory of a process as Linux's /proc does; run this on Linux", runtime.GOOS)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	folder, err := os.MkdirTemp("", "compare")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if err := build(ctx, folder); err != nil {
		return err
	}
	return fn(ctx, programs{folder: folder, pin: pinSelf()})
}

// progress returns a function that replaces the last line of the terminal. It
// does nothing if nobody watches.
func progress() func(format string, args ...any) {
	if info, err := os.Stderr.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return func(string, ...any) {}
	}
	return func(format string, args ...any) { fmt.Fprintf(os.Stderr, "\r"+format+"\033[K", args...) }
}

// measure starts a server and puts the load on it.
func (p programs) measure(ctx context.Context, name string, l load, d time.Duration, env ...string) (figure, error) {
	s, err := p.start(ctx, name, env...)
	if err != nil {
		return figure{}, err
	}
	defer s.stop()
	return l(ctx, s, d)
}

// pinSelf moves this process to core 1 and tells whether servers can have core
// 0 for themselves. Where that can't be, figures are noisier, and it says so.
func pinSelf() bool {
	lack := ""
	if runtime.NumCPU() < 2 {
		lack = "a second core"
	} else if err := exec.Command("taskset", "-a", "-p", "-c", "1", strconv.Itoa(os.Getpid())).Run(); err != nil {
		lack = fmt.Sprintf("taskset of util-linux (%v)", err)
	}
	if lack != "" {
		fmt.Fprintf(os.Stderr, "compare: this machine lacks %s: server and load share their cores, and the figures are noisier\n", lack)
		return false
	}
	runtime.GOMAXPROCS(1)
	return true
}
