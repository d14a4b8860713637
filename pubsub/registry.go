package pubsub

import (
	"bytes"
	"crypto/sha256"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/gin-liveview/liveview/internal/rescue"
)

const (
	maxName    = 100 // bytes of a type's name
	shapeBytes = 8   // of the hash of a type's shape that travels
)

// infoType is a registered type of infos.
type infoType struct {
	name  string
	typ   reflect.Type
	shape [shapeBytes]byte
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
// something else. So that nothing is lost on the way, T may not hold unexported
// fields, interfaces, functions or channels, unless it marshals itself.
// Register panics, with the path of the field, if it does, and if type or name
// are registered otherwise already.
func Register[T any](name string) {
	t := reflect.TypeFor[T]()
	if name == "" || len(name) > maxName {
		panic(fmt.Sprintf("pubsub: Register[%s](%q): a name has 1 to %d bytes", t, name, maxName))
	}
	var shape strings.Builder
	if problem := describe(&shape, t, t.String(), map[reflect.Type]bool{}); problem != "" {
		panic(fmt.Sprintf("pubsub: Register[%s](%q): %s", t, name, problem))
	}
	sum := sha256.Sum256([]byte(shape.String()))
	it := &infoType{name: name, typ: t, shape: [shapeBytes]byte(sum[:shapeBytes])}

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

// decode reads a value of the type. What isn't exactly one is an error, and so
// is a panic of the type's own UnmarshalJSON.
func (it *infoType) decode(payload []byte) (any, error) {
	v := reflect.New(it.typ)
	d := json.NewDecoder(bytes.NewReader(payload))
	d.DisallowUnknownFields()
	if err := rescue.Run("decoding", func() error { return d.Decode(v.Interface()) }); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("more than one value")
	}
	return v.Elem().Interface(), nil
}

var (
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// describe writes the shape of t as JSON sees it, and returns why t can't
// travel, if so; path is where in the type it stands.
func describe(b *strings.Builder, t reflect.Type, path string, within map[reflect.Type]bool) (problem string) {
	if t.Implements(jsonMarshaler) || reflect.PointerTo(t).Implements(jsonMarshaler) ||
		t.Implements(textMarshaler) || reflect.PointerTo(t).Implements(textMarshaler) {
		b.WriteString("marshals itself as " + t.String())
		return ""
	}
	switch t.Kind() {
	case reflect.Interface, reflect.Func, reflect.Chan, reflect.UnsafePointer, reflect.Uintptr, reflect.Complex64, reflect.Complex128:
		return fmt.Sprintf("%s is a %s, which can't travel between processes", path, t)
	case reflect.Pointer:
		b.WriteByte('*')
		return describe(b, t.Elem(), path, within)
	case reflect.Slice:
		b.WriteString("[]")
		return describe(b, t.Elem(), path+"[]", within)
	case reflect.Array:
		fmt.Fprintf(b, "[%d]", t.Len())
		return describe(b, t.Elem(), path+"[]", within)
	case reflect.Map:
		b.WriteString("map[")
		if problem := describe(b, t.Key(), path+"'s keys", within); problem != "" {
			return problem
		}
		b.WriteByte(']')
		return describe(b, t.Elem(), path+"[]", within)
	case reflect.Struct:
		if within[t] {
			b.WriteString("again " + t.Name())
			return ""
		}
		within[t] = true
		defer delete(within, t)
		b.WriteString("struct{")
		for f := range t.Fields() {
			tag := f.Tag.Get("json")
			if !f.IsExported() && !f.Anonymous || tag == "-" {
				return fmt.Sprintf("%s.%s would be lost: JSON leaves it out", path, f.Name)
			}
			b.WriteString(f.Name + " " + tag + " ")
			if problem := describe(b, f.Type, path+"."+f.Name, within); problem != "" {
				return problem
			}
			b.WriteByte(';')
		}
		b.WriteByte('}')
		return ""
	default:
		b.WriteString(t.Kind().String())
		return ""
	}
}
