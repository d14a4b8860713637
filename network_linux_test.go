package liveview_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// A network of the kernel's own that takes 300 ms there and back and loses one packet in
// twenty, until its cable is pulled: all events are handled, in order, and the sockets of
// those who have gone without a word are given up by Config.IdleTimeout.
func TestLossyNetwork(t *testing.T) {
	if os.Getenv("LOSSY_NETWORK") != "" {
		lossyNetwork(t)
		return
	}
	t.Parallel()
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("this machine has no ip to pull a cable with")
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLossyNetwork$", "-test.v", "-test.timeout=2m")
	cmd.Env = append(os.Environ(), "LOSSY_NETWORK=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOSYS) {
		t.Skipf("this machine lets no test have a network of its own: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		if _, said, found := strings.Cut(line, "measured: "); found {
			figure(t, "%s", strings.TrimSpace(said))
		}
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// lossyNetwork is the test within a network namespace of its own.
func lossyNetwork(t *testing.T) {
	command := func(line string) error {
		words := strings.Fields(line)
		out, err := exec.Command(words[0], words[1:]...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s: %s", line, strings.Join(strings.Fields(string(out)), " "))
		}
		return nil
	}
	if err := command("ip link set lo up"); err != nil {
		t.Fatal(err)
	}
	network := "with tc's delay of 300ms and 5 % of packets lost"
	if err := command("tc qdisc add dev lo root netem delay 150ms loss 5% limit 10000"); err != nil {
		network = fmt.Sprintf("on a network without loss, as this kernel has no netem (%v),", err)
	}
	const idle = 3 * time.Second
	s := newSite(t, liveview.Config{EventRate: -1, JoinRate: -1, IdleTimeout: idle, KeepTime: -1}, func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.server.Serve(l) }() // ends with the site
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, l.Addr().String())
	}
	const clients, clicks = 20, 5
	var mu sync.Mutex // guards took
	var took []time.Duration
	var all sync.WaitGroup
	var done atomic.Int32
	for range clients {
		all.Go(func() {
			c, _, _ := s.openOver(dial, "/")
			for i := 1; done.Load() < clients; i++ { // all are open until the last is done
				from := time.Now()
				if diff := c.click("inc", nil); diff["0"] != fmt.Sprint(i) {
					t.Errorf("click %d: %v", i, diff)
				}
				if i == clicks {
					done.Add(1)
				}
				mu.Lock()
				took = append(took, time.Since(from))
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if t.Failed() {
		return
	}
	slices.Sort(took)
	if err := command("ip link set lo down"); err != nil {
		t.Fatal(err)
	}
	pulled := time.Now()
	open := s.app.Stats().Sockets
	eventually(t, 4*idle, "the sockets are given up", func() bool { return s.app.Stats().Sockets == 0 })
	gone := time.Since(pulled)
	if gone > idle+time.Second {
		t.Errorf("the sockets are given up after %s", gone)
	}
	fmt.Printf("measured: %s %d events of %d pages took %s in the median and %s at the 95th percentile, none lost; the cable pulled, %d sockets are given up after %s of silence, where %s are allowed\n",
		network, len(took), clients, took[len(took)/2], took[len(took)*95/100], open, gone, idle)
}
