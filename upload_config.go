package liveview

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gin-liveview/liveview/protocol"
)

// What the limits of [UploadConfig] mean by zero.
const (
	defaultMaxFileSize  = 8_000_000 // bytes
	defaultChunkSize    = 64_000    // bytes
	defaultChunkTimeout = 10 * time.Second
	defaultMinRate      = 4_000 // bytes a second
)

// maxChunkSize is the largest [UploadConfig].ChunkSize: a chunk is held in
// memory.
const maxChunkSize = 8 << 20

// UploadConfig says which files one upload takes, and what becomes of them. The
// zero value takes one file of any type, up to 8 MB, into a temporary file.
type UploadConfig struct {
	// Accept lists what is accepted: extensions (".jpg"), content types
	// ("image/png") and wildcards ("image/*", which takes no SVG: that is a
	// document with scripts, and must be named). The browser offers such files,
	// and the server checks each by its name and by its content. An extension
	// of no known content type is checked by name alone. Empty means anything.
	Accept []string

	// MaxEntries is how many files may be chosen at a time; see [Config].MaxFrame
	// and MaxBrowserUploads. Zero means 1.
	MaxEntries int

	// MaxTotalEntries is how many files the page takes in its life: those that have
	// been consumed without an error, and those that are there. What is cancelled or
	// failed isn't counted any more; a page that joins anew counts anew. Zero means any
	// number.
	MaxTotalEntries int

	// MaxFileSize is the largest file, in bytes. Zero means
	// 8,000,000.
	MaxFileSize int64

	// ChunkSize is how many bytes of a file the browser sends at a time, at
	// most 8 MiB. Zero means 64,000.
	ChunkSize int

	// ChunkTimeout is how long the browser may take to send a chunk. Zero means
	// 10 seconds.
	ChunkTimeout time.Duration

	// MinRate is the average rate that a browser must keep up after the first
	// ChunkTimeout, in bytes a second, so that nobody holds a file open for
	// long. Time that the server takes isn't counted. Zero means
	// 4,000, a negative number none.
	MinRate int64

	// AutoUpload has files sent as soon as they are chosen. Otherwise they are
	// sent when the form is submitted, before the form's own event.
	AutoUpload bool

	// External, if not nil, has files sent somewhere else. It is called for
	// each file about to be sent, and what it returns goes to the client's
	// uploader (window.liveview.uploaders) whose name is in its member
	// "uploader", for example with a presigned URL. Nothing of the content
	// passes the server, so only name, type and size that the browser stated
	// are checked, and the progress is the browser's word. An error refuses the
	// file, is logged, and is the Err of the entry's [UploadError].
	External func(e UploadEntry) (map[string]any, error)

	// Writer, if not nil, makes what takes the bytes of one file instead of a
	// temporary file. ctx ends when the upload does before it is complete. An
	// error refuses the file, is logged, and is the Err of the entry's [UploadError].
	Writer func(ctx context.Context, e UploadEntry) (UploadWriter, error)
}

// withDefaults returns a complete copy of c, or what is wrong with it.
func (c UploadConfig) withDefaults() (UploadConfig, error) {
	switch {
	case c.MaxEntries < 0:
		return c, fmt.Errorf("UploadConfig.MaxEntries is %d; it must be positive", c.MaxEntries)
	case c.MaxTotalEntries < 0:
		return c, fmt.Errorf("UploadConfig.MaxTotalEntries is %d; it must be positive, or zero for any number", c.MaxTotalEntries)
	case c.MaxFileSize < 0:
		return c, fmt.Errorf("UploadConfig.MaxFileSize is %d; it must be positive", c.MaxFileSize)
	case c.ChunkSize < 0 || c.ChunkSize > maxChunkSize:
		return c, fmt.Errorf("UploadConfig.ChunkSize is %d; it must be positive and at most %d", c.ChunkSize, maxChunkSize)
	case c.ChunkTimeout < 0:
		return c, fmt.Errorf("UploadConfig.ChunkTimeout is %s; it must be positive", c.ChunkTimeout)
	case c.External != nil && c.Writer != nil:
		return c, errors.New("UploadConfig.Writer is set beside External; bytes of external uploads never come here, so drop one")
	}
	c.MaxEntries = cmp.Or(c.MaxEntries, 1)
	c.MaxFileSize = cmp.Or(c.MaxFileSize, defaultMaxFileSize)
	c.ChunkSize = cmp.Or(c.ChunkSize, defaultChunkSize)
	c.ChunkTimeout = cmp.Or(c.ChunkTimeout, defaultChunkTimeout)
	c.MinRate = cmp.Or(c.MinRate, defaultMinRate)
	c.Accept = append([]string(nil), c.Accept...)
	return c, nil
}

// fits returns an error for an upload of files that could never be sent: as one
// browser may hold so many bytes and files, where negative numbers are no limit, or as
// a message has room for no more than that many.
func (c *UploadConfig) fits(bytes int64, files, atOnce int) error {
	switch {
	case c.MaxEntries > atOnce:
		return fmt.Errorf("UploadConfig.MaxEntries is %d, which is more than can be chosen at a time: Config.MaxFrame has room for %d", c.MaxEntries, atOnce)
	case c.External != nil: // they don't come here
		return nil
	case bytes >= 0 && c.MaxFileSize > bytes:
		return fmt.Errorf("UploadConfig.MaxFileSize is %d, which is more than a browser may hold here: Config.MaxBrowserUploadBytes is %d", c.MaxFileSize, bytes)
	case files >= 0 && c.MaxEntries > files:
		return fmt.Errorf("UploadConfig.MaxEntries is %d, which is more than a browser may have under way here: Config.MaxBrowserUploads is %d", c.MaxEntries, files)
	}
	return nil
}

// wire is what the client must keep to.
func (c *UploadConfig) wire() protocol.UploadConfig {
	return protocol.UploadConfig{
		MaxFileSize:  c.MaxFileSize,
		MaxEntries:   c.MaxEntries,
		ChunkSize:    c.ChunkSize,
		ChunkTimeout: c.ChunkTimeout,
	}
}
