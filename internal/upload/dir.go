package upload

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// dirPrefix starts the name of a directory with temporary files. Each
// process has one of its own and holds a lock on it for as long as it lives; one
// that isn't locked is what a killed process left behind.
//
// On a disk that several hosts share, a lock may be one host's own affair. So the
// name of the host follows, and what is another host's counts as left behind only
// once nothing in it has changed for abandonedAfter.
const dirPrefix = "liveview-uploads-"

// abandonedAfter is longer than an upload stays with a page.
const abandonedAfter = 14 * 24 * time.Hour

// hostPrefix is dirPrefix with the host's name, of which a hash is enough.
var hostPrefix = sync.OnceValue(func() string {
	name, _ := os.Hostname() // hosts without a name share one prefix
	sum := sha256.Sum256([]byte(name))
	return dirPrefix + hex.EncodeToString(sum[:4]) + "-"
})

// Dir makes temporary files in a directory of its own below Parent. The
// directory is made with the first of them, and removed with the last after
// Close.
type Dir struct {
	Parent string

	mu     sync.Mutex // guards the fields below; held for short file operations. Nothing is locked under it.
	path   string     // "" if there is none
	lock   io.Closer
	files  int
	closed bool
}

// Create makes an empty file that nobody else can read. The name is random.
func (d *Dir) Create() (*File, error) {
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

func (d *Dir) createFile() (*File, error) {
	f, err := os.CreateTemp(d.path, "upload-") // 0600, and never an existing file
	if err != nil {
		return nil, err
	}
	d.files++
	return &File{File: f, dir: d}, nil
}

// open makes and locks the directory; mu is held.
func (d *Dir) open() error {
	if err := os.MkdirAll(d.Parent, 0o700); err != nil {
		return err
	}
	for {
		path, err := os.MkdirTemp(d.Parent, hostPrefix())
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

// File is a temporary file.
type File struct {
	*os.File
	dir *Dir
}

// Remove closes and removes the file, unless the application has moved it. It
// is called once for each file, closed or not.
func (f *File) Remove() error {
	defer f.dir.removed()
	_ = f.File.Close() // it is closed already if the file is complete
	if err := os.Remove(f.Name()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// removed says that one of the files is gone.
func (d *Dir) removed() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.files--
	d.tidy()
}

// Close has the directory removed once it is empty. Files may still be made.
func (d *Dir) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	d.tidy()
}

func (d *Dir) tidy() {
	if d.closed && d.files == 0 && d.path != "" {
		_ = os.RemoveAll(d.path)
		_ = d.lock.Close()
		d.path, d.lock = "", nil
	}
}

// sweep removes what killed processes have left in parent, and returns
// how many files that were. What can't be removed stays for the next time.
func sweep(parent string) (files int) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return 0 // most likely there is none yet
	}
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), dirPrefix) {
			continue
		}
		dir := filepath.Join(parent, e.Name())
		if !strings.HasPrefix(e.Name(), hostPrefix()) && time.Since(lastChange(dir)) < abandonedAfter {
			continue
		}
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

// lastChange returns when something in dir last changed, now if that isn't to be
// known.
func lastChange(dir string) time.Time {
	info, err := os.Stat(dir)
	if err != nil {
		return time.Now()
	}
	last := info.ModTime()
	files, err := os.ReadDir(dir)
	if err != nil {
		return time.Now()
	}
	for _, f := range files {
		if info, err := f.Info(); err == nil && info.ModTime().After(last) {
			last = info.ModTime()
		}
	}
	return last
}
