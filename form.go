package liveview

import (
	"fmt"
	"reflect"

	"github.com/gin-liveview/liveview/internal/form"
)

// Form is a form bound to a struct: what was typed beside what it means. It is a value,
// to be kept in a view's state and replaced by what its methods return; copies don't
// share what changes.
//
//	type Product struct {
//		Name     string    `form:"name" binding:"required,max=40"`
//		Price    Decimal   `form:"price" binding:"required,gt=0"`
//		Variants []Variant `form:"variants"`
//	}
//
//	s.Assign(func(st *State) { st.Form = liveview.FormOf(product, liveview.As("product")) })  // Mount
//
//	f := st.Form.Apply(e) // HandleEvent, for phx-change and phx-submit
//	f.Check("name", !taken, "is already taken")
//	if e.Name == "save" && f.Valid() {
//		save(f.Value)
//	}
//
// Types, tags and rules are those of [Event.Bind]. A field that isn't sent stays as it
// is: the steps of a wizard share one form, and what a page doesn't show isn't changed.
// So a checkbox wants a hidden field of its name before it, with the value false, to be
// heard of when it isn't ticked, and so does a group of them, with none.
//
// The zero value is the form of a zero T.
type Form[T any] struct {
	// Value is what the form means. A field whose text doesn't fit, see [Field].Error,
	// is as it was loaded.
	Value T

	core *form.Core
}

// FormOption is an option of [FormOf] and [FormFor].
type FormOption func(*formOptions)

type formOptions struct {
	as    string
	asNew bool
}

// As puts the names of all fields within name: As("product") makes product[price] of
// price, with the id product_price.
func As(name string) FormOption {
	return func(o *formOptions) { o.as = name }
}

// AsNew says that nobody has entered what is zero in v, though v has some presets, such as
// a ticked box or a first row: numbers that are zero are blank, as in a form of a zero T.
//
//	liveview.FormOf(Product{Active: true}, liveview.AsNew())
func AsNew() FormOption {
	return func(o *formOptions) { o.asNew = true }
}

// FormOf begins to edit v, and remembers it as what was loaded. In a form of a zero T, and
// in one that is told [AsNew], numbers are blank, where otherwise they are zero. v is copied,
// and what it points to or has in lists mustn't be changed any more. It panics if no form can
// be bound to a T, as [Event.Bind] would refuse it.
func FormOf[T any](v T, options ...FormOption) Form[T] {
	var o formOptions
	for _, option := range options {
		option(&o)
	}
	t, err := form.TypeOf(reflect.TypeFor[T]())
	if err != nil {
		panic(fmt.Sprintf("liveview: FormOf: %v", err))
	}
	loaded := v
	return Form[T]{Value: v, core: form.Load(t, o.as, reflect.ValueOf(&loaded).Elem(), o.asNew)}
}

// FormFor is the form of one event alone, for a view that doesn't keep it: it begins with
// *in as what was loaded, and leaves in it what the event means.
//
//	in := Order{Seats: 1}
//	f := liveview.FormFor(&in, e)
func FormFor[T any](in *T, e Event, options ...FormOption) Form[T] {
	f := FormOf(*in, options...).Apply(e)
	*in = f.Value
	return f
}

// Apply returns the form after an event of it: phx-change or phx-submit. Value is what
// was loaded, with what was typed since. Fields that the user hasn't been to show no
// errors until the form is submitted.
//
// Rows of lists are known by their names: product[variants][3][sku] is a field of the row
// with the Key 3, wherever it stands. Rows that the form has no more are removed; beside
// that an event may ask for changes of them, by the fields that [Row] and [Form.Add]
// return.
//
// It panics where a rule in T's tags can't be applied, as it would in [Event.Bind].
func (f Form[T]) Apply(e Event) Form[T] {
	next := Form[T]{}
	core, _, err := f.known().Apply(e.sent(), reflect.ValueOf(&next.Value).Elem())
	if err != nil {
		panic(fmt.Sprintf("liveview: a form for event %q: %v", e.Name, err))
	}
	next.core = core
	return next
}

