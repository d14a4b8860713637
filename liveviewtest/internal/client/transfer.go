package client

import (
	"time"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/phoenix"
	"github.com/gin-liveview/liveview/protocol"
)

// File is one that a user chooses in a file input. Its fields are those of
// liveviewtest.File.
type File struct {
	Name         string
	Type         string
	Content      []byte
	LastModified time.Time
	RelativePath string
	Size         int
	Held         bool
}

func (f File) size() int {
	if f.Size != 0 {
		return f.Size
	}
	return len(f.Content)
}

// transfer sends one file over a channel of its own, a chunk after the other.
//
// Source: phoenix_live_view/assets/js/phoenix_live_view/entry_uploader.js.
type transfer struct {
	file    File
	input   *html.Node
	channel *phoenix.Channel
	chunk   int // so many bytes at a time

	percent int    // of the file that may be sent; counts if it is held
	sent    int    // bytes that the server has
	told    int    // percent that the view was told of
	over    bool   // nothing more is sent
	ended   bool   // nobody waits for it any more
	resume  func() // sends on when more may be sent; nil unless it waits for that

	// progress tells the view how far it has come, and then goes on.
	progress func(percent int, then func())
	failed   func(reason string)
	done     func()
}

// start joins the channel, by the token that the server gave for the file.
func (t *transfer) start(token string) error {
	return t.channel.Join(Diff{"token": token}, func(status string, response Diff) {
		if status != "ok" {
			t.fail(response)
			return
		}
		t.next()
	})
}

// closed is called when the server closes the channel.
func (t *transfer) closed(string, Diff) { t.over = true }

func (t *transfer) fail(response Diff) {
	t.over = true
	t.channel.Leave()
	reason, _ := response["reason"].(string)
	t.ended = reason != protocol.ReasonWriterError // upon which the file's cancelling is waited for
	t.failed(reason)
}

// end says that nobody needs to wait for the file any more, once.
func (t *transfer) end() {
	if !t.ended {
		t.ended = true
		t.done()
	}
}

// cancel gives the file up.
func (t *transfer) cancel() {
	t.over, t.resume = true, nil
	t.end()
}

// allowed is how many bytes may be sent.
func (t *transfer) allowed() int {
	if !t.file.Held || t.percent == 100 {
		return len(t.file.Content)
	}
	return len(t.file.Content) * t.percent / 100
}

// release allows some percent more of the file to be sent.
func (t *transfer) release(percent int) {
	t.percent += percent
	if resume := t.resume; resume != nil {
		t.resume = nil
		resume()
	}
}

// next sends the next chunk, or waits until it may be sent.
func (t *transfer) next() {
	if t.over {
		return
	}
	if t.file.Held && (t.percent == 0 || t.sent == t.allowed() && t.percent < 100) {
		t.resume = t.next
		return
	}
	part := t.file.Content[t.sent:min(t.allowed(), t.sent+t.chunk)]
	t.channel.PushBytes(protocol.EventChunk, part, func(status string, response Diff) {
		if status != "ok" {
			t.fail(response)
			return
		}
		t.arrived(len(part))
	})
}

// arrived goes on after a chunk of n bytes.
func (t *transfer) arrived(n int) {
	size := t.file.size()
	if t.sent += n; size == 0 || n == 0 {
		return // of an empty file the official client never says that it is done
	}
	then := t.next
	if t.sent >= size {
		then = t.end
	}
	percent := min(100, t.sent*100/size)
	if percent <= t.told {
		then()
		return
	}
	t.told = percent
	t.progress(percent, then)
}
