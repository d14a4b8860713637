package liveview

import (
	"reflect"
	"strings"

	"github.com/gin-liveview/liveview/internal/engine"
	"github.com/gin-liveview/liveview/internal/form"
)

// formed is what all forms are, whatever they are bound to.
type formed interface {
	formType() reflect.Type
	part() *form.Part
}

func (*Form[T]) formType() reflect.Type { return reflect.TypeFor[T]() }

func (f *Form[T]) part() *form.Part {
	if f.core != nil {
		return f.core.Root()
	}
	return f.known().Root()
}

// formModelOf returns what is known of forms of the type t; nil for any other type, and
// for forms that can't be bound, which FormOf refuses.
func formModelOf(t reflect.Type) engine.FormModel {
	if t.Kind() != reflect.Struct {
		return nil
	}
	f, ok := reflect.Zero(reflect.PointerTo(t)).Interface().(formed)
	if !ok {
		return nil
	}
	of, err := form.TypeOf(f.formType())
	if err != nil {
		return nil
	}
	return formModel{of}
}

// keyOf returns what tells entries of a type apart: the rows of forms by themselves.
func keyOf(t reflect.Type) string {
	if t == reflect.TypeFor[Row]() {
		return "Key"
	}
	return ""
}

// formModel is what a template is checked against.
type formModel struct{ of *form.Type }

// Call implements engine.FormModel.
func (m formModel) Call(method, path string) (engine.FormModel, error) {
	switch method {
	case "Field", "Add":
		return nil, m.of.Has(path)
	case "List":
		rows, err := m.of.RowsOf(path)
		if err != nil {
			return nil, err
		}
		return formModel{rows}, nil
	}
	return nil, nil
}

// Place implements engine.FormModel.
func (m formModel) Place(path string) engine.FormPlace {
	i, ok := m.of.Leaf(path)
	if !ok || strings.HasSuffix(path, "[]") {
		return nil
	}
	return func(at any) (any, uint64) {
		var p *form.Part
		switch at := at.(type) {
		case *Row:
			p = at.part
		case formed:
			p = at.part()
		}
		leaf := p.Leaf(i)
		return (*Field)(&leaf.Field), leaf.Version()
	}
}

// fieldAttrs returns how attrs writes the attributes of a [Field], nil for all else.
func fieldAttrs(function string, t reflect.Type, method string) engine.MethodText {
	if function != "attrs" || t != reflect.TypeFor[Field]() {
		return nil
	}
	of := map[string]func(Field) Attrs{"Attrs": Field.Attrs, "ControlAttrs": Field.ControlAttrs}[method]
	if of == nil {
		return nil
	}
	return func(dst []byte, at any) ([]byte, error) {
		return of(*at.(*Field)).append(dst)
	}
}
