package liveview

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-liveview/liveview/internal/bufpool"
	"github.com/gin-liveview/liveview/internal/sign"
	"github.com/gin-liveview/liveview/internal/upload"
	"github.com/gin-liveview/liveview/internal/work"
	"github.com/gin-liveview/liveview/protocol"
)

// transfer is the topic of one file, "lvu:" and its entry's ref, from the grant
// of a token on: an actor that takes chunks from the connection's reader and
// writes them. The view's channel owns the entry; the transfer owns the file,
// until it is complete, when the file is the view's.
//
// As with a channel, one goroutine works while there is something in the queue,
// and an idle transfer has none. The client sends a chunk when the one before
// is answered, so the answer is the back pressure.
type transfer struct {
	view   *mailbox // of the view whose file it is
	peer   *peer    // that sends it
	topics transferTopics
	config UploadConfig
	accept upload.Accept
	entry  UploadEntry // as it was when granted
	topic  string
	nonce  string // of its token
	claim  *upload.Claim

	ctx   context.Context // ends when the transfer does
	abort context.CancelFunc

	queue    work.Mailbox[transferStep]
	received atomic.Int64 // bytes written

	mu       sync.Mutex // guards the fields below; held for no callback and no I/O. The queue's lock, and the view's mailbox's, may be taken under it.
	state    transferState
	joinRef  string        // "" until joined; set once
	left     bool          // by the client
	cause    stopCause     // once it is over
	timer    *time.Timer   // fires when the client is too slow
	awaited  bool          // something of the client's is waited for: its clock runs
	since    time.Time     // when its clock was last started
	waitTime time.Duration // what its clock has run since the join, all told

	// Owned by Handle; by the view once complete.
	writer  UploadWriter
	path    string      // of a temporary file
	head    []byte      // start of the content, until it has been checked
	kind    string      // content type found, "" if not looked for
	failed  UploadError // why, if Handle found out
	broken  error       // what Handle was lost in; nil if it wasn't
	cleaned bool
}

// transferTopics is what a transfer asks of the connection that it is a topic
// of.
type transferTopics interface {
	// addTransfer makes it known, so that the client can join it.
	addTransfer(t *transfer)

	// dropTransfer forgets one that is over, and reports whether the client had
	// joined it.
	dropTransfer(t *transfer) (joined bool)
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

// transferStep is something for Handle to do.
type transferStep struct {
	kind    stepKind
	ref     string // of the client's push, to be answered
	payload []byte // of a chunk
	buf     *bufpool.Buffer
}

type stepKind uint8

const (
	stepOpen stepKind = iota
	stepChunk
	stepStop
)

// maxWaitingChunks is how many chunks may wait for the one being written. The
// official client never has one waiting.
const maxWaitingChunks = 3

// uploadNotice is something that happened to a file, for its view to know.
type uploadNotice struct {
	kind     noticeKind
	transfer *transfer
	reason   UploadError // noticeEnded: without a Code if nothing went wrong
	ref      string      // noticeWritten: the chunk's push
}

type noticeKind uint8

const (
	noticeWritten noticeKind = iota // a chunk is to be answered
	noticeEnded                     // a transfer is over, and its file gone
	noticeCut                       // so it is, as the connection is lost: the page may choose the file again
)

// newTransfer grants a file of a view its transfer, which owns the claim.
func newTransfer(view *mailbox, from *peer, topics transferTopics, u *Upload, item *uploadItem, claim *upload.Claim) *transfer {
	t := &transfer{
		view: view, peer: from, topics: topics, config: u.config, accept: u.accept, entry: item.snapshot(),
		topic: protocol.TopicUpload + item.Ref, nonce: sign.NewID(), claim: claim,
	}
	// Not with the view's context, but by end alone: by then the state says that it
	// is over, so the error of a writer that is interrupted isn't taken for a failure.
	t.ctx, t.abort = context.WithCancel(context.WithoutCancel(view.ctx))
	t.queue.Init(&from.pool, t, false)
	t.startClock()
	topics.addTransfer(t)
	return t
}

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
	t.stopClock()
	t.waitTime = 0
	_ = t.queue.Post(transferStep{kind: stepOpen, ref: ref}, 0) // it can't be closed while the state is open
	return ""
}

// isOf reports whether the client's frame f is for this transfer, which it has
// then joined.
func (t *transfer) isOf(f protocol.Frame) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.topic == f.Topic && t.joinRef == f.JoinRef && f.JoinRef != ""
}

// isJoined reports whether the client has joined it.
func (t *transfer) isJoined() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.joinRef != ""
}

// chunk takes the bytes of a frame, and reports whether it keeps buf, in which
// they lie.
func (t *transfer) chunk(f protocol.Frame, buf *bufpool.Buffer) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state != transferOpen || t.joinRef != f.JoinRef {
		return false
	}
	if t.queue.Post(transferStep{kind: stepChunk, ref: f.Ref, payload: f.Payload, buf: buf}, maxWaitingChunks) != nil {
		t.stopLocked(stopBroken)
		return false
	}
	t.stopClock()
	return true
}

// stop ends a transfer that isn't complete, and reports whether it did: the file
// is then removed and the view gets notice.
func (t *transfer) stop(cause stopCause) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if cause == stopCut && t.state == transferComplete {
		t.stopClock() // a client that is cut off can't say that it knows
	}
	return t.stopLocked(cause)
}

