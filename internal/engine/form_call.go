package engine

import (
	"reflect"
	"text/template/parse"
)

// formCall checks the call of a method of base, if that is a form, and adds to the type
// of its result what is known of that.
func (ty *typer) formCall(base staticType, t reflect.Type, n parse.Node, name string, args []parse.Node, result staticType) staticType {
	model := base.form
	if model == nil && ty.forms != nil {
		model = ty.forms(t)
	}
	if model == nil || len(args) != 1 {
		return result
	}
	path, ok := args[0].(*parse.StringNode)
	if !ok {
		return result
	}
	rows, err := model.Call(name, path.Text)
	if err != nil {
		ty.errorf(n, "%v", err)
	}
	result.form = rows
	return result
}
