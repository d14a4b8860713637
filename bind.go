package liveview

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/gin-gonic/gin/binding"
	"github.com/go-playground/validator/v10"
)

// BindError is what [Event.Bind] and [Event.BindJSON] return when values don't fit
// or don't validate: what a form shows beside its fields.
type BindError struct {
	// Fields holds a sentence for each field at fault, by its name in the
	// form or in the JSON. It is empty where none can be named, as for JSON that
	// doesn't fit.
	Fields map[string]string

	err error
}

// Error returns the cause's text, for the log: what is for the user is in Fields.
func (e *BindError) Error() string { return e.err.Error() }

// Unwrap returns the cause: validator.ValidationErrors where the values don't
// validate, from which an application can make sentences of its own.
func (e *BindError) Unwrap() error { return e.err }

// Bind decodes the event's values into the struct that dst points to, and
// validates it, both by Gin's binding package: `form:"user[name]"` names the
// value of a field, `binding:"required,max=40"` says what must hold. The values
// are those of [Event.Values], whatever kind of event the client says it is;
// for JSON that a hook pushed there is [Event.BindJSON].
//
// A field without a form tag is never set, nor one that is tagged "-", nor
// anything in it: what the client may say is what the tags name. Structs within
// the struct, embedded ones too, are looked through for tagged fields. A tagged
// field is a text, number, bool, time.Time, time.Duration, or what decodes itself
// (Gin's binding.BindUnmarshaler, or encoding.TextUnmarshaler), a pointer to one, or
// a list of them. What decodes itself isn't given blank text: it stays as it is, and
// with the rule "required" is missing; so does a pointer, but one to a text. "on",
// which a checkbox without a value sends, is true for a bool.
//
// An error is a *[BindError] if it is about the values; dst then has those that
// did fit. So a form shows what was typed from [Event.Value], and not from dst,
// which has no place for a text in a number. Any other error says what is wrong
// with dst: with its type, or with a rule in its tags.
func (e Event) Bind(dst any) error {
	form, err := formTypeOf(dst)
	if err != nil {
		return fmt.Errorf("liveview: binding event %q: %w", e.Name, err)
	}
	all := e.Values()
	misfits, missing := make(map[string]string), make(map[string]string)
	cause, err := form.setByGin(dst, all, misfits)
	if err != nil {
		return fmt.Errorf("liveview: binding event %q: %w", e.Name, err)
	}
	v := reflect.ValueOf(dst).Elem()
	for i := range form.own {
		field := &form.own[i]
		given, err := field.set(v, all[field.name])
		switch {
		case err != nil:
			misfits[field.name] = misfit
			cause = err
		case !given && field.required && field.isZero(v):
			missing[field.name] = "is required"
		}
	}
	invalid, err := validate(dst)
	if err != nil {
		return fmt.Errorf("liveview: binding event %q: %w", e.Name, err)
	}
	err = bindError(dst, "form", invalid)
	if len(misfits)+len(missing) == 0 {
		return err
	}
	fields := missing
	if invalid := (*BindError)(nil); errors.As(err, &invalid) {
		maps.Copy(fields, invalid.Fields)
		if cause == nil {
			cause = invalid.err
		}
	}
	maps.Copy(fields, misfits) // for which there is nothing to validate
	if cause == nil {
		cause = fmt.Errorf("liveview: binding event %q: a required value is missing", e.Name)
	}
	return &BindError{Fields: fields, err: cause}
}

// misfit is said of a value that doesn't fit its field.
const misfit = "has a value that doesn't fit"

// setByGin has Gin set the fields of dst that it is to set, as far as their values fit;
// misfits gets the names of the others, and cause is why. err is what is wrong with dst.
func (f *formType) setByGin(dst any, all map[string][]string, misfits map[string]string) (cause, err error) {
	values := make(map[string][]string, len(f.names))
	for name, v := range all {
		if t := f.names[name]; t != nil && !isBlankFor(t, v) {
			values[name] = asGinReads(t, v)
		}
	}
	if cause = binding.MapFormWithTag(dst, values, "form"); cause == nil {
		return nil, nil
	}
	// Gin stops at the first value that doesn't fit and doesn't say whose it is, so each
	// is tried by itself.
	for name, v := range values {
		scratch := reflect.New(reflect.TypeOf(dst).Elem()).Interface()
		if binding.MapFormWithTag(scratch, map[string][]string{name: v}, "form") != nil {
			misfits[name] = misfit
		}
	}
	maps.DeleteFunc(values, func(name string, _ []string) bool { return misfits[name] != "" })
	return cause, binding.MapFormWithTag(dst, values, "form") // an error is of a default of dst's own
}

