package liveviewtest

import (
	"fmt"
	"reflect"
	"slices"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// Change enters values into the fields of the form that the selector matches,
// as a user does: one field after the other, each getting the focus, each
// reported by phx-change with what a browser would send. fields are names and
// values by turns:
//
//	v.Change("#order", "name", "Ada", "seats", 2, "terms", true, "extras[]", []string{"a", "b"})
//
// Text goes into text fields; an option or a radio button is chosen by its value
// or text; a checkbox is ticked by true or its value, and of several with one
// name a list ticks exactly those. A label's text will do for a name. Where the
// selector matches a field, or is the text of its label, its value alone is given.
//
// What a browser's user couldn't do ends the test: fields that are missing,
// disabled, read-only or hidden, and values that a field doesn't take, such as a
// date's that is none. What it does take and only doesn't submit is for [View.Submit] to
// refuse.
func (v *View) Change(selector string, fields ...any) {
	v.t.Helper()
	v.ready("Change", selector)
	n := v.field("Change", selector)
	if dom.Kind(n) != "" && !dom.IsButton(n) && len(fields) == 1 {
		v.enter("Change", n, fields[0])
		return
	}
	if !dom.Is(n, "form") {
		v.t.Fatalf("liveviewtest: Change(%q): %s is neither a form, for names and values by turns, nor a field, for one value", selector, dom.Describe(n))
	}
	if len(fields) == 0 {
		v.t.Fatalf("liveviewtest: Change(%q): there are no fields to change; name them with their values", selector)
	}
	v.fill("Change", selector, fields)
}

// Submit enters values as [View.Change] does and then submits the form that the
// selector matches, as Enter in one of its fields does: with its first submit
// button. To submit it with another one, click that. A form that the browser
// would not submit ends the test: a required field is empty, or a number between
// two steps, for instance, or there are several lines of text and no button.
func (v *View) Submit(selector string, fields ...any) {
	v.t.Helper()
	v.ready("Submit", selector)
	if n := v.element("Submit", selector, nil); !dom.Is(n, "form") {
		v.t.Fatalf("liveviewtest: Submit(%q): %s is no form", selector, dom.Describe(n))
	}
	v.fill("Submit", selector, fields)
	v.submit("Submit", v.element("Submit", selector, nil))
}

// submit presses Enter in a form and waits for the answer.
func (v *View) submit(verb string, form *html.Node) {
	v.t.Helper()
	if why := dom.Unreachable(form); why != "" {
		v.t.Fatalf("liveviewtest: %s: the form %s %s", verb, dom.Describe(form), why)
	}
	if err := v.page.Enter(form, nil); err != nil {
		v.t.Fatalf("liveviewtest: %s: %v", verb, err)
	}
	v.page.Settle()
}

// fill enters values by name. The form is looked up anew for each, as the
// answer to one may change the page.
func (v *View) fill(verb, selector string, fields []any) {
	v.t.Helper()
	if len(fields)%2 != 0 {
		v.t.Fatalf("liveviewtest: %s(%q): the fields must be names and values by turns, and they are %v", verb, selector, fields)
	}
	for i := 0; i < len(fields); i += 2 {
		name, ok := fields[i].(string)
		if !ok {
			v.t.Fatalf("liveviewtest: %s(%q): %v (%T) stands where a field's name should", verb, selector, fields[i], fields[i])
		}
		v.fillField(verb, v.element(verb, selector, nil), name, fields[i+1])
	}
}

// fillField enters a value, or several, into the fields of one name.
func (v *View) fillField(verb string, form *html.Node, name string, value any) {
	v.t.Helper()
	all := v.fieldsOf(form, name)
	if len(all) == 0 {
		v.t.Fatalf("liveviewtest: %s: the form %s has no field %q to be changed.%s", verb, dom.Describe(form), name,
			v.nearest(name, func(n *html.Node) bool {
				return dom.Kind(n) != "" && !dom.IsButton(n) && v.page.Document().Form(n) == form
			}))
	}
	if len(all) > 1 && dom.IsCheckable(all[0]) {
		v.tick(verb, form, all, name, value)
		return
	}
	values := []any{value}
	if many := reflect.ValueOf(value); len(all) > 1 && many.Kind() == reflect.Slice {
		values = nil
		for i := range many.Len() {
			values = append(values, many.Index(i).Interface())
		}
	}
	if len(values) != len(all) {
		v.t.Fatalf("liveviewtest: %s: the form has %d fields %q, and %d values are given", verb, len(all), name, len(values))
	}
	for i, value := range values {
		if all = v.fieldsOf(form, name); i < len(all) {
			v.enter(verb, all[i], value)
		}
	}
}

// fieldsOf returns the fields of one name that a user can see, or else those of
// that label.
func (v *View) fieldsOf(form *html.Node, name string) []*html.Node {
	all := slices.DeleteFunc(v.page.Document().Controls(form), func(n *html.Node) bool { return !isField(n) })
	named := slices.DeleteFunc(slices.Clone(all), func(n *html.Node) bool { return dom.Attr(n, "name") != name })
	if len(named) > 0 {
		return named
	}
	return slices.DeleteFunc(all, func(n *html.Node) bool { return !v.isLabelled(n, name) })
}

// tick switches several checkboxes or radio buttons of one name: by a list on
// exactly those with its values, by one value on that.
func (v *View) tick(verb string, form *html.Node, all []*html.Node, name string, value any) {
	v.t.Helper()
	doc := v.page.Document()
	wanted, exactly := listOf(value), reflect.ValueOf(value).Kind() == reflect.Slice
	for _, w := range wanted {
		if !slices.ContainsFunc(all, func(n *html.Node) bool { return doc.Value(n) == w }) {
			v.t.Fatalf("liveviewtest: %s: the field %q can't be %q; there are:%s", verb, name, w, listing(all))
		}
	}
	for _, box := range all {
		value := doc.Value(box)
		on := slices.Contains(wanted, value)
		if !on && (!exactly || dom.Kind(box) != "checkbox") {
			continue
		}
		// The answer to the one before may have brought another box.
		now := v.fieldsOf(form, name)
		if i := slices.IndexFunc(now, func(n *html.Node) bool { return v.page.Document().Value(n) == value }); i >= 0 {
			v.enter(verb, now[i], on)
		}
	}
}

// listOf returns a value, or a list of them, as text.
func listOf(value any) []string {
	many := reflect.ValueOf(value)
	if many.Kind() != reflect.Slice {
		return []string{fmt.Sprint(value)}
	}
	all := make([]string, many.Len())
	for i := range all {
		all[i] = fmt.Sprint(many.Index(i).Interface())
	}
	return all
}

// enter gives one field a value and waits for the answer.
func (v *View) enter(verb string, n *html.Node, value any) {
	v.t.Helper()
	switch {
	case dom.Disabled(n):
		v.t.Fatalf("liveviewtest: %s: the field %s is disabled", verb, dom.Describe(n))
	case v.locked(n) != "" && !dom.IsCheckable(n) && dom.Kind(n) != "range" && dom.Kind(n) != "color" && dom.Kind(n) != "file":
		v.t.Fatalf("liveviewtest: %s: the field %s %s", verb, dom.Describe(n), v.locked(n))
	case dom.ReadOnly(n):
		v.t.Fatalf("liveviewtest: %s: the field %s is read-only", verb, dom.Describe(n))
	case dom.Kind(n) == "hidden":
		v.t.Fatalf("liveviewtest: %s: the field %s is hidden from users", verb, dom.Describe(n))
	case dom.Kind(n) == "file":
		v.t.Fatalf("liveviewtest: %s: the field %s takes files; use Choose", verb, dom.Describe(n))
	}
	doc := v.page.Document()
	if why := dom.Unreachable(n); why != "" && !(dom.IsCheckable(n) && doc.Labelling(n)) {
		v.t.Fatalf("liveviewtest: %s: the field %s %s", verb, dom.Describe(n), why)
	}
	v.page.Focus(n)
	switch {
	case dom.IsCheckable(n):
		on := v.isOn(verb, n, value)
		if on == doc.Checked(n) {
			v.page.Settle()
			return
		}
		doc.SetChecked(n, on)
	case dom.Kind(n) == "select":
		doc.Choose(n, v.optionsFor(verb, n, listOf(value)))
	default:
		typed := fmt.Sprint(value)
		if why := dom.Refused(n, typed); why != "" {
			v.t.Fatalf("liveviewtest: %s: the field %s %s", verb, dom.Describe(n), why)
		}
		doc.SetValue(n, dom.Fitting(n, typed))
	}
	if err := v.page.Changed(n); err != nil {
		v.t.Fatalf("liveviewtest: %s: %v", verb, err)
	}
	v.page.Settle()
}

// isOn reports whether a value means that a checkbox or radio button is to be on.
func (v *View) isOn(verb string, n *html.Node, value any) bool {
	v.t.Helper()
	on, ok := value.(bool)
	if !ok {
		if want := fmt.Sprint(value); want != v.page.Document().Value(n) {
			v.t.Fatalf("liveviewtest: %s: %s can be true or false, and it is to be %q", verb, dom.Describe(n), want)
		}
		on = true
	}
	if dom.Kind(n) == "radio" && !on {
		v.t.Fatalf("liveviewtest: %s: the radio button %s can't be switched off; choose another", verb, dom.Describe(n))
	}
	return on
}

// optionsFor returns the options of a select by value or text.
func (v *View) optionsFor(verb string, sel *html.Node, wanted []string) []*html.Node {
	v.t.Helper()
	if len(wanted) > 1 && !dom.HasAttr(sel, "multiple") {
		v.t.Fatalf("liveviewtest: %s: %s takes one value, and %d are given", verb, dom.Describe(sel), len(wanted))
	}
	all := dom.Options(sel)
	var chosen []*html.Node
	for _, w := range wanted {
		i := slices.IndexFunc(all, func(o *html.Node) bool { return dom.OptionValue(o) == w })
		if i < 0 {
			i = slices.IndexFunc(all, func(o *html.Node) bool { return dom.Text(o) == w })
		}
		if i < 0 || dom.OptionDisabled(all[i]) || !dom.Visible(all[i]) {
			v.t.Fatalf("liveviewtest: %s: the field %q has no option %q that can be chosen; there are:%s", verb, dom.Attr(sel, "name"), w, listing(all))
		}
		chosen = append(chosen, all[i])
	}
	return chosen
}
