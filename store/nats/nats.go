// Package nats keeps the states of live pages in a key-value bucket of NATS JetStream, for
// all processes of an application:
//
//	nc, err := natsgo.Connect("nats://10.0.0.5:4222")
//	…
//	js, err := jetstream.New(nc)
//	…
//	states, err := nats.New(ctx, js, nats.Options{Replicas: 3})
//	…
//	lv := liveview.New(liveview.Config{Secret: liveview.NewSecret(secret), Store: states})
//
// What Save has returned for outlives a crash of the process that saved it, and a kill -9
// of the server, which has handed it to the system by then. A machine that loses its power
// loses what its server hadn't synced, by default of up to two minutes (sync_interval);
// with three replicas it takes two such machines at once.
//
// It needs a server of release 2.11 or later, which ends each entry at its own time.
package nats

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gin-liveview/liveview/store"
)

// DefaultBucket is the name of the bucket.
const DefaultBucket = "liveview-state"

// Options are settings of [New]. Where the bucket is there already, only its name counts.
// The zero value is ready for production with one server; with a cluster set Replicas.
type Options struct {
	// Bucket is the name of the bucket, of letters, digits, - and _. Applications that
	// share a server need different ones. Empty means DefaultBucket.
	Bucket string

	// Replicas is how many servers of a cluster have the bucket. Zero means 1.
	Replicas int

	// InMemory has the servers keep the bucket in memory only, not in files.
	InMemory bool

	// MaxBytes is how large the bucket may get; what doesn't fit is refused. Zero means
	// no bound but the account's.
	MaxBytes int64
}

// Store is a [store.Store] in JetStream. [New] makes one.
type Store struct {
	js      jetstream.JetStream
	options Options
	prefix  string // of the subject that an entry is published to
	seen    sights

	mu     sync.Mutex // guards stream
	stream jetstream.Stream
}

const (
	// atOnce is how many entries of a Save or a Delete are under way at the same time.
	atOnce = 64

	// maxTries is how often an entry is tried to be saved that others save meanwhile.
	maxTries = 50

	// versionHeader has the version of an entry.
	versionHeader = "Liveview-Version"

	// operationHeader is there if a message is no value; see the server's ADR-8.
	operationHeader = "KV-Operation"
)

// New returns a Store in the bucket that options name, and makes the bucket where there
// is none: an error says why it can't. The connection of js stays the caller's to close.
func New(ctx context.Context, js jetstream.JetStream, options Options) (*Store, error) {
	options.Bucket = cmp.Or(options.Bucket, DefaultBucket)
	options.Replicas = cmp.Or(options.Replicas, 1)
	s := &Store{js: js, options: options}
	if !store.ValidKey(options.Bucket) {
		return nil, s.wrap(errors.New("the name isn't of letters, digits, - and _"))
	}
	s.prefix = subjectPrefix(js.Options()) + "$KV." + options.Bucket + "."
	if err := s.open(ctx); err != nil {
		return nil, s.wrap(err)
	}
	return s, nil
}

// subjectPrefix is what messages for another domain of JetStream begin with.
func subjectPrefix(o jetstream.JetStreamOptions) string {
	switch {
	case o.Domain != "":
		return "$JS." + o.Domain + ".API."
	case o.APIPrefix != "" && o.APIPrefix != jetstream.DefaultAPIPrefix:
		return strings.TrimSuffix(o.APIPrefix, ".") + "."
	}
	return ""
}

func (s *Store) wrap(err error) error {
	return fmt.Errorf("store/nats: bucket %s: %w", s.options.Bucket, err)
}

// open finds the bucket, or makes it. It is a stream with a name and a subject by which
// tools know it as a bucket, and with two settings that jetstream.KeyValueConfig hasn't
// got: entries with a time of their own leave no markers, and reads are answered by the
// leader, as a replica may be behind.
func (s *Store) open(ctx context.Context) error {
	name := "KV_" + s.options.Bucket
	stream, err := s.js.Stream(ctx, name)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		config := jetstream.StreamConfig{
			Name: name, Subjects: []string{"$KV." + s.options.Bucket + ".>"}, Description: "states of live pages",
			MaxMsgsPerSubject: 1, MaxMsgs: -1, MaxBytes: cmp.Or(s.options.MaxBytes, -1), MaxMsgSize: -1, MaxConsumers: -1,
			Replicas: s.options.Replicas, Discard: jetstream.DiscardNew,
			AllowRollup: true, DenyDelete: true, AllowMsgTTL: true,
		}
		if s.options.InMemory {
			config.Storage = jetstream.MemoryStorage
		}
		stream, err = s.js.CreateStream(ctx, config)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			stream, err = s.js.Stream(ctx, name) // another process was faster
		}
	case err == nil && (!stream.CachedInfo().Config.AllowMsgTTL || stream.CachedInfo().Config.AllowDirect):
		config := stream.CachedInfo().Config
		config.AllowMsgTTL, config.AllowDirect = true, false
		if stream, err = s.js.UpdateStream(ctx, config); err != nil {
			err = fmt.Errorf("it wasn't made by this package, and can't be changed to have entries with a time of their own (allow_msg_ttl) that are read from the leader (no allow_direct): %w", err)
		}
	}
	if err == nil {
		switch config := stream.CachedInfo().Config; {
		case !config.AllowMsgTTL:
			err = errors.New("the server can't keep entries for a time of their own: it takes release 2.11 or later")
		case config.MaxMsgsPerSubject != 1:
			err = fmt.Errorf("it keeps a history of %d values of each key: make one that keeps 1", config.MaxMsgsPerSubject)
		}
	}
	if err != nil {
		return err
	}
	s.seen.clear()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stream = stream
	return nil
}

