// Package storetest has the tests that every [store.Store] must pass: those of this
// library's, and one of your own.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-liveview/liveview/store"
)

// Suite is an implementation under test.
type Suite struct {
	// Stores returns n Stores over one place, which is empty and the test's own, to be
	// closed at the end of the test. They may be one and the same.
	Stores func(t *testing.T, n int) []store.Store

	// Reopen, if the place can outlive its Stores, closes these, and returns one over the
	// same place, as a process has it that was started anew.
	Reopen func(t *testing.T, stores []store.Store) store.Store
}

// Run runs all tests against what open returns, a Store over a place of its own each
// time. A [Suite] says more of what an implementation can do.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	Suite{Stores: func(t *testing.T, n int) []store.Store {
		stores, one := make([]store.Store, n), open(t)
		for i := range stores {
			stores[i] = one
		}
		return stores
	}}.Run(t)
}

// Run runs all tests against s.
func (s Suite) Run(t *testing.T) {
	t.Run("Found", s.found)
	t.Run("HigherVersionStays", s.higherVersionStays)
	t.Run("ManyAtOnce", s.manyAtOnce)
	t.Run("Delete", s.delete)
	t.Run("Expiry", s.expiry)
	t.Run("Keys", s.keys)
	t.Run("Refused", s.refused)
	t.Run("NotAliased", s.notAliased)
	t.Run("BigData", s.bigData)
	t.Run("BigBatch", s.bigBatch)
	t.Run("Context", s.context)
	t.Run("RandomPrograms", s.randomPrograms)
	if s.Reopen != nil {
		t.Run("Reopened", s.reopened)
	}
}

// one returns a single Store.
func (s Suite) one(t *testing.T) store.Store { return s.Stores(t, 1)[0] }

// entry is one whose data tells which it is.
func entry(key string, version uint64) store.Entry {
	return store.Entry{Key: key, Version: version, Data: fmt.Appendf(nil, "%s in version %d\x00\xff", key, version), TTL: time.Hour}
}

func save(t *testing.T, s store.Store, entries ...store.Entry) {
	t.Helper()
	if err := s.Save(t.Context(), entries); err != nil {
		t.Fatalf("Save: %v", err)
	}
}

// wantEntry says so if that isn't what s has under the key of want.
func wantEntry(t *testing.T, s store.Store, want store.Entry) {
	t.Helper()
	got, err := s.Load(t.Context(), want.Key)
	switch {
	case err != nil:
		t.Errorf("Load(%q): %v, want version %d", want.Key, err, want.Version)
	case got.Key != want.Key || got.Version != want.Version || !bytes.Equal(got.Data, want.Data):
		t.Errorf("Load(%q) = %q, version %d, %d bytes: %.40q; want version %d, %d bytes: %.40q",
			want.Key, got.Key, got.Version, len(got.Data), got.Data, want.Version, len(want.Data), want.Data)
	case got.TTL != 0:
		t.Errorf("Load(%q) says that it is kept for %v: want 0", want.Key, got.TTL)
	}
}

// wantNone says so if s has something under key.
func wantNone(t *testing.T, s store.Store, key string) {
	t.Helper()
	if got, err := s.Load(t.Context(), key); !errors.Is(err, store.ErrNotFound) || got.Data != nil {
		t.Errorf("Load(%q) = version %d, %v, want ErrNotFound", key, got.Version, err)
	}
}

// What was saved by one is found by another, and nothing else.
func (s Suite) found(t *testing.T) {
	stores := s.Stores(t, 2)
	wantNone(t, stores[0], "a")
	save(t, stores[0]) // nothing
	if err := stores[0].Delete(t.Context(), nil); err != nil {
		t.Errorf("Delete of nothing: %v", err)
	}
	all := []store.Entry{entry("a", 1), entry("b", 7), {Key: "empty", Version: 3, TTL: time.Hour}, {Key: "zero", Data: []byte{0}, TTL: time.Hour}}
	save(t, stores[0], all...)
	for _, want := range all {
		wantEntry(t, stores[1], want)
	}
	wantNone(t, stores[1], "c")
}

