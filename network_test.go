package liveview_test

import (
	"context"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/internal/memnet"
	"github.com/gin-liveview/liveview/store/storetest"
)

// dialer connects a client to a site.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// visitorOver is a visitor that comes by dial.
func (s *site) visitorOver(dial dialer) *visitor {
	v := s.visitor()
	v.client.Transport.(*http.Transport).DialContext = dial
	return v
}

// openOver opens the page at path by dial, as a browser does, and says when it had the page
// and when it was joined.
func (s *site) openOver(dial dialer, path string) (c *client, loaded, live time.Time) {
	s.t.Helper()
	p := s.visitorOver(dial).get(path)
	loaded = time.Now()
	conn, _, err := p.dialWith(websocket.Dialer{NetDialContext: dial})
	if err != nil {
		s.t.Fatal(err)
	}
	c = p.clientOn(conn)
	if status, response := c.join(); status != "ok" {
		s.t.Fatalf("join of %s: %s %v", path, status, response)
	}
	return c, loaded, time.Now()
}

// farConn is a connection whose bytes take their time each way, in order, as TCP's do: what is
// lost comes later, and all behind it with it.
type farConn struct {
	net.Conn
	way  func() time.Duration
	out  chan parcel // what Write was given
	in   chan parcel // what is to be read
	rest []byte      // of the last of them; owned by Read
	done chan struct{}
	once sync.Once
}

type parcel struct {
	due  time.Time
	data []byte
	err  error
}

// far returns a client's end of a connection over conn, over which bytes take way.
func far(conn net.Conn, way func() time.Duration) net.Conn {
	c := &farConn{Conn: conn, way: way, out: make(chan parcel, 1000), in: make(chan parcel, 1000), done: make(chan struct{})}
	go func() { // ends with the connection
		for {
			select {
			case p := <-c.out:
				if !c.await(p) {
					return
				}
				if _, err := conn.Write(p.data); err != nil {
					return
				}
			case <-c.done:
				return
			}
		}
	}()
	go func() { // ends with the connection
		for {
			buf := make([]byte, 16<<10)
			n, err := conn.Read(buf)
			select {
			case c.in <- parcel{time.Now().Add(way()), buf[:n], err}:
			case <-c.done:
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return c
}

// await waits until p is due, or the connection ends: a bubble's clock stands when its test
// has ended, and who sleeps then would sleep for good.
func (c *farConn) await(p parcel) (due bool) {
	select {
	case <-time.After(time.Until(p.due)):
		return true
	case <-c.done:
		return false
	}
}

func (c *farConn) Write(b []byte) (int, error) {
	select {
	case c.out <- parcel{due: time.Now().Add(c.way()), data: slices.Clone(b)}:
		return len(b), nil
	case <-c.done:
		return 0, net.ErrClosed
	}
}

func (c *farConn) Read(b []byte) (int, error) {
	if len(c.rest) == 0 {
		select {
		case p := <-c.in:
			if !c.await(p) {
				return 0, io.EOF
			}
			if c.rest = p.data; len(c.rest) == 0 {
				return 0, p.err
			}
		case <-c.done:
			return 0, io.EOF
		}
	}
	n := copy(b, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

func (c *farConn) Close() error {
	c.once.Do(func() { close(c.done) })
	return c.Conn.Close()
}

// The clients of these tests set none that matter.
func (c *farConn) SetDeadline(time.Time) error      { return nil }
func (c *farConn) SetReadDeadline(time.Time) error  { return nil }
func (c *farConn) SetWriteDeadline(time.Time) error { return nil }

// On a network that takes 300 ms there and back, an event takes as long, and no more; many at
// once take as long together. Where one in twenty packets is lost, which TCP sends again,
// all still arrive, in order.
func TestSlowNetwork(t *testing.T) {
	const (
		rtt   = 300 * time.Millisecond
		again = 300 * time.Millisecond // until TCP sends again what was lost
	)
	for name, loss := range map[string]float64{"slow": 0, "slow, and a packet in twenty lost": 0.05} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rnd := rand.New(rand.NewPCG(1, 2))
				var mu sync.Mutex // guards rnd
				way := func() time.Duration {
					mu.Lock()
					defer mu.Unlock()
					d := rtt / 2
					for wait := again; rnd.Float64() < loss; wait *= 2 {
						d += wait
					}
					return d
				}
				s := newSite(t, unlimited, func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) })
				dial := func(ctx context.Context, network, address string) (net.Conn, error) {
					time.Sleep(rtt) // TCP's handshake, of the bubble's clock
					conn, err := s.listen.DialContext(ctx, network, address)
					if err != nil {
						return nil, err
					}
					return far(conn, way), nil
				}
				begin := time.Now()
				c, loaded, live := s.openOver(dial, "/")
				clicks := 100
				took := make([]time.Duration, clicks)
				for i := range took {
					from := time.Now()
					c.click("inc", nil)
					took[i] = time.Since(from)
				}
				from := time.Now()
				for range 20 {
					c.push("event", map[string]any{"type": "hook", "event": "inc", "value": map[string]any{}})
				}
				var last frame
				for range 20 {
					last = c.next()
				}
				together := time.Since(from)
				if !strings.Contains(last.raw, `"0":"120"`) {
					t.Errorf("after %d clicks and 20 events: %s", clicks, last.raw)
				}
				slices.Sort(took)
				if median := took[clicks/2]; median != rtt || loss == 0 && (took[clicks-1] != rtt || together != rtt || live.Sub(begin) > 5*rtt) {
					t.Errorf("a click takes %s, and %s at most; 20 events %s; a page is live after %s; a way there and back takes %s", median, took[clicks-1], together, live.Sub(begin), rtt)
				}
				figure(t, "%s: the page is there after %s and live %s later; an event takes %s, %s at the 99th percentile; twenty at once %s",
					name, loaded.Sub(begin), live.Sub(loaded), took[clicks/2], took[clicks*99/100], together)
			})
		})
	}
}

