package liveview

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/bufpool"
	"github.com/gin-liveview/liveview/internal/clock"
	"github.com/gin-liveview/liveview/internal/engine"
	"github.com/gin-liveview/liveview/internal/limit"
	"github.com/gin-liveview/liveview/internal/rescue"
	"github.com/gin-liveview/liveview/protocol"
)

// channel is one joined view: the actor that owns its state, what the client
// holds of it, and the order in which things happen to it.
//
// Everything reaches it through its mailbox. The goroutine that works that off
// is the only one that calls the view's callbacks and the only reader and writer
// of the fields below, so these need no lock.
type channel struct {
	mailbox
	peer     *peer  // who is at the other end; while the view is kept, nobody
	joinRef  string // of the client's join; written with the lock of its connection, once the view is there
	topics   topics
	view     liveView   // nil until joined
	live     components // of the view
	tree     engine.Tree
	template *engine.Template // what the view was last rendered with
	checked  clock.Moment     // when the route's middleware last let the visitor pass
	began    clock.Moment     // when the message that is handled was taken up
	turn     *limit.Turn      // to mount, from the join on until that is done; nil otherwise
	stay     *stay            // in the page, of a view that is nested in another; nil otherwise
	away     *absence         // the socket is lost, and the view is kept: nothing is rendered; nil otherwise
	past     *past            // what it has of the view before, and leaves for the next; nil where nothing is saved

	family atomic.Pointer[family] // the views that are nested in this one, for their joins; nil for none

	// Owned by the connection: next, counted and returning are guarded by its lock,
	// tooManyWait is its conn's Serve's.
	next        *channel // has joined the topic meanwhile and is held until this one has ended
	tooManyWait holdup   // of the client, while the mailbox has no room for its events
	counted     bool     // among the connection's views
	returning   bool     // the view is to go on with the join of next

	// The actor's own again: here it takes no room, of which each view counts.
	cycles uint8 // render cycles of the message that is handled, beyond the first

	joins atomic.Uint32 // how often the page said, when it last joined, that it had joined before; written by the actor
}

// absence is what there is of a view whose socket is lost.
type absence struct {
	alone bool       // the view that it was nested in couldn't be kept, so this one can't
	left  *savedView // what there is of a view that couldn't be kept, and has ended; nil for none
	move  *move      // that the view asked for; nil for none
	turns int        // how often it was lost, and its page came back: a turn to mount may come too late
}

// mailboxOf returns that of the channel whose view has this id as a Subject; nil for none.
func mailboxOf(channels []*channel, id string) *mailbox {
	element, _, _ := strings.Cut(id, ".")
	for _, ch := range channels {
		if viewID(ch.topic) == element && ch.subjectID() == id {
			return &ch.mailbox
		}
	}
	return nil
}

// liveView is what a channel drives: a view and its socket, whatever its
// state's type.
type liveView interface {
	callee
	page() *page
	mount(c *gin.Context) error
	handleParams(c *gin.Context) error

	// handleEventOf is handleEvent for an event of a live component's, and
	// authorizeUpload is authorize for an upload, of one's or of the view's, for which
	// it is nil. Both ask the view first, and the hooks around it, and report whether
	// what went wrong did in the component.
	handleEventOf(c callee, e Event) (own bool, err error)
	authorizeUpload(e Event, of callee) (own bool, err error)

	// handleRefusal reports whether the view has such a callback.
	handleRefusal(e Event, why *LimitError) (handled bool, err error)

	// awaitLoads has the first render wait for loads, each of which take gets.
	awaitLoads(take func(l *load) error) error
	afterRender() error

	// reload has the view load again what lacksData says that it lacks.
	reload() error
}

// topics is what a channel asks of the connection that it is a topic of.
type topics interface {
	transferTopics

	// viewComes says that a channel's join is in order, so that it is about to
	// have a view.
	viewComes(ch *channel)

	// beginsAnew says that a channel's join is that of a page's new view: what the page has
	// had in its place is over. It reports false if the page has come by a newer socket
	// meanwhile.
	beginsAnew(ch *channel) bool

	// familyOf returns the views that are nested in the one of that id, nil for none.
	familyOf(id string) *family

	// dropChannel forgets a channel that has ended.
	dropChannel(ch *channel)

	// comeAgain ends all views and closes the socket, upon which the client
	// connects again, with the cookies that its browser then has.
	comeAgain()

	// goesOn says that the view of a channel which has come from another socket is that
	// of the join whose ref it is. It reports false if the client has joined yet again, or
	// the socket is lost as well: then the channel hears of it next.
	goesOn(ch *channel, joinRef string) bool

	// passOn leaves what there is of the view to the one whose join is next.
	passOn(ch *channel, v *savedView)

	// waits says that the view can't go on with that join, and waits for the next one.
	waits(ch *channel, joinRef string)
}