// Of the versions of a key the highest stays, in whichever order they come, whoever
// saves them, and however high they are.
func (s Suite) higherVersionStays(t *testing.T) {
	stores := s.Stores(t, 2)
	// Around what a float64, an int32 and an int64 can tell apart.
	versions := []uint64{0, 1, 2, 9, 10, 99, 100, 1<<31 - 1, 1 << 31, 1 << 32, 1 << 53, 1<<53 + 1, 1<<63 - 1, 1 << 63, 1<<64 - 2, 1<<64 - 1}
	var highest uint64
	for i, j := range rand.Perm(len(versions)) {
		highest = max(highest, versions[j])
		save(t, stores[i%2], entry("shuffled", versions[j]))
		wantEntry(t, stores[(i+1)%2], entry("shuffled", highest))
	}
	for i, version := range versions {
		save(t, stores[i%2], entry("rising", version))
		wantEntry(t, stores[0], entry("rising", version))
		same := entry("rising", version)
		same.Data = []byte("of the same version, and later")
		save(t, stores[(i+1)%2], same)
		wantEntry(t, stores[1], entry("rising", version))
	}

	// In a batch each key is on its own.
	save(t, stores[0], entry("x", 5), entry("y", 5), entry("z", 5))
	save(t, stores[1], entry("x", 4), entry("y", 6), entry("z", 5), entry("new", 1))
	for _, want := range []store.Entry{entry("x", 5), entry("y", 6), entry("z", 5), entry("new", 1)} {
		wantEntry(t, stores[0], want)
	}
}

// Of many goroutines, over several Stores, that save versions of the same keys at the same
// moment, the one with the highest wins. No reader ever sees a version go back, or data
// of another version.
func (s Suite) manyAtOnce(t *testing.T) {
	const keys, writers, rounds = 8, 8, 25
	stores := s.Stores(t, 2)
	ctx := t.Context()
	key := func(i int) string { return fmt.Sprint("key-", i) }
	var reading sync.WaitGroup
	done := make(chan struct{})
	for r := range 2 {
		reading.Go(func() {
			var seen [keys]uint64
			for i := 0; ; i = (i + 1) % keys {
				select {
				case <-done:
					return
				default:
				}
				got, err := stores[r].Load(ctx, key(i))
				switch {
				case errors.Is(err, store.ErrNotFound) && seen[i] == 0:
				case err != nil:
					t.Errorf("Load, after version %d: %v", seen[i], err)
					return
				case got.Version < seen[i]:
					t.Errorf("version %d of %s comes after %d", got.Version, got.Key, seen[i])
					return
				case !bytes.Equal(got.Data, entry(key(i), got.Version).Data):
					t.Errorf("version %d of %s has the data %q", got.Version, got.Key, got.Data)
					return
				default:
					seen[i] = got.Version
				}
			}
		})
	}
	for round := range rounds {
		var writing sync.WaitGroup
		highest := (round+1)*writers - 1
		for w, n := range rand.Perm(writers + 2) {
			version := highest - n // two are lower than the last round's
			writing.Go(func() {
				var batch []store.Entry
				for _, i := range rand.Perm(keys) {
					batch = append(batch, entry(key(i), uint64(max(0, version))))
				}
				if err := stores[w%2].Save(ctx, batch); err != nil {
					t.Errorf("Save: %v", err)
				}
			})
		}
		writing.Wait()
		for i := range keys {
			wantEntry(t, stores[i%2], entry(key(i), uint64(highest)))
		}
		if t.Failed() {
			break
		}
	}
	close(done)
	reading.Wait()
}

