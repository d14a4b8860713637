package liveview

import "time"

// UploadError says why a file, or all of them, can't be uploaded. Printed, it is a
// sentence for the user; templates compare its Code: {{if eq .Code "too_large"}}.
type UploadError struct {
	// Code is what is wrong.
	Code UploadErrorCode

	// Err is the cause, for the application: what External, or a method of the Writer,
	// returned, or why the temporary file couldn't be written. [errors.Is] and
	// [errors.As] find it. Nil if the file itself is at fault, or the connection. It is
	// not in the entry's JSON.
	Err error `json:"-"`
}

// UploadErrorCode is the client's word for what is wrong with a file.
type UploadErrorCode string

// What can be wrong with a file; TooManyFiles and Lost are said of the upload. The words
// are those of phoenix_live_view/lib/phoenix_live_view/upload_config.ex, as far
// as it has them.
const (
	UploadTooLarge       UploadErrorCode = "too_large"
	UploadNotAccepted    UploadErrorCode = "not_accepted"
	UploadTooManyFiles   UploadErrorCode = "too_many_files"
	UploadExternalFailed UploadErrorCode = "external_client_failure"
	UploadWriterFailed   UploadErrorCode = "writer_failure"
	UploadTooSlow        UploadErrorCode = "too_slow" // see ChunkTimeout and MinRate of UploadConfig
	UploadBusy           UploadErrorCode = "busy"     // see MaxUploadBytes and what follows it in Config
	UploadEmpty          UploadErrorCode = "empty"    // there is nothing in the file
	UploadLost           UploadErrorCode = "lost"     // of the upload: the files chosen went with a lost connection, or with the answer to a form that was posted

	uploadNotAllowed UploadErrorCode = "not_allowed" // the page has no such upload
)

// Error returns a sentence for the user, which says nothing of the cause.
func (e UploadError) Error() string {
	switch e.Code {
	case UploadTooLarge:
		return "The file is too large."
	case UploadNotAccepted:
		return "Files of this type are not accepted."
	case UploadTooManyFiles:
		return "These are too many files."
	case UploadExternalFailed, UploadWriterFailed:
		return "The file could not be stored."
	case UploadTooSlow:
		return "The connection was too slow for the file."
	case UploadEmpty:
		return "The file is empty."
	case UploadLost:
		return "The files are no longer here. Please choose them again."
	case UploadBusy:
		return "There are too many uploads at the moment. Please try again."
	}
	return string(e.Code)
}

// Unwrap returns the cause.
func (e UploadError) Unwrap() error { return e.Err }

// UploadEntry is one file that the user chose. What it says of the file is what
// the browser said: Name, RelativePath, LastModified and, until the content was
// checked, Type.
type UploadEntry struct {
	// Upload is the name that the upload was allowed under.
	Upload string

	// Ref is the client's number for the file, unique on the page: for
	// [Socket.CancelUpload].
	Ref string

	// ID is random and unguessable: a safe name to store the file under, where
	// Name never is.
	ID string

	// Name is the file's name on the user's machine, for display: without
	// folders and control characters, and of at most 255 bytes. Never use it
	// as a path.
	Name string

	// RelativePath is the file's path below the folder chosen, "" for single
	// files. It is cleaned like Name.
	RelativePath string

	// Type is the content type, "" if unknown. If the upload has an Accept
	// list, it is the one found in the content once that has been checked.
	Type string

	Size         int64     // bytes, at most MaxFileSize in a valid entry
	LastModified time.Time // zero if unknown

	Progress  int           // percent; 100 only if complete
	Done      bool          // complete, and ready to be consumed
	Valid     bool          // nothing is wrong with it
	Cancelled bool          // about to go
	Errors    []UploadError // what is wrong with it

	// External is what [UploadConfig].External returned for the file, nil without one.
	External map[string]any

	// Writer is what [UploadConfig].Writer made for the file, once that is Done: nil
	// before, and without one.
	Writer UploadWriter `json:"-"`

	uploadRef string
}

// UploadWriter takes the bytes of one file. Its methods are called one at a
// time, from a goroutine of the upload's own: one that blocks holds up its own
// file and no more. An error, or a panic, gives the entry the error
// [UploadWriterFailed], whose Err it is, and is logged.
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