// isBlankFor reports whether texts are no value of a field of type t: a pointer to
// what can't be blank then stays as it is, where Gin would have it point to zero.
func isBlankFor(t reflect.Type, texts []string) bool {
	if t.Kind() != reflect.Pointer {
		return false
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Kind() != reflect.String && strings.TrimSpace(strings.Join(texts, "")) == ""
}

// asGinReads returns texts for a field of type t with "on" put right, which is what a
// checkbox without a value sends (HTML, section 4.10.5.1.15).
func asGinReads(t reflect.Type, texts []string) []string {
	for t.Kind() == reflect.Pointer || isList(t) {
		t = t.Elem()
	}
	if t.Kind() != reflect.Bool || !slices.Contains(texts, "on") {
		return texts
	}
	read := slices.Clone(texts)
	for i, text := range read {
		if text == "on" {
			read[i] = "true"
		}
	}
	return read
}

// BindJSON decodes what a hook pushed into the struct that dst points to, and
// validates it by its binding tags as [Event.Bind] does. A field gets the member
// that its json tag names, exactly; one without a tag, or tagged "-", is never
// set, nor anything in it. An error is a *[BindError] if it is about the values.
func (e Event) BindJSON(dst any) error {
	v, err := structOf(dst)
	if err != nil {
		return fmt.Errorf("liveview: binding event %q: %w", e.Name, err)
	}
	if t := v.Type(); !hasJSONTag(t) && !decodesItself(t) {
		return fmt.Errorf("liveview: binding event %q: %s has no field with a json tag, so there is nothing to bind", e.Name, t)
	}
	if err := decodeTagged(e.raw.Value, v, ""); err != nil {
		return &BindError{err: fmt.Errorf("liveview: binding event %q: %w", e.Name, err)}
	}
	invalid, err := validate(dst)
	if err != nil {
		return fmt.Errorf("liveview: binding event %q: %w", e.Name, err)
	}
	return bindError(dst, "json", invalid)
}

// FieldErrors returns, from an error of [Event.Bind], the sentences for the
// fields that the user has been to, by name; nil for none. It is what a form
// that validates as one types wants to show.
func (e Event) FieldErrors(err error) map[string]string {
	var be *BindError
	if !errors.As(err, &be) {
		return nil
	}
	var fields map[string]string
	for name, sentence := range be.Fields {
		if e.Used(name) {
			if fields == nil {
				fields = make(map[string]string)
			}
			fields[name] = sentence
		}
	}
	return fields
}

// bindError turns an error of the validator's into a *BindError.
func bindError(dst any, tag string, err error) error {
	if err == nil {
		return nil
	}
	var invalid validator.ValidationErrors
	if !errors.As(err, &invalid) {
		return &BindError{err: err}
	}
	fields := make(map[string]string, len(invalid))
	for _, fe := range invalid {
		fields[formName(reflect.TypeOf(dst), fe.StructNamespace(), tag)] = sentence(fe)
	}
	return &BindError{Fields: fields, err: invalid}
}

// formName finds the name that a form knows a struct field by. namespace is
// the validator's: the type's name, then the fields down to this one.
func formName(t reflect.Type, namespace, tag string) string {
	path := strings.Split(namespace, ".")
	name := path[len(path)-1]
	if len(path) > 1 {
		path = path[1:] // an anonymous struct has no name to leave out
	}
	for _, part := range path {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Array || t.Kind() == reflect.Map {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct {
			return name
		}
		part, _, _ = strings.Cut(part, "[")
		f, ok := t.FieldByName(part)
		if !ok {
			return name
		}
		name = f.Name
		if tagged, _, _ := strings.Cut(f.Tag.Get(tag), ","); tagged != "" && tagged != "-" {
			name = tagged
		}
		t = f.Type
	}
	return name
}

// sentence says in plain English what a validator's tag asks for.
func sentence(fe validator.FieldError) string {
	many := fe.Kind() == reflect.Slice || fe.Kind() == reflect.Map || fe.Kind() == reflect.Array
	unit := ""
	switch {
	case many:
		unit = " entries"
	case fe.Kind() == reflect.String:
		unit = " characters"
	}
	switch fe.Tag() {
	case "required", "required_with", "required_without", "required_if":
		return "is required"
	case "email":
		return "must be an e-mail address"
	case "url", "uri", "http_url":
		return "must be a URL"
	case "min", "gte":
		return "must be at least " + fe.Param() + unit
	case "max", "lte":
		return "must be at most " + fe.Param() + unit
	case "len":
		return "must be exactly " + fe.Param() + unit
	case "gt":
		return "must be more than " + fe.Param() + unit
	case "lt":
		return "must be less than " + fe.Param() + unit
	case "oneof":
		return "must be one of " + strings.Join(strings.Fields(fe.Param()), ", ")
	case "eqfield":
		return "must equal " + fe.Param()
	case "numeric", "number":
		return "must be a number"
	case "alphanum":
		return "may have letters and digits only"
	}
	return "isn't valid (" + fe.Tag() + ")"
}
