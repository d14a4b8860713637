package liveview

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/gin-gonic/gin/binding"
)

// ownField is a field of a type that decodes itself from text: a decimal, a date, an
// id. Gin reads some such types as JSON, for which null is a number; and blank, which
// most of them refuse, isn't a wrong value but none.
type ownField struct {
	name     string // in the form
	path     string // in Go
	index    []int  // of the field, from the outer struct on
	field    reflect.StructField
	required bool
}

// decodesText reports whether a t says itself what text means to it. Of times Gin
// knows more, by tags of their own.
func decodesText(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return t.Kind() != reflect.Interface && t != reflect.TypeFor[time.Time]() &&
		(p.Implements(reflect.TypeFor[binding.BindUnmarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()))
}

// set decodes those of texts that aren't blank into the field of the struct v. It
// reports whether there was one, and returns why one doesn't fit; the field then is as
// it was.
func (f *ownField) set(v reflect.Value, texts []string) (given bool, err error) {
	t := f.field.Type
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	list := !decodesText(t)
	if list {
		texts = splitTexts(texts, f.field.Tag.Get("collection_format"))
	}
	var filled []string
	for _, text := range texts {
		if strings.TrimSpace(text) != "" {
			filled = append(filled, text)
		}
	}
	if len(filled) == 0 {
		return false, nil
	}
	fresh := reflect.New(t).Elem()
	switch {
	case !list:
		err = decodeText(fresh, filled[0])
	case t.Kind() == reflect.Array && len(filled) != t.Len():
		err = fmt.Errorf("%d values for a %s", len(filled), t)
	default:
		if t.Kind() == reflect.Slice {
			fresh.Set(reflect.MakeSlice(t, len(filled), len(filled)))
		}
		for i := 0; i < len(filled) && err == nil; i++ {
			err = decodeText(filledPointer(fresh.Index(i)), filled[i])
		}
	}
	if err != nil {
		return true, fmt.Errorf("%s: %w", f.path, err)
	}
	for _, i := range f.index {
		v = filledPointer(v).Field(i)
	}
	filledPointer(v).Set(fresh)
	return true, nil
}

// isZero reports whether the field, in a struct v that has it, has its zero value.
func (f *ownField) isZero(v reflect.Value) bool {
	field, err := v.FieldByIndexErr(f.index)
	return err == nil && field.IsZero()
}

// filledPointer returns what v points to, and makes it if there is nothing, or v.
func filledPointer(v reflect.Value) reflect.Value {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		v = v.Elem()
	}
	return v
}

// decodeText has v decode text.
func decodeText(v reflect.Value, text string) error {
	switch d := v.Addr().Interface().(type) {
	case binding.BindUnmarshaler:
		return d.UnmarshalParam(text)
	case encoding.TextUnmarshaler:
		return d.UnmarshalText([]byte(text))
	}
	return fmt.Errorf("a %s doesn't decode itself", v.Type())
}

// splitTexts takes texts apart as Gin does by the tag collection_format.
func splitTexts(texts []string, format string) []string {
	separator := map[string]string{"csv": ",", "ssv": " ", "tsv": "\t", "pipes": "|"}[format]
	if separator == "" {
		return texts
	}
	var all []string
	for _, text := range texts {
		all = append(all, strings.Split(text, separator)...)
	}
	return all
}
