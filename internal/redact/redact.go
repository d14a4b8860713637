// Package redact prints settings without what must stay secret.
package redact

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// Text stands for a secret: whether there is one may be told.
func Text(secret string) string {
	if secret == "" {
		return ""
	}
	return "[hidden]"
}

// Texts is Text for several.
func Texts(secrets []string) []string {
	var hidden []string
	for _, secret := range secrets {
		hidden = append(hidden, Text(secret))
	}
	return hidden
}

// Format is the Format of a type whose values are printed as v is: a copy without the
// secrets, of a type that has no methods, or it would not end.
func Format(f fmt.State, verb rune, v any) { _, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), v) }

// JSON is the MarshalJSON of such a type, which is a struct. What can't be said in JSON
// (functions, interfaces, pointers) is left out.
func JSON(v any) ([]byte, error) {
	members := make(map[string]any)
	for field, value := range reflect.ValueOf(v).Fields() {
		switch value.Kind() {
		case reflect.Func, reflect.Interface, reflect.Pointer, reflect.Chan:
		default:
			members[field.Name] = value.Interface()
		}
	}
	return json.Marshal(members)
}
