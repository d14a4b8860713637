package liveview

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/gin-gonic/gin/binding"
)

// validate holds dst against its binding tags. misuse is what is wrong with these: the
// validator panics at a rule that it doesn't know, or that can't be applied to a type.
func validate(dst any) (invalid, misuse error) {
	defer func() {
		if v := recover(); v != nil {
			invalid, misuse = nil, ruleFault(reflect.ValueOf(dst), fmt.Sprintf("%T", dst)[1:], 0)
			if misuse == nil {
				misuse = fmt.Errorf("validating a %T panicked: %v", dst, v)
			}
		}
	}()
	return binding.Validator.ValidateStruct(dst), nil
}

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
		for n, rule := range rules(tag) {
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

// rules takes a binding tag apart, into what each rule is by itself: those behind dive
// are for what is in a list.
func rules(tag string) []string {
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
