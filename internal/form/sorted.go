package form

import (
	"reflect"
	"slices"
)

// sortedKeys returns the keys of a map of texts, in order.
func sortedKeys(m reflect.Value) []string {
	keys := make([]string, 0, m.Len())
	for each := m.MapRange(); each.Next(); {
		keys = append(keys, each.Key().String())
	}
	slices.Sort(keys)
	return keys
}
