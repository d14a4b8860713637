package liveview

import (
	"path"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gin-liveview/liveview/protocol"
)

// UploadError says why a file, or all of them, can't be uploaded. Its value is
// the client's word for it, for comparisons in templates; printed, it is a
// sentence.
type UploadError string

// What can be wrong with a file; TooManyFiles is said of the upload. The words
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
	UploadBusy           UploadError = "busy"     // see Config.MaxUploadBytes

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

// uploadItem is the view's record of a file.
type uploadItem struct {
	UploadEntry
	preflighted bool
	transfer    *transfer // from the grant on; nil for an external upload
}

// snapshot is the entry as an application may keep it.
func (item *uploadItem) snapshot() UploadEntry {
	e := item.UploadEntry
	e.Errors = slices.Clone(e.Errors)
	return e
}

func (item *uploadItem) fail(reason UploadError) {
	item.Valid = false
	if !slices.Contains(item.Errors, reason) {
		item.Errors = append(item.Errors, reason)
	}
}

// excessEntries is how many files beyond MaxEntries an upload remembers, so that
// the user sees them and can cancel some. Those above it are forgotten: the
// client doesn't send files that the page doesn't list.
const excessEntries = 100

// add takes in the files chosen, as the client lists them with each change. Those
// it knows already stay as they are.
//
// Source: put_entries in phoenix_live_view/lib/phoenix_live_view/upload_config.ex.
func (u *Upload) add(files []protocol.UploadEntry) {
	if u.config.MaxEntries == 1 && len(files) == 1 && u.item(files[0].Ref) == nil {
		// Another file takes the place of the one chosen before.
		for _, item := range slices.Clone(u.entries) {
			u.cancel(item)
		}
	}
	known := make(map[string]bool, len(u.entries)+len(files))
	for _, item := range u.entries {
		known[item.Ref] = true
	}
	for _, f := range files {
		if known[f.Ref] || !isEntryRef(f.Ref) {
			continue
		}
		if len(u.entries) >= u.config.MaxEntries+excessEntries {
			break
		}
		known[f.Ref] = true
		item := &uploadItem{UploadEntry: UploadEntry{
			Ref: f.Ref, ID: randomID(),
			Name: cleanName(f.Name), RelativePath: cleanPath(f.RelativePath), Type: cleanType(f.Type),
			Size: f.Size, Valid: true, uploadRef: u.ref,
		}}
		if f.LastModified != 0 {
			item.LastModified = time.UnixMilli(f.LastModified)
		}
		if f.Size > u.config.MaxFileSize {
			item.fail(UploadTooLarge)
		}
		if !u.accept.admits(item.Name, item.Type) {
			item.fail(UploadNotAccepted)
		}
		u.entries = append(u.entries, item)
	}
	u.socket.dirty = true
}

func (u *Upload) item(ref string) *uploadItem {
	for _, item := range u.entries {
		if item.Ref == ref {
			return item
		}
	}
	return nil
}

// active returns the entries that aren't on their way out.
func (u *Upload) active() []*uploadItem {
	active := make([]*uploadItem, 0, len(u.entries))
	for _, item := range u.entries {
		if !item.Cancelled {
			active = append(active, item)
		}
	}
	return active
}

func (u *Upload) tooMany() bool { return len(u.active()) > u.config.MaxEntries }

// cancel stops an entry's transfer. The entry goes when the file has: at once if
// nothing is under way.
func (u *Upload) cancel(item *uploadItem) {
	if item.transfer != nil && !item.transfer.over() && item.transfer.stop(stopCancelled) {
		item.Cancelled = true
		return
	}
	u.drop(item)
}

// drop forgets an entry and removes what came of it.
func (u *Upload) drop(item *uploadItem) {
	if item.transfer != nil {
		item.transfer.release()
	}
	if i := slices.Index(u.entries, item); i >= 0 {
		u.entries = slices.Delete(u.entries, i, i+1)
	}
	u.socket.dirty = true
}

// isEntryRef reports whether ref is a number, as the client's are: refs stand in
// comma-separated lists and in topics.
func isEntryRef(ref string) bool {
	if len(ref) == 0 || len(ref) > 20 {
		return false
	}
	for i := range len(ref) {
		if ref[i] < '0' || ref[i] > '9' {
			return false
		}
	}
	return true
}

const maxNameBytes = 255

// cleanName makes a file's name fit to be shown: its last part, without what
// isn't visible or changes how the rest is read.
func cleanName(name string) string {
	name = strings.ReplaceAll(name, `\`, "/")
	name = cleanText(name[strings.LastIndexByte(name, '/')+1:])
	if name == "." || name == ".." {
		return ""
	}
	return name
}

// cleanPath is cleanName for each part of a relative path.
func cleanPath(p string) string {
	if p == "" {
		return ""
	}
	var parts []string
	for part := range strings.SplitSeq(strings.ReplaceAll(p, `\`, "/"), "/") {
		if part = cleanName(part); part != "" {
			parts = append(parts, part)
		}
	}
	p = path.Join(parts...)
	if len(p) > 4*maxNameBytes {
		return ""
	}
	return p
}

func cleanText(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp) {
			return -1
		}
		return r
	}, s)
	s = strings.TrimSpace(s)
	if len(s) > maxNameBytes {
		// The extension stays, as it says what kind of file it is.
		ext := path.Ext(s)
		if len(ext) > 16 {
			ext = ""
		}
		s = strings.ToValidUTF8(s[:maxNameBytes-len(ext)], "") + ext
	}
	return s
}

// cleanType returns a content type in lower case without parameters, "" for what
// isn't one.
func cleanType(s string) string {
	s, _, _ = strings.Cut(s, ";")
	s = strings.ToLower(strings.TrimSpace(s))
	if !isContentType(s) {
		return ""
	}
	return s
}
