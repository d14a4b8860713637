package storetest

import (
	"bytes"
	"cmp"
	"context"
	"sync"
	"time"

	"github.com/gin-liveview/liveview/store"
)

// Memory is a [store.Store] in the memory of the process, for tests of what uses one: in
// a bubble of testing/synctest too, as it does no I/O, and its time is that of package
// time. With its process it loses all. The zero value is empty.
type Memory struct {
	mu      sync.Mutex // guards entries
	entries map[string]kept
}

type kept struct {
	store.Entry
	until time.Time
}

// Save implements [store.Store].
func (m *Memory) Save(ctx context.Context, entries []store.Entry) error {
	if err := cmp.Or(ctx.Err(), store.Check(entries)); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.entries == nil {
		m.entries = map[string]kept{}
	}
	now := time.Now()
	for _, e := range entries {
		if old, ok := m.entries[e.Key]; ok && now.Before(old.until) && old.Version >= e.Version {
			continue
		}
		until := now.Add(e.TTL)
		e.Data, e.TTL = bytes.Clone(e.Data), 0
		m.entries[e.Key] = kept{e, until}
	}
	return nil
}

// Load implements [store.Store].
func (m *Memory) Load(ctx context.Context, key string) (store.Entry, error) {
	if err := ctx.Err(); err != nil {
		return store.Entry{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.entries[key]
	if !ok || !time.Now().Before(e.until) {
		delete(m.entries, key)
		return store.Entry{}, store.ErrNotFound
	}
	e.Data = bytes.Clone(e.Data)
	return e.Entry, nil
}

// Delete implements [store.Store].
func (m *Memory) Delete(ctx context.Context, keys []string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, key := range keys {
		delete(m.entries, key)
	}
	return nil
}
