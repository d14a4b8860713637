package liveview

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin/binding"
)

// Gin's binding sets more fields than those that are tagged: one without a tag
// by its Go name, and what is below a struct or a map, tagged "-" or not, by a
// value that is JSON. So Gin is only given the values that a tag names, for
// types of which that is all it can set.

// formFieldsOf returns the names that the form tags of the struct that dst points
// to give to its fields, or why it can't be bound.
func formFieldsOf(dst any) (map[string]bool, error) {
	v, err := structOf(dst)
	if err != nil {
		return nil, err
	}
	t := v.Type()
	if known, ok := formTypes.Load(t); ok {
		f := known.(*formType)
		return f.names, f.err
	}
	f := &formType{names: make(map[string]bool), untagged: make(map[string]string)}
	f.err = f.add(t, t.String(), nil)
	for name, path := range f.untagged {
		if f.err == nil && f.names[name] {
			f.err = fmt.Errorf(`%s has no form tag, but the name that another field's tag gives; Gin would set both, so tag it form:"-"`, path)
		}
	}
	if f.err == nil && len(f.names) == 0 {
		f.err = fmt.Errorf("%s has no field with a form tag, so there is nothing to bind", t)
	}
	formTypes.Store(t, f)
	return f.names, f.err
}

// structOf returns the struct that dst points to.
func structOf(dst any) (reflect.Value, error) {
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return reflect.Value{}, fmt.Errorf("a %T is given; it must be a pointer to a struct", dst)
	}
	return v.Elem(), nil
}

// formTypes has a *formType for each reflect.Type that was bound to, for good: there
// are no more of them than structs in the program.
var formTypes sync.Map

// formType is what there is to know of a type.
type formType struct {
	names    map[string]bool   // that form tags give
	untagged map[string]string // Go names of fields without one, and where they are
	err      error             // why it can't be bound
}

// add looks through the fields of the struct t, as Gin does, and returns why t
// can't be bound.
func (f *formType) add(t reflect.Type, path string, within []reflect.Type) error {
	for _, outer := range within {
		if outer == t {
			return fmt.Errorf(`%s is a %s within a %s; tag it form:"-"`, path, t, t)
		}
	}
	within = append(within, t)
	for i := range t.NumField() {
		field := t.Field(i)
		tag, tagged := field.Tag.Lookup("form")
		if tag == "-" || !field.IsExported() && !field.Anonymous {
			continue
		}
		at := path + "." + field.Name
		inner := field.Type
		for inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		isStruct := inner.Kind() == reflect.Struct
		name, options, _ := strings.Cut(tag, ",")
		switch {
		case field.Anonymous && isStruct:
			if field.Type.Kind() == reflect.Pointer && !field.IsExported() {
				return fmt.Errorf(`%s is an embedded pointer that can't be set from outside of its package; tag it form:"-"`, at)
			}
		case !tagged || name == "-" || !field.IsExported():
			f.untagged[field.Name] = at
		case isScalar(inner, options) || isListOfScalars(inner, options):
			if name == "" {
				name = field.Name
			}
			f.names[name] = true
		default:
			return fmt.Errorf("%s is a %s, which Gin would decode from JSON past all form tags; "+
				"give its own fields the tags, or use BindJSON", at, field.Type)
		}
		if isStruct {
			if err := f.add(inner, at, within); err != nil {
				return err
			}
		}
	}
	return nil
}

// isScalar reports whether one value makes a t, and of all in it nothing but what
// t itself decides.
func isScalar(t reflect.Type, options string) bool {
	if reflect.PointerTo(t).Implements(reflect.TypeFor[binding.BindUnmarshaler]()) {
		return true
	}
	if strings.Contains(options, "parser=encoding.TextUnmarshaler") && reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return true
	}
	switch t.Kind() {
	case reflect.Struct:
		return t == reflect.TypeFor[time.Time]()
	case reflect.Bool, reflect.String, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return true
	}
	return false
}

func isListOfScalars(t reflect.Type, options string) bool {
	if t.Kind() != reflect.Slice && t.Kind() != reflect.Array {
		return false
	}
	elem := t.Elem()
	for elem.Kind() == reflect.Pointer {
		elem = elem.Elem()
	}
	return isScalar(elem, options)
}
