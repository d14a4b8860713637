package liveview

import (
	"slices"
	"time"

	"github.com/gin-liveview/liveview/internal/sign"
	"github.com/gin-liveview/liveview/internal/upload"
	"github.com/gin-liveview/liveview/protocol"
)

// Upload is one upload of a view, as its template sees it with
// {{with upload "photos"}}: the input and the files chosen with it.
type Upload struct {
	name   string
	ref    string
	config UploadConfig
	accept upload.Accept
	cid    int   // of the live component whose it is; 0 for the view
	dirty  *bool // of the part whose it is: set when what the template shows of the upload changes

	// Owned by the view, as all of its state.
	entries  []*uploadItem
	consumed int   // files that were, without an error
	empties  int64 // empty files that were chosen so far
	overfull bool  // more files were chosen last than can be listed
	lost     bool  // files went with the view that the page had before, and none were chosen since

	disallowed bool // it is known by its name alone, so that templates may ask for it
}

// uploadItem is the view's record of a file.
type uploadItem struct {
	UploadEntry
	preflighted bool
	transfer    fileTransfer // from the grant on; nil for an external upload
}

// fileTransfer is what a view knows of the transfer of a file.
type fileTransfer interface {
	// cancel stops it, and reports whether it wasn't over already; the view
	// gets notice when the file is gone.
	cancel() bool

	// isOver reports whether nothing more will arrive, the complete file apart.
	isOver() bool

	// progress is how much has arrived, in percent; 100 only when the file is
	// complete, and the view's.
	progress() int

	// clientKnows says that the client has been told that the file is complete.
	clientKnows()

	// file returns the path of a complete temporary file, or else "", the
	// content type found, "" if not looked for, and the application's own
	// writer, nil if it has none.
	file() (path, kind string, writer UploadWriter)

	// release removes what a complete transfer has.
	release()
}

// snapshot is the entry as an application may keep it.
func (item *uploadItem) snapshot() UploadEntry {
	e := item.UploadEntry
	e.Errors = slices.Clone(e.Errors)
	return e
}

func (item *uploadItem) fail(reason UploadError) {
	item.Valid = false
	if !item.hasFailed(reason.Code) {
		item.Errors = append(item.Errors, reason)
	}
}

// hasFailed reports whether that is wrong with the file.
func (e UploadEntry) hasFailed(code UploadErrorCode) bool {
	return slices.ContainsFunc(e.Errors, func(err UploadError) bool { return err.Code == code })
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
	u.overfull = false
	u.lost = u.lost && len(files) == 0
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
			Upload: u.name, Ref: f.Ref, ID: sign.NewID(),
			Name: upload.CleanName(f.Name), RelativePath: upload.CleanPath(f.RelativePath), Type: upload.CleanType(f.Type),
			Size: f.Size, Valid: true, uploadRef: u.ref,
		}}
		if f.LastModified != 0 {
			item.LastModified = time.UnixMilli(f.LastModified)
		}
		if f.Size > u.config.MaxFileSize {
			item.fail(UploadError{Code: UploadTooLarge})
		}
		if f.Size == 0 {
			item.fail(UploadError{Code: UploadEmpty})
		}
		if !u.accept.Admits(item.Name, item.Type) {
			item.fail(UploadError{Code: UploadNotAccepted})
		}
		u.entries = append(u.entries, item)
	}
	*u.dirty = true
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

// problems returns what is wrong with the upload as a whole.
func (u *Upload) problems() []UploadError {
	var errs []UploadError
	if u.overfull || u.tooMany() {
		errs = append(errs, UploadError{Code: UploadTooManyFiles})
	}
	if u.lost {
		errs = append(errs, UploadError{Code: UploadLost})
	}
	return errs
}

func (u *Upload) tooMany() bool { return len(u.active()) > u.room() }

// room is how many entries there may be now.
func (u *Upload) room() int {
	if u.config.MaxTotalEntries == 0 {
		return u.config.MaxEntries
	}
	return max(min(u.config.MaxEntries, u.config.MaxTotalEntries-u.consumed), 0)
}

// refuseAll says that more files were chosen than can even be listed. The client
// sends none of them, as the page doesn't list them.
func (u *Upload) refuseAll() {
	u.overfull = true
	*u.dirty = true
}

// cancel stops an entry's transfer. The entry goes when the file has: at once if
// nothing is under way.
func (u *Upload) cancel(item *uploadItem) {
	if item.transfer != nil && !item.transfer.isOver() && item.transfer.cancel() {
		item.Cancelled = true
		return
	}
	u.drop(item)
}

// cancelAll is cancel of every entry, and forgets what was wrong with the upload.
func (u *Upload) cancelAll() {
	for _, item := range slices.Clone(u.entries) {
		u.cancel(item)
	}
	u.overfull, u.lost = false, false
	*u.dirty = true
}

// loseFiles forgets the entries whose files haven't arrived, as the client hasn't got
// them any more.
func (u *Upload) loseFiles() {
	for _, item := range slices.Clone(u.entries) {
		if !item.Done {
			u.cancel(item)
			u.lost = true
		}
	}
	*u.dirty = true
}

// restart has the entries whose files haven't arrived wait to be sent anew, as the client
// chooses them again, and returns those whose files have: the client, which was cut off,
// hasn't heard of it.
func (u *Upload) restart() (arrived []*uploadItem) {
	for _, item := range u.entries {
		switch {
		case item.Done || item.Cancelled || !item.Valid:
		case item.transfer != nil && item.transfer.progress() == 100:
			arrived = append(arrived, item)
		default:
			item.restart()
		}
	}
	*u.dirty = true
	return arrived
}

// restart has a file begin anew, as if it had just been chosen.
func (item *uploadItem) restart() {
	if item.transfer != nil {
		item.transfer.cancel() // its notice finds nothing that it is for
		item.transfer = nil
	}
	item.preflighted, item.Progress, item.External = false, 0, nil
}

// drop forgets an entry and removes what came of it.
func (u *Upload) drop(item *uploadItem) {
	if item.transfer != nil {
		item.transfer.release()
	}
	if i := slices.Index(u.entries, item); i >= 0 {
		u.entries = slices.Delete(u.entries, i, i+1)
	}
	*u.dirty = true
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

// stop is called when the view ends.
func (u *Upload) stop() {
	for len(u.entries) > 0 {
		item := u.entries[0]
		u.entries = u.entries[1:] // first: a writer's Remove may call runtime.Goexit
		if item.transfer != nil {
			item.transfer.cancel()
			item.transfer.release()
		}
	}
}
