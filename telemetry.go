package liveview

import (
	"context"
	"time"
)

// Telemetry is told what an App does: for metrics, traces, and who wants to know. The
// package telemetry/otel has one for OpenTelemetry, and through it for Prometheus. It is set
// in [Config].Telemetry; several go there by [TeeTelemetry]. One that has only some of the
// methods embeds [NoTelemetry]:
//
//	type crashes struct {
//		liveview.NoTelemetry
//		n atomic.Int64
//	}
//
//	func (t *crashes) Tell(_ context.Context, n liveview.Note) {
//		if n.Kind == liveview.NoteCrash {
//			t.n.Add(1)
//		}
//	}
//
// Its methods are called by many goroutines at once, and whoever calls waits for them: so they
// are quick, and lock nothing that is held for long. One that panics is logged once, and does
// no harm. What they are given has no values of forms, events or states in it.
type Telemetry interface {
	// Begin is called when something begins that lasts, and returns the context in which
	// it does: ctx itself, or one derived from it. That is the ctx of what begins within,
	// of its End, and, for as long as a callback of the view's runs, of [Socket.Context].
	//
	// What Begin returns for a SpanSocket leads to the ctx of that socket's joins, and for
	// a SpanJoin to the ctx of what happens to the view afterwards. It is kept for as long,
	// so it should hold little. The ctx of a SpanSocket is that of the request that opens it.
	Begin(ctx context.Context, s Span) context.Context

	// End is called once for each Begin, with what that returned. What was not known when
	// it began, s has now: of a join the view, of an event whether the view knows its name.
	End(ctx context.Context, s Span, r Result)

	// Tell is called for what happens at a moment; ctx is that of the span it happens in, or
	// else of the view or the socket.
	Tell(ctx context.Context, n Note)
}

// Subject says what something happened to. What isn't known, or is none, is "".
type Subject struct {
	Route     string // Gin's pattern, such as "/orders/:id"
	View      string // the view's type, such as "main.ordersView"
	ID        string // one for each view, the same when it joins again: that of its element, and of a view in another's page with something behind a dot that tells the visitors' pages apart
	User      string // that Identify named
	RequestID string // the X-Request-Id of the request that opened the socket, or what a middleware has made of it; a client may have written it
}

// Span is something that lasts.
type Span struct {
	Kind SpanKind
	Subject

	// Within is the kind of the span that this one is a part of, the outermost: of a
	// SpanRender whether it is for an event or for a join. It is 0 for the outermost.
	Within SpanKind

	// Name is, of a SpanEvent, the event's; "" unless the view knows it, so that no client
	// can make names up: as one of [ViewFuncs].Events, or as its HandleEvent hasn't returned
	// [ErrUnknownEvent] for it. Of views without Events these are a hundred names at most.
	// Of a SpanInfo it is the info's type, of a SpanCallback the callback's name, such as
	// "HandleEvent". Of a SpanRouter it is "join", "patch" or "recheck". Of a SpanSocket it is
	// the transport, "websocket" or "longpoll".
	Name string

	// Navigation is, of a SpanJoin and a SpanPatch, how the page came there.
	Navigation Navigation

	// Waiting is how many messages waited in the view's mailbox behind this one.
	Waiting int
}

// SpanKind says what it is that lasts.
type SpanKind uint8

// The kinds of spans. Those of the second group are parts of others.
const (
	SpanSocket SpanKind = 1 + iota // an open socket, or long-poll in place of one
	SpanJoin                       // a join, until it is answered, with its wait for a turn
	SpanPatch                      // a patch link, back or forward; or within another span a PushPatch
	SpanEvent                      // an event, until it is answered
	SpanInfo                       // an info, or what was sent to a live component
	SpanTick                       // of a Repeat
	SpanLoad                       // the result of an Async, which the view takes in
	SpanUpload                     // what a page says of files, or what became of them
	SpanDrain                      // a Shutdown

	SpanRouter   // the way through the Gin router, with all that happens on it: middleware, Mount and HandleParams
	SpanCallback // a callback of the view's, or of a live component's
	SpanRender   // what has changed is rendered, and compared with what the page shows
	SpanWrite    // a frame is written
)

var spanNames = [...]string{
	"none", "socket", "join", "patch", "event", "info", "tick", "load", "upload", "drain", "router", "callback", "render", "write",
}

// String returns a word for it.
func (k SpanKind) String() string { return wordOf(spanNames[:], int(k)) }

// Result is what came of a [Span].
type Result struct {
	Outcome Outcome

	// Duration is how long it took. Within an event, info, tick or load a SpanRender or
	// SpanWrite counts from the end of the span before it, as nothing of the application's
	// runs between them.
	Duration time.Duration

	// Cause says more, in one of a few words. Of a join that was refused it is the reason
	// that the client is given: "stale", "unauthorized", "join crashed". Of a socket it is
	// why it was closed: "left" where the page said goodbye, "lost" where nobody did,
	// "silent" after [Config].IdleTimeout or JoinTimeout, or what the client was told, such
	// as "server restarts", "disconnected" or "too many messages".
	Cause string

	// Err is the error that a callback returned, or its panic; nil for none. It is fit to be
	// printed.
	Err error

	// Bytes are, of a SpanRender, those of the diff, and of a SpanWrite of the frame. Of a
	// SpanSocket they are those of all frames to the browser, and Received of those from it;
	// neither is compressed.
	Bytes, Received int64

	// Left is how many sockets a SpanDrain has cut, as its time was over.
	Left int
}

