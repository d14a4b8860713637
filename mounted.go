package liveview

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/engine"
	"github.com/gin-liveview/liveview/internal/heapsize"
	"github.com/gin-liveview/liveview/internal/rescue"
)

// mounted is a view with the socket of one visit: what the rest of the package
// drives, whatever its state's type. Errors are those of the application's
// callbacks, panics included.
type mounted[C any] struct {
	socket    Socket[C]
	callbacks *callbacks[C]
}

func (m *mounted[C]) page() *page { return m.socket.page }

func (m *mounted[C]) awaitLoads(take func(l *load) error) error { return m.socket.awaitLoads(take) }

func (m *mounted[C]) takeLoad(l *load) error { return m.socket.takeLoad(l) }

func (m *mounted[C]) mount(c *gin.Context) error {
	if m.page().hooks == nil {
		return m.callMount(c)
	}
	return m.page().hooks.run(m.page().guard, func() error { return m.callMount(c) }, func(h *Hooks) func(next func() error) error {
		if h.Mount == nil {
			return nil
		}
		return func(next func() error) error { return h.Mount(c, m.any(), next) }
	})
}

func (m *mounted[C]) callMount(c *gin.Context) error {
	if m.callbacks.mount == nil {
		return nil
	}
	return m.page().guard("Mount", func() error { return m.callbacks.mount(c, &m.socket) })
}

func (m *mounted[C]) handleParams(c *gin.Context) error {
	if m.page().hooks == nil {
		return m.callParams(c)
	}
	return m.page().hooks.run(m.page().guard, func() error { return m.callParams(c) }, func(h *Hooks) func(next func() error) error {
		if h.Params == nil {
			return nil
		}
		return func(next func() error) error { return h.Params(c, m.any(), next) }
	})
}

func (m *mounted[C]) callParams(c *gin.Context) error {
	if m.callbacks.params == nil {
		return nil
	}
	return m.page().guard("HandleParams", func() error { return m.callbacks.params(c, &m.socket) })
}

func (m *mounted[C]) handleEvent(e Event) error {
	return m.around(e, func() error { return m.callEvent(e) })
}

func (m *mounted[C]) around(e Event, callback func() error) error {
	m.page().inEvent = true
	defer func() { m.page().inEvent = false }()
	if m.page().hooks == nil {
		return callback()
	}
	return m.runEventHooks(e, callback)
}

func (m *mounted[C]) runEventHooks(e Event, callback func() error) error {
	return m.page().hooks.run(m.page().guard, callback, func(h *Hooks) func(next func() error) error {
		if h.Event == nil {
			return nil
		}
		return func(next func() error) error {
			err := h.Event(m.any(), e, next)
			switch err.(type) { //nolint:errorlint // what the view returned is settled, as it is
			case *unhandledError, *rescue.Failure, *rescue.Panic:
				return err
			}
			if unknown := unknownEvent(err); unknown != nil {
				return unknown
			}
			return err
		}
	})
}

// unknownEvent returns err, if it is or wraps ErrUnknownEvent, as what ends no view;
// nil otherwise.
func unknownEvent(err error) *unhandledError {
	if !rescue.Wraps(err, func(err error) bool { return err == ErrUnknownEvent }) { //nolint:errorlint // no method of err is to be called
		return nil
	}
	return &unhandledError{cause: &rescue.Failure{What: "HandleEvent", Err: err}, why: rescue.Text(err)}
}

// callEvent calls Authorize and HandleEvent.
func (m *mounted[C]) callEvent(e Event) error {
	if err := m.authorize(e); err != nil {
		return err
	}
	if m.callbacks.event == nil {
		return &unhandledError{cause: ErrUnknownEvent, why: "the view has no " + fmt.Sprintf(handleEventSignature, reflect.TypeFor[C]())}
	}
	var unknown *unhandledError
	err := m.page().guard("HandleEvent", func() error {
		err := m.callbacks.event(&m.socket, e)
		if unknown = unknownEvent(err); unknown == nil { // in here, as it may call methods of err
			return err
		}
		if known := m.callbacks.events; len(known) > 0 {
			unknown.why += fmt.Sprintf("; the view knows %q", known)
		}
		return nil
	})
	if err == nil && unknown != nil {
		return unknown
	}
	if a := m.page().account(); a != nil {
		a.outer.Name = m.callbacks.heard.add(e.Name, max(maxNames, len(m.callbacks.events)))
	}
	return err
}

// authorize asks the view's Authorize. It returns an *unhandledError if that
// refuses e.
func (m *mounted[C]) authorize(e Event) error {
	if m.callbacks.authorize == nil {
		return nil
	}
	err := m.page().guard("Authorize", func() error { return m.callbacks.authorize(&m.socket, e) })
	if err == nil || isPanic(err) {
		return err
	}
	return &unhandledError{refused: err}
}

