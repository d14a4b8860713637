package liveview

import (
	"errors"
	"io"

	"github.com/gin-liveview/liveview/internal/rescue"
	"github.com/gin-liveview/liveview/internal/upload"
	"github.com/gin-liveview/liveview/protocol"
)

// Handle does one step.
func (t *transfer) Handle(s transferStep) {
	switch s.kind {
	case stepOpen:
		t.open(s.ref)
	case stepChunk:
		defer t.letGo(s)
		t.write(s)
	case stepStop:
		t.finishStop()
	}
}

// Lost stops a transfer whose writer called runtime.Goexit, or that was lost in
// a panic elsewhere, of content sniffing for instance.
func (t *transfer) Lost(value any, stack []byte) {
	err := &rescue.Panic{What: "storing an upload", Value: value, Stack: stack}
	t.peer.config.Logger.Error("liveview: an upload was lost", append(errAttrs(err), "upload", t.entry.Upload, "topic", t.topic, "view", t.view.topic)...)
	t.broken = err
	if !t.stop(stopBroken) {
		t.queue.CloseNow(transferStep{kind: stepStop}, nil) // what was lost was its end
	}
}

// Rest has nothing to do.
func (t *transfer) Rest() {}

// open makes what the bytes go to and answers the client's join.
func (t *transfer) open(ref string) {
	var err error
	if t.config.Writer == nil {
		f, e := t.peer.uploads.Dir.Create()
		if err = e; err == nil {
			t.writer, t.path = f, f.Name()
		}
	} else {
		err = t.guard("Writer", func() (err error) { t.writer, err = t.config.Writer(t.ctx, t.entry); return err })
		if err == nil && t.writer == nil {
			err = errors.New("UploadConfig.Writer returned no writer")
		}
	}
	if err != nil {
		t.writer = nil
		t.fail(ref, UploadError{UploadWriterFailed, err})
		return
	}
	t.acknowledge(ref)
}

// write takes one chunk and answers it.
func (t *transfer) write(s transferStep) {
	n := int64(len(s.payload))
	received := t.received.Load()
	if n > int64(t.config.ChunkSize) || n > t.entry.Size-received {
		t.fail(s.ref, UploadError{Code: UploadTooLarge})
		return
	}
	if !t.check(s.payload) {
		t.fail(s.ref, UploadError{Code: UploadNotAccepted})
		return
	}
	if !t.claim.Grow(n) {
		t.peer.faults.warn("liveview: an upload has failed: "+tooManyBytes,
			"upload", t.entry.Upload, "topic", t.topic, "view", t.view.topic, "bytes", received, "size", t.entry.Size)
		t.fail(s.ref, UploadError{Code: UploadBusy})
		return
	}
	if err := t.guard("Write", func() error {
		k, err := t.writer.Write(s.payload)
		if err == nil && int64(k) < n {
			err = io.ErrShortWrite
		}
		return err
	}); err != nil {
		t.fail(s.ref, UploadError{UploadWriterFailed, err})
		return
	}
	t.received.Store(received + n)
	t.peer.note(Note{Kind: NoteUploadProgressed, Name: t.entry.Upload, Bytes: n, Subject: Subject{ID: t.view.subjectID()}})
	if received+n == t.entry.Size {
		if err := t.guard("Close", t.writer.Close); err != nil {
			t.fail(s.ref, UploadError{UploadWriterFailed, err})
			return
		}
		t.mu.Lock()
		if t.state == transferOpen {
			t.state = transferComplete
		}
		t.mu.Unlock()
	}
	// A view that has fallen behind answers itself when it gets to it, so that
	// the progress that the client reports for each chunk can't flood it.
	if t.view.queue.Len() > t.peer.config.comfortable() {
		t.notify(uploadNotice{kind: noticeWritten, ref: s.ref})
		return
	}
	t.acknowledge(s.ref)
}

// check looks at the start of the content, once it is there, and reports whether
// it is what the upload accepts.
func (t *transfer) check(chunk []byte) bool {
	if len(t.accept) == 0 || t.kind != "" {
		return true
	}
	want := int(min(upload.SniffBytes, t.entry.Size))
	t.head = append(t.head, chunk[:min(len(chunk), want-len(t.head))]...)
	if len(t.head) < want {
		return true
	}
	kind, ok := t.accept.AdmitsContent(t.entry.Name, t.entry.Type, t.head)
	t.kind, t.head = kind, nil
	return ok
}

// fail ends the transfer for a reason that the view is told of, and answers the
// client's push. The operator is told of its cause.
func (t *transfer) fail(ref string, reason UploadError) {
	t.mu.Lock()
	if t.state == transferOver {
		t.mu.Unlock()
		return // it was stopped meanwhile: finishStop is next
	}
	t.end(stopFailed)
	t.mu.Unlock()
	t.failed = reason
	if reason.Err != nil {
		t.peer.config.Logger.Error("liveview: an upload could not be stored",
			append(errAttrs(reason.Err), "upload", t.entry.Upload, "topic", t.topic, "view", t.view.topic, "bytes", t.received.Load(), "size", t.entry.Size)...)
	}
	response := protocol.AppendReason(nil, protocol.ReasonWriterError) // upon which the client leaves the explaining to us
	if reason.Code == UploadTooLarge {
		response = protocol.AppendFileSizeLimit(nil, t.entry.Size)
	}
	t.clean()
	t.notify(uploadNotice{kind: noticeEnded, reason: reason})
	t.answer(ref, false, response)
	t.close()
}

// finishStop carries out a stop.
func (t *transfer) finishStop() {
	defer t.close() // also if the writer's Remove calls runtime.Goexit
	t.clean()
	var reason UploadError
	kind := noticeEnded
	switch t.cause {
	case stopCut:
		kind = noticeCut
	case stopSlow:
		reason.Code = UploadTooSlow
	case stopBroken:
		reason = UploadError{UploadWriterFailed, t.broken}
	case stopFailed:
		reason = t.failed
	}
	t.notify(uploadNotice{kind: kind, reason: reason})
}
