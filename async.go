package liveview

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/gin-liveview/liveview/internal/rescue"
)

// Async is a value that takes a while to come: from a database, another service, a long
// computation. It is a field of the state, or of what the state holds, and its zero value
// has not been asked for.
//
//	type Dashboard struct{ Report liveview.Async[Report] }
//
//	s.Assign(func(st *Dashboard) { st.Report.Load(s, v.store.Report) })
//
// [Async.Load] has a function called in a goroutine of its own, while the view goes on;
// its result is in the state as soon as it is there, followed by a render. Templates show
// what there is:
//
//	{{with .Report}}
//		{{if .Loaded}}<p>{{.Value.Total}}</p>{{end}}
//		{{if .Loading}}<p>One moment …</p>{{end}}
//		{{if .Err}}<p>There is no report at present.</p>{{end}}
//	{{end}}
//
// An Async is a value as others are: a copy of the state has what was there when it was
// copied. The load belongs to the state: it goes on for as long as an Async that was
// begun with it is in there, in fields, arrays, slices and maps, and behind pointers
// (what interfaces hold isn't looked at). Where the entry of a list goes, its load is
// cancelled; where it moves, the result follows.
type Async[T any] struct {
	// Value is the newest result. It stays while another is loaded, and when that fails.
	// The view may change it as any other part of its state.
	Value T

	// Err is why the last load came to nothing, nil if it didn't: the error that the
	// function returned, or one that says that it panicked. It is nil while one is on its
	// way.
	Err error

	// Loading says that a load is on its way: at first, with no Value yet, or anew.
	Loading bool

	// Loaded says that there has been a result.
	Loaded bool

	load *asyncLoad[T] // nil for none
}

// asyncLoad is a load with what comes of it.
type asyncLoad[T any] struct {
	load
	value T
}

// Load has work called, in a goroutine of its own, and its result become a's Value, or
// its error a's Err. It is called within [Socket.Assign], in any callback. The result is
// taken in after the callbacks that are under way, in the order in which results and
// infos come.
//
// A load that a is still waiting for is cancelled, and its result dropped. So is a load
// when its view ends, by [Async.Cancel], and when a is no longer in the state. Then ctx
// ends, whose values are those of [Socket.Context]; a work that doesn't heed it runs on,
// unheard, and counts for [Config].MaxLoads until it returns. Time limits and retries are
// the work's own: it derives a context with a time-out from ctx.
//
// Work runs beside the view's callbacks, so it uses nothing of the socket but
// [Socket.SendInfo] and [Socket.Publish], and nothing that the state leads to and may be
// changed. Whom it loads for, and what, it gets from variables that were set before. If
// it panics, that is logged and a's Err says so; the view lives on. What it returns as an
// error is logged as a warning.
//
// During the HTTP render a is shown as loading, and work isn't called, unless
// [LoadOptions].RenderWait says so; the live page's Mount begins it. Of several options
// the first counts.
func (a *Async[T]) Load(s AsyncSocket, work func(ctx context.Context) (T, error), options ...LoadOptions) {
	a.begin(s, work, nil, options)
}

// LoadThen is [Async.Load] for a result that isn't to stay in the state: then gets it in
// place of Value, to put it where it belongs, or to say what came of it. It runs as a
// callback of the view, in the order in which results and infos come, after a has
// changed, for failed loads as well; not for one that was cancelled.
//
//	s.Assign(func(st *State) {
//		st.Saving.LoadThen(s, save, func(id int, err error) {
//			if err == nil {
//				s.PutFlash("info", "Saved.")
//			}
//		})
//	})
//
// A panic of then ends the view.
func (a *Async[T]) LoadThen(s AsyncSocket, work func(ctx context.Context) (T, error), then func(result T, err error), options ...LoadOptions) {
	a.begin(s, work, then, options)
}

func (a *Async[T]) begin(s AsyncSocket, work func(ctx context.Context) (T, error), then func(T, error), options []LoadOptions) {
	a.current().end(errLoadedAgain)
	a.Err, a.Loading, a.load = nil, true, nil
	l := &asyncLoad[T]{}
	l.work = func(ctx context.Context) (err error) {
		l.value, err = work(ctx)
		return err
	}
	if then != nil {
		l.then = func() {
			if err := l.err(); err != nil {
				var none T
				then(none, err)
				return
			}
			then(l.value, nil)
		}
	}
	var o LoadOptions
	if len(options) > 0 {
		o = options[0]
	}
	if s.beginLoad(a, &l.load, o) {
		a.load = l
	}
}

// Cancel drops what is on its way, and ends its context. Value, Loaded and Err stay as they
// are. Without a load it does nothing. Call it within [Socket.Assign].
func (a *Async[T]) Cancel() {
	a.current().end(errCancelled)
	a.settle(false)
}

// Reset is Cancel, and has a forget all: it is as it was before the first load.
func (a *Async[T]) Reset() {
	a.Cancel()
	*a = Async[T]{}
}

func (a *Async[T]) current() *load {
	if a.load == nil {
		return nil
	}
	return &a.load.load
}

func (a *Async[T]) settle(arrived bool) {
	l := a.load
	a.load, a.Loading = nil, false
	switch {
	case !arrived:
	case l.fault != nil:
		a.Err = l.err()
	default:
		a.Err, a.Loaded = nil, true
		if l.then == nil {
			a.Value = l.value
		}
	}
}

// err is what l's fault is for the view.
func (l *load) err() error {
	var failure *rescue.Failure
	switch fault := l.fault.(type) { //nolint:errorlint // guard's own
	case nil:
		return nil
	case *rescue.Failure:
		failure = fault
	default:
		return fmt.Errorf("liveview: %s at %s: the load of %s panicked; the log says how", l.view, l.route, l.field)
	}
	if v := reflect.ValueOf(failure.Err); v.Kind() == reflect.Pointer && v.IsNil() {
		return errors.New(failure.Error()) // its methods, called on nil, may panic
	}
	return failure.Err
}

func (Async[T]) unsaved() {}

// MarshalCBOR has nothing of an Async be saved with the state that it is in; see
// [Restorer]. It never fails.
func (Async[T]) MarshalCBOR() ([]byte, error) { return nothingSaved, nil }

// UnmarshalCBOR leaves the Async as it is. It never fails.
func (*Async[T]) UnmarshalCBOR([]byte) error { return nil }