// appendDiff appends the members of the diff object that the client lacks:
// page, title, pushed events and a hook's reply.
func (ch *channel) appendDiff(frame []byte, page *page) ([]byte, error) {
	ch.live.begin()
	if ch.account == nil || !page.root.dirty && !ch.live.waits() {
		return ch.appendChanges(frame, page)
	}
	o := ch.account.begin(SpanRender, "")
	r := Result{Outcome: OutcomeCrashed}
	defer func() { ch.account.end(&o, r) }()
	start := len(frame)
	frame, err := ch.appendChanges(frame, page)
	if r.Bytes, r.Err = int64(len(frame)-start), err; err == nil {
		r.Outcome = OutcomeOK
	}
	return frame, err
}

// appendChanges is appendDiff, whoever is told of it.
func (ch *channel) appendChanges(frame []byte, page *page) ([]byte, error) {
	start := len(frame)
	if page.root.dirty || ch.live.waits() {
		ch.beginRender(page)
	}
	if page.root.dirty {
		page.root.dirty = false
		root := ch.tree.Root()
		r, err := ch.view.render()
		if err != nil {
			return frame, err
		}
		if root != nil && r.content == nil && r.template != ch.template {
			ch.live.forgetAll() // before they are placed, as some need their props for that
		}
		if err := guard("Render", func() (err error) {
			frame, err = r.appendDiff(frame, &ch.tree, &page.meta, ch.live.around(0))
			return err
		}); err != nil {
			return frame, err
		}
		if root != nil && root != ch.tree.Root() {
			ch.live.forgetAll()
		}
		ch.tellNotes(&ch.tree, ch.view)
		ch.template = r.own().template
		page.rendered = true
	}
	ch.live.changedUploads()
	if ch.live.waits() {
		mark := len(frame)
		if mark > start {
			frame = append(frame, ',')
		}
		opened := len(frame)
		var err error
		if frame, err = ch.live.appendDiff(frame, mark > start); err != nil {
			return frame, err
		}
		if len(frame) == opened {
			frame = frame[:mark]
		}
		for _, c := range ch.live.sent {
			ch.tellNotes(&c.core().held.Tree, c)
		}
	}
	if nest := page.nest; nest != nil && nest.family != nil && nest.family != ch.family.Load() {
		nest.family.before = ch.past.joinsBefore()
		ch.family.Store(nest.family) // before the client hears of them
	}
	return page.appendPushes(frame, len(frame) > start), nil
}

// tellNotes tells the operator what a rendering of c has found.
func (ch *channel) tellNotes(tree *engine.Tree, c callee) {
	page := ch.view.page()
	for _, mistake := range tree.Mistakes() {
		ch.peer.warnOfHTML(mistake, page.route.name, page.pattern)
	}
	for _, err := range tree.Warnings() {
		what := "liveview: a list's keys don't tell its entries apart"
		if errors.Is(err, engine.ErrUnsafe) {
			what = "liveview: an attribute doesn't say what the data does"
		}
		ch.peer.config.Logger.Warn(what, "view", page.route.name, "route", page.pattern, "err", err)
	}
	for _, err := range tree.Lost() {
		ch.peer.config.Logger.Warn("liveview: a stream has lost its entries", "view", page.route.name, "route", page.pattern, "err", err)
	}
	for _, name := range c.dropUnshown() {
		ch.peer.config.Logger.Warn("liveview: a stream was given entries that the page doesn't show, and lost them; "+
			"put them in when it is shown, as Reset does", "view", page.route.name, "route", page.pattern, "stream", name)
	}
}

// beginRender has what is nested in the page know where that is.
func (ch *channel) beginRender(page *page) {
	if nest := page.nest; nest != nil && nest.family != nil {
		nest.family.begin(page.place())
	}
}

// afterRender carries out what is to be done once the render cycle has gone out:
// what TempAssign asked for, and hooks.
func (ch *channel) afterRender() error {
	page := ch.view.page()
	rendered := page.rendered || ch.live.hasSent()
	if page.rendered {
		page.rendered = false
		if err := ch.view.release(&ch.tree, ch.template, ch.live.around(0)); err != nil {
			return err
		}
	}
	if err := ch.live.released(); err != nil || !rendered {
		return err
	}
	return ch.view.afterRender()
}

// reply answers a push of the client with a response value; nil means {}.
func (ch *channel) reply(ref string, response []byte) {
	buf := bufpool.Frames.Get()
	buf.B = protocol.AppendReply(buf.B, ch.joinRef, ref, ch.topic, true, response)
	ch.send(buf.B)
	bufpool.Frames.Put(buf)
}

