package liveview

import "time"

// UploadError says why a file, or all of them, can't be uploaded. Its value is
// the client's word for it, for comparisons in templates; printed, it is a
// sentence.
type UploadError string

// What can be wrong with a file; TooManyFiles and Lost are said of the upload. The words
// are those of phoenix_live_view/lib/phoenix_live_view/upload_config.ex, as far
// as it has them.
//
//nolint:errname // they are values that templates compare, not sentinels
const (
	UploadTooLarge       UploadError = "too_large"
	UploadNotAccepted    UploadError = "not_accepted"
	UploadTooManyFiles   UploadError = "too_many_files"
	UploadExternalFailed UploadError = "external_client_failure"
	UploadWriterFailed   UploadError = "writer_failure"
	UploadTooSlow        UploadError = "too_slow" // see ChunkTimeout and MinRate of UploadConfig
	UploadBusy           UploadError = "busy"     // see MaxUploadBytes and what follows it in Config
	UploadEmpty          UploadError = "empty"    // there is nothing in the file
	UploadLost           UploadError = "lost"     // of the upload: the connection was lost, and the files chosen with it

	uploadNotAllowed UploadError = "not_allowed" // the page has no such upload
)

// Error returns a sentence for the user.
func (e UploadError) Error() string {
	switch e {
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
		return "The connection was lost, and the files with it. Please choose them again."
	case UploadBusy:
		return "There are too many uploads at the moment. Please try again."
	}
	return string(e)
}

// UploadEntry is one file that the user chose. What it says of the file is what
// the browser said: Name, RelativePath, LastModified and, until the content was
// checked, Type.
type UploadEntry struct {
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

	// Meta is what [UploadConfig].External returned, a map[string]any, or the
	// [UploadWriter] that [UploadConfig].Writer made. Nil otherwise.
	Meta any

	uploadRef string
}
