package redis_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/gin-liveview/liveview/pubsub"
	"github.com/gin-liveview/liveview/pubsub/pubsubtest"
	"github.com/gin-liveview/liveview/pubsub/redis"
)

// server is a redis-server of the test's own.
type server struct {
	t    testing.TB
	port string
	args []string
	cmd  *exec.Cmd
}

func start(t testing.TB, args ...string) *server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Fatal("this test needs redis-server: apt-get install redis-server")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	s := &server{t: t, port: port, args: args}
	t.Cleanup(func() { s.stop() })
	s.start()
	return s
}

func (s *server) addr() string { return "127.0.0.1:" + s.port }
func (s *server) url() string  { return "redis://" + s.addr() }

func (s *server) start() {
	s.t.Helper()
	s.cmd = exec.Command("redis-server", append([]string{
		"--port", s.port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", s.t.TempDir(),
	}, s.args...)...)
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	pubsubtest.Eventually(s.t, "redis-server", func() error {
		conn, err := net.Dial("tcp", s.addr())
		if err == nil {
			_ = conn.Close()
		}
		return err
	})
}

func (s *server) stop() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// nodes returns buses that are connected.
func nodes(t *testing.T, n int, open func() (*pubsub.Bus, error)) []pubsub.PubSub {
	t.Helper()
	all := make([]pubsub.PubSub, n)
	for i := range all {
		bus, err := open()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = bus.Close() })
		pubsubtest.Eventually(t, "connecting", bus.Healthy)
		all[i] = bus
	}
	return all
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestRedis(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]pubsub.Options{
		"plain":  {Logger: quiet()},
		"signed": {Logger: quiet(), Secret: pubsub.NewSecret("a secret of 32 bytes, or somewhat more")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t) // which is restarted
			suite := pubsubtest.Suite{
				Nodes: func(t *testing.T, n int) []pubsub.PubSub {
					options.Prefix = t.Name() // apart from other tests' leftovers
					return nodes(t, n, func() (*pubsub.Bus, error) { return redis.New(s.url(), options) })
				},
				Restart: func(_ *testing.T, while func()) {
					s.stop()
					while()
					s.start()
				},
			}
			suite.Run(t)
		})
	}
}

// A cluster of three, each with a replica, with sharded Pub/Sub.
func TestRedisCluster(t *testing.T) {
	t.Parallel()
	const masters = 3
	ctx := t.Context()
	var servers []*server
	var clients []*goredis.Client
	var addrs []string
	for i := range 2 * masters {
		// The port of the cluster's own bus is one that is free as well.
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		busPort := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
		_ = l.Close()
		s := start(t, "--cluster-enabled", "yes", "--cluster-port", busPort, "--cluster-node-timeout", "1000", "--repl-diskless-sync-delay", "0")
		c := goredis.NewClient(&goredis.Options{Addr: s.addr()})
		t.Cleanup(func() { _ = c.Close() })
		if i < masters {
			if err := c.Do(ctx, "cluster", "addslotsrange", i*16384/masters, (i+1)*16384/masters-1).Err(); err != nil {
				t.Fatal(err)
			}
			addrs = append(addrs, s.addr())
		}
		for _, known := range servers {
			if err := c.Do(ctx, "cluster", "meet", "127.0.0.1", known.port, known.args[3]).Err(); err != nil {
				t.Fatal(err)
			}
		}
		servers, clients = append(servers, s), append(clients, c)
	}
	for i, c := range clients {
		pubsubtest.Eventually(t, "the cluster", func() error { return clusterOK(ctx, c, 2*masters) })
		if i < masters {
			continue
		}
		id, err := clients[i-masters].ClusterMyID(ctx).Result()
		if err != nil {
			t.Fatal(err)
		}
		pubsubtest.Eventually(t, "a replica", func() error { return c.ClusterReplicate(ctx, id).Err() })
		pubsubtest.Eventually(t, "the replica's first copy", func() error {
			info, err := c.Info(ctx, "replication").Result()
			if err == nil && !strings.Contains(info, "master_link_status:up") {
				err = errors.New(info)
			}
			return err
		})
	}
	client := goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: addrs})
	t.Cleanup(func() { _ = client.Close() })
	open := func(t *testing.T, n int) []pubsub.PubSub {
		return nodes(t, n, func() (*pubsub.Bus, error) {
			return redis.NewClient(client, pubsub.Options{Prefix: t.Name(), Logger: quiet()}), nil
		})
	}
	pubsubtest.Suite{Nodes: open}.Run(t)

	// A master dies, its replica takes over: of all topics the subscribers are
	// told, and all are heard again.
	t.Run("Failover", func(t *testing.T) {
		const topics = 32
		all := open(t, 2)
		var told, heard [topics]atomic.Bool
		for i := range topics {
			if _, err := all[1].Subscribe(fmt.Sprint("topic ", i), func(info any) {
				switch info.(type) {
				case pubsub.Missed:
					told[i].Store(true)
				case pubsubtest.Number:
					heard[i].Store(true)
				}
			}); err != nil {
				t.Fatal(err)
			}
		}
		servers[0].stop()
		began := time.Now()
		pubsubtest.Eventually(t, "every topic's notice, and its infos again", func() error {
			for i := range topics {
				if !told[i].Load() {
					return fmt.Errorf("topic %d isn't told", i)
				}
				if !heard[i].Load() {
					_ = all[0].Publish(fmt.Sprint("topic ", i), pubsubtest.Number{N: i}) // until it arrives
					return fmt.Errorf("topic %d isn't heard", i)
				}
			}
			return nil
		})
		t.Logf("all is well %v after a master died", time.Since(began).Round(time.Millisecond))
	})
}

