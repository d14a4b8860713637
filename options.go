package liveview

import (
	"fmt"
	"html/template"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Option is an entry of a <select>, for [Options].
type Option struct {
	Value    any
	Label    string // what is shown; "" for the value
	Disabled bool
}

// OptionGroup are entries of a <select> under a label, for [Options].
type OptionGroup struct {
	Label   string
	Options any // a list, as Options takes it
}

// Options returns the <option> elements of a <select>. In a template:
//
//	<select name="country">{{options .Countries .Country}}</select>
//	<select name="tags" multiple>{{options .AllTags .Tags}}</select>
//
// list is a slice, or nil, of
//
//   - texts, numbers, or what else fmt.Sprint prints: each is its own value and label
//   - [Option], or structs of your own with a field or method Value and, as they have
//     them, Label and Disabled
//   - [OptionGroup], or structs of your own with Label and Options
//
// or a map from labels to such slices: groups, in the order of their labels. chosen is the
// value that is selected, or a slice of those that are, as fmt.Sprint prints them; nil is
// none. It returns an error for what is no such list.
func Options(list, chosen any) (template.HTML, error) {
	o := &optionWriter{chosen: chosenValues(chosen)}
	if err := o.list(reflect.ValueOf(list)); err != nil {
		return "", fmt.Errorf("liveview: options: %w", err)
	}
	return template.HTML(o.b.String()), nil //nolint:gosec // all of it is escaped
}

// chosenValues are the values that chosen stands for.
func chosenValues(chosen any) map[string]bool {
	v := indirect(reflect.ValueOf(chosen))
	switch {
	case !v.IsValid():
		return nil
	case v.Kind() == reflect.Slice || v.Kind() == reflect.Array && !implements[fmt.Stringer](v.Type()):
		all := make(map[string]bool, v.Len())
		for i := range v.Len() {
			all[textOf(v.Index(i))] = true
		}
		return all
	}
	return map[string]bool{textOf(v): true}
}

type optionWriter struct {
	b      strings.Builder
	chosen map[string]bool
}

func (o *optionWriter) list(v reflect.Value) error {
	v = indirect(v)
	switch {
	case !v.IsValid():
		return nil
	case v.Kind() == reflect.Slice || v.Kind() == reflect.Array:
		for i := range v.Len() {
			if err := o.entry(v.Index(i)); err != nil {
				return err
			}
		}
		return nil
	case v.Kind() == reflect.Map && v.Type().Key().Kind() == reflect.String:
		keys := map[string]reflect.Value{}
		for key, value := range v.Seq2() {
			keys[key.String()] = value
		}
		for _, label := range slices.Sorted(maps.Keys(keys)) {
			if err := o.group(label, keys[label]); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("a %s is no list of options; see Options for what is one", v.Type())
}

func (o *optionWriter) group(label string, list reflect.Value) error {
	o.b.WriteString(`<optgroup label="` + template.HTMLEscapeString(label) + `">`)
	err := o.list(list)
	o.b.WriteString("</optgroup>")
	return err
}

func (o *optionWriter) entry(v reflect.Value) error {
	v = indirect(v)
	if !v.IsValid() {
		return nil
	}
	value, hasValue := member(v, "Value")
	label, hasLabel := member(v, "Label")
	if list, ok := member(v, "Options"); ok && hasLabel {
		return o.group(textOf(label), list)
	}
	if !hasValue {
		if v.Kind() == reflect.Struct && !implements[fmt.Stringer](v.Type()) {
			return fmt.Errorf("a %s has neither Value nor Label and Options, so it is no option and no group of them", v.Type())
		}
		value = v
	}
	text := textOf(value)
	o.b.WriteString(`<option value="` + template.HTMLEscapeString(text) + `"`)
	if o.chosen[text] {
		o.b.WriteString(" selected")
	}
	if disabled, ok := member(v, "Disabled"); ok && disabled.Kind() == reflect.Bool && disabled.Bool() {
		o.b.WriteString(" disabled")
	}
	if hasLabel && textOf(label) != "" {
		text = textOf(label)
	}
	o.b.WriteString(">" + template.HTMLEscapeString(text) + "</option>")
	return nil
}

// member returns a field of v, or what a method of it without arguments returns.
func member(v reflect.Value, name string) (reflect.Value, bool) {
	methods := v
	if v.CanAddr() {
		methods = v.Addr()
	}
	if m := methods.MethodByName(name); m.IsValid() && m.Type().NumIn() == 0 && m.Type().NumOut() == 1 {
		return m.Call(nil)[0], true
	}
	if v.Kind() == reflect.Struct {
		if f, ok := v.Type().FieldByName(name); ok && f.IsExported() {
			if field, err := v.FieldByIndexErr(f.Index); err == nil {
				return field, true
			}
		}
	}
	return reflect.Value{}, false
}

// indirect follows interfaces and pointers, but for what prints itself.
func indirect(v reflect.Value) reflect.Value {
	for v.IsValid() && (v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer) {
		if v.IsNil() {
			return reflect.Value{}
		}
		if _, prints := v.Interface().(fmt.Stringer); prints && v.Kind() == reflect.Pointer && v.Elem().Kind() == reflect.Struct {
			return v
		}
		v = v.Elem()
	}
	return v
}

func textOf(v reflect.Value) string {
	if v = indirect(v); v.IsValid() {
		return fmt.Sprint(v.Interface())
	}
	return ""
}
