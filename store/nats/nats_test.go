package nats_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gin-liveview/liveview/store"
	"github.com/gin-liveview/liveview/store/nats"
	"github.com/gin-liveview/liveview/store/storetest"
)

// serverName is the environment's name for the directory of a server that a test starts
// as a process, to kill it; the port follows.
const serverName = "LIVEVIEW_NATS_SERVER"

func TestMain(m *testing.M) {
	if dir, port, ok := strings.Cut(os.Getenv(serverName), "|"); ok {
		p, err := strconv.Atoi(port)
		if err != nil {
			panic(err)
		}
		s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: p, NoLog: true, NoSigs: true, JetStream: true, StoreDir: dir})
		if err != nil {
			panic(err)
		}
		s.Start()
		select {} // until it is killed
	}
	storetest.Main(m, func(url string) (store.Store, error) {
		nc, err := natsgo.Connect(url)
		if err != nil {
			return nil, err
		}
		js, err := jetstream.New(nc)
		if err != nil {
			return nil, err
		}
		return nats.New(context.Background(), js, nats.Options{})
	})
}

// start runs a NATS server with JetStream within the test.
func start(t testing.TB, change ...func(*server.Options)) *server.Server {
	t.Helper()
	o := &server.Options{Host: "127.0.0.1", Port: -1, NoLog: true, NoSigs: true, JetStream: true, StoreDir: t.TempDir()}
	for _, f := range change {
		f(o)
	}
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("the NATS server doesn't start")
	}
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return s
}

// freePort returns one that nobody has now.
func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

// quickly has a connection that is lost tried again at once, without a word.
var quickly = []natsgo.Option{
	natsgo.MaxReconnects(-1), natsgo.ReconnectWait(10 * time.Millisecond),
	natsgo.ErrorHandler(func(*natsgo.Conn, *natsgo.Subscription, error) {}),
}

func connect(t testing.TB, url string) jetstream.JetStream {
	t.Helper()
	nc, err := natsgo.Connect(url, quickly...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(time.Minute)) // servers of a cluster that share a processor with other tests take their time
	if err != nil {
		t.Fatal(err)
	}
	return js
}

func open(t testing.TB, js jetstream.JetStream, options nats.Options) *nats.Store {
	t.Helper()
	s, err := nats.New(t.Context(), js, options)
	if err != nil {
		t.Fatal(err)
	}
	return s
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

// suite tests Stores at the servers whose connections the calls of dial return.
func suite(dial func(t *testing.T) jetstream.JetStream, options nats.Options) storetest.Suite {
	var buckets sync.Map // names, by store
	stores := func(t *testing.T, bucket string, n int) []store.Store {
		options := options
		options.Bucket = bucket
		all := make([]store.Store, n)
		for i := range all {
			all[i] = open(t, dial(t), options)
			buckets.Store(all[i], bucket)
		}
		return all
	}
	return storetest.Suite{
		Stores: func(t *testing.T, n int) []store.Store {
			return stores(t, strings.ReplaceAll(t.Name(), "/", "-"), n)
		},
		Reopen: func(t *testing.T, old []store.Store) store.Store {
			bucket, _ := buckets.Load(old[0])
			return stores(t, bucket.(string), 1)[0]
		},
	}
}

func TestNATS(t *testing.T) {
	t.Parallel()
	s := start(t)
	suite(func(t *testing.T) jetstream.JetStream { return connect(t, s.ClientURL()) }, nats.Options{}).Run(t)
}

// Three servers that have three replicas: whoever is asked, and whichever leads.
func TestCluster(t *testing.T) {
	t.Parallel()
	const nodes = 3
	var routes []*url.URL
	var ports []int
	for i := range nodes {
		ports = append(ports, freePort(t))
		routes = append(routes, &url.URL{Scheme: "nats", Host: fmt.Sprint("127.0.0.1:", ports[i])})
	}
	var mu sync.Mutex // guards what follows
	var servers [nodes]*server.Server
	var starting sync.WaitGroup
	for i := range nodes {
		starting.Go(func() {
			s := start(t, func(o *server.Options) {
				o.ServerName = fmt.Sprint("node-", i)
				o.Cluster = server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: ports[i]}
				o.Routes = routes
			})
			mu.Lock()
			defer mu.Unlock()
			servers[i] = s
		})
	}
	starting.Wait()
	eventually(t, "the leader", func() error {
		for _, s := range servers {
			if s == nil || !s.JetStreamIsCurrent() {
				return errors.New("not all are current")
			}
		}
		_, err := connect(t, servers[0].ClientURL()).AccountInfo(t.Context())
		return err
	})
	next := 0
	dial := func(t *testing.T) jetstream.JetStream {
		next++
		return connect(t, servers[next%nodes].ClientURL())
	}
	suite(dial, nats.Options{Replicas: nodes, InMemory: true}).Run(t)
}

func put(key string, version uint64) []store.Entry {
	return []store.Entry{{Key: key, Version: version, Data: fmt.Appendf(nil, "version %d", version), TTL: time.Hour}}
}

