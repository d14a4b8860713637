package engine

import (
	"errors"
	"fmt"
	"hash/maphash"
	"reflect"
)

// key gives the key of an entry: the place of a flat value in it or else, with
// flat nil, the path to it.
type key struct {
	at   loc
	flat *flat
	path []string
}

// value returns the key of an entry, followed by names.
func (k *key) value(entry reflect.Value) (v reflect.Value, err error) {
	v = entry
	for _, name := range k.path {
		if v, err = keyStep(v, name); err != nil {
			return v, err
		}
	}
	return v, nil
}

// keySet finds a key that two entries of one list have.
type keySet struct{ seen map[uint64]bool }

// add reports whether the key with this hash is new.
func (ks *keySet) add(sum uint64) bool {
	if ks.seen == nil {
		ks.seen = map[uint64]bool{}
	}
	if ks.seen[sum] {
		return false
	}
	ks.seen[sum] = true
	return true
}

func duplicateKey(v reflect.Value) error {
	return fmt.Errorf("two entries of the list have the key %v; they are told apart by their order alone, so that what one shows may come to stand in the other's element", v)
}

// keyStep follows one name of a key's path: a method without arguments, a
// field, or the key of a map.
func keyStep(v reflect.Value, name string) (reflect.Value, error) {
	for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer && v.Elem().Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if !v.IsValid() {
		return v, fmt.Errorf("an entry without a value has no key %s", name)
	}
	method := v
	if v.CanAddr() {
		method = v.Addr()
	}
	if m := method.MethodByName(name); m.IsValid() && givesKey(m.Type()) {
		key, err := callFunction(m, nil)
		if err != nil {
			return key, fmt.Errorf("error calling %s: %w", name, err)
		}
		return key, nil
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Struct:
		if f, ok := v.Type().FieldByName(name); ok && f.IsExported() {
			field, err := v.FieldByIndexErr(f.Index)
			if err != nil {
				return field, fmt.Errorf("an entry has no key %s: %w", name, err)
			}
			return field, nil
		}
	case reflect.Map:
		if stringType.AssignableTo(v.Type().Key()) {
			return v.MapIndex(reflect.ValueOf(name)), nil
		}
	}
	return v, fmt.Errorf("an entry has no key %s", name)
}

// givesKey reports whether text/template would call a method of type t.
func givesKey(t reflect.Type) bool {
	return t.NumIn() == 0 && (t.NumOut() == 1 || t.NumOut() == 2 && t.Out(1) == errorType)
}

// hashKey returns the hash of a key, which is the same for equal ones.
func hashKey(v reflect.Value) (uint64, error) {
	switch {
	case !v.IsValid():
		return 0, nil
	case !v.Comparable():
		return 0, fmt.Errorf("a %s can't be a key: it can't be compared", v.Type())
	case !v.CanInterface():
		return 0, errors.New("the key is unexported")
	}
	return maphash.Comparable(seed, v.Interface()), nil
}
