package liveview

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/gin-liveview/liveview/internal/recent"
	"github.com/gin-liveview/liveview/internal/rescue"
	"github.com/gin-liveview/liveview/store"
)

// saver writes to Config.Store what changes in the views whose states outlive their
// process. The views are asked a few times a second, and answer between two messages; what
// they say is written in one go by a goroutine of the saver's, which is there while
// something is to be written.
type saver struct {
	faults *clientFaults
	store  store.Store

	// writing holds a value while the store is written to, so that what is written last is
	// the newest. It is a channel, as who waits for a store may wait long, which in a bubble of
	// testing/synctest only channels can.
	writing chan struct{}

	mu      sync.Mutex // guards the fields below. Nothing is locked under it.
	changed map[storable]struct{}
	entries map[string]store.Entry // to be saved
	gone    map[string]struct{}    // to be deleted
	runs    bool                   // its turn is to come
	crashes recent.Map[int]        // of late, by the key

	// reads and writes hold a value for each call of the store that hasn't returned: those
	// that wait for a Load are many at once where many pages are back, and don't keep what
	// is saved from being so.
	reads, writes chan struct{}
}

const (
	// saveEvery is how often what has changed is asked for. It is written when it is asked
	// for the next time: at most twice that is lost in a crash, and what the store takes.
	saveEvery = 300 * time.Millisecond

	// saveTime is how long the store may take.
	saveTime = 10 * time.Second
	loadTime = 2 * time.Second

	// crashTime is the while in which a view mustn't crash twice to be given back what it
	// was.
	crashTime = time.Minute

	// maxToSave bounds how many entries wait for a store that is away.
	maxToSave = 100_000

	// maxCalls bounds how many calls, of those that read and of those that write, the store
	// has at once, and so how many goroutines wait for one that doesn't return.
	maxCalls = 256
)

// storable is a view whose state is stored.
type storable interface {
	// askToStore has it give the saver its state, in its own time.
	askToStore()
}

// newSaver returns the saver for s; nil for none.
func newSaver(s store.Store, faults *clientFaults) *saver {
	if s == nil {
		return nil
	}
	return &saver{
		faults: faults, store: s, writing: make(chan struct{}, 1), reads: make(chan struct{}, maxCalls), writes: make(chan struct{}, maxCalls),
		changed: make(map[storable]struct{}), entries: make(map[string]store.Entry), gone: make(map[string]struct{}),
	}
}

// note says that a view may have changed.
func (s *saver) note(view storable) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed[view] = struct{}{}
	s.run()
}

// put has an entry saved.
func (s *saver) put(e store.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keep(e)
	s.run()
}

// keep has e wait until it is saved, if there is room; mu is held. For what takes none, and
// for what says that a user isn't given anything any more, and has no data, there is.
func (s *saver) keep(e store.Entry) {
	if _, older := s.entries[e.Key]; older || e.Data == nil || len(s.entries) < maxToSave {
		s.entries[e.Key] = e
	}
}

// drop has the entry of that key deleted.
func (s *saver) drop(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.entries, key)
	if len(s.gone) < maxToSave { // or its time will end
		s.gone[key] = struct{}{}
	}
	s.run()
}

// run has the saver's turn come; mu is held.
func (s *saver) run() {
	if !s.runs {
		s.runs = true
		time.AfterFunc(saveEvery, s.turn)
	}
}

// turn writes what the views have said, and asks those that have changed since; it comes
// again for as long as there are any.
func (s *saver) turn() {
	s.write()
	s.mu.Lock()
	views := slices.Collect(maps.Keys(s.changed))
	clear(s.changed)
	if s.runs = len(views)+len(s.entries)+len(s.gone) > 0; s.runs {
		time.AfterFunc(saveEvery, s.turn)
	}
	s.mu.Unlock()
	for _, view := range views {
		view.askToStore()
	}
}

// write saves and deletes what is to be.
func (s *saver) write() {
	s.writing <- struct{}{}
	defer func() { <-s.writing }()
	s.mu.Lock()
	entries, gone := s.entries, s.gone
	s.entries, s.gone = make(map[string]store.Entry), make(map[string]struct{})
	s.mu.Unlock()
	if len(gone) > 0 { // first: what is to be saved of the same key is of a view that came later, whose versions may be lower
		keys := slices.Collect(maps.Keys(gone))
		if err := s.call(s.writes, "Delete", saveTime, func(ctx context.Context) error { return s.store.Delete(ctx, keys) }); err != nil {
			s.faults.warn("liveview: states of pages that are gone aren't deleted; their time will end", "states", len(keys), "err", rescue.Text(err))
			s.deleteAgain(keys, entries)
		}
	}
	if len(entries) > 0 {
		all := slices.Collect(maps.Values(entries))
		if err := s.call(s.writes, "Save", saveTime, func(ctx context.Context) error { return s.store.Save(ctx, all) }); err != nil {
			s.faults.warn("liveview: states of pages aren't saved, and would be lost in a crash; they are tried again", "states", len(all), "err", rescue.Text(err))
			s.again(all)
		}
	}
}

