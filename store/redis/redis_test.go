package redis_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/gin-liveview/liveview/store"
	"github.com/gin-liveview/liveview/store/redis"
	"github.com/gin-liveview/liveview/store/storetest"
)

func TestMain(m *testing.M) {
	storetest.Main(m, func(addr string) (store.Store, error) {
		return redis.New(goredis.NewClient(&goredis.Options{Addr: addr}), redis.Options{}), nil
	})
}

// server is a redis-server of the test's own.
type server struct {
	t    testing.TB
	port string
	args []string
	cmd  *exec.Cmd
}

// freePort returns one that nobody has now.
func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// start starts a Redis that keeps nothing on disk, unless args say otherwise.
func start(t testing.TB, args ...string) *server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Fatal("this test needs redis-server: apt-get install redis-server")
	}
	s := &server{t: t, port: freePort(t)}
	s.args = append([]string{"--port", s.port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir()}, args...)
	t.Cleanup(s.stop)
	s.start()
	return s
}

func (s *server) addr() string { return "127.0.0.1:" + s.port }

func (s *server) start() {
	s.t.Helper()
	s.cmd = exec.Command("redis-server", s.args...)
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	client := s.client()
	eventually(s.t, "redis-server", func() error { return client.Ping(s.t.Context()).Err() })
}

func (s *server) stop() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

func (s *server) client() *goredis.Client {
	client := goredis.NewClient(&goredis.Options{Addr: s.addr(), ContextTimeoutEnabled: true})
	s.t.Cleanup(func() { _ = client.Close() })
	return client
}

// eventually waits until try returns nil, for what a server does in its own time.
func eventually(t testing.TB, what string, try func() error) {
	t.Helper()
	deadline := time.Now().Add(40 * time.Second)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %v", what, err)
		}
		time.Sleep(10 * time.Millisecond) // there is nothing to wait on
	}
}

// suite tests Stores whose clients open returns.
func suite(open func() goredis.UniversalClient) storetest.Suite {
	var places sync.Map // prefixes, by store
	stores := func(prefix string, n int) []store.Store {
		all := make([]store.Store, n)
		for i := range all {
			all[i] = redis.New(open(), redis.Options{Prefix: prefix})
			places.Store(all[i], prefix)
		}
		return all
	}
	return storetest.Suite{
		Stores: func(t *testing.T, n int) []store.Store { return stores(t.Name()+":", n) },
		Reopen: func(_ *testing.T, old []store.Store) store.Store {
			prefix, _ := places.Load(old[0])
			return stores(prefix.(string), 1)[0]
		},
	}
}

func TestRedis(t *testing.T) {
	t.Parallel()
	s := start(t)
	suite(func() goredis.UniversalClient { return s.client() }).Run(t)
}

// In a cluster each entry is where its key says.
func TestRedisCluster(t *testing.T) {
	t.Parallel()
	const nodes, slots = 3, 16384
	ctx := t.Context()
	var first *server
	var addrs []string
	var clients []*goredis.Client
	for i := range nodes {
		s := start(t, "--cluster-enabled", "yes", "--cluster-port", freePort(t), "--cluster-node-timeout", "1000")
		c := s.client()
		if err := c.Do(ctx, "cluster", "addslotsrange", i*slots/nodes, (i+1)*slots/nodes-1).Err(); err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = s
		} else if err := c.Do(ctx, "cluster", "meet", "127.0.0.1", first.port, first.args[len(first.args)-3]).Err(); err != nil {
			t.Fatal(err)
		}
		addrs, clients = append(addrs, s.addr()), append(clients, c)
	}
	for _, c := range clients {
		eventually(t, "the cluster", func() error {
			info, err := c.ClusterInfo(ctx).Result()
			if err == nil && (!strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, fmt.Sprintf("cluster_known_nodes:%d\r", nodes))) {
				err = errors.New(info)
			}
			return err
		})
	}
	open := func() goredis.UniversalClient {
		client := goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: addrs, ContextTimeoutEnabled: true})
		t.Cleanup(func() { _ = client.Close() })
		return client
	}
	suite(open).Run(t)
	t.Run("Spread", func(t *testing.T) {
		for i, c := range clients {
			if n, err := c.DBSize(ctx).Result(); n == 0 {
				t.Errorf("node %d has no entry: %v", i, err)
			}
		}
	})
}

func put(key string, version uint64) []store.Entry {
	return []store.Entry{{Key: key, Version: version, Data: fmt.Appendf(nil, "version %d", version), TTL: time.Hour}}
}

// A Redis that forgets its scripts, as after a restart, is sent them again, and what it
// hadn't kept is.
func TestScriptIsForgotten(t *testing.T) {
	t.Parallel()
	s := start(t)
	client := s.client()
	one := redis.New(client, redis.Options{})
	for version := range uint64(3) {
		if err := client.ScriptFlush(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		if err := one.Save(t.Context(), append(put("a", version+1), put("b", version+1)...)); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"a", "b"} {
			if got, err := one.Load(t.Context(), key); err != nil || got.Version != version+1 {
				t.Errorf("%s is there in version %d, %v, want %d", key, got.Version, err, version+1)
			}
		}
	}
}

