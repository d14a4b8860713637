package liveview

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/engine"
	"github.com/gin-liveview/liveview/internal/rescue"
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
	if m.callbacks.mount == nil {
		return nil
	}
	return guard("Mount", func() error { return m.callbacks.mount(c, &m.Socket) })
}

func (m *mounted[C]) handleParams(c *gin.Context) error {
	if m.callbacks.params == nil {
		return nil
	}
	return guard("HandleParams", func() error { return m.callbacks.params(c, &m.Socket) })
}

func (m *mounted[C]) handleEvent(e Event) error {
	if m.callbacks.event == nil {
		return &noCallbackError{fmt.Sprintf(handleEventSignature, reflect.TypeFor[C]())}
	}
	m.inEvent = true
	defer func() { m.inEvent = false }()
	var unknown error
	err := guard("HandleEvent", func() error {
		err := m.callbacks.event(&m.Socket, e)
		if errors.Is(err, ErrUnknownEvent) { // in here, as it may call methods of err
			unknown = &unknownEventError{text: rescue.Text(err), known: m.callbacks.events}
			return nil
		}
		return err
	})
	return cmp.Or(err, unknown)
}

func (m *mounted[C]) handleRefusal(e Event, why *LimitError) (handled bool, err error) {
	if m.callbacks.refusal == nil {
		return false, nil
	}
	return true, guard("HandleRefusal", func() error { return m.callbacks.refusal(&m.Socket, e, why) })
}

func (m *mounted[C]) authorize(e Event) error {
	if m.callbacks.authorize == nil {
		return nil
	}
	return guard("Authorize", func() error { return m.callbacks.authorize(&m.Socket, e) })
}

func (m *mounted[C]) handleInfo(info any) error {
	if m.callbacks.info == nil {
		return fmt.Errorf("the view was sent a %T: %w", info,
			&noCallbackError{fmt.Sprintf(handleInfoSignature, reflect.TypeFor[C]())})
	}
	return guard("HandleInfo", func() error { return m.callbacks.info(&m.Socket, info) })
}

func (m *mounted[C]) shutdown() error {
	if m.callbacks.shutdown == nil {
		return nil
	}
	return guard("Shutdown", func() error { m.callbacks.shutdown(&m.Socket); return nil })
}

func (m *mounted[C]) render() (r Rendered, err error) {
	err = guard("Render", func() error { r = m.callbacks.render(m.state); return nil })
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
	err := guard("TempAssign", func() error {
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