// What is deleted is gone for everybody, and nothing of it is remembered.
func (s Suite) delete(t *testing.T) {
	stores := s.Stores(t, 2)
	save(t, stores[0], entry("a", 5), entry("b", 5), entry("c", 5))
	for range 2 { // the second time there is nothing
		if err := stores[1].Delete(t.Context(), []string{"a", "never-there", "c", "a"}); err != nil {
			t.Fatalf("Delete: %v", err)
		}
		for _, s := range stores {
			wantNone(t, s, "a")
			wantEntry(t, s, entry("b", 5))
			wantNone(t, s, "c")
		}
	}
	for i, s := range stores {
		version := uint64(2 - i)
		save(t, s, entry("a", version))
		wantEntry(t, stores[0], entry("a", version))
		if err := stores[0].Delete(t.Context(), []string{"a"}); err != nil {
			t.Fatalf("Delete: %v", err)
		}
	}
}

// lateness is how long after its time an entry may still be found.
const lateness = 15 * time.Second

// An entry is there for as long as it was to be kept, and then isn't; the next may be of
// any version. It takes its two seconds, as the clock is the server's.
func (s Suite) expiry(t *testing.T) {
	const ttl = 2 * time.Second
	stores := s.Stores(t, 2)
	short, long := func(e store.Entry) store.Entry { e.TTL = ttl; return e }, entry("long", 1)
	began := time.Now()
	save(t, stores[0], short(entry("short", 5)), long, short(entry("prolonged", 1)), short(entry("shortened", 1)))
	save(t, stores[0], entry("prolonged", 2), short(entry("long", 1))) // the latter isn't newer, so it changes nothing
	save(t, stores[0], entry("stays", 2))
	save(t, stores[1], short(entry("stays", 1)))
	save(t, stores[1], entry("shortened", 2))
	save(t, stores[1], short(entry("shortened", 3)))
	gone := func(key string) {
		for {
			got, err := stores[1].Load(t.Context(), key)
			took := time.Since(began)
			switch {
			case errors.Is(err, store.ErrNotFound):
				if took < ttl {
					t.Errorf("%s is gone after %v, want %v", key, took, ttl)
				}
				return
			case err != nil:
				t.Fatalf("Load: %v", err)
			case took > ttl+lateness:
				t.Fatalf("version %d of %s is there after %v, want %v", got.Version, key, took, ttl)
			}
			time.Sleep(20 * time.Millisecond) // nobody tells when a store's clock has moved
		}
	}
	gone("short")
	gone("shortened")
	wantEntry(t, stores[0], long)
	wantEntry(t, stores[0], entry("prolonged", 2))
	wantEntry(t, stores[0], entry("stays", 2))
	save(t, stores[0], entry("short", 1))
	wantEntry(t, stores[1], entry("short", 1))
	if err := stores[0].Delete(t.Context(), []string{"shortened"}); err != nil {
		t.Errorf("Delete of what is over: %v", err)
	}
}

const characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

// Each key is its own, whatever stands in it and however long it is.
func (s Suite) keys(t *testing.T) {
	one := s.one(t)
	keys := []string{characters, "aa", "aaa", "aA", "Aa", "--", "__", "a-", "a_", "-a", "null", "nil", "0x0", "1e3", "00", strings.Repeat("k", store.MaxKey), strings.Repeat("k", store.MaxKey-1)}
	for i := range len(characters) {
		keys = append(keys, characters[i:i+1])
	}
	var all []store.Entry
	for i, key := range keys {
		all = append(all, entry(key, uint64(i)))
	}
	save(t, one, all...)
	for _, want := range all {
		wantEntry(t, one, want)
	}
	for i, key := range keys {
		if err := one.Delete(t.Context(), []string{key}); err != nil {
			t.Fatalf("Delete(%q): %v", key, err)
		}
		wantNone(t, one, key)
		if i+1 < len(all) {
			wantEntry(t, one, all[i+1])
		}
	}
}

