package liveview

import (
	"fmt"
	"reflect"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/engine"
)

// mounted is a view with the socket of one visit: what the rest of the package
// drives, whatever its state's type. Errors are those of the application's
// callbacks, panics included.
type mounted[C any] struct {
	Socket[C]
	callbacks *callbacks[C]
}

func (m *mounted[C]) page() *page { return &m.Socket.page }

func (m *mounted[C]) mount(c *gin.Context) error {
	return m.guard("Mount", func() error { return m.callbacks.view.Mount(c, &m.Socket) })
}

func (m *mounted[C]) handleParams(c *gin.Context) error {
	if m.callbacks.params == nil {
		return nil
	}
	return m.guard("HandleParams", func() error { return m.callbacks.params.HandleParams(c, &m.Socket) })
}

func (m *mounted[C]) handleEvent(e Event) error {
	if m.callbacks.event == nil {
		return &noCallbackError{fmt.Sprintf(handleEventSignature, reflect.TypeFor[C]())}
	}
	m.inEvent = true
	defer func() { m.inEvent = false }()
	return m.guard("HandleEvent", func() error { return m.callbacks.event.HandleEvent(&m.Socket, e) })
}

func (m *mounted[C]) handleRefusal(e Event, why *LimitError) (handled bool, err error) {
	if m.callbacks.refusal == nil {
		return false, nil
	}
	return true, m.guard("HandleRefusal", func() error { return m.callbacks.refusal.HandleRefusal(&m.Socket, e, why) })
}

func (m *mounted[C]) authorize(e Event) error {
	if m.callbacks.authorize == nil {
		return nil
	}
	return m.guard("Authorize", func() error { return m.callbacks.authorize.Authorize(&m.Socket, e) })
}

func (m *mounted[C]) handleInfo(info any) error {
	if m.callbacks.info == nil {
		return fmt.Errorf("the view was sent a %T: %w", info,
			&noCallbackError{fmt.Sprintf(handleInfoSignature, reflect.TypeFor[C]())})
	}
	return m.guard("HandleInfo", func() error { return m.callbacks.info.HandleInfo(&m.Socket, info) })
}

func (m *mounted[C]) handleProgress(e UploadEntry) error {
	if m.callbacks.progress == nil {
		return nil
	}
	return m.guard("HandleProgress", func() error { return m.callbacks.progress.HandleProgress(&m.Socket, e) })
}

func (m *mounted[C]) shutdown() error {
	if m.callbacks.shutdown == nil {
		return nil
	}
	return m.guard("Shutdown", func() error { m.callbacks.shutdown.Shutdown(&m.Socket); return nil })
}

func (m *mounted[C]) render() (r Rendered, err error) {
	err = m.guard("Render", func() error { r = m.callbacks.view.Render(m.state); return nil })
	return r, err
}

// release applies what TempAssign was given and has tree let go of it.
func (m *mounted[C]) release(tree *engine.Tree, t *engine.Template) error {
	if len(m.temps) == 0 {
		return nil
	}
	temps := m.temps
	m.temps = nil
	before := m.state
	err := m.guard("TempAssign", func() error {
		for _, change := range temps {
			change(&m.state)
		}
		return nil
	})
	if err == nil && tree != nil && t != nil {
		tree.Release(t, &before, &m.state)
	}
	return err
}
