package form

import (
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"
)

// MisfitError is the error of a text, or of JSON, that is no value of its field's type. What it
// says goes to the log, so it is without what was sent, which may be a secret and which the
// errors of strconv, time and encoding/json repeat. These are what it unwraps to.
type MisfitError struct {
	Path string       // of the field, in Go
	Type reflect.Type // of the field; nil if that isn't known
	Err  error
}

func (m *MisfitError) Error() string {
	why := "this is no such value"
	if m.Type != nil {
		why = "this is no " + m.Type.String()
	}
	var number *strconv.NumError
	var other *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(m.Err, &number):
		why += ": " + number.Err.Error()
	case errors.As(m.Err, &other):
		kind, _, _ := strings.Cut(other.Value, " ")
		why = "a JSON " + kind + " is no " + other.Type.String()
	case errors.As(m.Err, &syntax):
		why = "this is no JSON"
	}
	if m.Path == "" {
		return why
	}
	return m.Path + ": " + why
}

// Unwrap returns the cause.
func (m *MisfitError) Unwrap() error { return m.Err }
