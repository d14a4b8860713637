package liveview

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-liveview/liveview/internal/sign"
	"github.com/gin-liveview/liveview/internal/work"
	"github.com/gin-liveview/liveview/protocol"
)

// mailbox is what the rest of the package sees of a channel: where to send
// what is to happen to its view, and how to end it. All of it may be used from
// any goroutine, and never blocks.
type mailbox struct {
	topic string
	key   atomic.Uint64 // of the browser's page that has joined; 0 for none

	// sender is the peer that what the client sends counts against: it changes when the view
	// goes on over another socket.
	sender atomic.Pointer[peer]

	ctx    context.Context // ends when the channel is told to end
	cancel context.CancelCauseFunc

	queue   work.Mailbox[message]
	handing atomic.Uint32 // whether its state is to be handed over: one of handOverNever and those behind it

	// account is what is told of the view; nil where nobody wants to know. It is the actor's own.
	account *account

	notices atomic.Int32 // how many of postNotice's are in the queue
	results atomic.Int32 // how many of postLoad's are

	mu    sync.Mutex // guards the fields below; held for no callback and no I/O. The queue's lock may be taken under it.
	ended bool       // the view has, for good
	ends  []ending   // why the view ends. Further reasons only add a function to call at the end, or an error.
}

// Of a view: whether its state, or that of a live component in it, outlives the process,
// and is to be handed over to the next one.
const (
	handOverNever = iota
	handOverLater
	handOverAsked
	handOverDone
)

func (b *mailbox) app() *app { return b.sender.Load().app }

// subjectID is the ID of the view's Subject. Those of guests are the application's, and so
// the same for all visitors: their page's key, and browser, tell them apart.
func (b *mailbox) subjectID() string {
	id := viewID(b.topic)
	if isOwnViewID(id) {
		return id
	}
	return id + "." + sign.Shadow(b.sender.Load().browser+" "+strconv.FormatUint(b.key.Load(), 10))
}

// noteSaved says that the view's state, or that of a live component in it, outlives the
// process.
func (b *mailbox) noteSaved() { b.handing.CompareAndSwap(handOverNever, handOverLater) }

func (b *mailbox) isSaved() bool { return b.handing.Load() != handOverNever }

// message is one thing that happens to a view.
type message struct {
	kind    messageKind
	cid     int    // messageInfo, messageTick: the number of the live component that it is for; 0 for the view
	event   string // messageEvent and messageRefusal: the protocol's event
	ref     string // of the client's push, to be answered
	payload []byte
	from    *subscription // messageInfo: what the info was published to; nil for SendInfo's
	info    any           // messageInfo: the info. messageTick: a *ticker. messageLive: a *liveMessage. messageMount: a *joining. messageUpload: an uploadNotice. messageLoad: a *load. messageRefusal: a *refusal. messageTemplates: what is wrong with one, a string. messageInspect: an *inspection.
}

// cost is how many bytes of its socket's share m takes until it is handled.
func (m *message) cost() int {
	switch m.kind {
	case messageJoin, messageEvent, messageRefusal:
	default:
		return 0
	}
	return messageCost + len(m.payload)
}

// refusal is a push of the client's that is too large to be handled.
type refusal struct {
	head protocol.EventHead // if it is an event
	why  *LimitError
}

type messageKind uint8

const (
	messageJoin      messageKind = iota
	messageEvent                 // a push of the client
	messageRefusal               // one that is too large to be handled
	messageInfo                  // for HandleInfo
	messageLive                  // for a live component that is known by its id
	messageTick                  // of a Repeat
	messageMount                 // it is a join's turn
	messageUpload                // something happened to a file
	messageLoad                  // an Async's result
	messageLost                  // the view's socket is lost, and it is kept
	messageReturn                // its page is back, over another socket
	messageDepart                // the view that it is nested in couldn't be kept without its socket
	messageTemplates             // a template has been parsed again, or can't be
	messageSave                  // its state is to be stored
	messageGive                  // what there is of it goes to another process
	messageInspect               // an operator looks at it
	messageHandOver              // what there is of it goes to the view that comes next
	messageEnd                   // the last one
)

// ending says how a channel ends.
type ending struct {
	cause endCause
	ref   string        // endLeft: the client's push, to be answered
	err   error         // endCrashed
	by    []any         // what was being handled then, as attributes of a log line
	took  time.Duration // by that, until it failed; 0 for nothing
	gone  bool          // endTransport, endGoodbye: the page has said goodbye. endParent: so has that view's, or it has gone from it.
	then  func()        // called when all is over
}

// isForGood reports whether the page doesn't come back to what the view was.
func (e ending) isForGood() bool { return e.cause == endLeft || e.cause == endMoved || e.gone }

type endCause uint8

const (
	endLeft      endCause = iota // the client left
	endReplaced                  // the client joined the topic anew
	endMoved                     // the view sent its page elsewhere
	endElsewhere                 // the client was told to leave for elsewhere
	endParent                    // the view that it is nested in has ended
	endCrashed                   // a callback failed, or the mailbox ran over
	endRefused                   // the join failed; its reply said so
	endTransport                 // the connection is lost
	endGoodbye                   // the page said goodbye, and its socket was closed
	endForgotten                 // its page didn't come back, or came back as another
	endShutdown                  // it had ended, and its Shutdown failed
)