// With an entry that isn't one Save keeps nothing. What can't be a key has no entry, is
// no pattern, and does no harm.
func (s Suite) refused(t *testing.T) {
	one := s.one(t)
	save(t, one, entry("a", 1), entry("ab", 1))
	bad := []string{"", "*", "?", ">", "a*", "a.*", "a.>", "a.b", "a b", " a", "a:b", "a/b", "../a", "{a}", "[a]", "a\n", "a\x00", "ä", "\xff", strings.Repeat("k", store.MaxKey+1)}
	for _, key := range bad {
		if err := one.Save(t.Context(), []store.Entry{entry("good", 1), entry(key, 1)}); err == nil {
			t.Errorf("Save takes the key %q", key)
		}
		wantNone(t, one, key)
		if err := one.Delete(t.Context(), []string{key}); err != nil {
			t.Errorf("Delete(%q): %v, want nothing to happen", key, err)
		}
	}
	for _, ttl := range []time.Duration{-1, 0, store.MinTTL - 1} {
		e := entry("brief", 1)
		e.TTL = ttl
		if err := one.Save(t.Context(), []store.Entry{entry("good", 1), e}); err == nil || !strings.Contains(err.Error(), "brief") {
			t.Errorf("Save of an entry to be kept for %v: %v, want an error that names it", ttl, err)
		}
		wantNone(t, one, "brief")
	}
	wantNone(t, one, "good")
	// A bad key beside good ones doesn't keep these from being deleted.
	if err := one.Delete(t.Context(), append(bad, "a")); err != nil {
		t.Errorf("Delete: %v", err)
	}
	wantNone(t, one, "a")
	wantEntry(t, one, entry("ab", 1))
}

