package liveview

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-liveview/liveview/protocol"
)

// uploads is what all uploads of an endpoint share.
type uploads struct {
	dir    *uploadDir
	budget uploadBudget
}

var sweptDirs sync.Map // of those that this process has swept

func newUploads(c Config) *uploads {
	if _, swept := sweptDirs.LoadOrStore(c.UploadDir, true); !swept {
		if n := sweepUploads(c.UploadDir); n > 0 {
			c.Logger.Info("liveview: removed the uploads that a killed process had left", "files", n, "dir", c.UploadDir)
		}
	}
	return &uploads{dir: &uploadDir{parent: c.UploadDir}, budget: uploadBudget{max: c.MaxUploadBytes}}
}

// transfer is the topic of one file, "lvu:" and its entry's ref, from the grant
// of a token on: an actor that takes chunks from the transport's reader and
// writes them. The view's channel owns the entry; the transfer owns the file,
// until it is complete, when the file is the view's.
//
// As with a channel, one goroutine, run, works while there is something in the
// queue, and an idle transfer has none. The client sends a chunk when the one
// before is answered, so the answer is the back pressure.
type transfer struct {
	view   *channel
	config UploadConfig
	accept acceptList
	entry  UploadEntry // as it was when granted
	topic  string
	nonce  string // of its token

	ctx    context.Context // ends when the transfer does
	cancel context.CancelFunc

	received atomic.Int64 // bytes written

	mu      sync.Mutex // guards the fields below; held for no callback and no I/O
	state   transferState
	joinRef string // "" until joined; set once, under the transport's mu as well
	queue   []transferStep
	running bool
	cause   stopCause     // once over
	timer   *time.Timer   // fires when the client is too slow
	waiting bool          // for the client
	since   time.Time     // when waiting began
	waited  time.Duration // for the client since the join, all told

	// Owned by run; by the view once complete.
	writer UploadWriter
	file   string // of a temporary file, its path
	head   []byte // start of the content, until it has been checked
	kind   string // content type found, "" if not looked for
}

type transferState uint8

const (
	transferGranted  transferState = iota // the client has a token
	transferOpen                          // the client has joined
	transferComplete                      // all bytes are there; the file is the view's
	transferOver                          // nothing more happens but the stop
)

// stopCause says why a transfer ends before it is complete.
type stopCause uint8

const (
	stopCancelled stopCause = iota // by the view
	stopLeft                       // by the client
	stopCut                        // the connection is lost
	stopSlow                       // the client was too slow
	stopBroken                     // the client doesn't wait for answers, or the writer went away
	stopFailed                     // what went wrong was handled where it did
)

// transferStep is something for run to do.
type transferStep struct {
	kind    stepKind
	ref     string // of the client's push, to be answered
	payload []byte // of a chunk
	buf     *buffer
}

type stepKind uint8

const (
	stepOpen stepKind = iota
	stepChunk
	stepStop
)

// maxWaitingChunks is how many chunks may wait for the one being written. The
// official client never has one waiting.
const maxWaitingChunks = 2

// newTransfer grants a file its transfer. The bytes have been reserved.
func newTransfer(ch *channel, u *Upload, item *uploadItem) *transfer {
	t := &transfer{
		view: ch, config: u.config, accept: u.accept, entry: item.snapshot(),
		topic: protocol.TopicUpload + item.Ref, nonce: randomID(),
	}
	// Its end comes from end alone, so that a writer it interrupts hasn't failed.
	t.ctx, t.cancel = context.WithCancel(context.WithoutCancel(ch.ctx))
	t.await()
	ch.transport.addTransfer(t)
	return t
}

func (t *transfer) shared() *uploads { return t.view.transport.endpoint.uploads }

// join opens the topic for the client, or says why not.
func (t *transfer) join(joinRef, ref string) (refusal string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.joinRef != "":
		return protocol.ReasonAlreadyRegistered
	case t.state != transferGranted:
		return protocol.ReasonDisallowed
	}
	t.state = transferOpen
	t.joinRef = joinRef
	t.rest()
	t.waited = 0
	t.push(transferStep{kind: stepOpen, ref: ref})
	return ""
}

// push has run do a step; mu is held.
func (t *transfer) push(s transferStep) {
	t.queue = append(t.queue, s)
	if !t.running {
		t.running = true
		t.view.transport.endpoint.workers.run(t)
	}
}

// chunk takes the bytes of a frame, and reports whether it keeps buf, in which
// they lie.
func (t *transfer) chunk(f protocol.Frame, buf *buffer) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state != transferOpen || t.joinRef != f.JoinRef {
		return false
	}
	if len(t.queue) > maxWaitingChunks {
		t.stopLocked(stopBroken)
		return false
	}
	t.rest()
	t.push(transferStep{kind: stepChunk, ref: f.Ref, payload: f.Payload, buf: buf})
	return true
}