var endNames = [...]string{"left", "replaced", "moved", "left", "parent", "crashed", "refused", "lost", "left", "forgotten", "shutdown"}

// String returns the Cause of a NoteViewEnded.
func (c endCause) String() string { return endNames[c] }

// errChannelEnded is the cause with which a channel's context ends.
var errChannelEnded = errors.New("liveview: the view has ended")

// post puts m into the mailbox. A view that has let its mailbox run over is
// ended with an error: dropping a message would leave it with a wrong state and
// nobody knowing.
func (b *mailbox) post(m message) error {
	return b.postWithin(m, b.app().config.MailboxSize+b.apart())
}

// apart is how many messages are in the queue that have room of their own.
func (b *mailbox) apart() int { return int(b.notices.Load() + b.results.Load()) }

func (b *mailbox) postWithin(m message, size int) error {
	switch err := b.queue.Post(m, size); {
	case err == nil:
		return nil
	case isFull(err):
		b.app().tell(b.ctx, Note{Kind: NoteLimit, Cause: "MailboxSize", Subject: Subject{ID: b.subjectID()}})
		b.endNow(ending{cause: endCrashed, err: fmt.Errorf("%w: %d messages wait", ErrMailboxFull, size)})
		return ErrMailboxFull
	default:
		return ErrEnded
	}
}

// postNotice is post for what happened to a file. Of many files there may be more of
// it than of all else, so it has room of its own.
func (b *mailbox) postNotice(m message) error {
	b.notices.Add(1)
	return b.postWithin(m, b.app().config.MailboxSize+int(b.results.Load())+b.app().config.maxNotices())
}

// postLoad is post for the result of a load. There is one for each that the view began,
// so it has room of its own.
func (b *mailbox) postLoad(m message) error {
	b.results.Add(1)
	return b.postWithin(m, 0)
}

// postOwn is post for what becomes of the channel itself, for which there is always room.
func (b *mailbox) postOwn(m message) error { return b.postWithin(m, 0) }

// postEvent is post for what a client sends, which can be made to wait: it
// leaves some room for others, and returns work.ErrFull if there is no more.
func (b *mailbox) postEvent(m message) error {
	return b.queue.Post(m, b.app().config.eventRoom()+b.apart())
}

func isFull(err error) bool { return errors.Is(err, work.ErrFull) }

// end lets the view work off what it has been sent so far and then ends it.
func (b *mailbox) end(e ending) { b.endWith(e, false) }

// endNow is end without what still waits in the mailbox.
func (b *mailbox) endNow(e ending) { b.endWith(e, true) }

func (b *mailbox) endWith(e ending, now bool) {
	b.mu.Lock()
	if b.ended {
		b.mu.Unlock()
		if e.then != nil {
			e.then()
		}
		return
	}
	if len(b.ends) == 0 || e.err != nil || e.then != nil {
		b.ends = append(b.ends, e)
	}
	if now {
		b.drop(b.queue.CloseNow(message{kind: messageEnd}, message.isOwn))
	} else {
		b.queue.Close(message{kind: messageEnd})
	}
	b.mu.Unlock()
	if e.cause != endLeft {
		// A callback that is at work learns that nobody waits for it.
		b.cancel(errChannelEnded)
	}
}

// leave is end for the client's phx_leave. It reports whether the view's end
// will answer it: one that ends anyhow answers none.
func (b *mailbox) leave(ref string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended || len(b.ends) > 0 {
		return false
	}
	b.ends = []ending{{cause: endLeft, ref: ref}}
	b.queue.Close(message{kind: messageEnd})
	return true
}

// discard ends a channel that was held, and is never to begin.
func (b *mailbox) discard() {
	b.mu.Lock()
	b.ended = true
	b.drop(b.queue.Discard())
	b.mu.Unlock()
	b.cancel(errChannelEnded)
}

// isOwn reports whether m says whose topic the channel is, or asks for what there is of its
// view: whoever that is has to hear of its end.
func (m message) isOwn() bool {
	return m.kind == messageLost || m.kind == messageReturn || m.kind == messageGive
}

// drop lets go of what is not to be handled.
func (b *mailbox) drop(messages []message) {
	sender, cost := b.sender.Load(), 0
	for i := range messages {
		if r, ok := messages[i].info.(interface{ sender() *peer }); ok { // of what comes behind it
			sender.release(cost)
			sender, cost = r.sender(), 0
		}
		cost += messages[i].cost()
	}
	sender.release(cost)
}

// endings returns why the view ends, as far as is known by now.
func (b *mailbox) endings() []ending {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ends
}

// finished says that the view has ended for good, and returns why.
func (b *mailbox) finished() []ending {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
	return b.ends
}

// isFinished reports whether the view has ended for good.
func (b *mailbox) isFinished() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ended
}
