package bolt_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gin-liveview/liveview/store"
	"github.com/gin-liveview/liveview/store/bolt"
	"github.com/gin-liveview/liveview/store/storetest"
)

func TestMain(m *testing.M) {
	storetest.Main(m, func(path string) (store.Store, error) { return bolt.Open(path, bolt.Options{}) })
}

func open(t testing.TB, path string) *bolt.Store {
	t.Helper()
	s, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestBolt(t *testing.T) {
	t.Parallel()
	paths := map[store.Store]string{}
	storetest.Suite{
		Stores: func(t *testing.T, n int) []store.Store {
			path := filepath.Join(t.TempDir(), "states.db")
			stores, one := make([]store.Store, n), open(t, path)
			paths[one] = path
			for i := range stores {
				stores[i] = one
			}
			return stores
		},
		Reopen: func(t *testing.T, stores []store.Store) store.Store {
			if err := stores[0].(*bolt.Store).Close(); err != nil {
				t.Fatal(err)
			}
			again := open(t, paths[stores[0]])
			paths[again] = paths[stores[0]]
			return again
		},
	}.Run(t)
}

// What Save has returned for is found after a kill -9 of the process; the lock that it
// had on the file is gone with it.
func TestKilled(t *testing.T) {
	t.Parallel()
	for range 3 {
		path := filepath.Join(t.TempDir(), "states.db")
		check := storetest.Kill(t, path)
		check(open(t, path))
	}
}

// Who opens a file that is open waits for its end, and is told which file it is, and what
// to do, when that takes too long.
func TestFileThatIsOpen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "states.db")
	first := open(t, path)
	if _, err := bolt.Open(path, bolt.Options{LockTimeout: 50 * time.Millisecond}); err == nil ||
		!strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "still open elsewhere after 50ms") || !strings.Contains(err.Error(), "store/redis") {
		t.Errorf("Open = %v, want the file, the time and the remedy", err)
	}
	opened := make(chan error)
	go func() {
		second, err := bolt.Open(path, bolt.Options{LockTimeout: time.Minute})
		if err == nil {
			err = second.Close()
		}
		opened <- err
	}()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-opened; err != nil {
		t.Error(err)
	}
}

// A file that isn't one of bbolt, or can't be there, is told with its name.
func TestFileThatIsNone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	other := filepath.Join(dir, "other")
	if err := os.WriteFile(other, bytes.Repeat([]byte("something else\n"), 10_000), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		other:                          "move it away",
		dir:                            "directory",
		filepath.Join(dir, "no", "db"): "no such file",
	} {
		if _, err := bolt.Open(path, bolt.Options{}); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), want) {
			t.Errorf("Open(%s) = %v, want %q", path, err, want)
		}
	}
}

// A file that is cut off or overwritten while it is open costs what is in it, and not the
// process.
func TestFileIsDamaged(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for name, damage := range map[string]func(path string, size int64) error{
		"cut off": func(path string, _ int64) error { return os.Truncate(path, 0) },
		"overwritten": func(path string, size int64) error {
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err == nil {
				_, err = f.WriteAt(bytes.Repeat([]byte{0xa5}, int(size)), 0)
				_ = f.Close()
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "states.db")
			s := open(t, path)
			var all []store.Entry
			for i := range 1000 {
				all = append(all, store.Entry{Key: fmt.Sprint(i), Data: make([]byte, 1000), TTL: time.Hour})
			}
			if err := s.Save(ctx, all); err != nil {
				t.Fatal(err)
			}
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := damage(path, info.Size()); err != nil {
				t.Fatal(err)
			}
			// Which of them meets the damage first is bbolt's affair.
			_, loadErr := s.Load(ctx, "500")
			saveErr := s.Save(ctx, []store.Entry{{Key: "500", Version: 1, TTL: time.Hour}})
			if loadErr == nil && saveErr == nil {
				t.Error("nobody notices")
			}
			for _, err := range []error{loadErr, saveErr} {
				if err != nil && !errors.Is(err, store.ErrNotFound) && !strings.Contains(err.Error(), path) {
					t.Errorf("%v doesn't name the file", err)
				}
			}
			_ = s.Delete(ctx, []string{"500"})
			_ = s.Close() // none of them hangs
		})
	}
}

