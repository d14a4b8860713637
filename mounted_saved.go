package liveview

import (
	"errors"
	"fmt"
)

// saves reports whether the state outlives its process.
func (m *mounted[C]) saves() bool { return m.callbacks.saved != nil }

func (m *mounted[C]) save() (savedState, error) {
	t := m.callbacks.saved
	data, err := t.Marshal(&m.socket.state)
	return savedState{Shape: t.Hash[:], Data: data, Lacks: m.socket.part.lacks}, err
}

// errOtherShape is of a saved state that was dropped.
var errOtherShape = errors.New("the saved state has another shape, of another version of the program, and the view has no Migrate: it is dropped")

func (m *mounted[C]) restore(s savedState) error {
	t, state := m.callbacks.saved, m.socket.state
	switch {
	case t == nil:
		return errOtherShape
	case string(s.Shape) == string(t.Hash[:]):
		if err := t.Unmarshal(s.Data, &state); err != nil {
			return fmt.Errorf("reading the saved state: %w", err)
		}
	case m.callbacks.migrate == nil:
		return errOtherShape
	default:
		err := m.page().guard("Migrate", func() (err error) { state, err = m.callbacks.migrate(SavedState{s.Data}); return err })
		if err != nil {
			return err
		}
	}
	if err := m.page().guard("Restore", func() error { return m.callbacks.restore(&m.socket, state) }); err != nil {
		return err
	}
	if s.Lacks && m.callbacks.reload != nil {
		return m.page().guard("Reload", func() error { return m.callbacks.reload(&m.socket) })
	}
	return nil
}
