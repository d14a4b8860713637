package liveview

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gin-liveview/liveview/protocol"
)

// Defaults of [UploadConfig].
const (
	DefaultMaxFileSize  = 8_000_000 // bytes
	DefaultChunkSize    = 64_000    // bytes
	DefaultChunkTimeout = 10 * time.Second
	DefaultMinRate      = 4_000 // bytes a second
)

// maxChunkSize is the largest [UploadConfig].ChunkSize: a chunk is held in
// memory.
const maxChunkSize = 8 << 20

// Errors of uploads. Test for them with [errors.Is].
var (
	// ErrNoUpload is returned for the name of an upload that the view hasn't
	// allowed with [Socket.AllowUpload].
	ErrNoUpload = errors.New("liveview: no such upload")

	// ErrUploadInProgress is returned by what needs complete files while some
	// aren't.
	ErrUploadInProgress = errors.New("liveview: the upload is still in progress")
)

// UploadConfig says which files one upload takes, and what becomes of them. The
// zero value takes one file of any type, up to 8 MB, into a temporary file.
type UploadConfig struct {
	// Accept lists what is accepted: extensions (".jpg"), content types
	// ("image/png") and wildcards ("image/*", which takes no SVG: that is a
	// document with scripts, and must be named). The browser offers such files,
	// and the server checks each by its name and by its content. An extension
	// of no known content type is checked by name alone. Empty means anything.
	Accept []string

	// MaxEntries is how many files may be chosen at a time. Zero means 1.
	MaxEntries int

	// MaxFileSize is the largest file, in bytes. Zero means
	// [DefaultMaxFileSize].
	MaxFileSize int64

	// ChunkSize is how many bytes of a file the browser sends at a time, at
	// most 8 MiB. Zero means [DefaultChunkSize].
	ChunkSize int

	// ChunkTimeout is how long the browser may take to send a chunk. Zero means
	// [DefaultChunkTimeout].
	ChunkTimeout time.Duration

	// MinRate is the average rate that a browser must keep up after the first
	// ChunkTimeout, in bytes a second, so that nobody holds a file open for
	// long. Time that the server takes isn't counted. Zero means
	// [DefaultMinRate], a negative number none.
	MinRate int64

	// AutoUpload has files sent as soon as they are chosen. Otherwise they are
	// sent when the form is submitted, before the form's own event.
	AutoUpload bool

	// Progress, if not nil, is called in the view for each step of each file,
	// as a callback of the view's: with Done true when the file is complete,
	// and with Errors if it failed. An error that it returns ends the view.
	Progress func(e UploadEntry) error

	// External, if not nil, has files sent somewhere else. It is called for
	// each file about to be sent, and what it returns goes to the client's
	// uploader (window.liveview.uploaders) whose name is in its member
	// "uploader", for example with a presigned URL. Nothing of the content
	// passes the server, so only name, type and size that the browser stated
	// are checked, and Progress is the browser's word. An error refuses the
	// file and is logged.
	External func(e UploadEntry) (map[string]any, error)

	// Writer, if not nil, makes what takes the bytes of one file instead of a
	// temporary file. ctx ends when the upload does before it is complete. An
	// error refuses the file and is logged.
	Writer func(ctx context.Context, e UploadEntry) (UploadWriter, error)
}

// withDefaults returns a complete copy of c, or what is wrong with it.
func (c UploadConfig) withDefaults() (UploadConfig, error) {
	switch {
	case c.MaxEntries < 0:
		return c, fmt.Errorf("UploadConfig.MaxEntries is %d; it must be positive", c.MaxEntries)
	case c.MaxFileSize < 0:
		return c, fmt.Errorf("UploadConfig.MaxFileSize is %d; it must be positive", c.MaxFileSize)
	case c.ChunkSize < 0 || c.ChunkSize > maxChunkSize:
		return c, fmt.Errorf("UploadConfig.ChunkSize is %d; it must be positive and at most %d", c.ChunkSize, maxChunkSize)
	case c.ChunkTimeout < 0:
		return c, fmt.Errorf("UploadConfig.ChunkTimeout is %s; it must be positive", c.ChunkTimeout)
	case c.External != nil && c.Writer != nil:
		return c, errors.New("UploadConfig.Writer is set beside External; bytes of external uploads never come here, so drop one")
	}
	if c.MaxEntries == 0 {
		c.MaxEntries = 1
	}
	if c.MaxFileSize == 0 {
		c.MaxFileSize = DefaultMaxFileSize
	}
	if c.ChunkSize == 0 {
		c.ChunkSize = DefaultChunkSize
	}
	if c.ChunkTimeout == 0 {
		c.ChunkTimeout = DefaultChunkTimeout
	}
	if c.MinRate == 0 {
		c.MinRate = DefaultMinRate
	}
	c.Accept = append([]string(nil), c.Accept...)
	return c, nil
}

// Upload is one upload of a view, as its template sees it with
// {{with upload "photos"}}: the input and the files chosen with it.
type Upload struct {
	name   string
	ref    string
	config UploadConfig
	accept acceptList
	socket *socketBase

	// Owned by the view, as all of its state.
	entries []*uploadItem
}