// What is kept has a time to live at Redis, to the millisecond, and its key is the prefix
// with that of the entry.
func TestTimeToLive(t *testing.T) {
	t.Parallel()
	client := start(t).client()
	for prefix, want := range map[string]string{"": "liveview:state:a", "shop:": "shop:a"} {
		one := redis.New(client, redis.Options{Prefix: prefix})
		e := put("a", 1)
		e[0].TTL = 90 * time.Minute
		if err := one.Save(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		if left, err := client.PTTL(t.Context(), want).Result(); err != nil || left > 90*time.Minute || left < 89*time.Minute {
			t.Errorf("%s lives for %v, %v", want, left, err)
		}
	}
}

// What something else has put there is told as such, and isn't overwritten.
func TestForeignValues(t *testing.T) {
	t.Parallel()
	client := start(t).client()
	one := redis.New(client, redis.Options{})
	ctx := t.Context()
	for key, value := range map[string]string{"short": "x", "empty": "", "text": strings.Repeat("not a version ", 10)} {
		if err := client.Set(ctx, "liveview:state:"+key, value, 0).Err(); err != nil {
			t.Fatal(err)
		}
		if got, err := one.Load(ctx, key); err == nil || errors.Is(err, store.ErrNotFound) || !strings.Contains(err.Error(), "liveview:state:"+key) {
			t.Errorf("Load = %+v, %v, want an error that names the key", got, err)
		}
	}
	if err := client.LPush(ctx, "liveview:state:list", "x").Err(); err != nil {
		t.Fatal(err)
	}
	if err := one.Save(ctx, append(put("list", 1), put("good", 1)...)); err == nil || !strings.Contains(err.Error(), "WRONGTYPE") {
		t.Errorf("Save over a list = %v", err)
	}
	if _, err := one.Load(ctx, "good"); err != nil {
		t.Errorf("the other entry wasn't saved: %v", err)
	}
}

// A Redis that isn't there is told soon, and one that takes the connection and says
// nothing is waited for as long as the context says; all goes on when it is back.
func TestRedisIsAway(t *testing.T) {
	t.Parallel()
	s := start(t)
	one := redis.New(s.client(), redis.Options{})
	if err := one.Save(t.Context(), put("a", 1)); err != nil {
		t.Fatal(err)
	}
	s.stop()
	all := func(one store.Store, within time.Duration) {
		t.Helper()
		for name, call := range map[string]func(context.Context) error{
			"Save":   func(ctx context.Context) error { return one.Save(ctx, put("b", 1)) },
			"Load":   func(ctx context.Context) error { _, err := one.Load(ctx, "a"); return err },
			"Delete": func(ctx context.Context) error { return one.Delete(ctx, []string{"a"}) },
		} {
			ctx, cancel := context.WithTimeout(t.Context(), within)
			began := time.Now()
			if err := call(ctx); err == nil || errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s = %v", name, err)
			}
			if took := time.Since(began); took > within+5*time.Second {
				t.Errorf("%s took %v", name, took)
			}
			cancel()
		}
	}
	all(one, 20*time.Second)
	s.start()
	eventually(t, "saving again", func() error { return one.Save(t.Context(), put("a", 1)) })

	l, err := net.Listen("tcp", "127.0.0.1:0") // accepts by itself, and reads nothing
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	silent := goredis.NewClient(&goredis.Options{Addr: l.Addr().String(), ContextTimeoutEnabled: true, ReadTimeout: time.Minute, WriteTimeout: time.Minute})
	defer func() { _ = silent.Close() }()
	all(redis.New(silent, redis.Options{}), 50*time.Millisecond)
}

// What Save has returned for is found after a kill -9 of the process that saved.
func TestKilled(t *testing.T) {
	t.Parallel()
	s := start(t)
	check := storetest.Kill(t, s.addr())
	check(redis.New(s.client(), redis.Options{}))
}

// With appendfsync always it is found after a kill -9 of Redis, too. With everysec it needn't
// be: while Redis syncs what came before, it answers first and writes later.
func TestRedisIsKilled(t *testing.T) {
	t.Parallel()
	s := start(t, "--appendonly", "yes", "--appendfsync", "always")
	one := redis.New(s.client(), redis.Options{})
	for version := range uint64(50) {
		if err := one.Save(t.Context(), append(put("a", version), put("b", version)...)); err != nil {
			t.Fatal(err)
		}
	}
	s.stop()
	s.start()
	for _, key := range []string{"a", "b"} {
		if got, err := one.Load(t.Context(), key); err != nil || got.Version != 49 {
			t.Errorf("%s is there in version %d, %v, want 49", key, got.Version, err)
		}
	}
}

// To a Redis on this machine that keeps all in memory.
func BenchmarkSave(b *testing.B) {
	storetest.BenchmarkSave(b, redis.New(start(b).client(), redis.Options{}))
}