func (t *transfer) stopLocked(cause stopCause) bool {
	if t.state == transferComplete || t.state == transferOver {
		return false
	}
	t.end(cause)
	t.queue.CloseNow(transferStep{kind: stepStop}, nil)
	return true
}

// end makes the transfer take nothing more; mu is held.
func (t *transfer) end(cause stopCause) {
	t.state, t.cause = transferOver, cause
	t.stopClock()
	for _, s := range t.queue.Discard() {
		if s.buf != nil {
			t.letGo(s)
		}
	}
	t.abort() // a writer that blocks learns that nobody waits for it
}

// letGo gives back what a chunk took of memory and of its socket's share.
func (t *transfer) letGo(s transferStep) {
	t.peer.release(chunkCost(s.payload))
	bufpool.Chunks.Put(s.buf)
}

// chunkCost is how many bytes of its socket's share a chunk takes until it is
// written.
func chunkCost(payload []byte) int { return messageCost + len(payload) }

// isOver, and the methods below, make transfer a fileTransfer.
func (t *transfer) isOver() bool {
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

func (t *transfer) cancel() bool { return t.stop(stopCancelled) }

func (t *transfer) file() (path, kind string, writer UploadWriter) {
	if !t.complete() {
		return "", "", nil
	}
	if t.config.Writer != nil {
		writer = t.writer
	}
	return t.path, t.kind, writer
}

// release does nothing before the transfer is complete. After that the file is the
// view's, so nobody else is at work on it.
func (t *transfer) release() {
	t.mu.Lock()
	if t.state != transferComplete {
		t.mu.Unlock()
		return
	}
	t.end(stopFailed)
	t.mu.Unlock()
	defer t.close() // also if the writer's Remove calls runtime.Goexit
	t.clean()
}

func (t *transfer) progress() int {
	if t.complete() {
		return 100
	}
	return min(int(float64(t.received.Load())*100/float64(max(t.entry.Size, 1))), 99)
}

// startClock starts the client's clock: for it to use the token, to send the next
// chunk, or to say that it is done.
func (t *transfer) startClock() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state == transferOver {
		return
	}
	d := t.config.ChunkTimeout
	if t.config.MinRate > 0 && t.state == transferOpen {
		earned := time.Duration(float64(t.received.Load()) / float64(t.config.MinRate) * float64(time.Second))
		d = min(d, max(t.config.ChunkTimeout+earned-t.waitTime, 0))
	}
	t.awaited, t.since = true, time.Now()
	if t.timer == nil {
		t.timer = time.AfterFunc(d, t.tooSlow)
	} else {
		t.timer.Reset(d)
	}
}

// stopClock stops the client's clock; mu is held.
func (t *transfer) stopClock() {
	if t.awaited {
		t.awaited = false
		t.waitTime += time.Since(t.since)
		t.timer.Stop()
	}
}

func (t *transfer) clientKnows() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopClock()
}

// tooSlow is what the timer calls, in a goroutine of the runtime's: the client's
// clock has run out.
func (t *transfer) tooSlow() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.awaited || t.stopLocked(stopSlow) || t.state != transferComplete {
		return
	}
	t.awaited = false
	t.notify(uploadNotice{kind: noticeEnded, reason: UploadError{Code: UploadTooSlow}})
}

// leave is the client's phx_leave, and reports whether it is the first one.
func (t *transfer) leave() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.left {
		return false
	}
	t.left = true
	if !t.stopLocked(stopLeft) && t.state == transferComplete {
		t.notify(uploadNotice{kind: noticeEnded})
	}
	return true
}

// acknowledge has the client send the next chunk. Its clock is started before, as
// the chunk may otherwise be there before that.
func (t *transfer) acknowledge(ref string) {
	t.startClock()
	t.answer(ref, true, nil)
}

// clean removes the file, once: in Handle or, for a complete transfer, in the
// view.
func (t *transfer) clean() {
	if t.cleaned {
		return
	}
	t.cleaned = true
	defer t.claim.Release()
	w := t.writer
	if w == nil {
		return
	}
	t.writer = nil
	if err := t.guard("Remove", w.Remove); err != nil {
		t.peer.config.Logger.Error("liveview: an upload's remains could not be removed", append(errAttrs(err), "upload", t.entry.Upload, "topic", t.topic)...)
	}
}

// close closes the topic, if the client has joined it.
func (t *transfer) close() {
	if t.topics.dropTransfer(t) {
		t.peer.conn.Write(protocol.AppendClose(nil, t.joinRef, t.topic))
	}
}

// guard runs a method of the application's writer.
func (t *transfer) guard(name string, fn func() error) error {
	return guard("UploadConfig.Writer: "+name, fn)
}

func (t *transfer) answer(ref string, ok bool, response []byte) {
	buf := bufpool.Frames.Get()
	buf.B = protocol.AppendReply(buf.B, t.joinRef, ref, t.topic, ok, response)
	t.peer.conn.Write(buf.B)
	bufpool.Frames.Put(buf)
}

func (t *transfer) notify(n uploadNotice) {
	n.transfer = t
	_ = t.view.postNotice(message{kind: messageUpload, info: n}) // a view that has ended needs none
}
