package album

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// keep is how many photos an album holds; the oldest make room for new ones.
const keep = 48

// topic is where the store says that the album has changed.
const topic = "album"

// Photo is one photo of an album.
type Photo struct {
	ID   string // its file's name in the album's directory
	Name string // for display
	Type string // its content type
}

// Store keeps an album in a directory of its own. It is safe for concurrent use.
type Store struct {
	dir     string
	publish func(topic string, info any) error

	mu     sync.Mutex // guards photos and the directory
	photos []Photo    // the latest first; never changed in place
}

// Open opens the album in a directory, which it makes if it isn't there. publish
// tells those who look at it: the Publish of a liveview.App.
func Open(dir string, publish func(topic string, info any) error) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	s := &Store{dir: dir, publish: publish}
	index, err := os.ReadFile(s.path("index.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	return s, json.Unmarshal(index, &s.photos)
}

func (s *Store) path(name string) string { return filepath.Join(s.dir, name) }

// Photos returns all photos, the latest first.
func (s *Store) Photos() []Photo {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.photos
}

// Find returns a photo and the path of its file.
func (s *Store) Find(id string) (p Photo, path string, ok bool) {
	for _, p := range s.Photos() {
		if p.ID == id {
			return p, s.path(p.ID), true
		}
	}
	return p, "", false
}

// Add moves a file into the album and tells those who look at it.
func (s *Store) Add(file string, p Photo) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := move(file, s.path(p.ID)); err != nil {
		return err
	}
	photos := append([]Photo{p}, s.photos...)
	for len(photos) > keep {
		_ = os.Remove(s.path(photos[len(photos)-1].ID))
		photos = photos[:len(photos)-1]
	}
	return s.change(photos)
}

// Remove deletes a photo and tells those who look at the album.
func (s *Store) Remove(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.photos, func(p Photo) bool { return p.ID == id })
	if i < 0 {
		return nil
	}
	if err := os.Remove(s.path(s.photos[i].ID)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return s.change(slices.Delete(slices.Clone(s.photos), i, i+1))
}

// change makes photos the album's; mu is held.
func (s *Store) change(photos []Photo) error {
	index, err := json.Marshal(photos)
	if err != nil {
		return err
	}
	if err := os.WriteFile(s.path("index.new"), index, 0o600); err != nil {
		return err
	}
	if err := os.Rename(s.path("index.new"), s.path("index.json")); err != nil {
		return err
	}
	s.photos = photos
	return s.publish(topic, "changed")
}

// move renames a file, or copies it where the two are on different disks.
func move(from, to string) error {
	if os.Rename(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Close()); err != nil {
		_ = os.Remove(to)
	}
	return err
}
