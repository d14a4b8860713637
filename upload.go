package liveview

import (
	"errors"
	"fmt"

	"github.com/gin-liveview/liveview/internal/rescue"
	"github.com/gin-liveview/liveview/internal/sign"
	"github.com/gin-liveview/liveview/internal/upload"
)

// AllowUpload lets the page upload files under a name: usually called in Mount,
// for the HTTP render and the live join alike. The template shows the input
// with {{with upload "photos"}}{{.FileInput}}{{end}}, see [Upload], inside a
// form that has phx-change and, but for AutoUpload, phx-submit. The files are
// then there for [ConsumeUploadedEntries], as a rule on submit. List the entries,
// with their cancel buttons, outside of the form: the client disables all that
// is in it while its files are sent.
//
// Allowing a name again replaces its configuration; while it has files that is
// an error, as is a configuration that can't work. When the view has ended, as in
// Shutdown, it returns [ErrEnded]. A view with an Authorize is asked before each
// time that the page is about to send files, with an [Event] of that name and the
// type "upload".
func (s *Socket[C]) AllowUpload(name string, config UploadConfig) error {
	s.page.onlyInCallbacks("AllowUpload")
	if s.part.hasEnded() {
		return ErrEnded
	}
	config, err := config.withDefaults()
	if err != nil {
		return fmt.Errorf("liveview: upload %q: %w", name, err)
	}
	if err := config.fits(s.page.app.config.MaxBrowserUploadBytes, s.page.app.config.MaxBrowserUploads, s.page.app.config.filesAtOnce()); err != nil {
		return fmt.Errorf("liveview: upload %q: %w", name, err)
	}
	accept, err := upload.ParseAccept(config.Accept)
	if err != nil {
		return fmt.Errorf("liveview: upload %q: %w", name, err)
	}
	// A ref of its own for each time invalidates what the client still knows
	// of the former.
	u := &Upload{name: name, ref: "phx-" + sign.NewID(), config: config, accept: accept, dirty: &s.part.dirty, cid: s.part.cid}
	files := s.page.allFiles()
	u.lost = files.lost[name]
	delete(files.lost, name)
	if b := s.page.mailbox; b != nil {
		b.sender.Load().conn.ExpectChunks(config.ChunkSize)
	}
	s.part.dirty = true
	for i, old := range files.uploads {
		if old.dirty != &s.part.dirty || old.name != name {
			continue
		}
		if n := len(old.active()); n > 0 {
			remedy := ""
			if s.part.cid != 0 {
				remedy = ", or allow it in the component's Mount, which runs once, and not in each Update"
			}
			return fmt.Errorf("liveview: upload %q is allowed already and has %d files; consume or cancel them first%s", name, n, remedy)
		}
		u.consumed = old.consumed
		files.uploads[i] = u
		return nil
	}
	files.uploads = append(files.uploads, u)
	return nil
}

// DisallowUpload takes back an AllowUpload: the upload's transfers stop, its files, the
// complete ones too, and what is known of them go, and what the page still asks to send
// is refused. In the template {{with upload "photos"}} shows nothing then. It returns
// [ErrNoUpload].
func (s *Socket[C]) DisallowUpload(name string) error {
	s.page.onlyInCallbacks("DisallowUpload")
	u, err := s.page.uploadNamed(s.part, name)
	if err != nil {
		return err
	}
	u.disallowed, u.consumed = true, 0
	s.part.dirty = true
	u.stop()
	return nil
}

// CancelUpload drops a file of an upload, complete or not: its transfer stops, what
// came of it is removed, and the page forgets it. ref is the entry's. A ref that isn't there
// (any more) does nothing, as a user may click twice. It returns [ErrNoUpload].
func (s *Socket[C]) CancelUpload(name, ref string) error {
	s.page.onlyInCallbacks("CancelUpload")
	u, err := s.page.uploadNamed(s.part, name)
	if err != nil {
		return err
	}
	if item := u.item(ref); item != nil {
		u.cancel(item)
		s.part.dirty = true
	}
	return nil
}

