package liveview

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-playground/validator/v10"

	"github.com/gin-liveview/liveview/internal/form"
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

// Error says which field it is and why, for the log, and nothing of the values: what is for the
// user is in Fields.
func (e *BindError) Error() string { return e.err.Error() }

// Unwrap returns the cause: validator.ValidationErrors where the values don't
// validate, from which an application can make sentences of its own.
func (e *BindError) Unwrap() error { return e.err }

// Bind decodes the event's values into the struct that dst points to, and
// validates it by Gin's binding package: `form:"user[name]"` names the
// value of a field, `binding:"required,max=40"` says what must hold. The values
// are those of [Event.Values], whatever kind of event the client says it is;
// for JSON that a hook pushed there is [Event.BindJSON]. A [Form] does the same and
// keeps what was typed.
//
// A field without a form tag is never set, nor one that is tagged "-", nor
// anything in it: what the client may say is what the tags name. Structs within
// the struct that have no tag, embedded ones too, are looked through for tagged fields.
// A tagged field is
//
//   - a text, number, bool, time.Time (with Gin's tags time_format, time_utc and
//     time_location), time.Duration, or what decodes itself (Gin's
//     binding.BindUnmarshaler, or encoding.TextUnmarshaler),
//   - a pointer to one, which is nil for blank text, but for a pointer to a text,
//   - a list of them, in which blank texts are left out, sent as name or name[],
//   - a struct, whose fields are address[city], or a pointer to one, which stays nil
//     while all of them are blank,
//   - a slice of structs, rows in the order in which they are sent: variants[0][sku],
//     where what is in the first brackets only tells the rows apart,
//   - a map of texts to any of these: titles[de].
//
// Blank text is zero for all others, and missing for the rule "required"; a typed 0
// isn't. "on", which a checkbox without a value sends, is true for a bool; of several
// values for one the last counts. Rows are validated with or without the rule "dive".
// What is tagged "-" isn't validated, whatever its own rules: the client couldn't mend
// it. A field tagged form:"-,key" of a row's struct, which isn't set, tells the rows apart
// in a [Form].
//
// An error is a *[BindError] if it is about the values; dst then has those that
// did fit. Any other error says what is wrong with dst: with its type, or with a rule in
// its tags.
func (e Event) Bind(dst any) error {
	v, err := form.StructOf(dst)
	if err != nil {
		return fmt.Errorf("liveview: binding event %q: %w", e.Name, err)
	}
	t, err := form.TypeOf(v.Type())
	if err != nil {
		return fmt.Errorf("liveview: binding event %q: %w", e.Name, err)
	}
	loaded := reflect.New(v.Type()).Elem()
	loaded.Set(v)
	bound, cause, err := form.Load(t, "", loaded, false).Apply(form.Sent{Fields: e.inputs(), Say: e.sentence, Bare: true}, v)
	if err != nil {
		return fmt.Errorf("liveview: binding event %q: %w", e.Name, err)
	}
	fields := bound.Errors()
	if cause == nil && len(fields) == 0 {
		return nil
	}
	if cause == nil {
		cause = fmt.Errorf("liveview: binding event %q: a required value is missing", e.Name)
	}
	return &BindError{Fields: fields, err: cause}
}

// BindJSON decodes what a hook pushed into the struct that dst points to, and
// validates it by its binding tags as [Event.Bind] does. A field gets the member
// that its json tag names, exactly; one without a tag, or tagged "-", is never
// set, nor anything in it. An error is a *[BindError] if it is about the values.
func (e Event) BindJSON(dst any) error {
	v, err := form.StructOf(dst)
	if err != nil {
		return fmt.Errorf("liveview: binding event %q: %w", e.Name, err)
	}
	if t := v.Type(); !hasJSONTag(t) && !decodesItself(t) {
		return fmt.Errorf("liveview: binding event %q: %s has no field with a json tag, so there is nothing to bind", e.Name, t)
	}
	if err := decodeTagged(e.raw.Value, v, ""); err != nil {
		return &BindError{err: fmt.Errorf("liveview: binding event %q: %w", e.Name, err)}
	}
	invalid, err := form.Validate(dst)
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
		if e.Used(name) && e.Used(name+"[]") { // as a list may be sent
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
	kind := form.Other
	switch fe.Kind() {
	case reflect.Slice, reflect.Map, reflect.Array:
		kind = form.Many
	case reflect.String:
		kind = form.Text
	}
	return form.Problem{Rule: fe.Tag(), Param: fe.Param(), Kind: kind}.String()
}