// note tells of something that happens to the view.
func (ch *channel) note(n Note) {
	ch.app().counts.note(n.Kind)
	ch.account.note(n)
}

// send writes a frame.
func (ch *channel) send(frame []byte) {
	if ch.account == nil || ch.account.now == nil {
		ch.peer.conn.Write(frame)
		return
	}
	o := ch.account.begin(SpanWrite, "")
	ch.peer.conn.Write(frame)
	ch.account.end(&o, Result{Bytes: int64(len(frame))})
}

// finish is the last thing that happens: it tells the operator, the client where
// that makes sense, and the view, and lets go of everything. What comes after a
// call of the application's is deferred, so that each step is taken whatever
// happened in the one before.
func (ch *channel) finish() {
	ends, view := ch.endings(), ch.view
	if view != nil {
		ch.tellCutUploads(view.page())
		ch.note(Note{Kind: NoteViewEnded, Cause: ends[0].cause.String()})
	}
	ch.view = nil // whatever Shutdown does, it is called once
	ch.endNested(ends, view != nil)
	defer ch.letGo()
	if view != nil {
		ch.forgetStored(ends[0], view.page().browser)
		defer ch.peer.views.Add(-1)
		defer ch.shutDown(view)
		defer view.page().stop()
		defer ch.live.endAll()
	}
	defer ch.tellClient(ends[0])
	for _, e := range ends {
		if e.err != nil {
			ch.logCrash(e, view)
		}
	}
}

// unmount ends a view that hasn't been rendered.
func (ch *channel) unmount() {
	view := ch.view
	ch.view = nil
	defer ch.peer.views.Add(-1)
	defer ch.shutDown(view)
	defer view.page().stop()
}

// forgetStored deletes the state of a view that has ended for good, and notes that one has
// crashed.
func (ch *channel) forgetStored(e ending, browser string) {
	s := ch.app().saver
	if s == nil || !ch.isSaved() || ch.key.Load() == 0 {
		return
	}
	key := storeKey(browser, ch.key.Load(), viewID(ch.topic))
	switch {
	case e.cause == endCrashed:
		s.noteCrash(key)
	case e.isForGood():
		s.drop(key)
	}
}

// tellClient says that the view has ended, for the reason e.
func (ch *channel) tellClient(e ending) {
	cause := e.cause
	if ch.away != nil {
		cause = endForgotten // its join is that of a new view, or nobody's
	}
	switch cause {
	case endLeft, endReplaced, endMoved, endParent:
		// With the old join_ref: the client may have moved on to a newer one.
		ch.peer.conn.Write(protocol.AppendClose(nil, ch.joinRef, ch.topic))
	case endCrashed:
		ch.peer.conn.Write(protocol.AppendError(nil, ch.joinRef, ch.topic, "channel_crash"))
	}
	if cause == endLeft {
		ch.reply(e.ref, nil)
	}
	ch.cancel(errChannelEnded)
	ch.turn.Done()
}

// shutDown tells the view that it has ended.
func (ch *channel) shutDown(view liveView) {
	if err := view.shutdown(); err != nil {
		ch.logCrash(ending{cause: endShutdown, err: err}, view)
	}
}

// endNested ends what is nested in the view and, where the view is linked to its parent
// and has crashed, that one.
func (ch *channel) endNested(ends []ending, wasThere bool) {
	if family := ch.family.Load(); family != nil {
		family.end(ends[0])
	}
	if ch.stay == nil {
		return
	}
	for _, e := range ends {
		if wasThere && e.cause == endCrashed && ch.stay.linked() {
			ch.stay.family.parent.endNow(ending{cause: endCrashed, err: fmt.Errorf("the view %q, which is nested in this one and linked to it, has crashed", ch.stay.child.id)})
			break
		}
	}
	ch.stay.leave(&ch.mailbox, ends[0].cause == endLeft)
}

// letGo says that all is over, to the connection and to those who wait.
func (ch *channel) letGo() {
	ch.tree.Reset()
	ch.topics.dropChannel(ch)
	for _, e := range ch.finished() {
		if e.then != nil {
			e.then()
		}
	}
}

// fault returns err, or nil for what a callback returned that had been told that
// its view has ended: nobody has to do anything about that.
func (ch *channel) fault(err error) error {
	if ch.ctx.Err() == nil || isPanic(err) {
		return err
	}
	ch.peer.config.Logger.Debug("liveview: callback returned an error after its view's end", "err", err, "id", viewID(ch.topic))
	return nil
}