func (m *mounted[C]) authorizeUpload(e Event, of callee) (own bool, err error) {
	authorize := func() error {
		if err := m.authorize(e); err != nil || of == nil {
			return err
		}
		err := of.authorize(e)
		own = err != nil
		return err
	}
	if m.page().hooks == nil {
		err = authorize()
		return own, err
	}
	// A hook may have dealt with the refusal, which stands all the same.
	var result error = &unhandledError{refused: errors.New("a hook of Around didn't call next")}
	if err = m.runEventHooks(e, func() error { result = authorize(); return result }); err != nil {
		return own, err
	}
	return own, result
}

// handleEventOf is handleEvent for one that is a live component's.
func (m *mounted[C]) handleEventOf(c callee, e Event) (own bool, err error) {
	err = m.around(e, func() error {
		if err := m.authorize(e); err != nil {
			return err
		}
		err := c.handleEvent(e)
		own = err != nil
		return err
	})
	return own, err
}

func (m *mounted[C]) handleRefusal(e Event, why *LimitError) (handled bool, err error) {
	if m.callbacks.refusal == nil {
		return false, nil
	}
	return true, m.page().guard("HandleRefusal", func() error { return m.callbacks.refusal(&m.socket, e, why) })
}

func (m *mounted[C]) handleInfo(info any) error {
	if m.page().hooks == nil {
		return m.callInfo(info)
	}
	return m.page().hooks.run(m.page().guard, func() error { return m.callInfo(info) }, func(h *Hooks) func(next func() error) error {
		if h.Info == nil {
			return nil
		}
		return func(next func() error) error { return h.Info(m.any(), info, next) }
	})
}

func (m *mounted[C]) callInfo(info any) error {
	if m.callbacks.info == nil {
		return fmt.Errorf("the view was sent a %T: the view has no "+handleInfoSignature, info, reflect.TypeFor[C]())
	}
	return m.page().guard("HandleInfo", func() error { return m.callbacks.info(&m.socket, info) })
}

func (m *mounted[C]) handleProgress(e UploadEntry) error {
	if m.callbacks.progress == nil {
		return nil
	}
	return m.page().guard("HandleProgress", func() error { return m.callbacks.progress(&m.socket, e) })
}

func (m *mounted[C]) shutdown() error {
	if m.callbacks.shutdown == nil {
		return nil
	}
	return m.page().guard("Shutdown", func() error { m.callbacks.shutdown(&m.socket); return nil })
}

// draw renders the state alone.
func (m *mounted[C]) draw() (r Rendered, err error) {
	streams := m.callbacks.streams.Bind(&m.socket.state, m.socket.part.cid, m.socket.Connected())
	err = m.page().guard("Render", func() error {
		m.socket.sweepLoads()
		r = m.callbacks.render(m.socket.state)
		return nil
	})
	r.streams = streams
	return r, err
}

func (m *mounted[C]) dropUnshown() []string { return m.callbacks.streams.Drop(&m.socket.state) }

func (m *mounted[C]) render() (r Rendered, err error) {
	r, err = m.draw()
	if err != nil || m.page().hooks == nil || m.page().nest.isGuest() { // a layout is around the page's own view
		return r, err
	}
	err = m.page().guard("an inner layout's data", func() error { r = m.page().hooks.around(r, &m.page().meta, m.socket.state); return nil })
	return r, err
}

// lacksData is of a view: its Reload loads what is missing.
func (m *mounted[C]) lacksData() bool { return m.callbacks.reload == nil && m.letDataGo() }

// letDataGo reports whether the page shows what isn't in the state any more.
func (m *mounted[C]) letDataGo() bool {
	return m.socket.part.lacks || m.callbacks.streams.Sent(&m.socket.state)
}

func (m *mounted[C]) reload() error {
	if m.callbacks.reload == nil || !m.letDataGo() {
		return nil
	}
	return m.page().guard("Reload", func() error { return m.callbacks.reload(&m.socket) })
}

func (m *mounted[C]) size() int64 { return heapsize.Of(&m.socket.state) }

// release applies what TempAssign was given and has tree let go of it.
func (m *mounted[C]) release(tree *engine.Tree, t *engine.Template, live engine.Live) error {
	if m.socket.temps == nil {
		return nil
	}
	temps := *m.socket.temps
	m.socket.temps, m.socket.part.lacks = nil, true
	before := m.socket.state
	err := m.page().guard("TempAssign", func() error {
		for _, change := range temps {
			change(&m.socket.state)
		}
		return nil
	})
	if err == nil && tree != nil && t != nil {
		tree.ReleaseLive(t, &before, &m.socket.state, live)
	}
	return err
}

// afterRender runs the hooks for it, when a render has gone out.
func (m *mounted[C]) afterRender() error {
	if m.page().hooks == nil {
		return nil
	}
	m.page().settled = true
	defer func() { m.page().settled = false }()
	return m.page().hooks.afterRender(m.page().guard, m.any())
}

// any returns the socket as hooks see it.
func (m *mounted[C]) any() AnySocket { return anySocket[C]{&m.socket} }

// anySocket is a Socket as an AnySocket.
type anySocket[C any] struct{ *Socket[C] }

func (s anySocket[C]) State() any { return s.Socket.State() }

func (s anySocket[C]) Assign(change func(state any)) {
	s.Socket.Assign(func(state *C) { change(state) })
}

func (s anySocket[C]) onlySockets() {}
