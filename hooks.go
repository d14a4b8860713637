package liveview

import (
	"context"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/rescue"
	"github.com/gin-liveview/liveview/js"
)

// Hooks are functions around the callbacks of views, whatever the type of their
// states: to load the user for all pages of a group, to count, to refuse, to answer
// an event that a part of every page sends. They are what on_mount and attach_hook
// are to Phoenix. See [Around].
//
// Each gets what the callback gets and next, which runs the hooks further in and the
// callback itself, and returns its error. A hook that doesn't call next has answered
// in place of the callback; an error that it returns is one of the callback's. Nil
// fields cost nothing.
type Hooks struct {
	// Mount is around [Mounter]. It runs for views that have no Mount as well. As
	// a Mount does, it refuses the visit by answering c's request, and then
	// doesn't call next.
	Mount func(c *gin.Context, s AnySocket, next func() error) error

	// Params is around [ParamsHandler], after Mount and for every patch. For a
	// view without HandleParams it runs after Mount only.
	Params func(c *gin.Context, s AnySocket, next func() error) error

	// Event is around [EventHandler] and the Authorize before it. What Authorize
	// refuses, and what the view has no name for, is an error of next's that ends
	// no view when it is returned. Where files are about to be sent it is around
	// Authorize alone, with an event of the type "upload": they are refused unless
	// it calls next.
	Event func(s AnySocket, e Event, next func() error) error

	// Info is around [InfoHandler]. It gets what the hooks themselves subscribed
	// to as well; a view without HandleInfo then mustn't get it by next.
	Info func(s AnySocket, info any, next func() error) error

	// AfterRender runs when what was rendered has gone out, over HTTP before the
	// layout. What it assigns, pushes or puts into the flash goes with the next render,
	// which over HTTP there isn't. It can't move the page: moves return an error.
	AfterRender func(s AnySocket)
}

// AnySocket is a [Socket] whose state may have any type. Its methods are those of
// Socket, but for the first two; TempAssign and what is about uploads it hasn't got.
// It is what [Hooks] are given; a *Socket[C] isn't one. A function of an application's own
// that several views call takes an interface of the methods that it calls, such as
// interface{ PutFlash(kind, text string) }, which both are.
type AnySocket interface {
	// State returns the state, a C of Socket[C].
	State() any

	// Assign changes the state, of which change gets a pointer, a *C: as an
	// interface for instance, that the states of a group implement by embedding
	// one type.
	Assign(change func(state any))

	ID() string
	ParentID() string
	Connected() bool
	Context() context.Context
	URL() *url.URL
	Navigation() Navigation
	Value(key any) any
	PageTitle(title string)
	PutFlash(kind, text string)
	ClearFlash(kind string)
	ClearFlashes()
	PushEvent(name string, payload any) error
	PushJS(c js.Command)
	Reply(value any) error
	SendInfo(info any) error
	Subscribe(topic string) (unsubscribe func(), err error)
	Publish(topic string, info any) error
	Repeat(interval time.Duration, fn func()) (stop func())
	PushPatch(path string, params url.Values, options ...MoveOption) error
	PushRedirect(path string, params url.Values, options ...MoveOption) error
	Redirect(path string) error
	RedirectAction(path, value, next string) error
	RedirectExternal(url string) error

	PageSocket
	AsyncSocket   // so that it can be given to Async.Load
	onlySockets() // so that a method can be added
}

const hooksKey = "github.com/gin-liveview/liveview.hooks"

// Around puts h around the callbacks of all live pages behind it, beside whatever
// other middleware there is:
//
//	members := r.Group("/members", requireUser, liveview.Around(liveview.Hooks{Mount: loadUser}))
//	liveview.Handle(members, "/orders", ordersView{})
//
// Of several the first is outermost. A page has those of the route that it was last
// mounted by or patched to.
func Around(h Hooks) gin.HandlerFunc {
	return hookList{hooks: h}.middleware()
}

// hookList are the hooks and inner layouts of a route, innermost first.
type hookList struct {
	hooks  Hooks
	layout innerLayout // nil for none
	outer  *hookList
}

// innerLayout puts what UseInnerLayout was given around a rendering. state is the
// view's.
type innerLayout func(r Rendered, m *Meta, state any) Rendered

// around puts the inner layouts around a rendering, innermost first.
func (l *hookList) around(r Rendered, m *Meta, state any) Rendered {
	for ; l != nil; l = l.outer {
		if l.layout != nil {
			r = l.layout(r, m, state)
		}
	}
	return r
}

// middleware puts l, which is one entry, within those that the route has so far.
func (l hookList) middleware() gin.HandlerFunc {
	first := &l
	return func(c *gin.Context) {
		entry := first
		if outer := hooksOf(c); outer != nil {
			entry = &hookList{hooks: l.hooks, layout: l.layout, outer: outer}
		}
		c.Set(hooksKey, entry)
	}
}

func hooksOf(c *gin.Context) *hookList {
	v, _ := c.Get(hooksKey)
	l, _ := v.(*hookList)
	return l
}

// guardFunc is guard, as the view has it.
type guardFunc func(callback string, fn func() error) error

// run runs callback, which is guarded, with the hooks around it that bind takes out
// of l and gives their arguments; it returns nil for none.
func (l *hookList) run(guard guardFunc, callback func() error, bind func(h *Hooks) func(next func() error) error) error {
	var own error // callback's
	next := func() error { own = callback(); return own }
	for ; l != nil; l = l.outer {
		if hook := bind(&l.hooks); hook != nil {
			inner := next
			next = func() error { return hook(inner) }
		}
	}
	var result error // what is known by its type, or own as it was
	err := guard("a hook of Around", func() error {
		err := next()
		if own != nil && err == own { //nolint:errorlint // the very error
			result = own
			return nil
		}
		isKnown := func(err error) bool {
			switch err.(type) { //nolint:errorlint // Wraps looks at each
			case *unhandledError, *rescue.Panic:
				result = err
				return true
			}
			return false
		}
		if rescue.Wraps(err, isKnown) {
			return nil
		}
		return err
	})
	if err == nil {
		return result
	}
	return err
}

// afterRender runs what is to run after a render, innermost first.
func (l *hookList) afterRender(guard guardFunc, s AnySocket) error {
	return guard("a hook of Around", func() error {
		for ; l != nil; l = l.outer {
			if hook := l.hooks.AfterRender; hook != nil {
				hook(s)
			}
		}
		return nil
	})
}