// Entries whose time is over leave the file in bounded steps, with what is saved next,
// and none that still counts does.
func TestSweep(t *testing.T) {
	t.Parallel()
	const n = 4 * bolt.SweepStep
	ctx := t.Context()
	s := open(t, filepath.Join(t.TempDir(), "states.db"))
	now := time.Now()
	s.SetNow(func() time.Time { return now })
	batch := func(prefix string, n int, ttl time.Duration) (entries []store.Entry) {
		for i := range n {
			entries = append(entries, store.Entry{Key: fmt.Sprint(prefix, i), TTL: ttl})
		}
		return entries
	}
	save := func(entries []store.Entry) {
		t.Helper()
		if err := s.Save(ctx, entries); err != nil {
			t.Fatal(err)
		}
	}
	count := func(want int) {
		t.Helper()
		if entries, ends := s.Count(); entries != want || ends != want {
			t.Errorf("%d entries and %d ends are in the file, want %d", entries, ends, want)
		}
	}
	save(batch("old", n, time.Minute))
	save(batch("young", 10, time.Hour))
	renewed := batch("old", 10, time.Hour)
	for i := range renewed {
		renewed[i].Version = 1
	}
	save(renewed)
	count(n + 10)
	now = now.Add(time.Minute + time.Millisecond)
	if _, err := s.Load(ctx, "old10"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("what is over is found: %v", err)
	}
	save(batch("more", 1, time.Hour))
	count(n + 10 + 1 - bolt.SweepStep)
	if err := s.Delete(ctx, []string{"more0"}); err != nil {
		t.Fatal(err)
	}
	count(n + 10 - 2*bolt.SweepStep)
	save(batch("more", bolt.SweepStep, time.Hour)) // twice as many go
	count(10 + 10 + bolt.SweepStep)
	for _, key := range []string{"old0", "old9", "young0", "young9", "more0"} {
		if _, err := s.Load(ctx, key); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// The file doesn't grow with the number of Saves.
func TestFileStaysSmall(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "states.db")
	s := open(t, path)
	size := func() int64 {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	var first int64
	for version := range uint64(80) {
		var batch []store.Entry
		for i := range 100 {
			batch = append(batch, store.Entry{Key: fmt.Sprint(i), Version: version, Data: make([]byte, 10_000), TTL: time.Hour})
		}
		if err := s.Save(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		if version == 20 {
			first = size()
		}
	}
	if last := size(); last > first {
		t.Errorf("the file has %d bytes after 80 batches, and %d after 20", last, first)
	}
}

// Who waits for another's Save waits no longer than its context says.
func TestWaitingEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "states.db"))
	held, release := make(chan struct{}), make(chan struct{})
	s.SetNow(func() time.Time {
		s.SetNow(time.Now)
		close(held)
		<-release
		return time.Now()
	})
	first := make(chan error)
	go func() { first <- s.Save(t.Context(), []store.Entry{{Key: "a", TTL: time.Hour}}) }()
	<-held
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := s.Save(ctx, []store.Entry{{Key: "b", TTL: time.Hour}}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Save = %v", err)
	}
	close(release)
	if err := <-first; err != nil {
		t.Error(err)
	}
}

// After Close nothing is taken, and all say so.
func TestClosed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "states.db")
	s := open(t, path)
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for name, err := range map[string]error{
		"Save":   s.Save(t.Context(), []store.Entry{{Key: "a", TTL: time.Hour}}),
		"Load":   func() error { _, err := s.Load(t.Context(), "a"); return err }(),
		"Delete": s.Delete(t.Context(), []string{"a"}),
	} {
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "not open") {
			t.Errorf("%s = %v", name, err)
		}
	}
}

// To a file on this machine's disk, synced.
func BenchmarkSave(b *testing.B) {
	storetest.BenchmarkSave(b, open(b, filepath.Join(b.TempDir(), "states.db")))
}
