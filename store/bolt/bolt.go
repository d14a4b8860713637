// Package bolt keeps the states of live pages in a file, for an application of one
// process on one machine, with nothing else to run:
//
//	states, err := bolt.Open("/var/lib/shop/states.db", bolt.Options{})
//	…
//	lv := liveview.New(liveview.Config{Secret: liveview.NewSecret(secret), Store: states})
//	…
//	err = lv.Shutdown(ctx, srv)
//	err = states.Close() // after Shutdown, which saves
//
// What Save has returned for is on the disk: it outlives a kill -9 of the process, and a
// power cut as far as the disk keeps what it has said to have written. The file is that of
// go.etcd.io/bbolt. It grows to what was once in it at the same time, and not beyond; it
// never shrinks, but can be deleted while nobody has it open.
package bolt

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/gin-liveview/liveview/store"
)

// DefaultLockTimeout is how long [Open] waits for a file that another process has open:
// long enough for one that is about to end.
const DefaultLockTimeout = 5 * time.Second

// Options are settings of [Open]. The zero value is ready for production.
type Options struct {
	// LockTimeout is how long Open waits for a file that another process has open. Zero
	// means DefaultLockTimeout.
	LockTimeout time.Duration
}

// Store is a [store.Store] in one file. [Open] makes one.
type Store struct {
	path   string
	db     *bbolt.DB
	now    func() time.Time
	turn   chan struct{}         // holds a value while someone writes
	broken atomic.Pointer[error] // set once bbolt has panicked: the file isn't what it was
}

// The file has two buckets.
var (
	entriesBucket = []byte("entries") // key → head, data
	endsBucket    = []byte("ends")    // when it ends, key → nothing: in the order in which they end
)

// Before the data of an entry stand its version and when it ends, in milliseconds since
// 1970, both in 8 bytes, big-endian, so that they sort.
const headSize = 16

// sweepStep is how many entries whose time is over a Save removes at least, if there are
// as many; it removes twice as many as it saves, so that they go faster than they come.
const sweepStep = 256

// Open opens the file at path, and makes it where there is none; its directory has to be
// there. Only one Store of one process can have a file open: Open waits for another's
// end, for Options.LockTimeout, and then returns an error that names the file.
func Open(path string, options Options) (*Store, error) {
	timeout := cmp.Or(max(options.LockTimeout, 0), DefaultLockTimeout)
	s := &Store{path: path, now: time.Now, turn: make(chan struct{}, 1)}
	err := s.guarded(func() (err error) {
		s.db, err = bbolt.Open(path, 0o600, &bbolt.Options{
			Timeout: timeout, NoFreelistSync: true, FreelistType: bbolt.FreelistMapType, NoStatistics: true,
		})
		if err != nil {
			return err
		}
		return s.db.Update(func(tx *bbolt.Tx) error {
			_, err := tx.CreateBucketIfNotExists(entriesBucket)
			if err == nil {
				_, err = tx.CreateBucketIfNotExists(endsBucket)
			}
			return err
		})
	})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("%w: it is still open elsewhere after %v; each process needs a file of its own, or a store that processes share, as store/redis and store/nats are", err, timeout)
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrVersionMismatch), errors.Is(err, bolterrors.ErrChecksum), s.broken.Load() != nil:
		return nil, fmt.Errorf("%w: it isn't a file of this package, or is damaged; move it away to begin anew", err)
	case err != nil:
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close closes the file, after what is under way. Afterwards every method returns an
// error. To close it again does no harm.
func (s *Store) Close() error {
	if s.db == nil || s.broken.Load() != nil {
		return nil // bbolt would wait for what has panicked
	}
	return s.guarded(s.db.Close)
}

// guarded calls f and returns its error with the file's name. It makes an error of a
// panic, which bbolt answers damage with, and of a fault, which reading is where the file
// was cut shorter: no page is worth the whole process.
func (s *Store) guarded(f func() error) (err error) {
	if broken := s.broken.Load(); broken != nil {
		return *broken
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("store/bolt: %s: the file is damaged: %v", s.path, p)
			s.broken.Store(&err)
		}
	}()
	if err := f(); err != nil {
		return fmt.Errorf("store/bolt: %s: %w", s.path, err)
	}
	return nil
}

// write calls f in a transaction, which is on the disk when write returns. It waits for
// others' no longer than ctx says.
func (s *Store) write(ctx context.Context, f func(tables) error) error {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.guarded(func() error {
		return s.db.Update(func(tx *bbolt.Tx) error { return f(s.tables(tx)) })
	})
}

