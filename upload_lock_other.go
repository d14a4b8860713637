//go:build !unix || solaris || aix

package liveview

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
)

// lockFile keeps a file open for as long as the process lives. Windows removes no
// file that is open, which does for a lock. Elsewhere every file counts as
// locked, and leftovers of killed processes are the operator's to remove.
func lockFile(name string, create bool) (*os.File, error) {
	if create {
		return os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	}
	if runtime.GOOS != "windows" {
		return nil, errLocked
	}
	if err := os.Remove(name); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		return nil, errLocked
	}
	return nil, nil
}
