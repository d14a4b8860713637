package e2e

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/chromedp/chromedp"
)

// wire is a network between browsers and a node that a test can cut.
type wire struct {
	net.Listener
	to string

	mu    sync.Mutex // guards what follows
	conns []net.Conn
	left  int    // bytes that browsers may send until it is cut
	cut   func() // what to do then; nil if it isn't to be cut
}

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{Listener: l, to: to}
	done := make(chan struct{})
	go func() {
		defer close(done)
		var all sync.WaitGroup
		defer all.Wait()
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { w.relay(c) })
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		w.sever()
		<-done
	})
	return w
}

func (w *wire) url() string { return "http://" + w.Addr().String() }

func (w *wire) relay(c net.Conn) {
	defer func() { _ = c.Close() }()
	s, err := net.Dial("tcp", w.to)
	if err != nil {
		return
	}
	defer func() { _ = s.Close() }()
	w.mu.Lock()
	w.conns = append(w.conns, c, s)
	w.mu.Unlock()
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(c, s)
		_ = c.Close()
	})
	defer back.Wait()
	defer func() { _ = s.Close() }()
	buf := make([]byte, 4096)
	for {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		n, then := w.pass(n)
		if _, err := s.Write(buf[:n]); err != nil {
			return
		}
		if then != nil {
			then()
		}
	}
}

// pass returns how many of n bytes may go on, and what is to be done after them.
func (w *wire) pass(n int) (int, func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut == nil {
		return n, nil
	}
	if w.left -= n; w.left > 0 {
		return n, nil
	}
	then := w.cut
	w.cut = nil
	return n + w.left, then
}

// cutAfter has what browsers send from now on go no further than so many bytes until do has
// happened.
func (w *wire) cutAfter(bytes int, do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left, w.cut = bytes, do
}

func (w *wire) sever() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.conns {
		_ = c.Close()
	}
	w.conns = nil
}

// filesNode is a node that takes files, behind a wire.
type filesNode struct {
	*node
	*wire
	dir string
}

func startFiles(t *testing.T) *filesNode {
	dir := t.TempDir()
	n := startNode(t, "node-1", "DIR="+dir)
	return &filesNode{n, newWire(t, n.addr), dir}
}

// again starts it once more.
func (n *filesNode) again(t *testing.T) {
	if err := n.start(); err != nil {
		t.Error(err)
	}
}