// CancelEntry is [Socket.CancelUpload] for an entry at hand, in HandleProgress for
// instance, when it is complete and not wanted. One that is gone is passed over.
func (s *Socket[C]) CancelEntry(e UploadEntry) {
	s.page.onlyInCallbacks("CancelEntry")
	if u := s.page.uploadByRef(e.uploadRef); u != nil && u.dirty == &s.part.dirty {
		if item := u.item(e.Ref); item != nil {
			u.cancel(item)
			s.part.dirty = true
		}
	}
}

// CancelUploads is [Socket.CancelUpload] for all files of an upload, for whatever a
// user has chosen and won't send: where a dialog is closed for instance. Errors of the
// upload go as well. It returns [ErrNoUpload].
func (s *Socket[C]) CancelUploads(name string) error {
	s.page.onlyInCallbacks("CancelUploads")
	u, err := s.page.uploadNamed(s.part, name)
	if err == nil {
		u.cancelAll()
	}
	return err
}

// UploadErrors returns what is wrong with an upload as a whole, as [Upload.Errors]
// does: of the Code [UploadTooManyFiles]; or [UploadLost], where files were chosen in a page that
// has lost its view, or its connection, since, and can't be chosen again by the page itself, until
// others are chosen or [Socket.CancelUploads] is called. It returns none for a name that isn't allowed.
// Those of single files are in [Socket.UploadedEntries].
func (s *Socket[C]) UploadErrors(name string) []UploadError {
	s.page.onlyInCallbacks("UploadErrors")
	u, err := s.page.uploadNamed(s.part, name)
	if err != nil {
		return nil
	}
	return u.problems()
}

// UploadedEntries returns the files of an upload, those that are complete and
// those that aren't (yet). It returns none for a name that isn't allowed.
func (s *Socket[C]) UploadedEntries(name string) (completed, inProgress []UploadEntry) {
	s.page.onlyInCallbacks("UploadedEntries")
	u, err := s.page.uploadNamed(s.part, name)
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
// or a Writer; e.External or e.Writer then has what these made. Afterwards the
// temporary files and the entries are gone; fn's errors come back joined, and for
// these files there is no result.
//
// A file for which fn returns [ErrPostpone] stays, as do its entry and its Writer, and
// can be consumed another time; what fn returned beside it is among the results. Joined
// with an error of fn's own it keeps the file, and that error comes back.
//
// If a file isn't complete, or was refused, it returns [ErrUploadInProgress]
// and nothing is consumed. It returns [ErrNoUpload] for a name that isn't
// allowed.
func ConsumeUploadedEntries[C, T any](s *Socket[C], name string, fn func(path string, e UploadEntry) (T, error)) ([]T, error) {
	s.page.onlyInCallbacks("ConsumeUploadedEntries")
	u, err := s.page.uploadNamed(s.part, name)
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
		if u.item(item.Ref) != item { // fn has cancelled it, or disallowed the upload
			continue
		}
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
// example in HandleProgress ([ProgressHandler]) once it is Done. To drop it unread
// there is [Socket.CancelEntry].
func ConsumeUploadedEntry[C, T any](s *Socket[C], e UploadEntry, fn func(path string, e UploadEntry) (T, error)) (T, error) {
	s.page.onlyInCallbacks("ConsumeUploadedEntry")
	var none T
	for _, u := range s.page.uploads() {
		if u.ref != e.uploadRef || u.dirty != &s.part.dirty {
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

func consume[T any](u *Upload, item *uploadItem, fn func(path string, e UploadEntry) (T, error)) (result T, err error) {
	postponed := false
	defer func() { // also if fn panics
		if !postponed {
			u.drop(item)
		}
	}()
	path := ""
	if item.transfer != nil {
		path, _, _ = item.transfer.file()
	}
	result, err = fn(path, item.snapshot())
	if err == nil {
		if u.item(item.Ref) == item { // fn may have cancelled it, or disallowed the upload
			u.consumed++
		}
		return result, nil
	}
	postponed = rescue.Wraps(err, func(err error) bool { return err == ErrPostpone }) //nolint:errorlint // no method of err is to be called
	if err == ErrPostpone {                                                           //nolint:errorlint // alone, it is none
		err = nil
	}
	return result, err
}
