package pubsub

import (
	"fmt"
	"reflect"
	"sync"

	"github.com/gin-liveview/liveview/internal/shape"
)

// maxName is how many bytes a type's name may have.
const maxName = 100

// infoType is a registered type of infos.
type infoType struct {
	*shape.Type
	name string
	typ  reflect.Type
}

// registry holds what [Register] was given, for the whole process, as
// encoding/gob's does.
var registry struct {
	mu     sync.RWMutex // guards the fields below
	byName map[string]*infoType
	byType map[reflect.Type]*infoType
}

// Register names a type of infos that may travel between processes. Call it
// once for each, at the start of the program, with a name of 1 to 100 bytes
// that is the same in all processes, such as "shop.OrderPlaced".
//
// Values travel as JSON, with a hash of the type's shape: a process whose type
// of that name has other fields drops the message rather than reading it into
// something else. Nothing may be lost on the way: T may not hold interfaces,
// functions or channels; nor fields that JSON leaves out, be they unexported,
// tagged "-", of the same name as another, or beside an embedded struct whose
// MarshalJSON writes for all. A type that marshals itself must be able to read
// that back. Register panics, with the path of the field and the reason, if
// something would be lost, and if type or name are registered otherwise already.
func Register[T any](name string) {
	t := reflect.TypeFor[T]()
	if name == "" || len(name) > maxName {
		panic(fmt.Sprintf("pubsub: Register[%s](%q): a name has 1 to %d bytes", t, name, maxName))
	}
	s, err := shape.Of(t)
	if err != nil {
		panic(fmt.Sprintf("pubsub: Register[%s](%q): %s", t, name, err))
	}
	it := &infoType{Type: s, name: name, typ: t}

	registry.mu.Lock()
	defer registry.mu.Unlock()
	if registry.byName == nil {
		registry.byName = make(map[string]*infoType)
		registry.byType = make(map[reflect.Type]*infoType)
	}
	if old := registry.byName[name]; old != nil && old.typ != t {
		panic(fmt.Sprintf("pubsub: Register[%s](%q): the name is taken by %s", t, name, old.typ))
	}
	if old := registry.byType[t]; old != nil && old.name != name {
		panic(fmt.Sprintf("pubsub: Register[%s](%q): the type is registered as %q", t, name, old.name))
	}
	registry.byName[name], registry.byType[t] = it, it
}

func typeOf(info any) *infoType {
	registry.mu.RLock()
	defer registry.mu.RUnlock()
	return registry.byType[reflect.TypeOf(info)]
}

func typeNamed(name string) *infoType {
	registry.mu.RLock()
	defer registry.mu.RUnlock()
	return registry.byName[name]
}