// took is how long the message that is handled has taken so far.
func (ch *channel) took() time.Duration { return clock.Now().Sub(ch.began) }

// logCrash says once what ended a view, and where.
func (ch *channel) logCrash(e ending, view liveView) {
	attrs := append(errAttrs(e.err), e.by...)
	attrs = append(attrs, "id", viewID(ch.topic)) // as in the lines of debug level
	cause := "view"
	if e.cause == endShutdown {
		cause = "shutdown"
	}
	if view != nil {
		page := view.page()
		attrs = append(attrs, "view", page.route.name, "route", page.pattern, "path", page.shownPath()) // no query: it may hold secrets
		attrs = append(attrs, visitorAttrs(page.user, page.requestID())...)
	}
	if e.took != 0 {
		attrs = append(attrs, "duration", e.took)
	}
	if _, ok := rescue.Find[*badPushError](e.err); ok {
		ch.peer.faults.warn("liveview: view ended by what its client sent; its page joins again", attrs...)
		return
	}
	ch.note(Note{Kind: NoteCrash, Cause: cause, Err: e.err, Name: ch.account.eventName(e.by != nil)})
	const message = "liveview: view ended by an error; its page joins again"
	ch.peer.config.Logger.Error(message, attrs...)
	ch.showProblem("", view == nil, message, attrs)
}

// showProblem has the page show its developer what the log has been told. ref is that
// of the push that it came of, "" for none.
func (ch *channel) showProblem(ref string, joining bool, message string, attrs []any) {
	if !ch.peer.shows {
		return
	}
	p := newProblem(message, attrs)
	p.Ref, p.Joining = ref, joining
	ch.peer.conn.Write(protocol.AppendPush(nil, ch.joinRef, ch.topic, eventProblem, p.json()))
}

// showTemplateProblem is showProblem for a template that can't be parsed again, which stays
// until it can: then wrong is "".
func (ch *channel) showTemplateProblem(wrong string) {
	if !ch.peer.shows {
		return
	}
	p := problem{Stays: true}
	if wrong != "" {
		p = newProblem("liveview: a template can't be parsed; pages show it as it was before", []any{"err", wrong})
		p.Stays = true
	}
	ch.peer.conn.Write(protocol.AppendPush(nil, ch.joinRef, ch.topic, eventProblem, p.json()))
}

// tellFailure, infoOf and unshow make channel a componentsPage.

func (ch *channel) infoOf(part partInfo) pageInfo { return part }

func (ch *channel) unshow() { ch.beginRender(ch.live.page) }

func (ch *channel) tellFailure(c liveComponent, err error) {
	page := ch.view.page()
	ch.note(Note{Kind: NoteCrash, Cause: "component", Err: err, Name: c.kindOf().label()})
	const message = "liveview: live component ended by an error; it starts anew with its next event or other props"
	attrs := append(errAttrs(err), "component", c.kindOf().label(), "view", page.route.name, "route", page.pattern)
	attrs = append(attrs, visitorAttrs(page.user, page.requestID())...)
	ch.peer.config.Logger.Error(message, attrs...)
	ch.showProblem("", false, message, attrs)
}

// tellUnhandled tells the operator of an event that nothing was done for. ref is that
// of the push it came by.
func (ch *channel) tellUnhandled(ref string, e Event, err *unhandledError) {
	page := ch.view.page()
	if err.refused != nil {
		ch.account.came(OutcomeRefused, "Authorize", nil)
	} else {
		ch.account.came(OutcomeUnknown, "", nil)
	}
	message := "liveview: " + err.Error()
	attrs := []any{"event", e.String(), "view", page.route.name, "route", page.pattern}
	if e.Component != nil {
		attrs = append(attrs, "component", e.Component.liveKind().(componentKind).label())
	} else if ch.live.liveSet != nil && err.refused == nil {
		attrs = append(attrs, "hint", "an event of a live component comes from an element with phx-target={{myself}}")
	}
	ch.peer.faults.warnAs(unhandledEvent, message, attrs...)
	ch.showProblem(ref, false, message, attrs)
}

// tellUpload tells what became of a file.
func (ch *channel) tellUpload(kind NoteKind, item *uploadItem, cause string, err error) {
	ch.note(Note{Kind: kind, Cause: cause, Name: item.Upload, Err: err, Bytes: item.Size})
}

// tellCutUploads tells of the files that won't come any more, as the view has ended.
func (ch *channel) tellCutUploads(page *page) {
	for _, u := range page.uploads() {
		for _, item := range u.entries {
			if item.transfer != nil && item.Valid && !item.Done && !item.Cancelled {
				ch.tellUpload(NoteUploadFailed, item, "cut", nil)
			}
		}
	}
}
