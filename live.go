package liveview

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"

	"github.com/gin-liveview/liveview/internal/engine"
)

// LiveComponent is a part of a page with a state of its own, of type C, in the view's
// own channel: a card that is edited in place, a row with a menu, a form. It is what
// Phoenix calls a LiveComponent. One value serves all places that show it, as a [View]
// serves all its visitors; [NewLive] makes it known to templates.
//
// Like a view it takes part in more by having the methods of [EventHandler] (for events
// of elements with phx-target={{myself}}), [InfoHandler], [Authorizer],
// [ProgressHandler] and [ShutdownHandler], each with a Socket of its
// own state: what its Socket sends, subscribes to, repeats, loads and uploads comes
// back to it, and ends with it. Title, flash, events and moves are the page's.
// [LiveMounter], [ManyUpdater] and [FailureHandler] are for live components alone. For an event of
// theirs the view's Authorize is asked as well, and first, and so are the Hooks around
// it, with the view's socket; [Event].Component tells whose it is.
//
// Its callbacks never run at the same time as others of the page. One that returns an
// error or panics ends the view, unless there is a [FailureHandler].
type LiveComponent[C, P any] interface {
	// Update is given props, what the template that shows the component gives it:
	// before it is first rendered, on the HTTP render and on the live page, and each
	// time that they have changed. Props of plain data (numbers, strings, booleans,
	// and arrays and structs of these) are compared; others count as changed whenever
	// what shows the component is rendered. It is called as well where the client needs
	// all of a component that has let go of data by TempAssign, as when it moves. What is
	// to be begun once is for [LiveMounter].
	Update(s *Socket[C], props P) error

	// Render shows a state, as [View]'s does: one element, and nothing beside it.
	Render(state C) Rendered
}

// LiveMounter is implemented by a live component that begins something once, however often
// it is updated.
type LiveMounter[C any] interface {
	// Mount runs before the first Update, on the HTTP render and again on the live
	// page, and when the component starts anew after it has failed: here it calls
	// Subscribe, Repeat and AllowUpload. What it is given isn't known yet.
	Mount(s *Socket[C]) error
}

// ManyUpdater is implemented by a live component that loads what it shows, and would
// otherwise ask a database once for each.
type ManyUpdater[C, P any] interface {
	// UpdateMany is Update for all that are to be updated before the page is rendered,
	// and is called instead of it: props[i] is what sockets[i] is given. Its error is
	// one of each of them.
	UpdateMany(sockets []*Socket[C], props []P) error
}

// FailureHandler is implemented by a live component whose failure doesn't end the view.
type FailureHandler[C any] interface {
	// Failed shows that a callback of the component's has failed, with the state as
	// that left it, which is the zero value where the first Update failed before it
	// assigned anything: so that assigns what Failed shows, an id for instance, before
	// it does what may fail. err is for the log, which has it, and not for the page.
	// What the component had set going has ended. It starts anew, with an empty state
	// and Update, when its next event comes, of a button that says "Try again" for
	// instance, whatever it is called, or other props.
	Failed(state C, err error) Rendered
}

// Live is a live component as templates and other callbacks know it. It is made by
// [NewLive], once for each component of an application.
type Live[C, P any] struct{ kind *liveKind[C, P] }

// NewLive makes a live component known:
//
//	var card = liveview.NewLive[Card, Item](cardComponent{})
//
// A template shows it where [Source].Live gives it a name:
//
//	var board = liveview.MustParseSource[Board](liveview.Source{
//		Text: `{{range .Items}}{{card .ID .}}{{end}}`,
//		Live: map[string]liveview.AnyLive{"card": card},
//	})
//
// The first argument is its id, a number, a string, or an array or struct of these: a
// component and an id are one state for as long as the page shows them, wherever they
// move on it, and may stand on it once. The second is its props, of type P, checked by
// [Parse]; a component whose P is struct{} takes none. In templ it is [Live.With].
//
// NewLive panics if a callback has the wrong signature, or what Render shows of an
// empty state isn't one element.
func NewLive[C, P any](component LiveComponent[C, P]) *Live[C, P] {
	if component == nil {
		misuse("NewLive wants a component, not nil")
	}
	k := &liveKind[C, P]{one: component.Update}
	t := reflect.TypeOf(component)
	k.name = t.String()
	for _, name := range []string{"HandleParams", "HandleRefusal", "Container"} {
		if _, has := t.MethodByName(name); has {
			misuse("%s is a live component, whose %s would never be called: it is the view's", t, name)
		}
	}
	k.callbacks.find(component, reflect.TypeFor[C](),
		wanted{"Mount", with(component, func(c LiveMounter[C]) { k.mount = c.Mount }), "Mount(s *liveview.Socket[%s]) error"},
		wanted{"UpdateMany", with(component, func(c ManyUpdater[C, P]) { k.many = c.UpdateMany }), "UpdateMany(sockets []*liveview.Socket[%s], props []" + reflect.TypeFor[P]().String() + ") error"},
		wanted{"Failed", with(component, func(c FailureHandler[C]) { k.failed = c.Failed }), "Failed(state %s, err error) liveview.Rendered"},
	)
	if props := reflect.TypeFor[P](); props.Kind() != reflect.Struct || props.NumField() > 0 || props.Name() != "" {
		k.props = props
	}
	if err := k.check(); err != nil {
		misuse("%s: %v", t, err)
	}
	l := &Live[C, P]{k}
	k.self, k.sum, k.salt = l, engine.SumOf(k.props), rand.Uint64()
	return l
}

