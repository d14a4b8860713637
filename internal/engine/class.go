package engine

import (
	"fmt"
	"html/template"
	"reflect"
)

// class groups the basic kinds as text/template's comparisons do.
type class uint8

const (
	classNone class = iota // no basic kind
	classBool
	classInt
	classUint
	classFloat
	classText
)

func basicClass(k reflect.Kind) class {
	switch k {
	case reflect.Bool:
		return classBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return classInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return classUint
	case reflect.Float32, reflect.Float64:
		return classFloat
	case reflect.String:
		return classText
	}
	return classNone
}

// escaperPrefix begins the names of html/template's escapers.
const escaperPrefix = "_html_template_"

// Types that text/template and html/template treat in a way of their own.
var (
	errorType     = reflect.TypeFor[error]()
	valueType     = reflect.TypeFor[reflect.Value]()
	stringType    = reflect.TypeFor[string]()
	stringerType  = reflect.TypeFor[fmt.Stringer]()
	formatterType = reflect.TypeFor[fmt.Formatter]()
	contentTypes  = map[reflect.Type]bool{
		reflect.TypeFor[template.CSS]():      true,
		reflect.TypeFor[template.HTML]():     true,
		reflect.TypeFor[template.HTMLAttr](): true,
		reflect.TypeFor[template.JS]():       true,
		reflect.TypeFor[template.JSStr]():    true,
		reflect.TypeFor[template.URL]():      true,
		reflect.TypeFor[template.Srcset]():   true,
	}
)

// printsPlainly reports whether fmt prints values of t as it prints those of
// the basic kind, and html/template sees nothing special in them.
func printsPlainly(t reflect.Type) bool {
	return !contentTypes[t] && !t.Implements(stringerType) && !t.Implements(errorType) && !t.Implements(formatterType)
}
