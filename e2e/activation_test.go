package e2e

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// A service that gets its socket from systemd is restarted while it is asked all the time,
// and refuses nobody: who comes meanwhile waits in the socket, which stays open.
func TestSocketActivation(t *testing.T) {
	t.Parallel()
	program, err := nodeProgram()
	if err != nil {
		t.Fatal(err)
	}
	// The test holds the socket, as systemd does over the lives of a service.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	socket, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	site := "http://" + listener.Addr().String()
	if err := listener.Close(); err != nil { // of two that are one socket
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	log := &lockedBuilder{}
	activate := installed(t, "systemd-socket-activate")
	start := func(name string) *exec.Cmd {
		// It starts the program with the first connection, in its own place.
		cmd := exec.Command("sh", "-c", `LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" -E SECRET -E NAME -E CLIENT -E GIN_MODE -E GORACE "$1"`, activate, program)
		cmd.Env = append(os.Environ(), "GIN_MODE=release", "GORACE=atexit_sleep_ms=50", "NAME="+name,
			"SECRET=one secret that all of the nodes have, 32+", "CLIENT="+npmPackages)
		cmd.ExtraFiles = []*os.File{socket}
		cmd.Stdout, cmd.Stderr = log, log
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill() })
		return cmd
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	running := start("life-1")
	eventually(t, "the first life answers", func() error { return answers(client, site+"/readyz") })

	var asked atomic.Int32
	stop, failed := make(chan struct{}), make(chan error, 4)
	for range 4 {
		go func() {
			for {
				select {
				case <-stop:
					failed <- nil
					return
				default:
				}
				if err := answers(client, site+"/counter"); err != nil {
					failed <- err
					return
				}
				asked.Add(1)
			}
		}()
	}
	for life := 2; life <= 3; life++ {
		enough := asked.Load() + 5
		eventually(t, "requests are answered", func() error { return atLeast(enough, &asked) })
		if err := running.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := running.Wait(); err != nil {
			t.Fatalf("the service on SIGTERM: %v\n%s", err, log)
		}
		begin := time.Now()
		running = start(fmt.Sprintf("life-%d", life))
		eventually(t, "the next life answers", func() error { return answers(client, site+"/readyz") })
		t.Logf("life %d answers after %v", life, time.Since(begin).Round(time.Millisecond))
	}
	close(stop)
	for range 4 {
		if err := <-failed; err != nil {
			t.Errorf("after %d requests: %v\n%s", asked.Load(), err, log)
		}
	}
	_ = running.Process.Signal(syscall.SIGTERM)
	if err := running.Wait(); err != nil {
		t.Errorf("the service on SIGTERM: %v\n%s", err, log)
	}
}
