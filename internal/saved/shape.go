package saved

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/gin-liveview/liveview/internal/shape"
)

var (
	timeType          = reflect.TypeFor[time.Time]()
	cborMarshaler     = reflect.TypeFor[cbor.Marshaler]()
	cborUnmarshaler   = reflect.TypeFor[cbor.Unmarshaler]()
	binaryMarshaler   = reflect.TypeFor[encoding.BinaryMarshaler]()
	binaryUnmarshaler = reflect.TypeFor[encoding.BinaryUnmarshaler]()
	textMarshaler     = reflect.TypeFor[encoding.TextMarshaler]()
	textUnmarshaler   = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// Rules say what is special about some types.
type Rules struct {
	// Unsaved reports whether a type is left out where it is that of a field; it writes
	// itself as anything, and reads nothing.
	Unsaved func(t reflect.Type) bool

	// Holds returns the type of what a type that writes itself writes of others, nil for
	// nothing.
	Holds func(t reflect.Type) reflect.Type
}

// describer writes the shape of a type as it is saved.
type describer struct {
	strings.Builder
	of        Rules
	within    map[reflect.Type]bool // the structs that are being described
	recursive bool                  // one of them holds itself
}

// describe writes the shape of t, and returns why it can't be saved, if so. path is where
// in the whole type it stands; addressable says that it can be written by methods of its
// pointer.
func (d *describer) describe(t reflect.Type, path string, addressable bool) (problem string) {
	if t == timeType {
		d.WriteString("time")
		return ""
	}
	if self := itself(t); self != nil {
		return d.self(t, path, self, addressable)
	}
	switch t.Kind() {
	case reflect.Interface, reflect.Func, reflect.Chan, reflect.UnsafePointer, reflect.Uintptr, reflect.Complex64, reflect.Complex128:
		return fmt.Sprintf(`%s is a %s, which can't be saved; leave it out by the tag cbor:"-"`, path, t)
	case reflect.Pointer:
		d.WriteByte('*')
		return d.describe(t.Elem(), path, true)
	case reflect.Slice:
		d.WriteString("[]")
		return d.describe(t.Elem(), path+"[]", true)
	case reflect.Array:
		d.WriteString("[" + strconv.Itoa(t.Len()) + "]")
		return d.describe(t.Elem(), path+"[]", addressable)
	case reflect.Map:
		d.WriteString("map[")
		if problem := d.describe(t.Key(), path+"'s keys", false); problem != "" {
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

// fields is describe for a struct.
func (d *describer) fields(t reflect.Type, path string, addressable bool) (problem string) {
	if d.within[t] {
		d.recursive = true
		d.WriteString("again " + t.String())
		return ""
	}
	d.within[t] = true
	defer delete(d.within, t)
	d.WriteString("struct{")
	names := map[string]string{}
	for f := range t.Fields() {
		at := path + "." + f.Name
		if d.leavesOut(f) {
			continue
		}
		tag := tagOf(f)
		name, options, _ := strings.Cut(tag, ",")
		switch embedded := indirect(f.Type); {
		case f.Anonymous && name == "" && embedded.Kind() == reflect.Struct && itself(embedded) == nil && embedded != timeType:
			if !f.IsExported() {
				return fmt.Sprintf(`%s isn't exported, and what isn't can't be saved; leave it out by the tag cbor:"-"`, at)
			}
			// Its fields stand beside those of t; which of one name is meant is a
			// question not worth asking.
			if embedded.NumField() > 0 {
				for inner := range embedded.Fields() {
					if d.leavesOut(inner) {
						continue
					}
					if problem := taken(names, nameOf(inner), at+"."+inner.Name); problem != "" {
						return problem
					}
				}
			}
		case !f.IsExported():
			return fmt.Sprintf(`%s isn't exported, and what isn't can't be saved; export it, or leave it out by the tag cbor:"-"`, at)
		default:
			if problem := taken(names, nameOf(f), at); problem != "" {
				return problem
			}
		}
		if strings.Contains(options, "keyasint") || strings.Contains(options, "toarray") {
			return fmt.Sprintf("%s has a tag with %q, which saved states don't use", at, options)
		}
		d.WriteString(f.Name + " " + tag + " ")
		if problem := d.describe(f.Type, at, addressable); problem != "" {
			return problem
		}
		d.WriteByte(';')
	}
	d.WriteByte('}')
	return ""
}

// taken notes that the field at has that name, and returns what is wrong with it if
// another has it: one of the two would be lost.
func taken(names map[string]string, name, at string) (problem string) {
	if other := names[name]; other != "" {
		return fmt.Sprintf("%s would be lost: %s has the same name %q where it is saved", at, other, name)
	}
	names[name] = at
	return ""
}

func indirect(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// tagOf returns the tag that says how a field is saved: cbor's, or else json's.
func tagOf(f reflect.StructField) string {
	if tag, has := f.Tag.Lookup("cbor"); has {
		return tag
	}
	return f.Tag.Get("json")
}

func nameOf(f reflect.StructField) string {
	name, _, _ := strings.Cut(tagOf(f), ",")
	if name == "" {
		name = f.Name
	}
	return strings.ToLower(name) // as names are read without regard to case
}

// leavesOut reports whether nothing of a field is saved.
func (d *describer) leavesOut(f reflect.StructField) bool {
	return tagOf(f) == "-" || f.Name == "_" || d.of.Unsaved(f.Type)
}

// pair is how a type writes and reads itself.
type pair struct {
	format         string
	writer, reader reflect.Type
}

var pairs = []pair{{"CBOR", cborMarshaler, cborUnmarshaler}, {"Binary", binaryMarshaler, binaryUnmarshaler}, {"Text", textMarshaler, textUnmarshaler}}

// itself returns by what t writes itself, nil if it doesn't.
func itself(t reflect.Type) *pair {
	if t.Kind() == reflect.Interface || t.Kind() == reflect.Pointer {
		return nil
	}
	for i, p := range pairs {
		if t.Implements(p.writer) || reflect.PointerTo(t).Implements(p.writer) {
			return &pairs[i]
		}
	}
	return nil
}

// self is describe for a type that writes itself.
func (d *describer) self(t reflect.Type, path string, by *pair, addressable bool) (problem string) {
	if held := d.of.Holds(t); held != nil {
		d.WriteString("itself, with ")
		return d.describe(held, path, true)
	}
	if !reflect.PointerTo(t).Implements(by.reader) {
		return fmt.Sprintf("%s: %s has a Marshal%s and no Unmarshal%[3]s: it can't be read back", path, t, by.format)
	}
	if !t.Implements(by.writer) && !addressable {
		return fmt.Sprintf("%s is a %s, whose Marshal%s isn't called there, as its receiver is a pointer: use a *%[2]s", path, t, by.format)
	}
	for _, method := range []string{"Marshal" + by.format, "Unmarshal" + by.format} {
		if lost, of := shape.Beside(t, method); lost != "" {
			return fmt.Sprintf("%s.%s would be lost: the %s of %s is that of its embedded %s", path, lost, method, t, of)
		}
	}
	d.WriteString("itself as " + t.String())
	return ""
}