// AllowUpload lets the page upload files under a name: usually called in Mount,
// for the HTTP render and the live join alike. The template shows the input
// with {{with upload "photos"}}{{.FileInput}}{{end}}, see [Upload], inside a
// form that has phx-change and, but for AutoUpload, phx-submit. The files are
// then there for [ConsumeUploadedEntries], as a rule on submit. List the entries,
// with their cancel buttons, outside of the form: the client disables all that
// is in it until it is submitted, which a file that fails on the way would hold
// up.
//
// Allowing a name again replaces its configuration; while it has files that is
// an error, as is a configuration that can't work.
func (s *Socket[C]) AllowUpload(name string, config UploadConfig) error {
	config, err := config.withDefaults()
	if err != nil {
		return fmt.Errorf("liveview: upload %q: %w", name, err)
	}
	accept, err := parseAccept(config.Accept)
	if err != nil {
		return fmt.Errorf("liveview: upload %q: %w", name, err)
	}
	// A ref of its own for each time invalidates what the client still knows
	// of the former.
	u := &Upload{name: name, ref: "phx-" + randomID(), config: config, accept: accept, socket: &s.socketBase}
	if ch := s.channel; ch != nil {
		ch.transport.expectChunks(config.ChunkSize)
	}
	s.dirty = true
	for i, old := range s.uploads {
		if old.name != name {
			continue
		}
		if len(old.entries) > 0 {
			return fmt.Errorf("liveview: upload %q is allowed already and has %d files; consume or cancel them first", name, len(old.entries))
		}
		s.uploads[i] = u
		return nil
	}
	s.uploads = append(s.uploads, u)
	return nil
}

// CancelUpload drops a file of an upload: its transfer stops, what came of it is
// removed, and the page forgets it. ref is the entry's. A ref that isn't there
// (any more) does nothing, as a user may click twice. It returns [ErrNoUpload].
func (s *Socket[C]) CancelUpload(name, ref string) error {
	u, err := s.uploadNamed(name)
	if err != nil {
		return err
	}
	if item := u.item(ref); item != nil {
		u.cancel(item)
		s.dirty = true
	}
	return nil
}

// UploadedEntries returns the files of an upload, those that are complete and
// those that aren't (yet). It returns none for a name that isn't allowed.
func (s *Socket[C]) UploadedEntries(name string) (completed, inProgress []UploadEntry) {
	u, err := s.uploadNamed(name)
	if err != nil {
		return nil, nil
	}
	for _, item := range u.entries {
		switch {
		case item.Cancelled:
		case item.Done:
			completed = append(completed, item.snapshot())
		default:
			inProgress = append(inProgress, item.snapshot())
		}
	}
	return completed, inProgress
}

// ConsumeUploadedEntries hands each file of an upload to fn, in the order
// chosen, and returns what fn returned. path is the temporary file: fn reads,
// copies or renames it. It is "" if there is none, for an upload with External
// or a Writer; e.Meta then has what these made. Afterwards the temporary files
// and the entries are gone, whatever fn did; fn's errors come back joined, and
// for these files there is no result.
//
// If a file isn't complete, or was refused, it returns [ErrUploadInProgress]
// and nothing is consumed. It returns [ErrNoUpload] for a name that isn't
// allowed.
func ConsumeUploadedEntries[C, T any](s *Socket[C], name string, fn func(path string, e UploadEntry) (T, error)) ([]T, error) {
	u, err := s.uploadNamed(name)
	if err != nil {
		return nil, err
	}
	var items []*uploadItem
	for _, item := range u.entries {
		switch {
		case item.Cancelled:
		case item.Done:
			items = append(items, item)
		default:
			return nil, fmt.Errorf("%w: %q", ErrUploadInProgress, name)
		}
	}
	results := make([]T, 0, len(items))
	var errs []error
	// What is left when fn panics is removed when the view ends.
	for _, item := range items {
		result, err := consume(u, item, fn)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		results = append(results, result)
	}
	return results, errors.Join(errs...)
}

// ConsumeUploadedEntry is [ConsumeUploadedEntries] for a single file, for
// example in [UploadConfig].Progress once it is Done.
func ConsumeUploadedEntry[C, T any](s *Socket[C], e UploadEntry, fn func(path string, e UploadEntry) (T, error)) (T, error) {
	var none T
	for _, u := range s.uploads {
		if u.ref != e.uploadRef {
			continue
		}
		item := u.item(e.Ref)
		if item == nil {
			break
		}
		if !item.Done {
			return none, fmt.Errorf("%w: %q", ErrUploadInProgress, u.name)
		}
		return consume(u, item, fn)
	}
	return none, fmt.Errorf("%w: its entry %q is gone", ErrNoUpload, e.Ref)
}

func consume[T any](u *Upload, item *uploadItem, fn func(path string, e UploadEntry) (T, error)) (T, error) {
	defer u.drop(item)
	path := ""
	if item.transfer != nil {
		path = item.transfer.path()
	}
	return fn(path, item.snapshot())
}

func (s *socketBase) uploadNamed(name string) (*Upload, error) {
	for _, u := range s.uploads {
		if u.name == name {
			return u, nil
		}
	}
	return nil, fmt.Errorf("%w: the view %s has none called %q; call s.AllowUpload(%q, …) in Mount", ErrNoUpload, s.route.name, name, name)
}

func (s *socketBase) uploadByRef(ref string) *Upload {
	for _, u := range s.uploads {
		if u.ref == ref {
			return u
		}
	}
	return nil
}

// stopUploads is called when the view ends.
func (s *socketBase) stopUploads() {
	for _, u := range s.uploads {
		for _, item := range u.entries {
			if item.transfer != nil {
				item.transfer.stop(stopCancelled)
				item.transfer.release()
			}
		}
	}
	s.uploads = nil
}

// wireConfig is what the client must keep to.
func (u *Upload) wireConfig() protocol.UploadConfig {
	return protocol.UploadConfig{
		MaxFileSize:  u.config.MaxFileSize,
		MaxEntries:   u.config.MaxEntries,
		ChunkSize:    u.config.ChunkSize,
		ChunkTimeout: u.config.ChunkTimeout,
	}
}
