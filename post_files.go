package liveview

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/gin-liveview/liveview/internal/bufpool"
	"github.com/gin-liveview/liveview/internal/rescue"
	"github.com/gin-liveview/liveview/internal/sign"
	"github.com/gin-liveview/liveview/internal/upload"
)

// postedFile is a file that came with a form. It is a fileTransfer that was over before
// the view knew of it.
type postedFile struct {
	path     string // of the temporary file; "" for one that went to a writer
	kind     string // content type found, "" if not looked for
	writer   UploadWriter
	own      bool // the writer is the application's
	claim    *upload.Claim
	log      func(err error)
	released bool
}

func (f *postedFile) cancel() bool  { return false }
func (f *postedFile) isOver() bool  { return true }
func (f *postedFile) progress() int { return 100 }
func (f *postedFile) clientKnows()  {}

func (f *postedFile) file() (path, kind string, writer UploadWriter) {
	if f.own {
		return "", f.kind, f.writer
	}
	return f.path, f.kind, nil
}

func (f *postedFile) release() {
	if f.released {
		return
	}
	f.released = true
	defer f.claim.Release()
	if f.writer == nil {
		return
	}
	if err := guard("UploadConfig.Writer: Remove", f.writer.Remove); err != nil {
		f.log(err)
	}
}

// postedSource is one file of a form as it comes from the browser.
type postedSource struct {
	name, kind string
	content    io.Reader
	reading    *http.ResponseController
	skipped    *int64 // bytes so far of the form's files that weren't wanted
}

// losePostedFiles forgets the files that came with a form and that no callback has taken:
// the next form doesn't have them, so the page says that they are to be chosen again.
func (p *page) losePostedFiles() {
	if p.move != nil {
		return
	}
	for _, u := range p.uploads() {
		if u.tooMany() { // which is said, and says the same
			continue
		}
		for _, item := range slices.Clone(u.entries) {
			if file, posted := item.transfer.(*postedFile); posted && item.Valid && !file.released {
				u.drop(item)
				u.lost = true
			}
		}
	}
}

// receive stores a file that a form brought, or gives its entry the error that says why
// it isn't. n is its number in the form. An error is that of the request: nothing more
// can be read.
func (u *Upload) receive(ctx context.Context, p *page, from postedSource, n int) error {
	*u.dirty = true
	item := &uploadItem{preflighted: true, UploadEntry: UploadEntry{
		Upload: u.name, Ref: strconv.Itoa(n), ID: sign.NewID(),
		Name: upload.CleanName(from.name), Type: upload.CleanType(from.kind), Valid: true, uploadRef: u.ref,
	}}
	if len(u.entries) >= u.config.MaxEntries+excessEntries {
		u.overfull = true
		return from.skip(u.config.MaxFileSize)
	}
	u.entries = append(u.entries, item)
	switch {
	case u.config.External != nil:
		p.app.faults.warn("liveview: a file of an external upload was posted without JavaScript, and only a script can take it there", "upload", u.name, "view", p.route.name, "route", p.pattern)
		item.fail(UploadError{Code: UploadExternalFailed})
	case !u.accept.Admits(item.Name, item.Type):
		item.fail(UploadError{Code: UploadNotAccepted})
	}
	if !item.Valid || u.tooMany() {
		return from.skip(u.config.MaxFileSize)
	}
	claim, ok := p.app.uploads.Budget.Claim(p.browser, 1)
	if !ok {
		p.app.faults.warn("liveview: an upload was refused: "+tooManyBytes, "upload", u.name, "view", p.route.name, "route", p.pattern)
		item.fail(UploadError{Code: UploadBusy})
		return from.skip(u.config.MaxFileSize)
	}
	file := &postedFile{claim: claim, log: func(err error) {
		p.app.config.Logger.Error("liveview: an upload's remains could not be removed", append(errAttrs(err), "upload", u.name, "view", p.route.name, "route", p.pattern)...)
	}}
	failed, err := u.store(p, from, item, file)
	if failed.Code == "" && err == nil && u.config.Writer != nil {
		failed = u.writeOn(ctx, item, file)
	}
	if failed.Code == "" && err == nil {
		item.transfer, item.Done, item.Progress = file, true, 100
		if file.kind != "" {
			item.Type = file.kind
		}
		if file.own {
			item.Writer = file.writer
		}
		return nil
	}
	file.release()
	if failed.Code != "" {
		item.fail(failed)
	}
	if failed.Err != nil {
		p.app.config.Logger.Error("liveview: an upload could not be stored", append(errAttrs(failed.Err), "upload", u.name, "view", p.route.name, "route", p.pattern, "bytes", item.Size)...)
	}
	if err == nil && failed.Code != UploadTooSlow {
		err = from.skip(u.config.MaxFileSize)
	}
	return err
}