// stop ends a transfer that isn't complete, and reports whether it did: run then
// removes the file and gives the view notice.
func (t *transfer) stop(cause stopCause) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stopLocked(cause)
}

func (t *transfer) stopLocked(cause stopCause) bool {
	if t.state == transferComplete || t.state == transferOver {
		return false
	}
	t.end(cause)
	t.push(transferStep{kind: stepStop})
	return true
}

// end makes the transfer take nothing more; mu is held.
func (t *transfer) end(cause stopCause) {
	t.state, t.cause = transferOver, cause
	t.rest()
	for _, s := range t.queue {
		if s.buf != nil {
			putChunkBuffer(s.buf)
		}
	}
	t.queue = nil
	t.cancel() // a writer that blocks learns that nobody waits for it
}

func (t *transfer) over() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state == transferOver
}

// complete reports whether the file is, and is the view's.
func (t *transfer) complete() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state == transferComplete
}

// path returns the path of a complete temporary file, "" if there is none.
func (t *transfer) path() string {
	if t.complete() {
		return t.file
	}
	return ""
}

// release removes what a complete transfer has. The view calls it, for no other
// may touch the file.
func (t *transfer) release() {
	t.mu.Lock()
	if t.state != transferComplete {
		t.mu.Unlock()
		return
	}
	t.end(stopFailed)
	t.mu.Unlock()
	t.clean()
	t.close()
}

// progress returns how much of the file has arrived, in percent; 100 only when
// it is complete.
func (t *transfer) progress() int {
	if t.complete() {
		return 100
	}
	return min(int(float64(t.received.Load())*100/float64(max(t.entry.Size, 1))), 99)
}

// await has the client's time run: for the token to be used, for the next chunk,
// or for the client to say that it is done.
func (t *transfer) await() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state == transferOver {
		return
	}
	d := t.config.ChunkTimeout
	if t.config.MinRate > 0 && t.state == transferOpen {
		earned := time.Duration(float64(t.received.Load()) / float64(t.config.MinRate) * float64(time.Second))
		d = min(d, max(t.config.ChunkTimeout+earned-t.waited, 0))
	}
	t.waiting, t.since = true, time.Now()
	if t.timer == nil {
		t.timer = time.AfterFunc(d, t.tooSlow)
	} else {
		t.timer.Reset(d)
	}
}

// rest stops the client's time; mu is held.
func (t *transfer) rest() {
	if t.waiting {
		t.waiting = false
		t.waited += time.Since(t.since)
		t.timer.Stop()
	}
}

// settled says that the client knows the file to be complete.
func (t *transfer) settled() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rest()
}

// tooSlow is what the timer calls.
func (t *transfer) tooSlow() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.waiting || t.stopLocked(stopSlow) || t.state != transferComplete {
		return
	}
	t.waiting = false
	t.notify(uploadNotice{kind: noticeEnded, reason: UploadTooSlow})
}

// leave is the client's phx_leave.
func (t *transfer) leave() {
	if !t.stop(stopLeft) && t.complete() {
		t.notify(uploadNotice{kind: noticeEnded})
	}
}

// run works off the queue.
func (t *transfer) run() {
	returned := false
	defer func() {
		if !returned { // a writer called runtime.Goexit
			t.stop(stopBroken)
			t.view.transport.endpoint.workers.run(t)
		}
	}()
	for {
		t.mu.Lock()
		if len(t.queue) == 0 {
			t.running = false
			t.mu.Unlock()
			break
		}
		s := t.queue[0]
		t.queue = slices.Delete(t.queue, 0, 1)
		t.mu.Unlock()
		switch s.kind {
		case stepOpen:
			t.open(s.ref)
		case stepChunk:
			t.write(s)
			putChunkBuffer(s.buf)
		case stepStop:
			t.wound()
		}
	}
	returned = true
}

// open makes what the bytes go to and answers the client's join.
func (t *transfer) open(ref string) {
	var err error
	if t.config.Writer == nil {
		f, e := t.shared().dir.create()
		if err = e; err == nil {
			t.writer, t.file = tempFile{f}, f.Name()
		}
	} else {
		err = t.guard("Writer", func() (err error) { t.writer, err = t.config.Writer(t.ctx, t.entry); return err })
		if err == nil && t.writer == nil {
			err = errors.New("UploadConfig.Writer returned no writer")
		}
	}
	if err != nil {
		t.writer = nil
		t.fail(ref, UploadWriterFailed, err)
		return
	}
	t.acknowledge(ref)
}

