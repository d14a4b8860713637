package liveview

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/gin-liveview/liveview/internal/form"
)

// Field is a field of a [Form] as it is to be shown:
//
//	{{with .Form.Field "price"}}
//	  <label for="{{.ID}}">Price</label> <input {{attrs .Attrs}}>
//	  {{if .Error}}<p id="{{.ErrorID}}">{{.Error}}</p>{{end}}
//	{{end}}
//
// What follows from the type of the struct's field and from its binding tag is there,
// too, as attributes of HTML have it: "" and 0 mean that there is none.
type Field struct {
	Name  string // product[price]
	ID    string // product_price
	Value string // what was typed, whether it fits or not
	More  string // the values before Value, for [Field.Values] to take apart

	// Error is the sentence that says what is wrong, "" while the user hasn't been
	// there. Its element is to have the id ErrorID.
	Error   string
	ErrorID string

	// Type is "text", "email", "url", "tel", "checkbox", "date", "datetime-local",
	// "time" or "month". Numbers are "text" with an InputMode: of an input for numbers
	// that holds something else the browser tells nothing.
	Type                    string
	InputMode               string // "numeric" or "decimal"
	Min, Max, Step, Pattern string
	MinLength, MaxLength    int

	Required bool
	Used     bool // the user has been there
	Changed  bool // Value isn't what was loaded
	Multi    bool // it has several values, such as the boxes ticked of a group
}

// Values returns all values of the field: those that were chosen, where it is one of
// several, such as a group of checkboxes.
func (f Field) Values() []string { return form.Texts(f.Value, f.More, f.Multi) }

// Has reports whether v is among the field's values. A box that stands for true is ticked
// by Has "true", which "on" is as well, as browsers send it for a box without a value.
func (f Field) Has(v string) bool {
	all := f.Values()
	return slices.Contains(all, v) || f.Type == "checkbox" && v == "true" && slices.Contains(all, "on")
}

// Attrs returns the attributes of an <input> for the field: for {{attrs .Attrs}} in a
// template, and for { templ.Attributes(field.Attrs().Templ())... } in templ. Of a checkbox the value is true.
func (f Field) Attrs() Attrs {
	a := f.ControlAttrs()
	if f.Type != "" {
		a["type"] = f.Type
	}
	switch f.Type {
	case "checkbox":
		a["value"] = "true"
		a["checked"] = f.Has("true")
	case "date", "datetime-local", "time", "month":
		put(a, "min", f.Min)
		put(a, "max", f.Max)
		a["value"] = f.Value
	default:
		a["value"] = f.Value
		put(a, "pattern", f.Pattern)
		put(a, "inputmode", f.InputMode)
	}
	return a
}

// ControlAttrs is Attrs for a <select> or <textarea>, whose value is in its content.
func (f Field) ControlAttrs() Attrs {
	a := Attrs{"id": f.ID, "name": f.Name}
	if f.Required && !f.Multi {
		a["required"] = true
	}
	if f.MinLength > 0 {
		a["minlength"] = strconv.Itoa(f.MinLength)
	}
	if f.MaxLength > 0 {
		a["maxlength"] = strconv.Itoa(f.MaxLength)
	}
	if f.Error != "" {
		a["aria-invalid"] = "true"
		a["aria-describedby"] = f.ErrorID
	}
	return a
}

// put sets an attribute that has a value.
func put(a Attrs, name, value string) {
	if value != "" {
		a[name] = value
	}
}

// Row is an entry of a list of a [Form]: what the list's struct, or the value of its
// map, is shown by.
type Row struct {
	// Key is what tells the row apart from the others of its list for as long as it is
	// there, wherever it stands: it is in its fields' names. Of a map it is the map's.
	Key string
	// Index is where it stands, from 0 on: in Value of the form, too.
	Index int
	// Last says that no row stands behind it; of the first one, Index is 0.
	Last bool
	// ID is for the element around the row, such as product_variants_3.
	ID string

	list string // product[variants]
	part *form.Part
}

// Field returns a field of the row. Of a map's entries that are no structs the path is
// "". It returns an error where the row has none of that name.
func (r Row) Field(path string) (Field, error) { return fieldOf(r.part, path) }

// List returns the rows of a list within the row.
func (r Row) List(path string) ([]Row, error) { return rowsOf(r.part, path) }

// Sort returns the hidden field that tells where the row stands: with one in each row,
// rows without other fields that are sent stay as well, and a script may move them.
//
//	{{with .Sort}}<input type="hidden" name="{{.Name}}" value="{{.Value}}">{{end}}
func (r Row) Sort() Field { return r.ask("_sort") }

// Drop returns the checkbox that removes the row.
//
//	{{with .Drop}}<label><input type="checkbox" name="{{.Name}}" value="{{.Value}}"> remove</label>{{end}}
func (r Row) Drop() Field { return r.ask("_drop") }

// Up returns the checkbox that changes the row for the one before. The first row wants
// none: {{if .Index}}{{with .Up}}…{{end}}{{end}}.
func (r Row) Up() Field { return r.move("_up") }

// Down returns the checkbox that changes the row for the one behind. The last row wants
// none: {{if not .Last}}{{with .Down}}…{{end}}{{end}}.
func (r Row) Down() Field { return r.move("_down") }

// move is ask with where the row stands: a box whose attributes stay is left ticked by
// the client.
func (r Row) move(suffix string) Field {
	f := r.ask(suffix)
	f.Value += "@" + strconv.Itoa(r.Index)
	return f
}

func (r Row) ask(suffix string) Field {
	name := form.AskName(r.list, suffix)
	return Field{Name: name, ID: form.IDOf(name) + "_" + r.Key, Value: r.Key, Type: "checkbox"}
}

// fieldOf returns the field at path of p.
func fieldOf(p *form.Part, path string) (Field, error) {
	f, err := p.Field(path)
	if err != nil {
		return Field{}, formError(err)
	}
	return Field(*f), nil
}

// rowsOf returns the rows of the list at path of p.
func rowsOf(p *form.Part, path string) ([]Row, error) {
	name, keys, parts, err := p.List(path)
	if err != nil {
		return nil, formError(err)
	}
	rows := make([]Row, len(keys))
	for i, key := range keys {
		rows[i] = Row{Key: key, Index: i, Last: i == len(keys)-1, ID: form.IDOf(name + "[" + key + "]"), list: name, part: parts[i]}
	}
	return rows, nil
}

// formError is an error of a path, for the log.
func formError(err error) error { return fmt.Errorf("liveview: %w", err) }