// store has the file written to a temporary one, within all limits. How large it is turns
// out here.
func (u *Upload) store(p *page, from postedSource, item *uploadItem, file *postedFile) (failed UploadError, err error) {
	f, err := p.app.uploads.Dir.Create()
	if err != nil {
		return UploadError{UploadWriterFailed, err}, nil
	}
	file.writer, file.path = f, f.Name()
	buf := bufpool.Chunks.Get()
	defer bufpool.Chunks.Put(buf)
	chunk := buf.B[:cap(buf.B)]
	var head []byte
	var waited time.Duration
	defer func() { _ = from.reading.SetReadDeadline(time.Time{}) }()
	for {
		began := time.Now()
		_ = from.reading.SetReadDeadline(began.Add(u.config.ChunkTimeout)) // a ResponseWriter of a test has none
		n, err := io.ReadAtLeast(from.content, chunk, 1)
		waited += time.Since(began)
		if err != nil && !errors.Is(err, io.EOF) {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				return UploadError{Code: UploadTooSlow}, err
			}
			return UploadError{}, err
		}
		item.Size += int64(n)
		if item.Size > u.config.MaxFileSize {
			return UploadError{Code: UploadTooLarge}, nil
		}
		if u.config.MinRate > 0 {
			earned := time.Duration(float64(item.Size) / float64(u.config.MinRate) * float64(time.Second))
			if waited > u.config.ChunkTimeout+earned {
				return UploadError{Code: UploadTooSlow}, os.ErrDeadlineExceeded
			}
		}
		isLast := err != nil
		if len(u.accept) > 0 && file.kind == "" && item.Size > 0 {
			head = append(head, chunk[:min(n, upload.SniffBytes-len(head))]...)
			if isLast || len(head) == upload.SniffBytes {
				kind, ok := u.accept.AdmitsContent(item.Name, item.Type, head)
				if !ok {
					return UploadError{Code: UploadNotAccepted}, nil
				}
				file.kind = kind
			}
		}
		if !file.claim.Grow(int64(n)) {
			p.app.faults.warn("liveview: an upload has failed: "+tooManyBytes, "upload", u.name, "view", p.route.name, "route", p.pattern, "bytes", item.Size)
			return UploadError{Code: UploadBusy}, nil
		}
		if _, err := f.Write(chunk[:n]); err != nil {
			return UploadError{UploadWriterFailed, err}, nil
		}
		if isLast {
			break
		}
	}
	if item.Size == 0 {
		return UploadError{Code: UploadEmpty}, nil
	}
	if err := f.Close(); err != nil {
		return UploadError{UploadWriterFailed, err}, nil
	}
	return UploadError{}, nil
}

// writeOn gives a stored file to the application's own writer, which is told its size,
// in place of the temporary one.
func (u *Upload) writeOn(ctx context.Context, item *uploadItem, file *postedFile) UploadError {
	stored, temporary := file.path, file.writer
	defer func() {
		if err := temporary.Remove(); err != nil {
			file.log(err)
		}
	}()
	file.path, file.writer = "", nil
	entry := item.snapshot()
	if file.kind != "" {
		entry.Type = file.kind
	}
	if err := guard("UploadConfig.Writer: Writer", func() (err error) { file.writer, err = u.config.Writer(ctx, entry); return err }); err != nil {
		file.writer = nil
		return UploadError{UploadWriterFailed, err}
	}
	if file.writer == nil {
		return UploadError{UploadWriterFailed, errors.New("UploadConfig.Writer returned no writer")}
	}
	file.own = true
	content, err := os.Open(stored)
	if err != nil {
		return UploadError{UploadWriterFailed, err}
	}
	defer content.Close() //nolint:errcheck // it was read only
	err = guard("UploadConfig.Writer: Write", func() error {
		buf := bufpool.Chunks.Get()
		defer bufpool.Chunks.Put(buf)
		_, err := io.CopyBuffer(struct{ io.Writer }{file.writer}, struct{ io.Reader }{content}, buf.B[:min(cap(buf.B), u.config.ChunkSize)])
		return err
	})
	if err == nil {
		err = guard("UploadConfig.Writer: Close", file.writer.Close)
	}
	if err != nil {
		return UploadError{UploadWriterFailed, err}
	}
	return UploadError{}
}

