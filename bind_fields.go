package liveview

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
)

// Gin's binding sets more fields than those that are tagged: one without a tag
// by its Go name, and what is below a struct or a map, tagged "-" or not, by a
// value that is JSON. So Gin is only given the values that a tag names, for
// types of which that is all it can set.

// formTypeOf returns what there is to know of the struct that dst points to, or why
// it can't be bound.
func formTypeOf(dst any) (*formType, error) {
	v, err := structOf(dst)
	if err != nil {
		return nil, err
	}
	t := v.Type()
	if known, ok := formTypes.Load(t); ok {
		f := known.(*formType)
		return f, f.err
	}
	f := &formType{names: make(map[string]reflect.Type), untagged: make(map[string]string)}
	f.err = f.add(t, t.String(), nil, nil)
	for name, path := range f.untagged {
		if f.err == nil && f.names[name] != nil {
			f.err = fmt.Errorf(`%s has no form tag, but the name that another field's tag gives; Gin would set both, so tag it form:"-"`, path)
		}
	}
	if f.err == nil && len(f.names)+len(f.own) == 0 {
		f.err = fmt.Errorf("%s has no field with a form tag, so there is nothing to bind", t)
	}
	for _, field := range f.own {
		if f.err == nil && f.names[field.name] != nil {
			f.err = fmt.Errorf("%s and another field, of a type that doesn't decode itself, have the same name in their form tags", field.path)
		}
	}
	formTypes.Store(t, f)
	return f, f.err
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
	names    map[string]reflect.Type // that form tags give, to fields that Gin sets, and what these are
	own      []ownField              // that decode themselves
	untagged map[string]string       // Go names of fields without one, and where they are
	err      error                   // why it can't be bound
}

// add looks through the fields of the struct t, as Gin does, and returns why t
// can't be bound.
func (f *formType) add(t reflect.Type, path string, index []int, within []reflect.Type) error {
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
		down := append(slices.Clone(index), i)
		name, options, _ := strings.Cut(tag, ",")
		switch {
		case field.Anonymous && isStruct:
			if field.Type.Kind() == reflect.Pointer && !field.IsExported() {
				return fmt.Errorf(`%s is an embedded pointer that can't be set from outside of its package; tag it form:"-"`, at)
			}
		case !tagged || name == "-" || !field.IsExported():
			f.untagged[field.Name] = at
			if !isStruct && hasFormTag(inner, 0) {
				return listOfStructsError(at, field.Type, field.Name)
			}
		case decodesText(inner) || isList(inner) && decodesText(elemOf(inner)):
			if name == "" {
				name = field.Name
			}
			own := ownField{name: name, path: at, index: down, field: field}
			if strings.Contains(options, "default=") && !strings.Contains(options, parserOption) {
				return fmt.Errorf("%s has a default, which Gin can't read into a %s without the option %s", at, field.Type, parserOption)
			}
			rules := "," + field.Tag.Get("binding") + ","
			own.required = strings.Contains(rules, ",required,")
			f.own = append(f.own, own)
			continue
		case isScalar(inner) || isList(inner) && isScalar(elemOf(inner)):
			if name == "" {
				name = field.Name
			}
			f.names[name] = field.Type
		case isList(inner) && elemOf(inner).Kind() == reflect.Struct:
			return listOfStructsError(at, field.Type, name)
		default:
			return fmt.Errorf("%s is a %s, which Gin would decode from JSON past all form tags; "+
				"give its own fields the tags, or use BindJSON", at, field.Type)
		}
		if isStruct {
			if err := f.add(inner, at, down, within); err != nil {
				return err
			}
		}
	}
	return nil
}

const parserOption = "parser=encoding.TextUnmarshaler"

// listOfStructsError is for a field whose struct can't be reached by names.
func listOfStructsError(at string, t reflect.Type, name string) error {
	return fmt.Errorf(`%s is a %s, and no field's name reaches into a list of structs, as "%s[0][name]" would; `+
		`read Event.Values, or use BindJSON, and tag it form:"-"`, at, t, name)
}

// isScalar reports whether one value makes a t, and of all in it nothing else.
func isScalar(t reflect.Type) bool {
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

func isList(t reflect.Type) bool { return t.Kind() == reflect.Slice || t.Kind() == reflect.Array }

// elemOf returns what a list has, or what pointers in it point to.
func elemOf(t reflect.Type) reflect.Type {
	t = t.Elem()
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// hasFormTag reports whether there are form tags on structs in a list or map t.
func hasFormTag(t reflect.Type, depth int) bool {
	const deepest = 8 // a type may be within itself
	if depth > deepest {
		return false
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array, reflect.Map, reflect.Pointer:
		return hasFormTag(t.Elem(), depth+1)
	case reflect.Struct:
		for i := range t.NumField() {
			tag, tagged := t.Field(i).Tag.Lookup("form")
			if tagged && tag != "-" || hasFormTag(t.Field(i).Type, depth+1) {
				return true
			}
		}
	}
	return false
}
