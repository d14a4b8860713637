package liveview

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// uploadDirPrefix starts the name of a directory with temporary files. Each
// process has one of its own and holds a lock on it for as long as it lives; one
// that isn't locked is what a killed process left behind.
const uploadDirPrefix = "liveview-uploads-"

// uploadDir is where temporary files are made. The directory is made with the
// first and removed with the last of them after close.
type uploadDir struct {
	parent string

	mu     sync.Mutex // guards the fields below; held for short file operations
	path   string     // "" if there is none
	lock   io.Closer
	files  int
	closed bool
}

// create makes an empty file that nobody else can read. The name is random.
func (d *uploadDir) create() (*os.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.path != "" {
		f, err := d.createFile()
		if !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
		_ = d.lock.Close() // somebody has tidied up
		d.path, d.lock = "", nil
	}
	if err := d.open(); err != nil {
		return nil, fmt.Errorf("making a directory for uploads: %w", err)
	}
	return d.createFile()
}

func (d *uploadDir) createFile() (*os.File, error) {
	f, err := os.CreateTemp(d.path, "upload-") // 0600, and never an existing file
	if err == nil {
		d.files++
	}
	return f, err
}

// open makes and locks the directory; mu is held.
func (d *uploadDir) open() error {
	if err := os.MkdirAll(d.parent, 0o700); err != nil {
		return err
	}
	for {
		path, err := os.MkdirTemp(d.parent, uploadDirPrefix)
		if err != nil {
			return err
		}
		lock, err := lockDir(path, true)
		if err == nil {
			// A sweep may have been quicker and taken it for a leftover.
			if _, err = os.Stat(path); err == nil {
				d.path, d.lock = path, lock
				return nil
			}
			_ = lock.Close()
		}
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errLocked) {
			_ = os.Remove(path)
			return err
		}
	}
}

// removed says that one of the files is gone.
func (d *uploadDir) removed() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.files--
	d.tidy()
}

// close has the directory removed once it is empty. Files may still be made.
func (d *uploadDir) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	d.tidy()
}

func (d *uploadDir) tidy() {
	if d.closed && d.files == 0 && d.path != "" {
		_ = os.RemoveAll(d.path)
		_ = d.lock.Close()
		d.path, d.lock = "", nil
	}
}

// sweepUploads removes what killed processes have left in parent, and returns
// how many files that were. What can't be removed stays for the next time.
func sweepUploads(parent string) (files int) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return 0 // most likely there is none yet
	}
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), uploadDirPrefix) {
			continue
		}
		dir := filepath.Join(parent, e.Name())
		lock, err := lockDir(dir, false)
		if err != nil {
			continue // in use, or not ours
		}
		left, _ := os.ReadDir(dir)
		files += len(left)
		_ = os.RemoveAll(dir)
		_ = lock.Close()
	}
	return files
}

// errLocked is returned by lockDir for a directory that another process, or
// another part of this one, has locked.
var errLocked = errors.New("the directory is locked")