// skip reads past a file that isn't wanted, as what follows it is; but not past one of any
// size.
func (from postedSource) skip(limit int64) error {
	_ = from.reading.SetReadDeadline(time.Now().Add(skipTime))
	defer func() { _ = from.reading.SetReadDeadline(time.Time{}) }()
	n, err := io.CopyN(io.Discard, from.content, max(limit, leastSkip)*4)
	*from.skipped += n
	switch {
	case err == nil, *from.skipped > max(mostSkipped, limit*4):
		return refusePost(http.StatusRequestEntityTooLarge, "files that no upload takes are many times larger than any may be")
	case errors.Is(err, io.EOF):
		return nil
	}
	return err
}

const (
	leastSkip   = 1 << 20
	mostSkipped = 32 << 20
	skipTime    = time.Minute
)

// takeFiles stores the files of a form, each in the upload that the view, or a live
// component in it, has allowed under the name of its field, and reads the fields that
// follow. It reports whether all files are there that were sent.
func (f *postedForm) takeFiles(ctx context.Context, view liveView, live *components, of liveComponent) (complete bool, err error) {
	p := view.page()
	owner, answers := &p.root, callee(nil)
	if of != nil {
		owner, answers = &of.core().part, of
	}
	var skipped int64
	f.sum = sha256.New()
	allowed := map[*Upload]bool{}
	n := 0
	take := func(name string, from postedSource) error {
		// Files with other names or content make another form.
		_, _ = fmt.Fprintf(f.sum, "%q%q", name, from.name) // a hash takes everything
		from.content = io.TeeReader(from.content, f.sum)
		u, err := p.uploadNamed(owner, name)
		if err != nil {
			return from.skip(0)
		}
		may, asked := allowed[u]
		if !asked {
			if may, err = f.mayUpload(view, live, of, answers, u); err != nil {
				return err
			}
			allowed[u] = may
		}
		if !may {
			complete = false
			return from.skip(u.config.MaxFileSize)
		}
		n++
		return u.receive(ctx, p, from, n)
	}
	complete = true
	if f.read != nil {
		for _, name := range slices.Sorted(maps.Keys(f.read.File)) {
			for _, header := range f.read.File[name] {
				content, err := header.Open()
				if err == nil {
					err = take(name, postedSource{header.Filename, header.Header.Get("Content-Type"), content, f.reading, &skipped})
					_ = content.Close()
				}
				if err != nil {
					return false, err
				}
			}
		}
	}
	for f.file != nil {
		part := f.file
		err := take(part.FormName(), postedSource{part.FileName(), part.Header.Get("Content-Type"), part, f.reading, &skipped})
		if err == nil {
			if err = f.untilFile(); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
				err = f.refusal(err)
			}
		}
		if errors.Is(err, os.ErrDeadlineExceeded) { // the entry says so
			f.file, f.parts = nil, nil
			complete = false
			break
		}
		if err != nil {
			return false, err
		}
	}
	for u := range allowed {
		complete = complete && len(u.problems()) == 0
		for _, item := range u.entries {
			complete = complete && item.Done
		}
	}
	f.allowed = allowed
	return complete, nil
}

// mayUpload asks Authorize, as before any upload.
func (f *postedForm) mayUpload(view liveView, live *components, of liveComponent, answers callee, u *Upload) (bool, error) {
	e := Event{Name: u.name, Type: uploadEvent}
	if of != nil {
		e.Component = of.kindOf().live()
	}
	own, err := view.authorizeUpload(e, answers)
	if refused, ok := rescue.Find[*unhandledError](err); ok {
		tellUnhandledPost(view.page(), e, refused)
		return false, nil
	}
	if own {
		return false, live.contain(of, err)
	}
	return err == nil, err
}

// tellProgress tells whose uploads they are which files are there.
func (f *postedForm) tellProgress(view liveView, live *components, of liveComponent) error {
	for _, u := range view.page().uploads() {
		if !f.allowed[u] {
			continue
		}
		for _, item := range append([]*uploadItem(nil), u.entries...) {
			if !item.Done && item.Valid {
				continue
			}
			var err error
			if of == nil {
				err = view.handleProgress(item.snapshot())
			} else {
				err = live.contain(of, of.handleProgress(item.snapshot()))
			}
			if err != nil || view.page().move != nil {
				return err
			}
		}
	}
	return nil
}

// tellUnhandledPost tells the operator of an event that nothing was done for.
func tellUnhandledPost(p *page, e Event, err *unhandledError) {
	attrs := []any{"event", e.String(), "view", p.route.name, "route", p.pattern}
	if e.Component != nil {
		attrs = append(attrs, "component", e.Component.liveKind().(componentKind).label())
	}
	p.app.faults.warnAs(unhandledEvent, "liveview: "+err.Error(), attrs...)
}
