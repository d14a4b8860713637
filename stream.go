package liveview

import (
	"iter"
	"reflect"

	"github.com/gin-liveview/liveview/internal/engine"
)

// Stream is a list in a view's state whose entries the page keeps and the server
// doesn't: what is put into it is rendered once, sent, and let go. So an entry more, or
// one less, costs what that entry costs, however long the list is, and the list takes
// no memory. The zero value is ready.
//
//	type State struct{ Messages liveview.Stream[Message] }
//
//	<ul id="messages" phx-update="stream">
//	{{range $id, $m := .Messages.All}}<li id="{{$id}}">{{$m.Text}}</li>{{end}}
//	</ul>
//
// The range stands right in an element with an id and phx-update="stream", and each
// entry is one element whose id is the range's first variable. That id is made of the
// name of the state's field and of what {{.ID}} is of the item, a field or a method
// without arguments: "messages-17". [Stream.IdentifyBy] chooses others. A stream is
// shown in one place; what is in it can't be counted, asked for or read again, so it has
// no {{else}}, and {{if}} and {{len}} don't take it.
//
// The methods are for the function given to [Socket.Assign]. What they ask for is carried
// out with the next render, in that order, except that what is taken out goes before
// anything is put in, so that places count what is there then. Entries of a stream that
// the page doesn't show in that render are lost, and the log says so. A Stream is a value: what is asked of a copy, such as that in what
// [Socket.State] returns, isn't asked of the page. Another Stream in its place, the zero
// value too, is an empty list.
//
// A page that joins again after its connection was lost shows what its new view has put
// in, and nothing else. One whose stream was hidden for a while, by an {{if}}, begins
// anew: call [Stream.Reset] when it comes back.
type Stream[T any] struct {
	engine engine.Stream // the first field, by which pages know a stream
}

// StreamLimit says how many entries of a [Stream] stay on the page when some are put
// in: what [KeepFirst] and [KeepLast] return.
type StreamLimit struct{ limit int }

// KeepFirst has the first n entries stay, where entries are put in at the start. It
// panics if n is less than 1.
func KeepFirst(n int) StreamLimit {
	if n < 1 {
		misuse("KeepFirst(%d): at least one entry is kept; Reset takes out all", n)
	}
	return StreamLimit{n}
}

// KeepLast has the last n entries stay, where entries are put in at the end. It panics
// if n is less than 1.
func KeepLast(n int) StreamLimit {
	if n < 1 {
		misuse("KeepLast(%d): at least one entry is kept; Reset takes out all", n)
	}
	return StreamLimit{-n}
}

// limitOf returns the limit that the client is told, 0 for none.
func limitOf(limits []StreamLimit) int {
	if len(limits) > 1 {
		misuse("a stream takes one limit, not %d", len(limits))
	}
	for _, l := range limits {
		return l.limit
	}
	return 0
}

// Insert puts item at the end. An entry of its id that is on the page is updated where
// it is; to move it, call Delete before. At most one limit may be given.
func (s *Stream[T]) Insert(item T, limit ...StreamLimit) {
	s.engine.Insert(reflect.TypeFor[T](), &item, -1, limitOf(limit))
}

// InsertAt is [Stream.Insert] at a place: 0 is the start, n behind the first n elements
// of the container, and a negative one the end.
func (s *Stream[T]) InsertAt(at int, item T, limit ...StreamLimit) {
	s.engine.Insert(reflect.TypeFor[T](), &item, at, limitOf(limit))
}

// InsertAll puts items at the end, in their order.
func (s *Stream[T]) InsertAll(items []T, limit ...StreamLimit) { s.InsertAllAt(-1, items, limit...) }

// InsertAllAt is [Stream.InsertAll] at a place, at which the first of the items then
// stands.
func (s *Stream[T]) InsertAllAt(at int, items []T, limit ...StreamLimit) {
	most := limitOf(limit)
	if len(items) > 0 {
		s.engine.Insert(reflect.TypeFor[T](), append([]T(nil), items...), at, most)
	}
}

// Update replaces the entry that has item's id, where it is. Where the page has none,
// nothing is done.
func (s *Stream[T]) Update(item T) { s.engine.Update(reflect.TypeFor[T](), &item) }

// Delete takes out the entry that has item's id; nothing else of item is looked at, as
// in Delete(Message{ID: 17}).
func (s *Stream[T]) Delete(item T) { s.engine.Delete(reflect.TypeFor[T](), &item) }

// DeleteByID takes out the entry whose element has this id, as phx-viewport-top and
// phx-viewport-bottom bring it, "messages-17".
func (s *Stream[T]) DeleteByID(id string) { s.engine.DeleteID(reflect.TypeFor[T](), id) }

// Reset takes out all entries, and puts items in instead. Entries that are among them
// stay the same elements.
func (s *Stream[T]) Reset(items []T) {
	s.engine.Reset(reflect.TypeFor[T]())
	s.InsertAll(items)
}

// IdentifyBy has the elements of the entries bear the ids that id returns, instead of
// those made of the field's name. They must be unique on the page. It is called before
// anything is put in, and again for a Stream that takes its place.
func (s *Stream[T]) IdentifyBy(id func(item T) string) {
	s.engine.Identify(reflect.TypeFor[T](), func(item any) string { return id(*item.(*T)) })
}

// All is for the range of a page, be it html/template's or Go's in a component: it has
// the id and the item of each entry. For the HTML render it has what the list then is, in
// its order; for a live page what is to be sent. Limits are the client's: before there is
// one they mean nothing.
func (s Stream[T]) All() iter.Seq2[string, T] {
	return func(yield func(string, T) bool) {
		s.engine.Range(func(id string, item any) bool { return yield(id, *item.(*T)) })
	}
}

func (Stream[T]) unsaved() {}

// MarshalCBOR has nothing of a Stream be saved with the state that it is in; see
// [Restorer]. It never fails.
func (Stream[T]) MarshalCBOR() ([]byte, error) { return nothingSaved, nil }

// UnmarshalCBOR leaves the Stream as it is. It never fails.
func (*Stream[T]) UnmarshalCBOR([]byte) error { return nil }
