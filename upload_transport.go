package liveview

import (
	"io"
	"slices"
	"sync"

	"github.com/gin-liveview/liveview/protocol"
)

// maxUploadText is the largest text frame of a socket with uploads, in bytes:
// the client lists all files chosen, by name, with each change.
const maxUploadText = 4 * MaxFrame

// maxBinaryHeader is what a binary frame has besides its payload: kind, four
// lengths, and four strings of at most 255 bytes.
const maxBinaryHeader = 5 + 4*255

// expectChunks has the transport accept chunks of size bytes.
func (t *transport) expectChunks(size int) {
	for {
		old := t.chunkSize.Load()
		if old >= int64(size) || t.chunkSize.CompareAndSwap(old, int64(size)) {
			return
		}
	}
}

// frameLimits returns the largest text and binary frame accepted at present, in
// bytes: more than others only where a view allows uploads.
func (t *transport) frameLimits() (text, binary int) {
	n := int(t.chunkSize.Load())
	if n == 0 {
		return MaxFrame, MaxFrame
	}
	return maxUploadText, max(n+maxBinaryHeader, MaxFrame)
}

// limitFrames sets the connection's own limit, above those of frameLimits: as it
// counts for the frame that is being waited for, it is never the smaller one.
// Chunks may be larger, but a join comes before them, so there is another frame
// to set it. read calls it.
func (t *transport) limitFrames() {
	_, binary := t.frameLimits()
	if n := int64(max(binary, maxUploadText)); n != t.readLimit {
		t.readLimit = n
		t.conn.SetReadLimit(n)
	}
}

// readChunk takes in a binary frame, which is a chunk of a file.
func (t *transport) readChunk(r io.Reader) nextRead {
	buf := getChunkBuffer()
	kept := false
	defer func() {
		if !kept {
			putChunkBuffer(buf)
		}
	}()
	_, binary := t.frameLimits()
	var err error
	if buf.b, err = appendAll(buf.b, r, binary); err != nil {
		return t.unread(err)
	}
	if t.joined {
		t.extendReadDeadline()
	}
	f, err := protocol.Limits{}.DecodeBinary(buf.b)
	if err != nil {
		return t.badFrame(err)
	}
	if f.Event == protocol.EventChunk {
		tr := t.transferOf(f)
		kept = tr != nil && tr.chunk(f, buf)
	}
	if !kept {
		t.reply(f, false, protocol.AppendReason(nil, protocol.ReasonUnmatchedTopic))
	}
	return readOn
}

// receiveUpload acts on a text frame for the topic of a file.
func (t *transport) receiveUpload(f protocol.Frame) {
	switch f.Event {
	case protocol.EventJoin:
		t.joinUpload(f)
	case protocol.EventLeave:
		if tr := t.transferOf(f); tr != nil {
			tr.leave()
		}
		t.reply(f, true, nil)
	default:
		t.reply(f, false, protocol.AppendReason(nil, protocol.ReasonUnmatchedTopic))
	}
}

// joinUpload opens the topic of a file that a view of this socket has granted. The
// view itself needn't be asked, so a busy one doesn't hold up its uploads.
func (t *transport) joinUpload(f protocol.Frame) {
	j, err := protocol.Limits{}.DecodeUploadJoin(f.Payload)
	token := uploadToken{}
	if err == nil {
		token, err = t.endpoint.signer.verifyUpload(j.Token)
	}
	refusal := protocol.ReasonInvalidToken
	if err == nil && t.browser != "" && token.browser == t.browser {
		refusal = t.joinGranted(f, token)
	}
	if refusal != "" {
		t.reply(f, false, protocol.AppendReason(nil, refusal))
	}
}

func (t *transport) joinGranted(f protocol.Frame, token uploadToken) (refusal string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var granted *transfer
	for _, tr := range t.transfers {
		switch {
		case tr.nonce == token.nonce && tr.topic == f.Topic:
			granted = tr
		case tr.topic == f.Topic && tr.joinRef != "":
			return protocol.ReasonAlreadyRegistered
		}
	}
	if granted == nil || f.JoinRef == "" {
		return protocol.ReasonDisallowed
	}
	return granted.join(f.JoinRef, f.Ref)
}

func (t *transport) addTransfer(tr *transfer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.transfers = append(t.transfers, tr)
	if t.parts > 0 {
		t.parts++ // a view works off what it was sent before
	}
}

// transferOf finds the transfer that the client has joined and f is for, nil for
// none.
func (t *transport) transferOf(f protocol.Frame) *transfer {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, tr := range t.transfers {
		if tr.topic == f.Topic && tr.joinRef == f.JoinRef && f.JoinRef != "" {
			return tr
		}
	}
	return nil
}

// dropTransfer removes a transfer that is over, and reports whether the client
// had joined it.
func (t *transport) dropTransfer(tr *transfer) bool {
	t.mu.Lock()
	i := slices.Index(t.transfers, tr)
	if i >= 0 {
		t.transfers = slices.Delete(t.transfers, i, i+1)
	}
	joined, ending := i >= 0 && tr.joinRef != "", i >= 0 && t.parts > 0
	t.mu.Unlock()
	if ending {
		t.partEnded()
	}
	return joined
}

// chunkBuffers are apart from the others, so that a chunk finds one of its size.
var chunkBuffers = sync.Pool{New: func() any { return &buffer{b: make([]byte, 0, DefaultChunkSize+1<<10)} }}

// maxPooledChunk is the largest of them kept for reuse, in bytes.
const maxPooledChunk = 1 << 20

func getChunkBuffer() *buffer {
	b := chunkBuffers.Get().(*buffer)
	b.b = b.b[:0]
	return b
}

func putChunkBuffer(b *buffer) {
	if cap(b.b) <= maxPooledChunk {
		chunkBuffers.Put(b)
	}
}
