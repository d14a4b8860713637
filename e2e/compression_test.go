package e2e

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gin-liveview/liveview"
)

// scale is a way to a server that counts what goes over it, in bytes.
type scale struct {
	address        string
	sent, received atomic.Int64 // by browsers
}

func newScale(t *testing.T, to string) *scale {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	s := &scale{address: l.Addr().String()}
	go func() {
		for {
			browser, err := l.Accept()
			if err != nil {
				return // the test is over
			}
			server, err := net.Dial("tcp", to)
			if err != nil {
				_ = browser.Close()
				continue
			}
			go s.carry(server, browser, &s.sent)
			go s.carry(browser, server, &s.received)
		}
	}()
	return s
}

// carry copies until either end is closed, and closes both.
func (s *scale) carry(to, from net.Conn, count *atomic.Int64) {
	defer func() { _, _ = to.Close(), from.Close() }()
	_, _ = io.Copy(io.MultiWriter(to, counter{count}), from)
}

type counter struct{ n *atomic.Int64 }

func (c counter) Write(b []byte) (int, error) {
	c.n.Add(int64(len(b)))
	return len(b), nil
}

// Chromium agrees on compression and uses it both ways, where it is configured and only
// there; what it shows is the same, and so is what it keeps of a text that is too long.
func TestCompressionInTheBrowser(t *testing.T) {
	needsSockets(t)
	t.Parallel()
	for name, threshold := range map[string]int{"on": 1024, "off": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := letterLab(t, func(c *liveview.Config) { c.CompressionThreshold = threshold })
			s := newScale(t, strings.TrimPrefix(l.URL, "http://"))
			tb := newPerson(t).open("http://" + s.address + "/letter")
			sent, received := s.sent.Load(), s.received.Load()
			const letters = 60_000 // 540 KB as a form sends them
			tb.write(letters)
			tb.click("#send")
			tb.shows("#sent", fmt.Sprintf("%d bytes, 漢字", 3*letters))
			sent, received = s.sent.Load()-sent, s.received.Load()-received
			if small := sent < 100_000 && received < 100_000; small != (threshold > 0) {
				t.Errorf("the browser has sent %d bytes, and received %d", sent, received)
			}
			tb.write(400_000) // 3.6 MB
			tb.shows("#error", "This is too much to be sent at once. Please shorten it.")
			tb.holds(`document.querySelector("textarea").value.length === 400000`)
		})
	}
}
