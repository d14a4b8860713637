package bolt

import (
	"time"

	"go.etcd.io/bbolt"
)

// SetNow sets the clock of s.
func (s *Store) SetNow(now func() time.Time) { s.now = now }

// Count returns how many entries are in the file, those included whose time is over, and
// how many records of when one ends.
func (s *Store) Count() (entries, ends int) {
	_ = s.db.View(func(tx *bbolt.Tx) error {
		entries, ends = tx.Bucket(entriesBucket).Stats().KeyN, tx.Bucket(endsBucket).Stats().KeyN
		return nil
	})
	return entries, ends
}

const SweepStep = sweepStep