// noted returns what all the processes so far have noted, once it is so many lines, and
// forgets it.
func (n *filesNode) noted(t *testing.T, tb *tab, what string, lines int) []string {
	t.Helper()
	var all []string
	path := filepath.Join(n.dir, "log")
	if err := within(patience, func() error {
		text, err := os.ReadFile(path)
		if all = strings.Split(strings.TrimSpace(string(text)), "\n"); err == nil && len(all) < lines {
			err = fmt.Errorf("noted are %q", all)
		}
		return err
	}); err != nil {
		t.Fatalf("%s: %v; the page is %s", what, err, eval[string](tb, `document.body.innerHTML`))
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	return all
}

func line(name string, content []byte) string {
	return fmt.Sprintf("%s %x", name, sha256.Sum256(content))
}

// An upload that is cut, wherever that is and whatever it is cut by, goes on by itself, as
// does the submit that waits for it: what was chosen arrives as it was, in order, and is
// made use of once.
func TestCutUploadGoesOn(t *testing.T) {
	t.Parallel()
	one, two := bytes.Repeat([]byte("0123456789abcdef"), 12_000), bytes.Repeat([]byte("some more "), 9_000)
	file := onDisk(t, map[string][]byte{"one.bin": one, "two.bin": two})
	var ends sync.WaitGroup
	t.Cleanup(ends.Wait)
	for name, end := range map[string]func(t *testing.T, n *filesNode) func(){
		"connection": func(_ *testing.T, n *filesNode) func() { return n.sever },
		"deploy": func(t *testing.T, n *filesNode) func() {
			return func() {
				if err := n.cmd.Process.Signal(syscall.SIGTERM); err != nil {
					t.Error(err)
				}
				ends.Go(func() {
					if err := n.cmd.Wait(); err != nil {
						t.Error(err)
					}
					n.again(t)
				})
			}
		},
		"kill -9": func(t *testing.T, n *filesNode) func() { return func() { n.kill(); n.sever(); n.again(t) } },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := startFiles(t)
			tb := newPerson(t).visit(n.url() + "/readyz")
			tb.expect("WebSocket", "phx-", "ERR_", "Failed to push", "no connection")
			total := len(one) + len(two)
			for _, c := range []struct {
				path   string
				names  []string
				waits  bool // the submit, for an auto upload that is under way
				points []int
			}{
				{"/files", []string{"one.bin", "two.bin"}, true, []int{1, 3_000, total / 2, total - 2_000, total + 300, total + 900}},
				{"/files/one", []string{"one.bin"}, true, []int{1, len(one) / 2, len(one)}},
				{"/files/auto", []string{"one.bin", "two.bin"}, false, []int{1, 3_000, total / 2, total - 2_000, total + 300, total + 900}},
				{"/files/auto", []string{"one.bin", "two.bin"}, true, []int{4_000, total / 2, total - 2_000}},
			} {
				want := []string{"submitted a note now", line("one.bin", one), line("two.bin", two)}[:1+len(c.names)]
				for _, at := range c.points {
					what := fmt.Sprintf("%s, cut after %d bytes, with a submit that waits: %v", c.path, at, c.waits)
					tb.run(chromedp.Navigate(n.url() + c.path)) // or another tab's bytes may be those that count
					tb.live()
					tb.js(`window.confirm = () => { window.asked = (window.asked || 0) + 1; return true }`)
					tb.enter("#note", "a note")
					tb.holds(`document.querySelector("#note").getAttribute("value") === "a note"`)
					tb.js(`document.querySelector("#note").blur()`) // or its change is sent with the click
					end, submitted, wasCut := end(t, n), make(chan struct{}), make(chan struct{})
					cut := func() { end(); close(wasCut) }
					if c.path == "/files/auto" {
						n.cutAfter(at, func() {
							if c.waits {
								<-submitted
							}
							cut()
						})
					}
					tb.pick(file(c.names...))
					switch {
					case c.path != "/files/auto":
						tb.holds(fmt.Sprintf(`document.querySelectorAll("article").length === %d`, len(c.names)))
						n.cutAfter(at, cut)
						tb.click("#save")
					case c.waits:
						tb.holds(`document.querySelector("input[type=file]").dataset.phxPreflightedRefs.split(",").length === 2`)
						tb.click("#save")
						close(submitted)
					default:
						if <-wasCut; *longPoll && name == "connection" {
							// A browser sends a request for long-poll once more by itself where a connection
							// was cut, and then the page knows nothing of it. Otherwise it loses what waits
							// behind that request: a submit must not be among it.
							tb.holds(`document.querySelector("input[type=file]").dataset.phxDoneRefs.split(",").length === 2`)
							tb.holds(`!liveSocket.socket.conn.awaitingBatchAck && !liveSocket.socket.conn.batchBuffer.length`)
						} else {
							tb.holds(`liveSocket.main.joinCount === 2`)
						}
						tb.holds(`!liveSocket.main.isJoinPending() && liveSocket.main.isConnected()`)
						tb.holds(`document.querySelector("input[type=file]").dataset.phxPreflightedRefs.split(",").length === 2`)
						tb.js(`document.querySelector("#save").click()`) // whatever is patched meanwhile
					}
					if got := n.noted(t, tb, what, len(want)); fmt.Sprint(got) != fmt.Sprint(want) {
						t.Errorf("%s: noted are\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
					}
					tb.holds(`document.querySelector("article") === null && document.querySelectorAll("#saved li").length === ` + fmt.Sprint(len(c.names)))
					if asked := eval[int](tb, `window.asked`); asked != 1 {
						t.Errorf("%s: the user was asked %d times", what, asked)
					}
					if eval[bool](tb, `document.querySelector(".all") !== null`) {
						t.Errorf("%s: the page says that files are lost", what)
					}
				}
			}
		})
	}
}

// Files whose input the page doesn't show any more are lost, and the view is told.
func TestCutUploadWhoseInputIsGone(t *testing.T) {
	t.Parallel()
	n := startFiles(t)
	file := onDisk(t, map[string][]byte{"one.bin": []byte("one")})
	tb := newPerson(t).open(n.url() + "/files")
	tb.expect("WebSocket", "phx-", "ERR_", "Failed to push", "no connection")
	tb.pick(file("one.bin"))
	tb.holds(`document.querySelectorAll("article").length === 1`)
	n.kill()
	n.sever()
	n.env = append(n.env, "CLOSED=true") // the next version shows no form at first
	n.again(t)
	tb.shows(".all", "The files are no longer here. Please choose them again.")
}
