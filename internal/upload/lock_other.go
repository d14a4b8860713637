//go:build !unix || solaris || aix

package upload

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
)

// lockDir keeps a file in the directory open for as long as the process lives.
// Windows removes no file that is open, which does for a lock. Elsewhere every
// directory counts as locked, and leftovers of killed processes are the operator's
// to remove. One without such a file may be about to get it.
func lockDir(path string, create bool) (io.Closer, error) {
	name := filepath.Join(path, "lock")
	if create {
		return os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	}
	if runtime.GOOS != "windows" || os.Remove(name) != nil {
		return nil, errLocked
	}
	return io.NopCloser(nil), nil
}
