package liveview

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/gin-gonic/gin"
)

// ViewFuncs is a [View] put together from functions, for a page that needs no type
// of its own:
//
//	liveview.Handle(r, "/counter", liveview.ViewFuncs[Counter]{
//		Template: liveview.MustParse[Counter](`<h1>{{.Count}}</h1><button phx-click="inc">one more</button>`),
//		Events: liveview.Events[Counter]{
//			"inc": func(s *liveview.Socket[Counter], e liveview.Event) error {
//				s.Assign(func(st *Counter) { st.Count++ })
//				return nil
//			},
//		},
//	})
//
// Either Template or Component is required; [Handle] panics without. The functions are
// what the methods of a view are: see the interface named at each. A type may embed a
// ViewFuncs and have methods of a view beside it, which take the functions' place, or
// for which there is no field, such as Authorize and HandleRefusal; one with a
// Render needs neither Template nor Component.
type ViewFuncs[C any] struct {
	// Template shows the state.
	Template *Template[C]

	// Component, in place of Template, makes what shows the state.
	Component func(state C) Component

	// Mount is that of [Mounter]. Nil means that the state begins as the zero value.
	Mount func(c *gin.Context, s *Socket[C]) error

	// Params is HandleParams of [ParamsHandler]. Nil means that the page doesn't
	// follow its URL.
	Params func(c *gin.Context, s *Socket[C]) error

	// Events are the events that the page hears. Others are answered and told to
	// the log, with the names that there are, as [ErrUnknownEvent] is.
	Events Events[C]

	// Info is HandleInfo of [InfoHandler].
	Info func(s *Socket[C], info any) error

	// Progress is HandleProgress of [ProgressHandler].
	Progress func(s *Socket[C], e UploadEntry) error

	// Restore is that of [Restorer].
	Restore func(s *Socket[C], saved C) error

	// Reload is that of [Reloader].
	Reload func(s *Socket[C]) error

	// Migrate is that of [Migrator], for Restore.
	Migrate func(old SavedState) (C, error)

	// Container is the page's own element; the zero value is a plain div. See
	// [Contained].
	Container Container
}

// Events are functions by the name of the event that they handle, as [EventHandler]
// does.
type Events[C any] map[string]func(s *Socket[C], e Event) error

// Render implements [View].
func (v ViewFuncs[C]) Render(state C) Rendered {
	if v.Component != nil {
		return RenderComponent(v.Component(state))
	}
	return v.Template.Render(state)
}

// callbacks are those of a view that is v or embeds it. It panics where v can't work.
func (v ViewFuncs[C]) callbacks(of View[C]) callbacks[C] {
	name := reflect.TypeFor[ViewFuncs[C]]()
	_, isValue := of.(ViewFuncs[C])
	_, isPointer := of.(*ViewFuncs[C])
	if (isValue || isPointer) && (v.Template == nil) == (v.Component == nil) {
		panic(fmt.Sprintf("liveview: a %s wants either Template or Component, to show its state", name))
	}
	if v.Template != nil && v.Template.engine.Load().Around() {
		panic(fmt.Sprintf("liveview: the Template of a %s says {{content}}, which is for inner layouts: give that one to UseInnerLayout", name))
	}
	cb := callbacks[C]{render: v.Render, mount: v.Mount, params: v.Params, info: v.Info, progress: v.Progress, restore: v.Restore, reload: v.Reload, migrate: v.Migrate, container: v.Container}
	for event, fn := range v.Events {
		if fn == nil {
			panic(fmt.Sprintf("liveview: Events of a %s has no function for %q", name, event))
		}
	}
	if len(v.Events) > 0 {
		cb.event = v.handleEvent
		cb.events = slices.Sorted(maps.Keys(v.Events))
	}
	return cb
}

func (v ViewFuncs[C]) handleEvent(s *Socket[C], e Event) error {
	if fn := v.Events[e.Name]; fn != nil {
		return fn(s, e)
	}
	return ErrUnknownEvent
}