// write takes one chunk and answers it.
func (t *transfer) write(s transferStep) {
	n := int64(len(s.payload))
	received := t.received.Load()
	if n > int64(t.config.ChunkSize) || n > t.entry.Size-received {
		t.fail(s.ref, UploadTooLarge, nil)
		return
	}
	if !t.check(s.payload) {
		t.fail(s.ref, UploadNotAccepted, nil)
		return
	}
	if err := t.guard("Write", func() error {
		k, err := t.writer.Write(s.payload)
		if err == nil && int64(k) < n {
			err = io.ErrShortWrite
		}
		return err
	}); err != nil {
		t.fail(s.ref, UploadWriterFailed, err)
		return
	}
	t.received.Store(received + n)
	if received+n == t.entry.Size {
		if err := t.guard("Close", t.writer.Close); err != nil {
			t.fail(s.ref, UploadWriterFailed, err)
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
	if t.view.behind() {
		t.notify(uploadNotice{kind: noticeWritten, ref: s.ref})
		return
	}
	t.acknowledge(s.ref)
}

// acknowledge has the client send the next chunk. Its time runs from before, lest
// the chunk be there first.
func (t *transfer) acknowledge(ref string) {
	t.await()
	t.answer(ref, true, nil)
}

// check looks at the start of the content, once it is there, and reports whether
// it is what the upload accepts.
func (t *transfer) check(chunk []byte) bool {
	if len(t.accept) == 0 || t.kind != "" {
		return true
	}
	want := int(min(sniffBytes, t.entry.Size))
	t.head = append(t.head, chunk[:min(len(chunk), want-len(t.head))]...)
	if len(t.head) < want {
		return true
	}
	kind, ok := t.accept.admitsContent(t.entry.Name, t.entry.Type, t.head)
	t.kind, t.head = kind, nil
	return ok
}

// fail ends the transfer for a reason that the view is told of, and answers the
// client's push. err is for the operator.
func (t *transfer) fail(ref string, reason UploadError, err error) {
	t.mu.Lock()
	if t.state == transferOver {
		t.mu.Unlock()
		return // its stop is in the queue
	}
	t.end(stopFailed)
	t.mu.Unlock()
	if err != nil {
		t.view.transport.endpoint.config.Logger.Error("liveview: an upload could not be stored",
			"err", err, "topic", t.topic, "view", t.view.topic, "bytes", t.received.Load(), "size", t.entry.Size)
	}
	response := protocol.AppendReason(nil, protocol.ReasonWriterError) // upon which the client leaves the explaining to us
	if reason == UploadTooLarge {
		response = protocol.AppendFileSizeLimit(nil, t.entry.Size)
	}
	t.clean()
	t.notify(uploadNotice{kind: noticeEnded, reason: reason})
	t.answer(ref, false, response)
	t.close()
}

// wound carries out a stop.
func (t *transfer) wound() {
	t.clean()
	reason := UploadError("")
	switch t.cause {
	case stopSlow:
		reason = UploadTooSlow
	case stopBroken:
		reason = UploadWriterFailed
	}
	t.notify(uploadNotice{kind: noticeEnded, reason: reason})
	t.close()
}

// clean removes the file. It runs once, in run or, for a complete transfer, in
// the view.
func (t *transfer) clean() {
	defer t.shared().budget.release(t.entry.Size)
	w := t.writer
	if w == nil {
		return
	}
	t.writer = nil
	if t.file != "" {
		defer t.shared().dir.removed()
	}
	if err := t.guard("Remove", w.Remove); err != nil {
		t.view.transport.endpoint.config.Logger.Error("liveview: an upload's remains could not be removed", "err", err, "topic", t.topic)
	}
}

// close closes the topic, if the client has joined it.
func (t *transfer) close() {
	if t.view.transport.dropTransfer(t) {
		t.view.transport.write(protocol.AppendClose(nil, t.joinRef, t.topic))
	}
}

// guard runs a method of the application's writer.
func (t *transfer) guard(name string, fn func() error) error {
	return guard("UploadConfig.Writer: "+name, fn)
}

func (t *transfer) answer(ref string, ok bool, response []byte) {
	buf := getBuffer()
	buf.b = protocol.AppendReply(buf.b, t.joinRef, ref, t.topic, ok, response)
	t.view.transport.write(buf.b)
	putBuffer(buf)
}

func (t *transfer) notify(n uploadNotice) {
	n.transfer = t
	_ = t.view.post(message{kind: messageUpload, info: n}) // a view that has ended needs no notice
}