// Outcome says how something ended.
type Outcome uint8

// The outcomes.
const (
	OutcomeOK         Outcome = iota
	OutcomeRefused            // the visitor may not: by a token, a middleware or an Authorize
	OutcomeUnknown            // an event that the view doesn't know
	OutcomeRedirected         // the page is sent elsewhere
	OutcomePostponed          // the route can't answer at present; the page joins again
	OutcomeCrashed            // a callback returned an error or panicked
	OutcomeGone               // nobody waits for it any more
)

var outcomeNames = [...]string{"ok", "refused", "unknown", "redirected", "postponed", "crashed", "gone"}

// String returns a word for it.
func (o Outcome) String() string { return wordOf(outcomeNames[:], int(o)) }

// Note is something that happens at a moment.
type Note struct {
	Kind NoteKind
	Subject

	// Cause says more, in one of a few words; see the kinds.
	Cause string

	// Name is, of a NoteCrash, the name of the event that was handled, as in [Span].Name, or
	// the live component's type. Of an upload it is the upload's name. Of a NoteMissed it is
	// the topic, which visitors may have named.
	Name string

	// Address is, of a NoteLimit and a NoteRefusal, the network address that it came from, as
	// Gin's ClientIP knows it, of IPv6 the network of 64 bits; where that isn't known,
	// of who is connected, which may be a proxy. It is "" where no socket or request is to blame.
	Address string

	Err   error // of a NoteCrash and a NoteUploadFailed; nil for none
	Bytes int64 // of an upload: the file's size; of NoteUploadProgressed: what has come since the last
}

// NoteKind says what happened.
type NoteKind uint8

// The kinds of notes.
const (
	// NoteCrash: something of the application's returned an error or panicked, which is
	// logged. Cause says what: "view", "component" (which starts anew by itself), "load",
	// "page" (the HTTP render), "shutdown" (the callback), or "socket" (the library's own).
	NoteCrash NoteKind = 1 + iota

	// NoteRefusal: something from outside was not let in. Cause says why: "upgrade" (no
	// WebSocket handshake), "version", "origin", "draining", "limit", "frame" (it can't be
	// read) or "form" (one that was posted).
	NoteRefusal

	// NoteLimit: a limit has held somebody up, or turned him away. Cause is the name of the
	// setting, such as "EventRate" or "MaxFrame".
	NoteLimit

	// NoteRestore: a page is back. Cause is "kept" where its views went on, "saved" where
	// they were given their states, and "dropped" where the states couldn't be taken.
	NoteRestore

	// NoteMissed: infos of other processes may have been lost; see [Missed]. Each view that
	// is told is one, and so is each notice to the App itself, which has no Subject.
	NoteMissed

	// NoteViewLost: a view's socket was lost; the view is kept, and may come back.
	NoteViewLost

	// NoteViewEnded: a view that had joined has ended. Cause is "left" (the page went, or
	// the view went from it), "replaced", "moved", "parent", "crashed", "refused",
	// "lost" (its socket was lost or closed, and it wasn't kept), or "forgotten" (it was kept, and its page didn't come back).
	NoteViewEnded

	NoteUploadAccepted   // a file may be sent
	NoteUploadProgressed // some of it is there
	NoteUploadFinished   // all of it is there
	NoteUploadFailed     // it was refused, or has failed; Cause is its UploadErrorCode, or "cut" or "cancelled"
)

var noteNames = [...]string{
	"none", "crash", "refusal", "limit", "restore", "missed", "view lost", "view ended",
	"upload accepted", "upload progressed", "upload finished", "upload failed",
}

// String returns a word for it.
func (k NoteKind) String() string { return wordOf(noteNames[:], int(k)) }

func wordOf(words []string, i int) string {
	if i < len(words) {
		return words[i]
	}
	return "unknown"
}

// NoTelemetry is a [Telemetry] that does nothing, to be embedded.
type NoTelemetry struct{}

// Begin returns ctx.
func (NoTelemetry) Begin(ctx context.Context, _ Span) context.Context { return ctx }

// End does nothing.
func (NoTelemetry) End(context.Context, Span, Result) {}

// Tell does nothing.
func (NoTelemetry) Tell(context.Context, Note) {}

// TeeTelemetry returns a Telemetry that passes on what it is told to all of them, in that
// order. Each adds to the context that the one before has returned. Nil ones are left out.
func TeeTelemetry(all ...Telemetry) Telemetry {
	var t tee
	for _, one := range all {
		switch one := one.(type) {
		case nil:
		case tee:
			t = append(t, one...)
		default:
			t = append(t, one)
		}
	}
	return t
}

// tee is its parts, each of which the App tells by itself, so that none has to bear with
// another's panics.
type tee []Telemetry

func (t tee) Begin(ctx context.Context, s Span) context.Context {
	for _, one := range t {
		ctx = one.Begin(ctx, s) //nolint:fatcontext // each adds to that of the one before
	}
	return ctx
}

func (t tee) End(ctx context.Context, s Span, r Result) {
	for _, one := range t {
		one.End(ctx, s, r)
	}
}

func (t tee) Tell(ctx context.Context, n Note) {
	for _, one := range t {
		one.Tell(ctx, n)
	}
}