// A phone that was asleep finds its page as it was: kept for a minute, and then as the store
// has it, where there is one.
func TestSleepOfAPhone(t *testing.T) {
	back, tried := 0, 0
	for name, stored := range map[string]bool{"with a store": true, "without": false} {
		for _, sleep := range []time.Duration{10 * time.Second, 3 * time.Minute, time.Hour} {
			t.Run(name+", "+sleep.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					config := liveview.Config{}
					if stored {
						config.Store = &storetest.Memory{}
					}
					s := newSite(t, config, func(r *gin.Engine) { liveview.Handle(r, "/p/:path", &vaultView{}) })
					c := s.lostPage(5)
					time.Sleep(sleep) // of the bubble's clock, in which the phone is asleep
					status, shows, again := c.page.rejoin("", "one")
					want := "0:0"
					if stored || sleep < time.Minute {
						want = "0:5"
						tried++
					}
					if status != "ok" || !strings.Contains(shows, want) {
						t.Errorf("after %s: %s %s, want %s", sleep, status, shows, want)
					} else if want == "0:5" {
						back++
					}
					if diff := again.click("inc", nil); diff["0"] == nil {
						t.Errorf("then a click's diff is %v", diff)
					}
					time.Sleep(2 * time.Second) // of the bubble's clock: until all is saved
				})
			})
		}
	}
	figure(t, "asleep for 10s, 180s and an hour: %d of %d as they were, which a store has and, for a minute, the process", back, tried)
}

// starved is a listener of a process without descriptors, for as long as it is.
type starved struct {
	*memnet.Listener
	none    atomic.Bool
	refused atomic.Int32
}

func (l *starved) Accept() (net.Conn, error) {
	if l.none.Load() {
		l.refused.Add(1)
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	}
	return l.Listener.Accept()
}

// Without descriptors nobody new comes in, and whoever is there goes on; the log says it once
// a second at most, and as soon as there are some all is well.
func TestNoDescriptorsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) })
		l := &starved{Listener: memnet.Listen()}
		var said logBuffer
		server := &http.Server{Handler: s.engine, ErrorLog: log.New(&said, "", 0)}
		ended := make(chan struct{})
		go func() { defer close(ended); _ = server.Serve(s.app.Listener(server, l)) }()
		defer func() { _ = server.Close(); <-ended }()
		var views []*client
		for range 10 {
			c, _, _ := s.openOver(l.DialContext, "/")
			views = append(views, c)
		}
		l.none.Store(true)
		s.visitorOver(l.DialContext).get("/") // which is waited for already
		const away = 60
		lost := 0
		for range away {
			for _, c := range views {
				if diff := c.click("inc", nil); len(diff) != 1 {
					lost++
				}
			}
			time.Sleep(time.Second) // of the bubble's clock, in which the server tries to accept
		}
		refused, lines := l.refused.Load(), strings.Count(said.String(), "too many open files")
		if refused == 0 || lines > away+10 || lost != 0 {
			t.Errorf("in %d s it accepted in vain %d times and said so %d times; %d clicks failed", away, refused, lines, lost)
		}
		l.none.Store(false)
		begin := time.Now()
		c, _, _ := s.openOver(l.DialContext, "/")
		back := time.Since(begin)
		c.click("inc", nil)
		if back > 2*time.Second {
			t.Errorf("a new page is there after %s", back)
		}
		figure(t, "%ds without: %d of %d views lost, %d lines of the log; a new page %s after", away, lost, len(views), lines, back)
	})
}
