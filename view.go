package liveview

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/engine"
	"github.com/gin-liveview/liveview/internal/saved"
)

// View is a live page whose state has type C, the counterpart of Phoenix's
// assigns. One View value serves every visitor of its route, so it holds what
// all of them share (a database handle, a clock) and nothing of any one
// visitor: that is what the state is for.
//
// Render alone is required. A view takes part in more by having the methods of
// [Mounter], [ParamsHandler], [Authorizer], [EventHandler], [RefusalHandler],
// [InfoHandler], [ProgressHandler], [ShutdownHandler], [Reloader], [Restorer] and [Contained]; [Handle] checks
// their signatures. A page that needs no type of its own is a [ViewFuncs].
//
// The callbacks of one visitor's view never run at the same time. A callback
// that returns an error, or panics, ends that view only: the error is logged
// with view and route, and the page joins again by itself.
type View[C any] interface {
	// Render shows a state, usually by [Template.Render]. It is called after
	// each callback that changed something and must not change the state.
	Render(state C) Rendered
}

// Mounter is implemented by a view whose state doesn't begin as the zero value, or
// that subscribes to something.
type Mounter[C any] interface {
	// Mount builds the first state. It runs for the HTTP render and again for
	// the live join, with [Socket.Connected] telling the two apart, and each
	// time behind all middleware of the route. c is the Gin context of the
	// request: path parameters, query, session and whatever the route's
	// middleware stored. It is valid until Mount returns, because Gin reuses
	// it, so keep values taken from it and never the context itself. The context of
	// its request, c.Request.Context(), ends on the HTTP render with the request, and
	// on the join with the view or its connection, not when Mount returns: as
	// [Socket.Context] does.
	//
	// A Mount that answers the request itself, by c.Redirect or c.Abort…,
	// refuses the visit on both renders.
	Mount(c *gin.Context, s *Socket[C]) error
}

// ParamsHandler is implemented by a view that follows its URL.
type ParamsHandler[C any] interface {
	// HandleParams runs after Mount and for every patch, with the Gin context
	// of the new URL; [Socket.URL] is already up to date. Where [Handle] gave the view
	// to several routes, c.FullPath() says which one it is at. c is valid until it
	// returns.
	//
	// It must load again whatever depends on the path or the query: the route's
	// middleware has let the visitor pass for this URL, and says nothing any more
	// of the one before. Without a HandleParams a view isn't patched: a patch link
	// then navigates, and [Socket.PushPatch] is an error.
	HandleParams(c *gin.Context, s *Socket[C]) error
}

// EventHandler is implemented by a view that hears the user.
type EventHandler[C any] interface {
	// HandleEvent runs for a click, key, focus, blur, form change, submit, or
	// a hook's pushEvent. For a name that it doesn't know it returns
	// [ErrUnknownEvent]: the view lives on, and the log says so.
	HandleEvent(s *Socket[C], e Event) error
}

// RefusalHandler is implemented by a view that tells its user itself when something
// is too large to be handled.
type RefusalHandler[C any] interface {
	// HandleRefusal runs instead of HandleEvent for an event that is beyond a limit
	// of [Config].MaxFrame's, a form with too long a text for instance. e has Name
	// and Type, as far as they are known, and no values; err says how large it is.
	// What the user typed is on the page, and stays there. It also runs, with the
	// type "upload", where so many files are chosen that they can't be listed.
	//
	// Without it the page gets a flash of the kind "error" that says so in English,
	// until the next event is handled.
	HandleRefusal(s *Socket[C], e Event, err *LimitError) error
}

// Authorizer is implemented by a view whose events not every visitor may send.
// What a page doesn't show can be sent all the same: by whoever writes to the
// socket by hand.
type Authorizer[C any] interface {
	// Authorize runs before HandleEvent, and before files may be sent, which is
	// an event of the type "upload" with the name given to AllowUpload. If it
	// returns an error the event isn't handled, or no file accepted, and the view
	// lives on, with what Authorize has put into the flash or the state; the error
	// goes to the log. What the visitor may do now, as the newest middleware found it,
	// is in [Socket.Value].
	Authorize(s *Socket[C], e Event) error
}

