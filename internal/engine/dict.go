package engine

import (
	"errors"
	"fmt"
	"go/token"
	"reflect"
	"text/template/parse"
)

// The function dict gives a template several arguments: {{template "field" dict "Name"
// "price" "Value" .Price}}. What it makes is a struct, so that the template is checked
// against the names and types of what it is given.

var anyType = reflect.TypeFor[any]()

// dictType returns the type of what dict makes of names and values of these types, of
// which nil is an unknown one.
func dictType(names []string, types []reflect.Type) reflect.Type {
	fields := make([]reflect.StructField, len(names))
	for i, name := range names {
		t := types[i]
		if t == nil {
			t = anyType
		}
		fields[i] = reflect.StructField{Name: name, Type: t}
	}
	return reflect.StructOf(fields)
}

// checkDictName returns what is wrong with a name given to dict, after others.
func checkDictName(name string, others []string) error {
	if !token.IsIdentifier(name) || !token.IsExported(name) {
		return fmt.Errorf("%q isn't the name of an argument: the template reads it as a field, so it begins with a capital letter and has only letters and digits", name)
	}
	for _, other := range others {
		if name == other {
			return fmt.Errorf("%s is given twice", name)
		}
	}
	return nil
}

var errDictPairs = errors.New(`dict takes names and values in turn, as in dict "Name" "price" "Value" .Price`)

// dictStandIn is dict where html/template executes it by itself.
func dictStandIn(pairs ...any) (any, error) {
	if len(pairs)%2 != 0 {
		return nil, errDictPairs
	}
	var names []string
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, errDictPairs
		}
		if err := checkDictName(name, names); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	made := reflect.New(dictType(names, make([]reflect.Type, len(names)))).Elem()
	for i := range names {
		if v := reflect.ValueOf(pairs[2*i+1]); v.IsValid() {
			made.Field(i).Set(v)
		}
	}
	return made.Interface(), nil
}

// dictResult checks a call of dict and returns the type of its result.
func dictResult(ty *typer, sc *scope, n *parse.IdentifierNode, args []parse.Node, final *staticType) staticType {
	if final != nil || len(args)%2 != 0 {
		ty.errorf(n, "%v", errDictPairs)
		return staticType{}
	}
	var names []string
	var types []reflect.Type
	for i := 0; i < len(args); i += 2 {
		name, ok := args[i].(*parse.StringNode)
		if !ok {
			ty.errorf(args[i], "%v; the names are constants", errDictPairs)
			return staticType{}
		}
		if err := checkDictName(name.Text, names); err != nil {
			ty.errorf(args[i], "%v", err)
			return staticType{}
		}
		names = append(names, name.Text)
		t := ty.arg(sc, args[i+1]).typ
		types = append(types, t)
	}
	return staticType{typ: dictType(names, types), addr: true}
}
