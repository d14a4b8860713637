// Package upload keeps the files that browsers send: what of them is accepted,
// where they lie until they are consumed, and how much they may take together.
package upload

import (
	"log/slog"
	"sync"
)

// Store is what all uploads of an application share.
type Store struct {
	Dir    Dir
	Budget Budget
}

var swept sync.Map // the directories that this process has swept

// NewStore keeps files below dir, within limits. What killed processes have left
// in dir is removed, once a process.
func NewStore(dir string, limits Limits, log *slog.Logger) *Store {
	if _, known := swept.LoadOrStore(dir, true); !known {
		if n := sweep(dir); n > 0 {
			log.Info("liveview: removed the uploads that a killed process had left", "files", n, "dir", dir)
		}
	}
	return &Store{Dir: Dir{Parent: dir}, Budget: Budget{Limits: limits}}
}