// JetStream at the far end of a leaf node, where there is another at the near end, is
// reached by the name of its domain.
func TestDomain(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	hub := start(t, func(o *server.Options) {
		o.ServerName, o.JetStreamDomain = "hub", "hub"
		o.LeafNode.Host, o.LeafNode.Port = "127.0.0.1", port
	})
	leaf := start(t, func(o *server.Options) {
		o.ServerName, o.JetStreamDomain = "leaf", "leaf"
		o.LeafNode.Remotes = []*server.RemoteLeafOpts{{URLs: []*url.URL{{Scheme: "nats-leaf", Host: fmt.Sprint("127.0.0.1:", port)}}}}
	})
	js, err := jetstream.NewWithDomain(connect(t, leaf.ClientURL()).Conn(), "hub")
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the leaf node's connection", func() error { _, err := js.AccountInfo(t.Context()); return err })
	one := open(t, js, nats.Options{})
	if err := one.Save(t.Context(), put("a", 1)); err != nil {
		t.Fatal(err)
	}
	if got, err := one.Load(t.Context(), "a"); err != nil || got.Version != 1 {
		t.Errorf("Load = %+v, %v", got, err)
	}
	if err := one.Delete(t.Context(), []string{"a"}); err != nil {
		t.Fatal(err)
	}
	if _, err := one.Load(t.Context(), "a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Load = %v", err)
	}
	if _, err := connect(t, hub.ClientURL()).KeyValue(t.Context(), nats.DefaultBucket); err != nil {
		t.Errorf("the hub hasn't got the bucket: %v", err)
	}
}

// Tools that know buckets see the entries, and what is over or deleted leaves nothing.
func TestBucket(t *testing.T) {
	t.Parallel()
	js := connect(t, start(t).ClientURL())
	one := open(t, js, nats.Options{Bucket: "states", MaxBytes: 10 << 20})
	brief := put("brief", 1)
	brief[0].TTL = store.MinTTL
	if err := one.Save(t.Context(), append(put("a", 1), append(put("b", 1), brief...)...)); err != nil {
		t.Fatal(err)
	}
	bucket, err := js.KeyValue(t.Context(), "states")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := bucket.Get(t.Context(), "a"); err != nil || string(got.Value()) != "version 1" {
		t.Errorf("the bucket has %v, %v", got, err)
	}
	if err := one.Delete(t.Context(), []string{"b"}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "what is left", func() error {
		stream, err := js.Stream(t.Context(), "KV_states")
		if err == nil && stream.CachedInfo().State.Msgs != 1 {
			err = fmt.Errorf("%d messages", stream.CachedInfo().State.Msgs)
		}
		return err
	})
}

// A bucket that was made otherwise is changed if it can be, and refused if it can't.
func TestBucketOfAnother(t *testing.T) {
	t.Parallel()
	js := connect(t, start(t).ClientURL())
	ctx := t.Context()
	if _, err := js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: "plain"}); err != nil {
		t.Fatal(err)
	}
	one := open(t, js, nats.Options{Bucket: "plain"})
	if err := one.Save(ctx, put("a", 1)); err != nil {
		t.Error(err)
	}
	if stream, err := js.Stream(ctx, "KV_plain"); err != nil || stream.CachedInfo().Config.AllowDirect {
		t.Errorf("replicas that are behind may answer: %v", err)
	}
	if _, err := js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: "history", History: 5}); err != nil {
		t.Fatal(err)
	}
	for bucket, want := range map[string]string{"history": "history of 5", "no.name": "letters"} {
		if _, err := nats.New(ctx, js, nats.Options{Bucket: bucket}); err == nil || !strings.Contains(err.Error(), bucket) || !strings.Contains(err.Error(), want) {
			t.Errorf("New = %v, want %q", err, want)
		}
	}
	// What something else has put there is told as such, and isn't overwritten.
	bucket, err := js.KeyValue(ctx, "plain")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bucket.PutString(ctx, "foreign", "x"); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{one.Save(ctx, put("foreign", 1)), func() error { _, err := one.Load(ctx, "foreign"); return err }()} {
		if err == nil || !strings.Contains(err.Error(), "$KV.plain.foreign isn't an entry") {
			t.Errorf("of a foreign value: %v", err)
		}
	}
}

// One that is larger than the server takes is refused by name, and the others are kept.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	js := connect(t, start(t).ClientURL())
	one := open(t, js, nats.Options{})
	batch := []store.Entry{{Key: "huge", Data: make([]byte, 2<<20), TTL: time.Hour}}
	for i := range 200 {
		batch = append(batch, put(fmt.Sprint("small-", i), 1)...)
	}
	if err := one.Save(t.Context(), batch); !errors.Is(err, natsgo.ErrMaxPayload) || !strings.Contains(err.Error(), "huge of 2097152 bytes") {
		t.Errorf("Save = %v", err)
	}
	for i := range 200 {
		if _, err := one.Load(t.Context(), fmt.Sprint("small-", i)); err != nil {
			t.Errorf("small-%d: %v", i, err)
		}
	}
}

