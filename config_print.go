package liveview

import (
	"encoding/json"
	"reflect"
)

// MarshalJSON returns the settings that JSON can say: functions, interfaces and pointers
// are left out, and secrets are hidden.
func (c Config) MarshalJSON() ([]byte, error) {
	members := make(map[string]any)
	for field, value := range reflect.ValueOf(c).Fields() {
		switch value.Kind() {
		case reflect.Func, reflect.Interface, reflect.Pointer, reflect.Chan:
		default:
			members[field.Name] = value.Interface()
		}
	}
	return json.Marshal(members)
}
