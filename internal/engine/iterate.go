package engine

import (
	"errors"
	"fmt"
	"reflect"
	"sort"
)

// each calls yield for the entries of v, by the rules of text/template, until
// it returns false, and reports whether there were any. single is whether the
// range has at most one variable, which decides what an iterator of two values
// yields.
func (in *interpreter) each(v reflect.Value, single bool, yield func(index, elem reflect.Value) bool) bool {
	some := false
	switch v.Kind() {
	case reflect.Invalid:
		return false
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if !single {
			panic(renderError{err: fmt.Errorf("can't use %v to iterate over more than one variable", v)})
		}
		for elem := range v.Seq() {
			some = true
			if !yield(reflect.Value{}, elem) {
				break
			}
		}
		return some
	case reflect.Array, reflect.Slice:
		for i := range v.Len() {
			if !yield(reflect.ValueOf(i), v.Index(i)) {
				break
			}
		}
		return v.Len() > 0
	case reflect.Map:
		in.eachOfMap(v, yield)
		return v.Len() > 0
	case reflect.Chan:
		if v.IsNil() {
			return false
		}
		if v.Type().ChanDir() == reflect.SendDir {
			panic(renderError{err: fmt.Errorf("range over send-only channel %v", v)})
		}
		for i := 0; ; i++ {
			elem, ok := v.Recv()
			if !ok {
				return i > 0
			}
			if !yield(reflect.ValueOf(i), elem) {
				return true
			}
		}
	case reflect.Func:
		if v.Type().CanSeq() {
			if !single {
				panic(renderError{err: fmt.Errorf("can't use %v to iterate over more than one variable", v)})
			}
			for elem := range v.Seq() {
				some = true
				if !yield(reflect.Value{}, elem) {
					break
				}
			}
			return some
		}
		if v.Type().CanSeq2() {
			for index, elem := range v.Seq2() {
				some = true
				if single {
					index, elem = reflect.Value{}, index
				}
				if !yield(index, elem) {
					break
				}
			}
			return some
		}
	}
	panic(renderError{err: fmt.Errorf("range can't iterate over %v", v)})
}

// eachOfMap iterates in the order of the keys.
func (in *interpreter) eachOfMap(v reflect.Value, yield func(key, elem reflect.Value) bool) {
	var less func(a, b reflect.Value) bool
	switch basicClass(v.Type().Key().Kind()) {
	case classText:
		less = func(a, b reflect.Value) bool { return a.String() < b.String() }
	case classInt:
		less = func(a, b reflect.Value) bool { return a.Int() < b.Int() }
	case classUint:
		less = func(a, b reflect.Value) bool { return a.Uint() < b.Uint() }
	default:
		in.eachSorted(v, yield)
		return
	}
	keys := v.MapKeys()
	sort.Slice(keys, func(i, j int) bool { return less(keys[i], keys[j]) })
	for _, key := range keys {
		if !yield(key, v.MapIndex(key)) {
			return
		}
	}
}

// eachSorted iterates over a map whose keys only text/template knows to order:
// it has text/template range over the map.
func (in *interpreter) eachSorted(v reflect.Value, yield func(key, elem reflect.Value) bool) {
	saved, out := in.env, in.sink.buf
	// A panic must not pass through text/template, which would report it as
	// that of a function.
	var failed any
	data := env{ranged: v, yield: func(key, elem reflect.Value) (more bool) {
		defer func() {
			if failed = recover(); failed != nil {
				more = false
			}
		}()
		return yield(key, elem)
	}}
	err := in.sorted.template.Execute(&in.sink, &data)
	in.env, in.sink.buf = saved, out
	if failed != nil {
		panic(failed)
	}
	if err != nil && !errors.Is(err, errStop) {
		panic(renderError{err: cause(err)})
	}
}
