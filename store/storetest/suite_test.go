package storetest_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-liveview/liveview/store"
	"github.com/gin-liveview/liveview/store/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		m := new(storetest.Memory)
		if fault := os.Getenv(faultName); fault != "" {
			return faults[fault](m)
		}
		return m
	})
}

// In a bubble the time of an entry ends to the nanosecond.
func TestMemoryTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := new(storetest.Memory)
		if err := m.Save(t.Context(), []store.Entry{{Key: "a", TTL: time.Minute}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute - time.Nanosecond)
		if _, err := m.Load(t.Context(), "a"); err != nil {
			t.Error("just before the end:", err)
		}
		time.Sleep(time.Nanosecond)
		if _, err := m.Load(t.Context(), "a"); !errors.Is(err, store.ErrNotFound) {
			t.Error("at the end:", err)
		}
	})
}

const faultName = "LIVEVIEW_STORETEST_FAULT"

// faults are stores that are wrong in one way each, by the name of the test that finds it.
var faults = map[string]func(*storetest.Memory) store.Store{
	"Found":              func(m *storetest.Memory) store.Store { return change{Memory: m, load: dropZeros} },
	"HigherVersionStays": func(m *storetest.Memory) store.Store { return change{Memory: m, save: asFloats} },
	"ManyAtOnce":         func(m *storetest.Memory) store.Store { return &racing{Memory: m} },
	"Delete":             func(m *storetest.Memory) store.Store { return &tombstones{Memory: m} },
	"Expiry":             func(m *storetest.Memory) store.Store { return change{Memory: m, save: forHalfTheTime} },
	"Keys":               func(m *storetest.Memory) store.Store { return change{Memory: m, save: lowerCase, key: strings.ToLower} },
	"Refused":            func(m *storetest.Memory) store.Store { return change{Memory: m, save: theGoodOnes} },
	"NotAliased":         func(m *storetest.Memory) store.Store { return &sameBytes{Memory: m} },
	"BigData":            func(m *storetest.Memory) store.Store { return change{Memory: m, save: atMost64KiB} },
	"BigBatch":           func(m *storetest.Memory) store.Store { return change{Memory: m, save: atMost5000} },
	"Context":            func(m *storetest.Memory) store.Store { return uninterrupted{m} },
	"RandomPrograms":     func(m *storetest.Memory) store.Store { return change{Memory: m, save: notThree} },
}

// Each test of the suite finds a store that is wrong in its matter.
func TestSuiteFindsFaults(t *testing.T) {
	for name := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run=^TestMemory$/^"+name+"$")
			cmd.Env = append(os.Environ(), faultName+"="+name)
			out, err := cmd.CombinedOutput()
			if err == nil || !bytes.Contains(out, []byte("--- FAIL: TestMemory/"+name)) {
				t.Errorf("the fault isn't found: %v\n%s", err, out)
			}
		})
	}
}

// change is a store that changes what goes in and out.
type change struct {
	*storetest.Memory
	save func([]store.Entry) []store.Entry
	load func(*store.Entry)
	key  func(string) string
}

func (c change) Save(ctx context.Context, entries []store.Entry) error {
	if c.save != nil {
		entries = c.save(entries)
	}
	return c.Memory.Save(ctx, entries)
}

func (c change) Load(ctx context.Context, key string) (store.Entry, error) {
	if c.key != nil {
		key = c.key(key)
	}
	e, err := c.Memory.Load(ctx, key)
	if c.load != nil {
		c.load(&e)
	}
	return e, err
}

func dropZeros(e *store.Entry) { e.Data = bytes.TrimRight(e.Data, "\x00") }

// each returns a copy, changed.
func each(entries []store.Entry, f func(*store.Entry)) []store.Entry {
	changed := append([]store.Entry(nil), entries...)
	for i := range changed {
		f(&changed[i])
	}
	return changed
}

func asFloats(entries []store.Entry) []store.Entry {
	return each(entries, func(e *store.Entry) {
		if e.Version > 1<<53 && e.Version < 1<<63 {
			e.Version = uint64(float64(e.Version))
		}
	})
}

func forHalfTheTime(entries []store.Entry) []store.Entry {
	return each(entries, func(e *store.Entry) { e.TTL /= 2 })
}

func lowerCase(entries []store.Entry) []store.Entry {
	return each(entries, func(e *store.Entry) { e.Key = strings.ToLower(e.Key) })
}

func theGoodOnes(entries []store.Entry) []store.Entry {
	var good []store.Entry
	for _, e := range entries {
		if store.Check([]store.Entry{e}) == nil {
			good = append(good, e)
		}
	}
	return good
}

func atMost64KiB(entries []store.Entry) []store.Entry {
	return each(entries, func(e *store.Entry) { e.Data = e.Data[:min(len(e.Data), 64<<10)] })
}

func atMost5000(entries []store.Entry) []store.Entry { return entries[:min(len(entries), 5000)] }

func notThree(entries []store.Entry) []store.Entry {
	return entries[:min(len(entries), 3)]
}

// racing looks first and writes afterwards.
type racing struct {
	*storetest.Memory
}

func (r *racing) Save(ctx context.Context, entries []store.Entry) error {
	var newer []store.Entry
	var keys []string
	for _, e := range entries {
		if old, err := r.Load(ctx, e.Key); err != nil || old.Version < e.Version {
			newer, keys = append(newer, e), append(keys, e.Key)
		}
	}
	time.Sleep(time.Millisecond) // what a network takes
	_ = r.Delete(ctx, keys)
	return r.Memory.Save(ctx, newer)
}

// tombstones remembers which version was deleted.
type tombstones struct {
	*storetest.Memory
	mu   sync.Mutex // guards dead
	dead map[string]uint64
}

func (d *tombstones) Save(ctx context.Context, entries []store.Entry) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var alive []store.Entry
	for _, e := range entries {
		if e.Version >= d.dead[e.Key] {
			alive = append(alive, e)
		}
	}
	return d.Memory.Save(ctx, alive)
}

func (d *tombstones) Delete(ctx context.Context, keys []string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, key := range keys {
		if e, err := d.Load(ctx, key); err == nil {
			if d.dead == nil {
				d.dead = map[string]uint64{}
			}
			d.dead[key] = e.Version
		}
	}
	return d.Memory.Delete(ctx, keys)
}

// sameBytes hands out what it was given.
type sameBytes struct {
	*storetest.Memory
	mu   sync.Mutex // guards data
	data map[string][]byte
}

func (s *sameBytes) Save(ctx context.Context, entries []store.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.data == nil {
		s.data = map[string][]byte{}
	}
	for _, e := range entries {
		s.data[e.Key] = e.Data
	}
	return s.Memory.Save(ctx, entries)
}

func (s *sameBytes) Load(ctx context.Context, key string) (store.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, err := s.Memory.Load(ctx, key)
	e.Data = s.data[key]
	return e, err
}

// uninterrupted never looks at the context.
type uninterrupted struct{ *storetest.Memory }

func (u uninterrupted) Save(ctx context.Context, entries []store.Entry) error {
	return u.Memory.Save(context.WithoutCancel(ctx), entries)
}

func (u uninterrupted) Load(ctx context.Context, key string) (store.Entry, error) {
	return u.Memory.Load(context.WithoutCancel(ctx), key)
}

func (u uninterrupted) Delete(ctx context.Context, keys []string) error {
	return u.Memory.Delete(context.WithoutCancel(ctx), keys)
}
