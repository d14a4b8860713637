// Package redis keeps the states of live pages in Redis, for all processes of an
// application:
//
//	client := goredis.NewClient(&goredis.Options{Addr: "10.0.0.5:6379", ContextTimeoutEnabled: true})
//	lv := liveview.New(liveview.Config{Secret: liveview.NewSecret(secret), Store: redis.New(client, redis.Options{})})
//
// What Save has returned for outlives a crash of the process that saved it. Whether it
// outlives one of Redis is up to its settings: with appendonly yes and appendfsync always
// all of it does, a power cut included; with appendfsync everysec, the default, all but
// the last two seconds or so, as Redis answers before it writes; without appendonly what
// the last snapshot has. A replica that takes over may lack what its master hadn't sent
// it yet.
//
// Every entry has a time to live. Of a Redis that evicts keys when its memory is full
// (maxmemory-policy) it may be gone earlier, and then the page begins anew.
package redis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	goredis "github.com/redis/go-redis/v9"

	"github.com/gin-liveview/liveview/store"
)

// DefaultPrefix begins the keys at Redis.
const DefaultPrefix = "liveview:state:"

// Options are settings of [New]. The zero value is ready for production.
type Options struct {
	// Prefix begins the keys at Redis: applications that share one need different ones,
	// as those do that share a Redis with a test. Empty means DefaultPrefix. In a cluster
	// the keys are spread over all nodes, unless the prefix has a {hash tag}.
	Prefix string
}

// Store is a [store.Store] at Redis. [New] makes one.
type Store struct {
	client goredis.UniversalClient
	prefix string
}

// New returns a Store that uses client: of one Redis, of a cluster, or over sentinels. It
// doesn't connect, and the client stays the caller's to close. Set ContextTimeoutEnabled
// in its options: without it a method that waits for a Redis that doesn't answer ends
// with the client's time-outs, not with its context. A client that reads from replicas
// may find entries late, or in a version that isn't the last.
func New(client goredis.UniversalClient, options Options) *Store {
	return &Store{client: client, prefix: cmp.Or(options.Prefix, DefaultPrefix)}
}

// A value is the version in 20 decimal digits, and the data. So versions compare as text:
// numbers of Lua are exact up to 2^53 only.
const versionSize = 20

// save sets KEYS[1] to ARGV[1] for ARGV[2] milliseconds, unless a version is there that
// is as high.
var save = goredis.NewScript(`
if redis.call('GETRANGE', KEYS[1], 0, 19) < string.sub(ARGV[1], 1, 20) then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return 0`)

// What one pipeline has at most: it has to be answered within the client's time-outs.
const (
	maxCommands = 1000
	maxBytes    = 1 << 20
)

// Save implements [store.Store], by a script for each entry, in pipelines.
func (s *Store) Save(ctx context.Context, entries []store.Entry) error {
	if err := cmp.Or(ctx.Err(), store.Check(entries)); err != nil {
		return wrap(err)
	}
	for len(entries) > 0 {
		n, size := 0, 0
		for n < min(len(entries), maxCommands) && (n == 0 || size+len(entries[n].Data) <= maxBytes) {
			size += len(entries[n].Data)
			n++
		}
		if err := s.saveChunk(ctx, entries[:n]); err != nil {
			return wrap(err)
		}
		entries = entries[n:]
	}
	return nil
}

// saveChunk saves what goes into one pipeline. A Redis that doesn't know the script yet,
// or not any more, is sent it with what it has refused for that.
func (s *Store) saveChunk(ctx context.Context, entries []store.Entry) error {
	calls := make([]call, len(entries))
	for i := range entries {
		e := &entries[i]
		value := append(fmt.Appendf(make([]byte, 0, versionSize+len(e.Data)), "%0*d", versionSize, e.Version), e.Data...)
		calls[i] = call{[]string{s.prefix + e.Key}, value, e.TTL.Milliseconds()}
	}
	unknown, err := s.run(ctx, calls, save.EvalSha)
	if err == nil && len(unknown) > 0 {
		_, err = s.run(ctx, unknown, save.Eval)
	}
	return err
}

// call is one of the script save.
type call struct {
	keys         []string
	value        []byte
	milliseconds int64
}

// run makes the calls by way of how, in one pipeline. It returns those that were refused
// as the script isn't known, and the first error for any other reason.
func (s *Store) run(ctx context.Context, calls []call, how func(context.Context, goredis.Scripter, []string, ...any) *goredis.Cmd) (unknown []call, err error) {
	pipe := s.client.Pipeline()
	results := make([]*goredis.Cmd, len(calls))
	for i, c := range calls {
		results[i] = how(ctx, pipe, c.keys, c.value, c.milliseconds)
	}
	_, failed := pipe.Exec(ctx)
	for i, result := range results {
		switch e := result.Err(); {
		case goredis.HasErrorPrefix(e, "NOSCRIPT"):
			unknown = append(unknown, calls[i])
		case e != nil && err == nil:
			err = e
		}
	}
	if err == nil && len(unknown) == 0 {
		err = failed // it is of no single one
	}
	return unknown, err
}

// Load implements [store.Store].
func (s *Store) Load(ctx context.Context, key string) (store.Entry, error) {
	switch err := ctx.Err(); {
	case err != nil:
		return store.Entry{}, wrap(err)
	case !store.ValidKey(key):
		return store.Entry{}, store.ErrNotFound
	}
	value, err := s.client.Get(ctx, s.prefix+key).Bytes()
	switch {
	case errors.Is(err, goredis.Nil):
		return store.Entry{}, store.ErrNotFound
	case err != nil:
		return store.Entry{}, wrap(err)
	}
	if len(value) >= versionSize {
		if version, err := strconv.ParseUint(string(value[:versionSize]), 10, 64); err == nil {
			return store.Entry{Key: key, Version: version, Data: value[versionSize:]}, nil
		}
	}
	return store.Entry{}, fmt.Errorf("store/redis: what is at %s%s isn't an entry: has something else the same prefix?", s.prefix, key)
}

// Delete implements [store.Store], in pipelines.
func (s *Store) Delete(ctx context.Context, keys []string) error {
	if err := ctx.Err(); err != nil {
		return wrap(err)
	}
	for chunk := range slices.Chunk(keys, maxCommands) {
		pipe := s.client.Pipeline()
		for _, key := range chunk {
			if store.ValidKey(key) {
				pipe.Unlink(ctx, s.prefix+key)
			}
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return wrap(err)
		}
	}
	return nil
}

func wrap(err error) error { return fmt.Errorf("store/redis: %w", err) }