// known returns the core, or that of the form of a zero T.
func (f Form[T]) known() *form.Core {
	if f.core == nil {
		return FormOf(*new(T)).core
	}
	return f.core
}

// Check holds the field at path against a rule of the application's own: if ok is false,
// sentence is its error, unless it has one. It reports whether the field has no error, so
// that what costs more can be left for then. Rows are counted as in Value:
//
//	f.Check("name", !taken, "is already taken")
//	f.Check("variants[3][sku]", known, "isn't one of ours")
//
// An error is shown where the user has been. It panics if there is no field at path.
func (f *Form[T]) Check(path string, ok bool, sentence string) bool {
	core, fine, err := f.known().Check(path, ok, sentence)
	if err != nil {
		panic(fmt.Sprintf("liveview: Check: %v", err))
	}
	f.core = core
	return fine
}

// Valid reports whether an event has been applied, nothing is wrong with any field, and
// the event didn't ask for a new row. Rows that it removed or moved are so in Value.
func (f Form[T]) Valid() bool { return f.core != nil && f.core.Valid() }

// Changed reports whether anything isn't as it was loaded.
func (f Form[T]) Changed() bool { return f.core != nil && f.core.Changed() }

// Submitted reports whether the form was submitted since it was loaded.
func (f Form[T]) Submitted() bool { return f.core != nil && f.core.Submitted() }

// Errors returns all errors by the names of the fields, shown or not.
func (f Form[T]) Errors() map[string]string { return f.known().Errors() }

// Loaded returns what the form was loaded with.
func (f Form[T]) Loaded() T { return f.known().Loaded().Interface().(T) }

// Reset returns the form as it was loaded.
func (f Form[T]) Reset() Form[T] {
	core := f.known().Reset()
	return Form[T]{Value: core.Loaded().Interface().(T), core: core}
}

// Stale reports whether current, what is stored by now, isn't what the form was loaded
// with: somebody else has saved meanwhile. It looks at the fields that have form tags.
// With the field of [Form.Version] in the form it can also tell after the page has joined
// again, or without a socket, when the form was loaded anew.
//
// It stays so until there is a new form of what is stored. Where it is asked within the
// transaction that saves, nobody saves in between: store.Save(f.Value, f.Stale).
func (f Form[T]) Stale(current T) bool {
	return !f.known().Same(reflect.ValueOf(&current).Elem())
}

// Version returns the hidden field that tells what the form was loaded with.
//
//	{{with .Form.Version}}<input type="hidden" name="{{.Name}}" value="{{.Value}}">{{end}}
func (f Form[T]) Version() Field {
	core := f.known()
	name := form.VersionName(core.As())
	return Field{Name: name, ID: form.IDOf(name), Value: core.Version(), Type: "hidden"}
}

// Field returns the field at path, such as "price", "address[city]" or
// "variants[3][sku]"; of a list or struct its name and error alone. It returns an error
// where there is none: in a template, a name that is written out is checked when it is
// parsed.
func (f Form[T]) Field(path string) (Field, error) { return fieldOf(f.known().Root(), path) }

// List returns the rows of the list, or the entries of the map, at path.
//
//	{{range .Form.List "variants"}}<li id="{{.ID}}">{{with .Field "sku"}}<input {{attrs .Attrs}}>{{end}}</li>{{end}}
//
// Templates tell the rows apart by their Key: as rows go and move, the others keep their
// elements, with what is being typed in them.
func (f Form[T]) List(path string) ([]Row, error) { return rowsOf(f.known().Root(), path) }

// Add returns the checkbox that adds a row to the list at path, and the list's error.
//
//	{{with .Form.Add "variants"}}<label><input type="checkbox" name="{{.Name}}" value="{{.Value}}"> another variant</label>{{end}}
func (f Form[T]) Add(path string) (Field, error) {
	field, err := f.Field(path)
	field.Name, field.Value, field.Type = form.AskName(field.Name, "_sort"), f.known().Root().NewRow(path), "checkbox"
	field.ID += "_new"
	return field, err
}
