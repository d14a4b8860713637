package liveview

import (
	"reflect"

	"github.com/gin-liveview/liveview/internal/engine"
	"github.com/gin-liveview/liveview/internal/rescue"
)

// componentKind is a [Live], whatever the types of its state and props.
type componentKind interface {
	engine.LiveKind
	engine.SavedKind

	// label is its name in the log.
	label() string

	// live is what the application knows it by.
	live() AnyLive

	// hears reports whether it has a HandleInfo.
	hears() bool

	// of returns what an id of the kind is among those of all kinds.
	of(id uint64) uint64

	// newComponent returns a component of the kind for a page.
	newComponent(p *page, cid int) liveComponent

	// update gives components of the kind other props, all of them before any is
	// rendered. For those that failed, failed is called; its error ends it.
	update(list []update, failed func(liveComponent, error) error) error
}

// liveComponent is a live component of a page, whatever the types of its state and
// props. Errors are those of the application's callbacks, panics included.
type liveComponent interface {
	callee

	// core is what the page knows of it.
	core() *liveCore

	kindOf() componentKind

	// containsFailure reports whether its failure is its own, not the view's.
	containsFailure() bool

	// breakDown has it show err from now on, until restart.
	breakDown(err error)
	restart() error

	// anew is restart with the props of u.
	anew(u update) error
}

// liveCore is what a page knows of a live component.
type liveCore struct {
	part
	held    engine.Part
	id      uint64 // among those of all kinds
	sum     uint64 // of the props that the template gave it
	placed  uint32 // the last round in which it was shown
	queued  bool   // it is to be rendered
	failing bool   // it has broken down

	hasMounted bool // since it began, or began anew
}

// update is what the template gives a component.
type update struct {
	to    liveComponent
	props reflect.Value // a copy; invalid for nothing
}

// liveKind is the kind behind a [Live].
type liveKind[C, P any] struct {
	self      AnyLive
	salt      uint64 // tells its ids from those of other kinds
	name      string
	props     reflect.Type                 // nil: it takes none
	sum       func(p reflect.Value) uint64 // of props; see engine.Placed
	one       func(s *Socket[C], props P) error
	mount     func(s *Socket[C]) error // nil for none
	callbacks callbacks[C]
	many      func(sockets []*Socket[C], props []P) error // nil for none
	failed    func(state C, err error) Rendered           // nil for none
}

// Props returns the type of what the component is given.
func (k *liveKind[C, P]) Props() reflect.Type { return k.props }

func (k *liveKind[C, P]) label() string       { return k.name }
func (k *liveKind[C, P]) of(id uint64) uint64 { return id ^ k.salt }
func (k *liveKind[C, P]) live() AnyLive       { return k.self }
func (k *liveKind[C, P]) hears() bool         { return k.callbacks.info != nil }

// Saved reports whether the states of the components are saved.
func (k *liveKind[C, P]) Saved() bool { return k.callbacks.saved != nil }

// check sees whether what the component shows of an empty state is one element. What
// can't be shown yet, as its template isn't there before all packages' variables are,
// is left to the first render.
func (k *liveKind[C, P]) check() error {
	var err error
	_ = rescue.Run("Render", func() error {
		var empty C
		if r := k.callbacks.render(empty); r.template != nil {
			err = r.template.OneElement()
		}
		return nil
	})
	return err
}

func (k *liveKind[C, P]) newComponent(p *page, cid int) liveComponent {
	c := &livePart[C, P]{kind: k}
	c.cid, c.held.CID = cid, cid
	c.socket = Socket[C]{page: p, part: &c.liveCore.part}
	c.callbacks = &k.callbacks
	return c
}

func (k *liveKind[C, P]) update(list []update, failed func(liveComponent, error) error) error {
	if k.many == nil {
		for _, u := range list {
			c := u.to.(*livePart[C, P])
			if err := c.update(propsOf[P](u)); err != nil {
				if err = failed(c, err); err != nil {
					return err
				}
			}
		}
		return nil
	}
	sockets, props := make([]*Socket[C], 0, len(list)), make([]P, 0, len(list))
	for _, u := range list {
		c, given := u.to.(*livePart[C, P]), propsOf[P](u)
		if err := c.begin(given); err != nil {
			if err = failed(c, err); err != nil {
				return err
			}
			continue
		}
		sockets, props = append(sockets, &c.socket), append(props, given)
	}
	if len(sockets) == 0 {
		return nil
	}
	err := sockets[0].page.guard("UpdateMany", func() error { return k.many(sockets, props) })
	if err == nil {
		return nil
	}
	for _, u := range list {
		if c := u.to.(*livePart[C, P]); !c.failing {
			if err := failed(c, err); err != nil {
				return err
			}
		}
	}
	return nil
}

func propsOf[P any](u update) (props P) {
	if u.props.IsValid() {
		props = *u.props.Addr().Interface().(*P)
	}
	return props
}

// livePart is a live component of a page. It is a liveComponent.
type livePart[C, P any] struct {
	mounted[C]
	liveCore
	kind *liveKind[C, P]
	own  *ownFailure[P] // nil where its failure is the view's
}

// ownFailure is what a component has whose failure is its own.
type ownFailure[P any] struct {
	props P     // that it starts anew with
	err   error // what it broke down by
}

func (c *livePart[C, P]) core() *liveCore       { return &c.liveCore }
func (c *livePart[C, P]) kindOf() componentKind { return c.kind }

// begin makes the component ready to be updated: it is mounted, if it hasn't been since it
// began, or began anew.
func (c *livePart[C, P]) begin(props P) error {
	if c.kind.failed != nil {
		c.own = &ownFailure[P]{props: props}
	}
	if c.failing { // it becomes as it was at first
		var empty C
		c.failing, c.hasMounted, c.socket.state, c.socket.temps, c.owns = false, false, empty, nil, nil
	}
	c.dirty, c.lacks = true, false
	if c.hasMounted || c.kind.mount == nil {
		return nil
	}
	c.hasMounted = true
	return c.page().guard("Mount", func() error { return c.kind.mount(&c.socket) })
}

func (c *livePart[C, P]) update(props P) error {
	if err := c.begin(props); err != nil {
		return err
	}
	if c.kind.many != nil {
		return c.page().guard("UpdateMany", func() error { return c.kind.many([]*Socket[C]{&c.socket}, []P{props}) })
	}
	return c.page().guard("Update", func() error { return c.kind.one(&c.socket, props) })
}

func (c *livePart[C, P]) handleEvent(e Event) error {
	if c.failing {
		return c.restart()
	}
	return c.callEvent(e)
}

func (c *livePart[C, P]) handleInfo(info any) error {
	if c.failing {
		return nil
	}
	return c.callInfo(info)
}

func (c *livePart[C, P]) render() (r Rendered, err error) {
	if !c.failing {
		return c.draw()
	}
	err = c.page().guard("Failed", func() error { r = c.kind.failed(c.socket.state, c.own.err); return nil })
	return r, err
}

func (c *livePart[C, P]) containsFailure() bool { return c.own != nil && !c.failing }

func (c *livePart[C, P]) breakDown(err error) {
	c.own.err, c.failing, c.dirty, c.lacks, c.socket.temps = err, true, true, false, nil
}

func (c *livePart[C, P]) restart() error {
	return c.update(c.own.props)
}

func (c *livePart[C, P]) anew(u update) error {
	c.failing = true
	return c.update(propsOf[P](u))
}

// liveMessage is something for a live component that is known by its id.
type liveMessage struct {
	to uint64 // the id among those of all kinds
	do func(liveComponent) error
}