// InfoHandler is implemented by a view that hears the server.
type InfoHandler[C any] interface {
	// HandleInfo runs for each value sent by [Socket.SendInfo] and each one
	// published on a topic that the view subscribed to: one at a time, in the
	// order sent, after the render that is under way has gone out.
	HandleInfo(s *Socket[C], info any) error
}

// ProgressHandler is implemented by a view that follows the files of its uploads.
type ProgressHandler[C any] interface {
	// HandleProgress runs for each step of each file of each upload, which e.Upload
	// names: with e.Done when the file is complete, and can be consumed
	// ([ConsumeUploadedEntry]) or dropped ([Socket.CancelEntry]), and with e.Errors if
	// it failed on the way.
	HandleProgress(s *Socket[C], e UploadEntry) error
}

// ShutdownHandler is implemented by a view that has something to put away.
type ShutdownHandler[C any] interface {
	// Shutdown runs once for each joined view, however it ends: leave,
	// navigation, closed socket, lost heartbeat, crash, server stop. The state
	// can still be read; nothing reaches the page any more. It does not run
	// for a Mount that failed, nor for the HTTP render.
	Shutdown(s *Socket[C])
}

// Reloader is implemented by a view that can be kept while its page has no socket though
// the server hasn't got all that the page shows: what [Socket.TempAssign] let go of, and
// the entries of a [Stream].
type Reloader[C any] interface {
	// Reload runs when the page is back, and loads these again: it assigns the fields,
	// and calls Reset and Insert of the streams. All else in the state is as the visitor
	// left it.
	Reload(s *Socket[C]) error
}

// callbacks are those that a view turned out to have; the others are nil, but for
// render.
type callbacks[C any] struct {
	mount     func(c *gin.Context, s *Socket[C]) error
	render    func(state C) Rendered
	params    func(c *gin.Context, s *Socket[C]) error
	authorize func(s *Socket[C], e Event) error
	event     func(s *Socket[C], e Event) error
	refusal   func(s *Socket[C], e Event, err *LimitError) error
	info      func(s *Socket[C], info any) error
	progress  func(s *Socket[C], e UploadEntry) error
	shutdown  func(s *Socket[C])
	reload    func(s *Socket[C]) error
	restore   func(s *Socket[C], saved C) error
	migrate   func(old SavedState) (C, error)

	saved *saved.Type // how the state is saved, for restore; nil for not at all

	container Container // of Contained

	streams *engine.Streams // in the state; nil for none

	events []string     // the names that event knows, as far as they can be known
	heard  *heardEvents // those that it has known
}

// The signatures of the callbacks whose lack a view may come to notice; %s is the
// state's type.
const (
	handleEventSignature = "HandleEvent(s *liveview.Socket[%s], e liveview.Event) error"
	handleInfoSignature  = "HandleInfo(s *liveview.Socket[%s], info any) error"
)

// callbacksOf finds v's optional methods. It panics on a method that has the
// name of a callback but not its signature: Go would silently ignore it, and
// the page with it.
func callbacksOf[C any](v View[C]) callbacks[C] {
	var cb callbacks[C]
	if funcs, ok := v.(interface{ callbacks(of View[C]) callbacks[C] }); ok { // a ViewFuncs, or a view that embeds one
		cb = funcs.callbacks(v)
	}
	cb.find(v, reflect.TypeFor[C](),
		wanted{"Mount", with(v, func(v Mounter[C]) { cb.mount = v.Mount }), "Mount(c *gin.Context, s *liveview.Socket[%s]) error"},
		wanted{"HandleParams", with(v, func(v ParamsHandler[C]) { cb.params = v.HandleParams }), "HandleParams(c *gin.Context, s *liveview.Socket[%s]) error"},
		wanted{"HandleRefusal", with(v, func(v RefusalHandler[C]) { cb.refusal = v.HandleRefusal }), "HandleRefusal(s *liveview.Socket[%s], e liveview.Event, err *liveview.LimitError) error"},
		wanted{"Reload", with(v, func(v Reloader[C]) { cb.reload = v.Reload }), "Reload(s *liveview.Socket[%s]) error"},
		wanted{"Container", with(v, func(v Contained) { cb.container = v.Container() }), "Container() liveview.Container"},
	)
	return cb
}

