//go:build unix && !solaris && !aix

package upload

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// lockDir locks a directory until the lock is closed; the system frees it when the
// process dies, however it does. It never waits.
func lockDir(path string, _ bool) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = errLocked
		}
		return nil, err
	}
	return f, nil
}
