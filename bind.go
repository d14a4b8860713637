package liveview

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/gin-gonic/gin/binding"
	"github.com/go-playground/validator/v10"
)

// BindError is what [Event.Bind] returns when values don't fit or don't
// validate: what a form shows beside its fields.
type BindError struct {
	// Fields holds a sentence for each field at fault, by its name in the
	// form.
	Fields map[string]string

	err error
}

func (e *BindError) Error() string { return e.err.Error() }

// Unwrap returns the cause: validator.ValidationErrors where the values don't
// validate, from which an application can make sentences of its own.
func (e *BindError) Unwrap() error { return e.err }

// Bind decodes the event's values into the struct that dst points to, and
// validates it, both by Gin's binding package: `form:"user[name]"` names the
// field, `binding:"required,max=40"` what must hold. What a hook pushed is
// decoded as JSON instead, by its `json` tags. An error is a *[BindError] if
// it is about the values; dst then has those that did fit.
func (e Event) Bind(dst any) error {
	if e.Type == "hook" {
		if err := binding.JSON.BindBody(e.raw.Value, dst); err != nil {
			return bindError(dst, "json", err)
		}
		return nil
	}
	values := e.Values()
	misfits := make(map[string]string)
	if err := binding.MapFormWithTag(dst, values, "form"); err != nil {
		// Gin stops at the first value that doesn't fit and doesn't say whose
		// it is, so each is tried by itself.
		for name, v := range values {
			if binding.MapFormWithTag(dst, map[string][]string{name: v}, "form") != nil {
				misfits[name] = "has a value that doesn't fit"
			}
		}
		if len(misfits) == 0 {
			return fmt.Errorf("liveview: binding event %q: %w", e.Name, err)
		}
		be := &BindError{Fields: misfits, err: err}
		var invalid *BindError
		if errors.As(bindError(dst, "form", binding.Validator.ValidateStruct(dst)), &invalid) {
			for name, sentence := range invalid.Fields {
				if _, ok := misfits[name]; !ok {
					misfits[name] = sentence
				}
			}
		}
		return be
	}
	return bindError(dst, "form", binding.Validator.ValidateStruct(dst))
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
