package liveview

import (
	"errors"
	"io/fs"
	"os"
)

// UploadWriter takes the bytes of one file. Its methods are called one at a
// time, from a goroutine of the upload's own: one that blocks holds up its own
// file and no more. An error, or a panic, gives the entry the error
// [UploadWriterFailed] and is logged.
type UploadWriter interface {
	// Write takes the next bytes, which it must not keep.
	Write(chunk []byte) (int, error)

	// Close is called when all bytes have been written, and not otherwise. The
	// file is complete once it returns nil.
	Close() error

	// Remove is called once, last, and in every case: consumed, cancelled,
	// failed or abandoned, closed or not. What the application wants to keep
	// it has taken by then, in the function given to [ConsumeUploadedEntries].
	Remove() error
}

// tempFile is the UploadWriter of uploads that have no other.
type tempFile struct{ *os.File }

func (f tempFile) Remove() error {
	_ = f.Close() // it is closed already if the file is complete
	if err := os.Remove(f.Name()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil // the application has moved it
}
