// Package shape checks that values of a type arrive as they were when they travel
// as JSON, and carries them.
package shape

import (
	"bytes"
	"crypto/sha256"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/gin-liveview/liveview/internal/rescue"
)

// HashBytes is the size of a [Type]'s Hash, in bytes.
const HashBytes = 8

// Type is a type that can travel. It is safe for concurrent use.
type Type struct {
	Hash      [HashBytes]byte // of the type's names and kinds
	typ       reflect.Type
	byPointer bool // somewhere in it is what only a pointer can write
}

// Of returns how t travels, or an error that names what in t can't, or would be
// left out, and why.
func Of(t reflect.Type) (*Type, error) {
	d := describer{within: make(map[reflect.Type]bool)}
	if problem := d.describe(t, t.String(), true); problem != "" {
		return nil, errors.New(problem)
	}
	sum := sha256.Sum256([]byte(d.String()))
	return &Type{Hash: [HashBytes]byte(sum[:HashBytes]), typ: t, byPointer: d.byPointer}, nil
}

// Marshal returns a value of the type as JSON. A panic of a MarshalJSON is an
// error.
func (t *Type) Marshal(v any) (data []byte, err error) {
	if t.byPointer {
		p := reflect.New(t.typ)
		p.Elem().Set(reflect.ValueOf(v))
		v = p.Interface()
	}
	err = rescue.Run("marshalling", func() (err error) { data, err = json.Marshal(v); return err })
	return data, err
}

// Unmarshal reads a value of the type. What isn't exactly one is an error, and so
// is a panic of an UnmarshalJSON.
func (t *Type) Unmarshal(data []byte) (any, error) {
	v := reflect.New(t.typ)
	d := json.NewDecoder(bytes.NewReader(data))
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
	jsonMarshaler   = reflect.TypeFor[json.Marshaler]()
	jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
	textMarshaler   = reflect.TypeFor[encoding.TextMarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// describer writes the shape of a type as JSON sees it.
type describer struct {
	strings.Builder
	within    map[reflect.Type]bool // the structs that are being described
	byPointer bool
}

// describe writes the shape of t, and returns why it can't travel, if so. path is
// where in the whole type it stands; addressable says that it can be written by
// methods of its pointer.
func (d *describer) describe(t reflect.Type, path string, addressable bool) (problem string) {
	switch t.Kind() {
	case reflect.Interface, reflect.Func, reflect.Chan, reflect.UnsafePointer, reflect.Uintptr, reflect.Complex64, reflect.Complex128:
		if t.Kind() != reflect.Interface && marshalsItself(t) {
			break
		}
		return fmt.Sprintf("%s is a %s, which can't travel between processes", path, t)
	case reflect.Pointer:
		d.WriteByte('*')
		return d.describe(t.Elem(), path, true)
	}
	if marshalsItself(t) {
		return d.self(t, path, addressable)
	}
	switch t.Kind() {
	case reflect.Slice:
		d.WriteString("[]")
		return d.describe(t.Elem(), path+"[]", true)
	case reflect.Array:
		d.WriteString("[" + strconv.Itoa(t.Len()) + "]")
		return d.describe(t.Elem(), path+"[]", addressable)
	case reflect.Map:
		d.WriteString("map[")
		if problem := d.key(t.Key(), path+"'s keys"); problem != "" {
			return problem
		}
		d.WriteByte(']')
		return d.describe(t.Elem(), path+"[]", false)
	case reflect.Struct:
		return d.fields(t, path, addressable)
	default:
		d.WriteString(t.Kind().String())
		return ""
	}
}

func either(t reflect.Type, method reflect.Type) bool {
	return t.Implements(method) || reflect.PointerTo(t).Implements(method)
}

func marshalsItself(t reflect.Type) bool { return either(t, jsonMarshaler) || either(t, textMarshaler) }

// self is describe for a type that has a MarshalJSON or a MarshalText.
func (d *describer) self(t reflect.Type, path string, addressable bool) (problem string) {
	format, writer, reader := "JSON", jsonMarshaler, jsonUnmarshaler
	if !either(t, jsonMarshaler) {
		format, writer, reader = "Text", textMarshaler, textUnmarshaler
	}
	if !either(t, reader) && !(format == "Text" && either(t, jsonUnmarshaler)) {
		return fmt.Sprintf("%s: %s has a Marshal%s and no Unmarshal%[3]s: it can't be read back", path, t, format)
	}
	if !t.Implements(writer) {
		if !addressable {
			return fmt.Sprintf("%s is a %s, whose Marshal%s isn't called in a map, as its receiver is a pointer: use a *%[2]s", path, t, format)
		}
		d.byPointer = true
	}
	for _, method := range []string{"Marshal" + format, "Unmarshal" + format} {
		if lost, of := Beside(t, method); lost != "" {
			return fmt.Sprintf("%s.%s would be lost: the %s of %s is that of its embedded %s", path, lost, method, t, of)
		}
	}
	d.WriteString("marshals itself as " + t.String())
	return ""
}

// key is describe for the keys of a map, which JSON writes as strings.
func (d *describer) key(t reflect.Type, path string) (problem string) {
	writes, reads := t.Implements(textMarshaler), reflect.PointerTo(t).Implements(textUnmarshaler)
	switch t.Kind() {
	case reflect.String:
		writes = false // though it may have the method
		fallthrough
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if reads && !writes {
			return fmt.Sprintf("%s are of type %s, which JSON writes as a %s and reads by UnmarshalText", path, t, t.Kind())
		}
	default:
		if !writes {
			return fmt.Sprintf("%s are of type %s, which can't be keys in JSON", path, t)
		}
	}
	if writes && !reads {
		return fmt.Sprintf("%s are of type %s, which has a MarshalText and no UnmarshalText: they can't be read back", path, t)
	}
	d.WriteString(t.Kind().String())
	if writes {
		d.WriteString(" that marshals itself as " + t.String())
	}
	return ""
}

// fields is describe for a struct.
func (d *describer) fields(t reflect.Type, path string, addressable bool) (problem string) {
	if d.within[t] {
		d.WriteString("again " + t.String())
		return ""
	}
	d.within[t] = true
	defer delete(d.within, t)
	all, problem := fieldsOf(t, path, 0, map[reflect.Type]bool{t: true})
	if problem == "" {
		problem = shadowed(all)
	}
	if problem != "" {
		return problem
	}
	d.WriteString("struct{")
	for _, f := range all {
		d.WriteString(f.Name + " " + f.Tag.Get("json") + " ")
		if problem := d.describe(f.Type, f.path, addressable || f.viaPointer); problem != "" {
			return problem
		}
		d.WriteByte(';')
	}
	d.WriteByte('}')
	return ""
}