func (l *Live[C, P]) liveKind() engine.LiveKind { return l.kind }

// With returns what shows the component, as {{card .ID .}} does, for what isn't an
// html/template: in templ @card.With(item.ID, item).
func (l *Live[C, P]) With(id any, props P) Component { return placedLive[C, P]{l.kind, id, props} }

// SendUpdate gives the component with that id other props than the template did, until
// the template's change, as Phoenix's send_update does: Update runs after the render
// that is under way has gone out, also for the props that it has, so that one which has
// failed starts anew; of a [ManyUpdater] it is UpdateMany, with this one alone. s is
// the socket of the view, or of a live component on the page. It may be called from any
// goroutine. A component that isn't on the page any more is passed over; for an id that
// can't be one it returns an error, and otherwise what [Socket.SendInfo] does.
func (l *Live[C, P]) SendUpdate(s PageSocket, id any, props P) error {
	return l.send(s, id, func(c liveComponent) error { return c.(*livePart[C, P]).update(props) })
}

// SendInfo is [Live.SendUpdate] of a value for the component's HandleInfo.
func (l *Live[C, P]) SendInfo(s PageSocket, id, info any) error {
	return l.send(s, id, func(c liveComponent) error { return c.handleInfo(info) })
}

func (l *Live[C, P]) send(s PageSocket, id any, do func(liveComponent) error) error {
	sum, err := engine.LiveID(id)
	if err != nil {
		return fmt.Errorf("liveview: %w", err)
	}
	return s.postLive(l.kind, sum, do)
}

func (s *Socket[C]) postLive(kind engine.LiveKind, id uint64, do any) error {
	return s.page.send(message{kind: messageLive, info: &liveMessage{kind.(componentKind).of(id), do.(func(liveComponent) error)}})
}

// SendParent has info delivered to the HandleInfo of what this one stands in: of a live
// component the view or the live component that shows it, of a nested view its parent.
// In all else it is as [Socket.SendInfo]. It returns an error where there is no parent,
// and in a nested view where that has no HandleInfo; a live component's view without one
// ends, as by any info that it can't hear.
func (s *Socket[C]) SendParent(info any) error {
	s.page.onlyInCallbacks("SendParent")
	if s.page.mailbox == nil && s.page.posting == nil {
		return ErrNotConnected
	}
	if s.part.cid == 0 {
		return s.page.sendParent(info)
	}
	name, hears := s.page.route.name, s.page.route.hears || s.page.hooks != nil
	if s.part.parent != 0 {
		if name, hears = s.page.host.(componentHost).hears(s.part.parent); name == "" {
			return ErrEnded
		}
	}
	if !hears {
		return fmt.Errorf("liveview: SendParent: the parent, %s, has no HandleInfo to get a %T", name, info)
	}
	return s.page.send(message{kind: messageInfo, cid: s.part.parent, info: info})
}

// componentHost is the engine.Host of a page.
type componentHost interface {
	engine.Host

	// hears returns what the log calls the component of that number, "" for one that has
	// gone, and whether it has a HandleInfo.
	hears(cid int) (name string, ok bool)
}

// placedLive is what shows a live component in what isn't an html/template.
type placedLive[C, P any] struct {
	kind  *liveKind[C, P]
	id    any
	props P
}

// Render places the component on the page that ctx says is being rendered, and writes
// what stands for it there.
func (p placedLive[C, P]) Render(ctx context.Context, w io.Writer) error {
	m := MetaFrom(ctx)
	if m == nil {
		return fmt.Errorf("liveview: the live component %s can only be shown on a live page: pass on the ctx that Render gets", p.kind.name)
	}
	id, err := engine.LiveID(p.id)
	if err != nil {
		return fmt.Errorf("liveview: %s: %w", p.kind.name, err)
	}
	host, self := m.page.live()
	if host == nil {
		return fmt.Errorf("liveview: the live component %s stands outside of a live view", p.kind.name)
	}
	placed := engine.Placed{Kind: p.kind, ID: id, Parent: self}
	if !m.Connected() || p.kind.Saved() {
		placed.Key, _ = engine.LiveKey(p.id) // as for the id
	}
	if p.kind.props != nil {
		placed.Props = reflect.ValueOf(&p.props).Elem()
		placed.Sum = p.kind.sum(placed.Props)
	}
	cid, _ := host.Place(placed)
	_, err = w.Write(engine.AppendMark(nil, cid))
	return err
}