// Save implements [store.Store]. JetStream takes entries one by one: they are sent many
// at once.
func (s *Store) Save(ctx context.Context, entries []store.Entry) error {
	if err := cmp.Or(ctx.Err(), store.Check(entries)); err != nil {
		return s.wrap(err)
	}
	err := each(ctx, entries, s.save)
	if errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, jetstream.ErrStreamNotFound) {
		// There is no bucket any more: somebody has removed it, or a server that had it
		// in memory was started anew.
		if err = s.open(ctx); err == nil {
			err = each(ctx, entries, s.save)
		}
	}
	if err != nil {
		return s.wrap(err)
	}
	return nil
}

// save saves an entry unless one is there that is as new. The server takes it only if the
// last message of that key is the one that has been seen here.
func (s *Store) save(ctx context.Context, e store.Entry) error {
	seen := s.seen.of(e.Key)
	look := seen.there && seen.version >= e.Version // that one may have ended meanwhile
	for try := range maxTries {
		if look {
			last, err := s.last(ctx, e.Key)
			if err != nil {
				return err
			}
			seen = last.sight
			if seen.there && seen.version >= e.Version {
				s.seen.set(e.Key, seen)
				return nil
			}
		}
		msg := &nats.Msg{Subject: s.prefix + e.Key, Data: e.Data, Header: nats.Header{versionHeader: {strconv.FormatUint(e.Version, 10)}}}
		ack, err := s.js.PublishMsg(ctx, msg,
			jetstream.WithExpectLastSequencePerSubject(seen.sequence),
			jetstream.WithMsgTTL((e.TTL + time.Second - 1).Truncate(time.Second))) // the server counts in seconds
		switch {
		case err == nil:
			s.seen.set(e.Key, sight{ack.Sequence, e.Version, true})
			return nil
		case !overtaken(err):
			return fmt.Errorf("the entry %s of %d bytes: %w", e.Key, len(e.Data), err)
		}
		if look {
			if err := pause(ctx, try); err != nil {
				return err
			}
		}
		look = true
	}
	return fmt.Errorf("the entry %s: others have saved it %d times meanwhile", e.Key, maxTries)
}

// overtaken reports whether err says that the last message isn't what was expected.
func overtaken(err error) bool {
	var refused *jetstream.APIError
	return errors.As(err, &refused) &&
		(refused.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || refused.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}

// pause waits before another try, longer from time to time.
func pause(ctx context.Context, try int) error {
	t := time.NewTimer(rand.N(time.Millisecond << min(try, 6)))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// message is the last one of a key.
type message struct {
	sight
	data []byte
}

func (s *Store) last(ctx context.Context, key string) (message, error) {
	s.mu.Lock()
	stream := s.stream
	s.mu.Unlock()
	subject := "$KV." + s.options.Bucket + "." + key
	raw, err := stream.GetLastMsgForSubject(ctx, subject)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return message{}, nil
	case err != nil:
		return message{}, err
	case raw.Header.Get(operationHeader) != "" || raw.Header.Get(jetstream.MarkerReasonHeader) != "":
		return message{sight: sight{sequence: raw.Sequence}}, nil
	}
	version, err := strconv.ParseUint(raw.Header.Get(versionHeader), 10, 64)
	if err != nil {
		return message{}, fmt.Errorf("what is at %s isn't an entry: does something else use the bucket?", subject)
	}
	return message{sight{raw.Sequence, version, true}, raw.Data}, nil
}

// Load implements [store.Store].
func (s *Store) Load(ctx context.Context, key string) (store.Entry, error) {
	switch err := ctx.Err(); {
	case err != nil:
		return store.Entry{}, s.wrap(err)
	case !store.ValidKey(key):
		return store.Entry{}, store.ErrNotFound
	}
	last, err := s.last(ctx, key)
	switch {
	case err != nil:
		return store.Entry{}, s.wrap(err)
	case !last.there:
		return store.Entry{}, store.ErrNotFound
	}
	return store.Entry{Key: key, Version: last.version, Data: last.data}, nil
}

// Delete implements [store.Store]. What it leaves is gone a second later.
func (s *Store) Delete(ctx context.Context, keys []string) error {
	err := ctx.Err()
	if err == nil {
		err = each(ctx, keys, s.delete)
	}
	if err != nil {
		return s.wrap(err)
	}
	return nil
}

func (s *Store) delete(ctx context.Context, key string) error {
	if !store.ValidKey(key) {
		return nil
	}
	msg := &nats.Msg{Subject: s.prefix + key, Header: nats.Header{
		operationHeader: {"PURGE"}, jetstream.MsgRollup: {jetstream.MsgRollupSubject},
	}}
	_, err := s.js.PublishMsg(ctx, msg, jetstream.WithMsgTTL(time.Second))
	return err
}

// each calls do for all items, for some at a time, and returns when all calls have. After
// an error there are no further ones, but for what is too large: that says nothing of the
// others.
func each[T any](ctx context.Context, items []T, do func(context.Context, T) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex // guards next and tooLarge
	next := 0
	var tooLarge error
	work := func() {
		for ctx.Err() == nil {
			mu.Lock()
			i := next
			next++
			mu.Unlock()
			if i >= len(items) {
				return
			}
			switch err := do(ctx, items[i]); {
			case errors.Is(err, nats.ErrMaxPayload):
				mu.Lock()
				tooLarge = cmp.Or(tooLarge, err)
				mu.Unlock()
			case err != nil:
				cancel(err)
			}
		}
	}
	var busy sync.WaitGroup
	for range min(atOnce, len(items)) {
		busy.Go(work)
	}
	busy.Wait()
	return cmp.Or(context.Cause(ctx), tooLarge)
}