// clusterOK reports whether a node knows all of its cluster.
func clusterOK(ctx context.Context, c *goredis.Client, nodes int) error {
	info, err := c.ClusterInfo(ctx).Result()
	if err != nil {
		return err
	}
	if !strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, fmt.Sprintf("cluster_known_nodes:%d\r", nodes)) {
		return fmt.Errorf("not yet: %s", info)
	}
	return nil
}

// A Redis that is killed and stays away, under load: no publisher waits, no
// memory is hoarded, it is found again by itself, and of all topics the
// subscribers are told. Not in parallel, as it looks at the memory in use.
func TestRedisIsAway(t *testing.T) {
	const topics = 50
	away := 2 * time.Second
	if *pubsubtest.Slow {
		away = 30 * time.Second
	}
	s := start(t)
	all := nodes(t, 2, func() (*pubsub.Bus, error) { return redis.New(s.url(), pubsub.Options{Logger: quiet()}) })
	var told [topics]atomic.Bool
	for i := range topics {
		if _, err := all[1].Subscribe(fmt.Sprint("topic ", i), func(info any) {
			if _, missed := info.(pubsub.Missed); missed {
				told[i].Store(true)
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	// If what is published while Redis is away were kept, it would be seen.
	parts := map[string][]pubsubtest.Part{"": {{Text: strings.Repeat("x", 8<<10)}}}
	var took []time.Duration
	refused := 0
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	publishFor := func(d time.Duration) {
		for end := time.Now().Add(d); time.Now().Before(end); {
			<-ticker.C
			began := time.Now()
			if err := all[0].Publish(fmt.Sprint("topic ", len(took)%topics), pubsubtest.Number{N: len(took), Nested: parts}); err != nil {
				refused++
			}
			took = append(took, time.Since(began))
		}
	}
	publishFor(time.Second / 2)
	before := heap()
	s.stop()
	publishFor(away)
	grown := int64(heap()) - int64(before)
	s.start()
	back := time.Now()
	pubsubtest.Eventually(t, "every topic's notice", func() error {
		for i := range told {
			if !told[i].Load() {
				return fmt.Errorf("not of topic %d", i)
			}
		}
		return nil
	})
	recovered := time.Since(back)
	slices.Sort(took)
	most, slowest := took[len(took)*99/100], took[len(took)-1]
	t.Attr("figure", fmt.Sprintf("away for %v under load: of %d published %d were refused, 99 of a hundred in %v, the slowest in %v; the heap grew by %d KiB; %d of %d topics were told %v after the return",
		away, len(took), refused, most, slowest, max(0, grown>>10), topics, topics, recovered))
	if most > 50*time.Millisecond || slowest > time.Second {
		t.Error("want no publisher to wait")
	}
	if grown > 4<<20 {
		t.Error("want at most 4 MiB to be kept")
	}
	if recovered > 5*time.Second {
		t.Error("want all to be told within 5 s")
	}
}

// However long Redis was away, a process tries again within half a second.
func TestRedisIsFoundSoonAfterItsReturn(t *testing.T) {
	var slowest time.Duration
	for n := range 20 {
		synctest.Test(t, func(t *testing.T) {
			away := time.Duration(n+1) * 700 * time.Millisecond
			began, found := time.Now(), make(chan struct{})
			var once sync.Once
			client := goredis.NewClient(&goredis.Options{Addr: "127.0.0.1:6379", Dialer: func(context.Context, string, string) (net.Conn, error) {
				if time.Since(began) < away {
					return nil, errors.New("nobody is there")
				}
				ours, theirs := net.Pipe()
				go func() { // until the client, or who looks for the dead, is done with it
					if _, err := theirs.Read(make([]byte, 1)); err == nil {
						once.Do(func() { close(found) })
					}
					_ = theirs.Close()
				}()
				return ours, nil
			}})
			bus := redis.NewClient(client, pubsub.Options{Logger: quiet()})
			<-found
			slowest = max(slowest, time.Since(began)-away)
			if err := errors.Join(bus.Close(), client.Close()); err != nil {
				t.Error(err)
			}
			time.Sleep(2 * time.Second) // for what looks for the dead to end
		})
	}
	t.Attr("figure", fmt.Sprintf("away for 0.7 to 14 s: tried again at most %v after its return", slowest))
	if slowest > time.Second/2 {
		t.Errorf("it was tried %v after its return", slowest)
	}
}

// heap is how much memory is in use, in bytes.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// What others send to the same Redis is dropped and counted, and none of it
// reaches a subscriber as something else.
func TestHostileMessages(t *testing.T) {
	t.Parallel()
	s := start(t)
	ctx := t.Context()
	client := goredis.NewClient(&goredis.Options{Addr: s.addr()})
	defer func() { _ = client.Close() }()
	bus := func(o pubsub.Options) *pubsub.Bus {
		o.Logger = quiet()
		return nodes(t, 1, func() (*pubsub.Bus, error) { return redis.New(s.url(), o) })[0].(*pubsub.Bus)
	}
	signed := bus(pubsub.Options{Secret: pubsub.NewSecret("a secret of 32 bytes, or somewhat more")})
	alien, unsigned := bus(pubsub.Options{Secret: pubsub.NewSecret("another secret of 32 bytes, or more")}), bus(pubsub.Options{})
	got := make(chan any, 100)
	if _, err := signed.Subscribe("t", func(info any) { got <- info }); err != nil {
		t.Fatal(err)
	}
	for _, raw := range []string{"", "x", "{}", "LV", "LV\x01", "LV\x01\x01", "LV\x02" + string(make([]byte, 100)), "LV\x01\x01" + string(make([]byte, 100)), "LV\x01\x00" + string(make([]byte, 100)), string(make([]byte, 2<<20))} {
		if err := client.Publish(ctx, "liveview:t", raw).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for _, other := range []*pubsub.Bus{alien, unsigned} {
		if err := other.Publish("t", pubsubtest.Number{N: 1}); err != nil {
			t.Fatal(err)
		}
	}
	sender := bus(pubsub.Options{Secret: pubsub.NewSecret("a secret of 32 bytes, or somewhat more")})
	if err := sender.Publish("t", pubsubtest.Number{N: 2}); err != nil {
		t.Fatal(err)
	}
	select {
	case info := <-got:
		if n, ok := info.(pubsubtest.Number); !ok || n.N != 2 {
			t.Errorf("there came %#v", info)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the good message doesn't come")
	}
	pubsubtest.Eventually(t, "the counts", func() error {
		st := signed.Stats()
		if st.Received != 1 || st.DroppedSignature+st.DroppedVersion+st.DroppedGarbled+st.DroppedTooLarge != 12 || st.DroppedTooLarge != 1 {
			return fmt.Errorf("%+v", st)
		}
		return nil
	})
	st := signed.Stats()
	t.Attr("figure", fmt.Sprintf("%d messages dropped and counted, %d that is ours delivered", st.DroppedSignature+st.DroppedVersion+st.DroppedGarbled+st.DroppedTooLarge, st.Received))
}

// A wrong password is said, again and again is not, and the process serves
// itself.
func TestWrongPassword(t *testing.T) {
	t.Parallel()
	s := start(t, "--requirepass", "right")
	var log lockedBuffer
	bus, err := redis.New("redis://:wrong@"+s.addr(), pubsub.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = bus.Close() }()
	pubsubtest.Eventually(t, "the log", func() error {
		if n := bytes.Count(log.bytes(), []byte("WRONGPASS")); n != 1 {
			return fmt.Errorf("%d times: %s", n, log.bytes())
		}
		return nil
	})
	got := make(chan any, 1)
	if _, err := bus.Subscribe("t", func(info any) { got <- info }); err != nil {
		t.Fatal(err)
	}
	if err := bus.Publish("t", pubsubtest.Number{N: 1}); err == nil {
		t.Error("Publish doesn't say that nobody else is reached")
	}
	<-got
	if bus.Healthy() == nil {
		t.Error("it says that it is healthy")
	}
	if bytes.Contains(log.bytes(), []byte("wrong")) {
		t.Error("the password is in the log")
	}
	t.Attr("figure", fmt.Sprintf("a wrong password is said %d time, and the process serves itself", bytes.Count(log.bytes(), []byte("WRONGPASS"))))
}

type lockedBuffer struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.b.Bytes())
}
