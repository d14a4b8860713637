package liveview

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/gin-liveview/liveview/internal/limit"
	"github.com/gin-liveview/liveview/internal/seek"
)

// load is one piece of work under way for an [Async], whatever the type of its result.
type load struct {
	work func(ctx context.Context) error // in a goroutine of its own: keeps its result
	then func()                          // in the view, once its Async has the result; nil for nothing

	// Of who began it, for the log.
	field                        string // where its Async is in the state; its type if it isn't there
	view, route, user, requestID string
	at                           string // the line that began it, if its Async isn't in the state

	cid     int  // of the part whose it is
	placed  bool // its Async has been in the state
	seen    bool // in the sweep that goes on
	awaited bool // the first render waits for it

	stop  func(cause error) // ends what is under way, or takes it out of the line
	turn  *limit.Turn       // guarded by the mu of its loads
	fault error             // of guard's: what the work returned, or its panic
	phase atomic.Int32      // a loadPhase
	over  atomic.Bool       // nobody waits for its result: it was cancelled, or has been taken in
}

// The phases of a load's phase.
const (
	loadWaits int32 = iota // for its turn
	loadRuns
	loadReturned // or never began
)

// end has nobody wait for l's result any more, and tells its work so. A nil l has ended.
func (l *load) end(cause error) {
	if l != nil && l.over.CompareAndSwap(false, true) {
		l.stop(cause)
	}
}

func (l *load) isOver() bool { return l.over.Load() }

// Why the context of a load's work has ended; the view's end is errChannelEnded, or the
// request's.
var (
	errLoadedAgain = errors.New("liveview: the load has been started again")
	errCancelled   = errors.New("liveview: the load has been cancelled")
	errNoPlace     = errors.New("liveview: the Async that the load was for is no longer in the state")
	errLoadEnded   = errors.New("liveview: the view of the load has ended")
)

// asyncPlace is an [Async] in a state, whatever its type.
type asyncPlace interface {
	// current returns the load that it waits for, nil for none.
	current() *load

	// settle has it no longer wait for its load. Arrived says that the load has a
	// result, which it takes.
	settle(arrived bool)
}

// asyncs finds what is asynchronous in states.
var asyncs seek.Seeker[asyncPlace]

// AsyncSocket is what [Async.Load] begins its work for: a [Socket] of any state, or an
// [AnySocket].
type AsyncSocket interface {
	// beginLoad reports whether l is under way: during the HTTP render and in a view
	// that has ended it may not be.
	beginLoad(of asyncPlace, l *load, o LoadOptions) bool
}

// LoadOptions change how an [Async] loads.
type LoadOptions struct {
	// RenderWait is how long the page's first render waits for the result, over HTTP
	// and again where the page is joined: so that crawlers find it, and visitors
	// don't see the page change right after it came. What takes longer shows up
	// later, as without it. A render waits for all loads together, from when the first of
	// them began: as long as the longest RenderWait says, and no longer than they take.
	// Over HTTP what is nested in a page, or sticky, is rendered as its parent shows it,
	// and waits for its own then.
	//
	// The client waits ten seconds for its join, so that is to be well below.
	//
	// 0 means that it isn't waited for, and not even begun on the HTTP render. After
	// the first render it has no meaning, nor in a live component, whose callbacks run
	// as the page is being rendered. What the event of a posted form loads, and is to be
	// in the page that answers, waits ten seconds if it is 0, in live components too.
	RenderWait time.Duration
}