// Data that is changed afterwards, by who saved it or by who loaded it, is no longer the
// store's.
func (s Suite) notAliased(t *testing.T) {
	one := s.one(t)
	for key, size := range map[string]int{"short": 20, "long": 100_000} {
		original := random(size)
		want := store.Entry{Key: key, Version: 1, Data: original, TTL: time.Hour}
		batch := []store.Entry{want, entry("other", 1)}
		batch[0].Data = bytes.Clone(original)
		save(t, one, batch...)
		clear(batch[0].Data)
		batch[1] = store.Entry{}
		for range 2 {
			wantEntry(t, one, want)
			got, err := one.Load(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			clear(got.Data)
			_ = append(got.Data, "more"...)
		}
		wantEntry(t, one, entry("other", 1))
	}
}

// random returns n bytes that can't be compressed.
func random(n int) []byte {
	b := make([]byte, n)
	source := rand.NewChaCha8([32]byte{1})
	_, _ = source.Read(b)
	return b
}

// Data of up to 256 KiB is kept, byte by byte, and may shrink and grow.
func (s Suite) bigData(t *testing.T) {
	const most = 256 << 10
	one, data := s.one(t), random(most)
	sizes := []int{most, 0, most - 1, 1, 4096, 65536, 65535, 255, most}
	for i, size := range sizes {
		e := store.Entry{Key: "a", Version: uint64(i), Data: data[most-size:], TTL: time.Hour}
		save(t, one, e)
		wantEntry(t, one, e)
	}
	var all []store.Entry
	for i := range 20 {
		all = append(all, store.Entry{Key: fmt.Sprint("big-", i), Version: 1, Data: append(data[i:most:most], data[:i]...), TTL: time.Hour})
	}
	save(t, one, all...)
	for _, want := range all {
		wantEntry(t, one, want)
	}
}

// A batch may be of 10,000 entries, again and again.
func (s Suite) bigBatch(t *testing.T) {
	const n = 10_000
	stores := s.Stores(t, 2)
	all, keys := make([]store.Entry, n), make([]string, n)
	// Every seventh is looked at, from a random one on, as loading all takes much longer
	// than saving them.
	sample := func(check func(i int)) {
		const workers, step = 8, 7
		first := rand.IntN(step)
		var busy sync.WaitGroup
		for w := range workers {
			busy.Go(func() {
				for i := first + w*step; i < n && !t.Failed(); i += workers * step {
					check(i)
				}
			})
		}
		busy.Wait()
	}
	for version := range 2 {
		for i := range all {
			all[i] = entry(fmt.Sprint("key-", i), uint64(version))
			keys[i] = all[i].Key
		}
		began := time.Now()
		save(t, stores[0], all...)
		t.Logf("%d entries saved in %v", n, time.Since(began).Round(time.Millisecond))
		sample(func(i int) { wantEntry(t, stores[1], all[i]) })
	}
	if err := stores[1].Delete(t.Context(), keys[1:]); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	wantEntry(t, stores[0], all[0])
	sample(func(i int) {
		if i > 0 {
			wantNone(t, stores[0], keys[i])
		}
	})
}

// Whoever comes with a context that is over is told so, and nothing is done.
func (s Suite) context(t *testing.T) {
	one := s.one(t)
	save(t, one, entry("a", 1))
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	for want, ctx := range map[error]context.Context{context.Canceled: cancelled, context.DeadlineExceeded: late} {
		for name, err := range map[string]error{
			"Save":   one.Save(ctx, []store.Entry{entry("a", 2), entry("b", 1)}),
			"Load":   func() error { _, err := one.Load(ctx, "a"); return err }(),
			"Delete": one.Delete(ctx, []string{"a"}),
		} {
			if !errors.Is(err, want) {
				t.Errorf("%s = %v, want %v", name, err, want)
			}
		}
	}
	wantEntry(t, one, entry("a", 1))
	wantNone(t, one, "b")
}

// What a restart of the process leaves: everything.
func (s Suite) reopened(t *testing.T) {
	stores := s.Stores(t, 2)
	save(t, stores[0], entry("a", 1), entry("b", 4), entry("c", 1))
	save(t, stores[1], entry("a", 2))
	if err := stores[0].Delete(t.Context(), []string{"c"}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		again := s.Reopen(t, stores)
		wantEntry(t, again, entry("a", 2))
		wantEntry(t, again, entry("b", 4))
		wantNone(t, again, "c")
		save(t, again, entry("a", 1), entry("b", 3))
		wantEntry(t, again, entry("a", 2))
		wantEntry(t, again, entry("b", 4))
		stores = []store.Store{again}
	}
}

// A hundred random programs of Save, Load, Delete and restarts do with the store what
// they do with a map.
func (s Suite) randomPrograms(t *testing.T) {
	const programs, steps, keys = 100, 20, 5
	seed := rand.Uint64()
	stores := s.Stores(t, 2)
	for program := range programs {
		random := rand.New(rand.NewPCG(seed, uint64(program)))
		key := func() string { return fmt.Sprintf("program-%d-%d", program, random.IntN(keys)) }
		model := map[string]store.Entry{}
		for step := range steps {
			one := stores[random.IntN(len(stores))]
			switch what := random.IntN(20); {
			case what < 10:
				batch := map[string]store.Entry{}
				for range random.IntN(keys + 1) {
					e := entry(key(), random.Uint64N(8))
					e.Data = fmt.Appendf(e.Data, "at step %d", step)
					batch[e.Key] = e
				}
				var entries []store.Entry
				for _, e := range batch {
					entries = append(entries, e)
					if old, ok := model[e.Key]; !ok || old.Version < e.Version {
						model[e.Key] = e
					}
				}
				save(t, one, entries...)
			case what < 13:
				gone := []string{key(), key()}[:1+random.IntN(2)]
				for _, k := range gone {
					delete(model, k)
				}
				if err := one.Delete(t.Context(), gone); err != nil {
					t.Fatalf("Delete: %v", err)
				}
			case what == 13 && step%5 == 0 && s.Reopen != nil:
				stores = []store.Store{s.Reopen(t, stores)}
			default:
				k := key()
				if want, ok := model[k]; ok {
					wantEntry(t, one, want)
				} else {
					wantNone(t, one, k)
				}
			}
		}
		for i := range keys {
			k := fmt.Sprintf("program-%d-%d", program, i)
			if want, ok := model[k]; ok {
				wantEntry(t, stores[0], want)
			} else {
				wantNone(t, stores[0], k)
			}
		}
		if t.Failed() {
			t.Fatalf("program %d of the seed %d", program, seed)
		}
	}
}
