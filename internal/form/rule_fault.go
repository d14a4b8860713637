package form

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/gin-gonic/gin/binding"
)

// ruleFault finds the rule in the binding tags of v, called path, at which the
// validator panics; nil if it doesn't find it.
func ruleFault(v reflect.Value, path string, depth int) error {
	const deepest = 8 // a value may be within itself
	v = reflect.Indirect(v)
	if v.Kind() != reflect.Struct || depth > deepest {
		return nil
	}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		at, tag := path+"."+field.Name, field.Tag.Get("binding")
		for n, rule := range rulesEach(tag) {
			// The validator holds no rules against a struct that isn't in another.
			alone := reflect.New(reflect.StructOf([]reflect.StructField{{
				Name: field.Name, Type: field.Type, Tag: reflect.StructTag(fmt.Sprintf("binding:%q", rule)),
			}}))
			alone.Elem().Field(0).Set(v.Field(i))
			if panics(func() { _ = binding.Validator.ValidateStruct(alone.Interface()) }) {
				return fmt.Errorf("%s has the tag binding:%q, whose %q can't be applied to a %s", at, tag, strings.Split(tag, ",")[n], field.Type)
			}
		}
		if err := ruleFault(v.Field(i), at, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// rulesEach takes a binding tag apart, into what each rule is by itself: those behind dive
// are for what is in a list.
func rulesEach(tag string) []string {
	if tag == "" || tag == "-" {
		return nil
	}
	all, dive := strings.Split(tag, ","), ""
	for i, rule := range all {
		all[i] = dive + rule
		if rule == "dive" {
			dive = "dive,"
		}
	}
	return all
}

// panics reports whether fn does.
func panics(fn func()) (did bool) {
	defer func() { did = recover() != nil }()
	fn()
	return false
}
