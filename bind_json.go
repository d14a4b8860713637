package liveview

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/gin-liveview/liveview/internal/form"
)

// decodeTagged is json.Unmarshal into v that sets fields with a json tag only, by
// exactly that name: json.Unmarshal also sets those without one, by a name in
// whatever case, and writes into what an interface of v points to.
func decodeTagged(raw json.RawMessage, v reflect.Value, path string) error {
	t := v.Type()
	if decodesItself(t) {
		return at(path, json.Unmarshal(raw, v.Addr().Interface()))
	}
	switch t.Kind() {
	case reflect.Pointer:
		if string(raw) == "null" {
			v.SetZero()
			return nil
		}
		if v.IsNil() {
			v.Set(reflect.New(t.Elem()))
		}
		return decodeTagged(raw, v.Elem(), path)
	case reflect.Struct:
		var members map[string]json.RawMessage
		if err := json.Unmarshal(raw, &members); err != nil {
			return at(path, err)
		}
		return decodeMembers(members, v, path)
	case reflect.Slice:
		var items []json.RawMessage
		if err := json.Unmarshal(raw, &items); err != nil || t.Elem().Kind() == reflect.Uint8 {
			return at(path, json.Unmarshal(raw, v.Addr().Interface())) // bytes are text
		}
		if items == nil {
			v.SetZero()
			return nil
		}
		fresh := reflect.MakeSlice(t, len(items), len(items))
		for i, item := range items {
			if err := decodeTagged(item, fresh.Index(i), fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
		v.Set(fresh)
		return nil
	case reflect.Array:
		var items []json.RawMessage
		if err := json.Unmarshal(raw, &items); err != nil {
			return at(path, err)
		}
		for i := range min(len(items), v.Len()) {
			if err := decodeTagged(items[i], v.Index(i), fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
		return nil
	case reflect.Map:
		return decodeMap(raw, v, path)
	case reflect.Interface:
		fresh := reflect.New(t)
		if err := json.Unmarshal(raw, fresh.Interface()); err != nil {
			return at(path, err)
		}
		v.Set(fresh.Elem())
		return nil
	}
	return at(path, json.Unmarshal(raw, v.Addr().Interface()))
}

// decodeMembers sets the tagged fields of the struct v.
func decodeMembers(members map[string]json.RawMessage, v reflect.Value, path string) error {
	t := v.Type()
	for i := range t.NumField() {
		field := t.Field(i)
		tag, tagged := field.Tag.Lookup("json")
		name, options, _ := strings.Cut(tag, ",")
		inner := field.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		switch {
		case tag == "-":
		case field.Anonymous && name == "" && inner.Kind() == reflect.Struct:
			if err := decodeEmbedded(members, v.Field(i), field, path); err != nil {
				return err
			}
		case !tagged || !field.IsExported():
		default:
			if name == "" {
				name = field.Name
			}
			raw, ok := members[name]
			if !ok {
				continue
			}
			if text := ""; strings.Contains(","+options+",", ",string,") && json.Unmarshal(raw, &text) == nil && field.Type.Kind() != reflect.String {
				raw = json.RawMessage(text)
			}
			if err := decodeTagged(raw, v.Field(i), path+"."+name); err != nil {
				return err
			}
		}
	}
	return nil
}

// decodeEmbedded sets the fields of an embedded struct, whose members stand among
// those of the outer one. A pointer that is nil stays so: what it is to point to
// is the application's to say.
func decodeEmbedded(members map[string]json.RawMessage, v reflect.Value, field reflect.StructField, path string) error {
	if field.Type.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	return decodeMembers(members, v, path)
}

func decodeMap(raw json.RawMessage, v reflect.Value, path string) error {
	t := v.Type()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return at(path, err)
	}
	if members == nil {
		v.SetZero()
		return nil
	}
	// Keys are what json.Unmarshal makes of them.
	keys := reflect.New(reflect.MapOf(t.Key(), reflect.TypeFor[json.RawMessage]()))
	if err := json.Unmarshal(raw, keys.Interface()); err != nil {
		return at(path, err)
	}
	fresh := reflect.MakeMap(t)
	for each := keys.Elem().MapRange(); each.Next(); {
		item := reflect.New(t.Elem()).Elem()
		if err := decodeTagged(each.Value().Bytes(), item, path+".*"); err != nil {
			return err
		}
		fresh.SetMapIndex(each.Key(), item)
	}
	v.Set(fresh)
	return nil
}

// hasJSONTag reports whether decodeMembers can set anything of the struct t.
func hasJSONTag(t reflect.Type) bool {
	for i := range t.NumField() {
		field := t.Field(i)
		tag, tagged := field.Tag.Lookup("json")
		if tag == "-" {
			continue
		}
		if tagged && field.IsExported() || field.Anonymous && field.Type.Kind() == reflect.Struct && hasJSONTag(field.Type) {
			return true
		}
	}
	return false
}

// decodesItself reports whether a t says what JSON means to it.
func decodesItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return t.Kind() != reflect.Interface && t.Kind() != reflect.Pointer &&
		(p.Implements(reflect.TypeFor[json.Unmarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()))
}

// at says where in a value an error is, and nothing of the value.
func at(path string, err error) error {
	if err == nil {
		return nil
	}
	return &form.MisfitError{Path: strings.TrimPrefix(path, "."), Err: err}
}