// deleteAgain has those of the keys deleted the next time, before, of which entries has what
// is to be saved: it is taken out of them until then.
func (s *saver) deleteAgain(keys []string, entries map[string]store.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range keys {
		e, ok := entries[key]
		if !ok {
			continue
		}
		delete(entries, key)
		_, newer := s.entries[key]
		if _, gone := s.gone[key]; !newer && !gone {
			s.keep(e)
		}
		s.gone[key] = struct{}{}
	}
}

// again has entries saved that couldn't be, but for those that are out of date.
func (s *saver) again(entries []store.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range entries {
		_, newer := s.entries[e.Key]
		if _, gone := s.gone[e.Key]; !newer && !gone {
			s.keep(e)
		}
	}
}

// call calls the store once it has fewer calls than it may have, and returns when the limit is
// over, whatever that does: of the wait before, or of the call.
func (s *saver) call(calls chan struct{}, method string, limit time.Duration, fn func(ctx context.Context) error) error {
	select {
	case calls <- struct{}{}:
	default:
		timer := time.NewTimer(limit)
		defer timer.Stop()
		select {
		case calls <- struct{}{}:
		case <-timer.C:
			return fmt.Errorf("the store's %s isn't called: %d calls of its methods haven't returned", method, maxCalls)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		err := fmt.Errorf("the store's %s called runtime.Goexit", method)
		defer func() {
			<-calls
			done <- err
		}()
		err = guard("Store."+method, func() error { return fn(ctx) })
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("the store's %s: %w", method, ctx.Err())
	}
}

// load returns what was saved last under the key; an empty entry for nothing.
func (s *saver) load(key string) (store.Entry, error) {
	s.mu.Lock()
	waiting, has := s.entries[key]
	_, gone := s.gone[key]
	s.mu.Unlock()
	if has || gone {
		return waiting, nil
	}
	loaded := make(chan store.Entry, 1) // which is there once it has returned, however late
	err := s.call(s.reads, "Load", loadTime, func(ctx context.Context) error {
		e, err := s.store.Load(ctx, key)
		loaded <- e
		return err
	})
	if err == nil {
		return <-loaded, nil
	}
	if rescue.Wraps(err, func(err error) bool { return err == store.ErrNotFound }) { //nolint:errorlint // no method of err is to be called
		return store.Entry{}, nil
	}
	return store.Entry{}, err
}

// flush has everything written that is to be.
func (s *saver) flush() {
	if s != nil {
		s.write()
	}
}

// noteCrash notes that the view of that key has crashed, and drops its state if it did so
// before, a while ago: what it was may be why.
func (s *saver) noteCrash(key string) {
	s.mu.Lock()
	now := time.Now()
	s.crashes.Forget(now, crashTime)
	n, _ := s.crashes.Get(key)
	s.crashes.Put(key, n+1)
	s.mu.Unlock()
	if n > 0 {
		s.drop(key)
	}
}

// giveUp has the view of that key begin anew, as one that has crashed twice.
func (s *saver) giveUp(key string) {
	s.noteCrash(key)
	s.noteCrash(key)
}

// isCrashing reports whether the view of that key has crashed so often that it begins anew.
func (s *saver) isCrashing(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, _ := s.crashes.Get(key)
	return n > 1
}

// storedUser is what the store knows a user by whom Disconnect has ended.
func storedUser(user string) string {
	sum := sha256.Sum256([]byte("user\n" + user))
	return "u-" + base64.RawURLEncoding.EncodeToString(sum[:16])
}

// disconnected notes that what was saved for the user before now isn't to be given back,
// by any process.
func (s *saver) disconnected(user string, now time.Time, keep time.Duration) {
	if s != nil {
		s.put(store.Entry{Key: storedUser(user), Version: uint64(now.UnixMilli()), TTL: keep})
	}
}

// isDisconnected reports whether the user was disconnected since that time.
func (s *saver) isDisconnected(user string, since time.Time) bool {
	if s == nil || user == "" {
		return false
	}
	e, err := s.load(storedUser(user))
	return err != nil || e.Version >= uint64(since.UnixMilli())
}

// pageName is what a page is known by: what it calls itself is its own word, so others of
// the browser may be meant by it, and none of another.
type pageName struct {
	browser string
	key     uint64
}

// text is the name of a page as one text.
func (n pageName) text() string { return n.browser + " " + strconv.FormatUint(n.key, 36) }

// storeKey is what a view's state is stored by: others for each browser, page and view.
func storeKey(browser string, page uint64, id string) string {
	sum := sha256.Sum256([]byte(browser + "\n" + strconv.FormatUint(page, 36) + "\n" + id))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}