// After an error no further entries are tried: each would wait for a server that doesn't
// answer.
func TestNothingIsTriedAfterAnError(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	failed := errors.New("no answer")
	err := nats.Each(t.Context(), make([]int, 100*nats.AtOnce), func(context.Context, int) error {
		calls.Add(1)
		return failed
	})
	if n := calls.Load(); !errors.Is(err, failed) || n > nats.AtOnce {
		t.Errorf("%d are tried: %v", n, err)
	}
}

// A bucket that somebody has removed is made anew by the next Save.
func TestBucketIsRemoved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, func(o *server.Options) { o.StoreDir = dir })
	js := connect(t, s.ClientURL())
	one := open(t, js, nats.Options{})
	open(t, js, nats.Options{Bucket: "another"}) // with the last one its directory goes, also if another is made meanwhile
	files := func() []string {
		found, err := filepath.Glob(filepath.Join(dir, "jetstream", "$G", "streams", "*"+nats.DefaultBucket))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	for version := range uint64(3) {
		if err := one.Save(t.Context(), put("a", 3-version)); err != nil {
			t.Fatal(err)
		}
		if got, err := one.Load(t.Context(), "a"); err != nil || got.Version != 3-version {
			t.Errorf("Load = %+v, %v", got, err)
		}
		if len(files()) == 0 {
			t.Fatalf("the bucket's files aren't in %s", dir)
		}
		if err := js.DeleteKeyValue(t.Context(), nats.DefaultBucket); err != nil {
			t.Fatal(err)
		}
		if got, err := one.Load(t.Context(), "a"); err == nil {
			t.Errorf("Load = %+v", got)
		}
		// The server removes the files once it has answered. A bucket that is removed before
		// they are gone keeps its own, and the one that is made next has them.
		eventually(t, "the bucket's files are removed", func() error {
			if left := files(); len(left) > 0 {
				return fmt.Errorf("there are %q", left)
			}
			return nil
		})
	}
}

// A server that is away is waited for as long as the context says, whatever the size of
// the batch; all goes on when it is back, with what was there.
func TestServerIsAway(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, func(o *server.Options) { o.StoreDir = dir })
	port := s.Addr().(*net.TCPAddr).Port
	one := open(t, connect(t, s.ClientURL()), nats.Options{})
	if err := one.Save(t.Context(), put("a", 1)); err != nil {
		t.Fatal(err)
	}
	s.Shutdown()
	s.WaitForShutdown()
	var batch []store.Entry
	for i := range 1000 {
		batch = append(batch, put(fmt.Sprint("key-", i), 1)...)
	}
	for name, call := range map[string]func(context.Context) error{
		"Save":   func(ctx context.Context) error { return one.Save(ctx, batch) },
		"Load":   func(ctx context.Context) error { _, err := one.Load(ctx, "a"); return err },
		"Delete": func(ctx context.Context) error { return one.Delete(ctx, []string{"a"}) },
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		began := time.Now()
		if err := call(ctx); err == nil || errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s = %v", name, err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s took %v", name, took)
		}
		cancel()
	}
	start(t, func(o *server.Options) { o.StoreDir, o.Port = dir, port })
	eventually(t, "saving again", func() error { return one.Save(t.Context(), put("b", 1)) })
}

// What Save has returned for is found after a kill -9 of the process that saved.
func TestKilled(t *testing.T) {
	t.Parallel()
	s := start(t)
	check := storetest.Kill(t, s.ClientURL())
	check(open(t, connect(t, s.ClientURL()), nats.Options{}))
}

// And after a kill -9 of the server.
func TestServerIsKilled(t *testing.T) {
	t.Parallel()
	port, dir := freePort(t), t.TempDir()
	var cmd *exec.Cmd
	run := func() {
		cmd = exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), serverName+"="+dir+"|"+strconv.Itoa(port))
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
	}
	kill := func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	run()
	defer func() { kill() }()
	var js jetstream.JetStream
	eventually(t, "the server", func() error {
		nc, err := natsgo.Connect(fmt.Sprint("nats://127.0.0.1:", port), quickly...)
		if err != nil {
			return err
		}
		t.Cleanup(nc.Close)
		js, err = jetstream.New(nc)
		return err
	})
	one := open(t, js, nats.Options{})
	for version := range uint64(50) {
		if err := one.Save(t.Context(), append(put("a", version), put("b", version)...)); err != nil {
			t.Fatal(err)
		}
	}
	kill()
	run()
	for _, key := range []string{"a", "b"} {
		eventually(t, "the entry", func() error {
			got, err := one.Load(t.Context(), key)
			if err == nil && got.Version != 49 {
				t.Fatalf("%s is there in version %d, want 49", key, got.Version)
			}
			return err
		})
	}
}

// To a NATS server within the process, in files.
func BenchmarkSave(b *testing.B) {
	storetest.BenchmarkSave(b, open(b, connect(b, start(b).ClientURL()), nats.Options{}))
}