// Save implements [store.Store], in one transaction, which also removes entries whose
// time is over.
func (s *Store) Save(ctx context.Context, entries []store.Entry) error {
	if err := store.Check(entries); err != nil {
		return fmt.Errorf("store/bolt: %w", err)
	}
	if len(entries) == 0 {
		return ctx.Err()
	}
	return s.write(ctx, func(t tables) error {
		for i := range entries {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := t.put(&entries[i]); err != nil {
				return err
			}
		}
		return t.sweep(max(sweepStep, 2*len(entries)))
	})
}

// Load implements [store.Store].
func (s *Store) Load(ctx context.Context, key string) (store.Entry, error) {
	if err := ctx.Err(); err != nil {
		return store.Entry{}, err
	}
	entry := store.Entry{Key: key}
	found := false
	err := s.guarded(func() error {
		return s.db.View(func(tx *bbolt.Tx) error {
			t := s.tables(tx)
			var record []byte
			if record, found = t.get([]byte(key)); found {
				entry.Version, entry.Data = binary.BigEndian.Uint64(record), bytes.Clone(record[headSize:])
			}
			return nil
		})
	})
	switch {
	case err != nil:
		return store.Entry{}, err
	case !found:
		return store.Entry{}, store.ErrNotFound
	}
	return entry, nil
}

// Delete implements [store.Store], in one transaction, and in none if nothing is there.
func (s *Store) Delete(ctx context.Context, keys []string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var there [][]byte
	err := s.guarded(func() error {
		return s.db.View(func(tx *bbolt.Tx) error {
			entries := tx.Bucket(entriesBucket)
			for _, key := range keys {
				if key := []byte(key); entries.Get(key) != nil {
					there = append(there, key)
				}
			}
			return nil
		})
	})
	if err != nil || len(there) == 0 {
		return err
	}
	return s.write(ctx, func(t tables) error {
		for _, key := range there {
			if err := t.remove(key); err != nil {
				return err
			}
		}
		return t.sweep(sweepStep)
	})
}

// tables are the buckets within a transaction.
type tables struct {
	entries, ends *bbolt.Bucket
	now           uint64 // in milliseconds since 1970
}

func (s *Store) tables(tx *bbolt.Tx) tables {
	return tables{tx.Bucket(entriesBucket), tx.Bucket(endsBucket), milliseconds(s.now())}
}

// milliseconds are those since 1970, and none before.
func milliseconds(t time.Time) uint64 {
	return uint64(max(t.UnixMilli(), 0)) //nolint:gosec // it isn't negative
}

// get returns the record of a key, if its time isn't over, for as long as the transaction
// lasts.
func (t tables) get(key []byte) (record []byte, found bool) {
	record = t.entries.Get(key)
	return record, len(record) >= headSize && endOf(record) > t.now
}

func endOf(record []byte) uint64 { return binary.BigEndian.Uint64(record[8:]) }

// put keeps an entry unless one is there that is as new.
func (t tables) put(e *store.Entry) error {
	key := []byte(e.Key)
	if old, found := t.get(key); found && binary.BigEndian.Uint64(old) >= e.Version {
		return nil
	}
	if err := t.remove(key); err != nil {
		return err
	}
	record := make([]byte, headSize, headSize+len(e.Data))
	binary.BigEndian.PutUint64(record, e.Version)
	binary.BigEndian.PutUint64(record[8:], t.now+uint64(e.TTL.Milliseconds())+1) //nolint:gosec // it is at least a second
	if err := t.ends.Put(append(bytes.Clone(record[8:]), key...), nil); err != nil {
		return err
	}
	return t.entries.Put(key, append(record, e.Data...))
}

// remove removes the entry of a key, if there is one.
func (t tables) remove(key []byte) error {
	record := t.entries.Get(key)
	if len(record) < headSize {
		return nil
	}
	if err := t.ends.Delete(append(bytes.Clone(record[8:headSize]), key...)); err != nil {
		return err
	}
	return t.entries.Delete(key)
}

// sweep removes at most n entries whose time is over, those first that ended first.
func (t tables) sweep(n int) error {
	var over [][]byte
	c := t.ends.Cursor()
	for end, _ := c.First(); end != nil && len(over) < n && binary.BigEndian.Uint64(end) <= t.now; end, _ = c.Next() {
		over = append(over, bytes.Clone(end))
	}
	for _, end := range over {
		if err := t.ends.Delete(end); err != nil {
			return err
		}
		if err := t.entries.Delete(end[8:]); err != nil {
			return err
		}
	}
	return nil
}