// wanted is a callback that a view or a live component may have.
type wanted struct {
	name      string
	has       bool
	signature string // %s is the state's type
}

// find takes in the callbacks of v, whose state has that type, which views and live
// components alike may have, beside others that v may have, and that were looked for.
func (cb *callbacks[C]) find(v View[C], state reflect.Type, others ...wanted) {
	cb.render, cb.heard = v.Render, &heardEvents{}
	cb.streams = engine.StreamsIn(state)
	for _, want := range append(others,
		wanted{"Authorize", with(v, func(v Authorizer[C]) { cb.authorize = v.Authorize }), "Authorize(s *liveview.Socket[%s], e liveview.Event) error"},
		wanted{"HandleEvent", with(v, func(v EventHandler[C]) { cb.event, cb.events = v.HandleEvent, nil }), handleEventSignature},
		wanted{"HandleInfo", with(v, func(v InfoHandler[C]) { cb.info = v.HandleInfo }), handleInfoSignature},
		wanted{"HandleProgress", with(v, func(v ProgressHandler[C]) { cb.progress = v.HandleProgress }), "HandleProgress(s *liveview.Socket[%s], e liveview.UploadEntry) error"},
		wanted{"Shutdown", with(v, func(v ShutdownHandler[C]) { cb.shutdown = v.Shutdown }), "Shutdown(s *liveview.Socket[%s])"},
		wanted{"Restore", with(v, func(v Restorer[C]) { cb.restore = v.Restore }), "Restore(s *liveview.Socket[%s], saved %s) error"},
		wanted{"Migrate", with(v, func(v Migrator[C]) { cb.migrate = v.Migrate }), "Migrate(old liveview.SavedState) (%s, error)"},
	) {
		if want.has {
			continue
		}
		right := strings.ReplaceAll(want.signature, "%s", state.String())
		t := reflect.TypeOf(v)
		if m, ok := t.MethodByName(want.name); ok {
			panic(fmt.Sprintf("liveview: %s has a method %s with the wrong signature %s; it must be %s",
				t, want.name, signatureOf(m.Type), right))
		}
		if t.Kind() != reflect.Pointer {
			if _, ok := reflect.PointerTo(t).MethodByName(want.name); ok {
				panic(fmt.Sprintf("liveview: %s of %s has a pointer receiver and would never be called; pass &%s{…}",
					want.name, t, t.Name()))
			}
		}
		if embedded := embeddedMethod(t, want.name); embedded != nil {
			panic(fmt.Sprintf("liveview: %s embeds %s, whose %s would never be called, as something else in it has that name; give it a method of its own that calls the one",
				t, embedded, want.name))
		}
	}
	if cb.restore != nil {
		cb.saved = savedTypeOf(v, state)
	}
}

// embeddedMethod returns a type that t, which has no method called name, embeds and that
// has one; nil for none.
func embeddedMethod(t reflect.Type, name string) reflect.Type {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		if f := t.Field(i); f.Anonymous {
			if _, ok := f.Type.MethodByName(name); ok {
				return f.Type
			}
		}
	}
	return nil
}

// with calls use with v as an I, and reports whether v is one.
func with[I any](v any, use func(I)) bool {
	i, ok := v.(I)
	if ok {
		use(i)
	}
	return ok
}

// signatureOf prints a method's type without its receiver.
func signatureOf(t reflect.Type) string {
	in := make([]string, 0, t.NumIn())
	for i := 1; i < t.NumIn(); i++ {
		in = append(in, t.In(i).String())
	}
	out := make([]string, 0, t.NumOut())
	for i := range t.NumOut() {
		out = append(out, t.Out(i).String())
	}
	return strings.TrimSpace("func(" + strings.Join(in, ", ") + ") " + strings.Join(out, ", "))
}
