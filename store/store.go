// Package store is about where the states of live pages are kept that are to outlive a
// crash of their process; see liveview.Config.Store. Packages store/bolt, store/redis and
// store/nats are three such places, and package storetest is what each has to stand.
package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Store keeps entries by their keys, each for a time. Its methods may be called from any
// goroutine. The entries are sealed: a Store, and whoever reads it, can neither read nor
// change what is in them.
//
// When ctx is over a method returns its error soon, and does nothing if it was over before.
type Store interface {
	// Save keeps the entries, in one write as far as that is possible: when it returns
	// nil they outlive a crash of this process, and of the store's own where it promises
	// that. Of two entries of one key the one of the higher Version stays, in whichever
	// order they are saved, from whichever process; that one as high or higher is there
	// already is no error, and leaves that one as it is, its time included. Entries are
	// of different keys. It keeps nothing of the slice or the data when it returns.
	//
	// With entries that [Check] refuses it keeps none, and returns Check's error. After
	// any other error some may be kept, and some not; to save them again does no harm.
	Save(ctx context.Context, entries []Entry) error

	// Load returns the entry of that key with its version and its data, which are the
	// caller's; TTL is 0. Where there is none, or its time is over, and for what isn't a
	// [ValidKey], the error is ErrNotFound. It finds what any process has saved before.
	Load(ctx context.Context, key string) (Entry, error)

	// Delete removes the entries of these keys, and doesn't mind those that aren't there.
	// Of what is removed, and of what has outlived its time, nothing is remembered: what
	// is saved next under that key is kept, whatever its version.
	Delete(ctx context.Context, keys []string) error
}

// Entry is what is kept for one page.
type Entry struct {
	Key     string // a ValidKey
	Version uint64 // grows with each Save of one key
	Data    []byte
	TTL     time.Duration // from the Save on; at least MinTTL. A Store may keep it some seconds longer
}

const (
	// MaxKey is the length of the longest key, in bytes.
	MaxKey = 100

	// MinTTL is the shortest time that an entry may be kept for.
	MinTTL = time.Second
)

// ErrNotFound is returned by Load for a key that has no entry.
var ErrNotFound = errors.New("the store has no such entry")

// ValidKey reports whether key can be one of an entry: 1 to [MaxKey] letters and digits
// of ASCII, - and _. Upper and lower case are different.
func ValidKey(key string) bool {
	if key == "" || len(key) > MaxKey {
		return false
	}
	for i := range len(key) {
		switch c := key[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}

// Check returns an error for the first entry that no Store takes: its key isn't a
// [ValidKey], or its time is shorter than [MinTTL]. Every Save begins with it.
func Check(entries []Entry) error {
	for i := range entries {
		switch e := &entries[i]; {
		case !ValidKey(e.Key):
			return fmt.Errorf("the key %.*q isn't of 1 to %d letters, digits, - and _", MaxKey, e.Key, MaxKey)
		case e.TTL < MinTTL:
			return fmt.Errorf("the entry %s is to be kept for %v: the shortest time is %v", e.Key, e.TTL, MinTTL)
		}
	}
	return nil
}
