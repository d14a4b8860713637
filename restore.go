package liveview

import (
	"fmt"
	"reflect"

	"github.com/gin-liveview/liveview/internal/saved"
)

// Restorer is implemented by a view, or a live component, whose state outlives its process:
// a deploy, or, where [Config].Store is set, a crash. Within a process a lost connection
// loses nothing anyhow; see [Config].KeepTime.
type Restorer[C any] interface {
	// Restore gives the state saved back to its visitor. It runs when the page joins again
	// and there is no view any more that it could go on with: after Mount and
	// HandleParams, which subscribe and load as always, so that it takes what was the
	// visitor's and leaves what all share, which may be newer:
	//
	//	func (board) Restore(s *liveview.Socket[Board], saved Board) error {
	//		s.Assign(func(b *Board) { b.Open, b.Draft = saved.Open, saved.Draft })
	//		return nil
	//	}
	//
	// Where the page has come to another URL meanwhile, HandleParams runs after it. Of a
	// live component it runs after the first Update.
	//
	// saved has what the state held in its exported fields. It is encoded as CBOR, and
	// named by the tags cbor or json, of which "-" leaves a field out. What is left out,
	// and every [Async] and [Stream], is in saved as Mount has left it. [Handle] panics if
	// there is something in C that can't be saved: a function, a channel, an interface, a
	// field that isn't exported.
	//
	// An error or a panic goes to the log, and the page begins anew, with another Mount.
	Restore(s *Socket[C], saved C) error
}

// Migrator is implemented by a [Restorer] whose state had another shape in the version of
// the program before: fields of other names or types. Without it such a state is dropped,
// and the page begins anew.
type Migrator[C any] interface {
	// Migrate returns what Restore is to be given for a state of another shape. Its error
	// goes to the log, and the page begins anew.
	Migrate(old SavedState) (C, error)
}

// SavedState is a state that was saved by another version of a program.
type SavedState struct{ data []byte }

// Decode reads the state into what v points to, such as a struct of the shape that it had.
// Fields that either of the two hasn't got are passed over; one that has become what it
// can't be read as, such as a number a text, is an error.
func (s SavedState) Decode(v any) error {
	if err := saved.Unmarshal(s.data, v); err != nil {
		return fmt.Errorf("liveview: reading a saved state: %w", err)
	}
	return nil
}

// savedTypeOf returns how the states of a view are saved that has a Restore. It panics if
// they can't be.
func savedTypeOf(of any, state reflect.Type) *saved.Type {
	t, err := saved.Of(state, saved.Rules{Unsaved: isUnsaved, Holds: heldBy})
	if err != nil {
		panic(fmt.Sprintf("liveview: %T has a Restore, and its state can't be saved: %v", of, err))
	}
	return t
}
