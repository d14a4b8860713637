package liveviewtest

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// kind returns the type of a form control as a browser tells it: of an input
// its type, "text" if it has none or an unknown one; "submit" for a button
// without one; else the element's name. It is "" for what is no control.
func kind(n *html.Node) string {
	if n == nil {
		return ""
	}
	switch {
	case isElement(n, "input"):
		t := strings.ToLower(attrOf(n, "type"))
		if slices.Contains(inputTypes, t) {
			return t
		}
		return "text"
	case isElement(n, "button"):
		if t := strings.ToLower(attrOf(n, "type")); t == "button" || t == "reset" {
			return t
		}
		return "submit"
	case isElement(n, "select", "textarea"):
		return n.Data
	}
	return ""
}

var inputTypes = []string{
	"hidden", "text", "search", "tel", "url", "email", "password", "date", "month", "week", "time", "datetime-local",
	"number", "range", "color", "checkbox", "radio", "file", "submit", "image", "reset", "button",
}

// isButton reports whether a control is there to be pressed.
func isButton(n *html.Node) bool {
	return isElement(n, "button") || slices.Contains([]string{"submit", "image", "reset", "button"}, kind(n))
}

func isCheckable(n *html.Node) bool { k := kind(n); return k == "checkbox" || k == "radio" }

// isTextual reports whether one types into n.
func isTextual(n *html.Node) bool {
	return kind(n) == "textarea" || isElement(n, "input") && !isButton(n) && !isCheckable(n) && kind(n) != "hidden" && kind(n) != "file"
}

// value returns the value of a control. ok is false for an element that has
// none in JavaScript.
func (d *document) value(n *html.Node) (value string, ok bool) {
	switch kind(n) {
	case "":
		return "", false
	case "checkbox", "radio":
		if v, ok := attr(n, "value"); ok {
			return v, true
		}
		return "on", true
	case "select":
		for _, o := range d.selectedOptions(n) {
			return optionValue(o), true
		}
		return "", true
	case "textarea":
		if v := d.look(n).value; v != nil {
			return *v, true
		}
		return rawText(n), true
	case "file":
		if files := d.look(n).files; len(files) > 0 {
			return `C:\fakepath\` + files[0].Name, true
		}
		return "", true
	}
	if v := d.look(n).value; v != nil && !isButton(n) && kind(n) != "hidden" {
		return *v, true
	}
	return attrOf(n, "value"), true
}

func (d *document) checked(n *html.Node) bool {
	if c := d.look(n).checked; c != nil {
		return *c
	}
	return hasAttr(n, "checked")
}

// setChecked ticks n or not; of radio buttons only one is on.
func (d *document) setChecked(n *html.Node, on bool) {
	d.of(n).checked = &on
	if !on || kind(n) != "radio" || attrOf(n, "name") == "" {
		return
	}
	off := false
	form := d.form(n)
	for _, other := range findAll(d.root, named("input")) {
		if other != n && kind(other) == "radio" && attrOf(other, "name") == attrOf(n, "name") && d.form(other) == form {
			d.of(other).checked = &off
		}
	}
}

func options(sel *html.Node) []*html.Node { return findAll(sel, named("option")) }

// selectedOptions returns the options of a select that are chosen.
func (d *document) selectedOptions(sel *html.Node) []*html.Node {
	var chosen []*html.Node
	touched := false
	all := options(sel)
	for _, o := range all {
		s := d.look(o).selected
		touched = touched || s != nil
		if s != nil && *s || s == nil && hasAttr(o, "selected") {
			chosen = append(chosen, o)
		}
	}
	if hasAttr(sel, "multiple") {
		return chosen
	}
	if len(chosen) > 0 {
		return chosen[len(chosen)-1:]
	}
	if touched || attrOf(sel, "size") != "" && attrOf(sel, "size") != "1" {
		return nil
	}
	for _, o := range all {
		if !optionDisabled(o) {
			return []*html.Node{o}
		}
	}
	return nil
}

// choose makes exactly those options the chosen ones.
func (d *document) choose(sel *html.Node, chosen []*html.Node) {
	for _, o := range options(sel) {
		on := slices.Contains(chosen, o)
		d.of(o).selected = &on
	}
}

func optionValue(o *html.Node) string {
	if v, ok := attr(o, "value"); ok {
		return v
	}
	return strings.Join(strings.Fields(rawText(o)), " ")
}

func optionDisabled(o *html.Node) bool {
	return hasAttr(o, "disabled") || isElement(o.Parent, "optgroup") && hasAttr(o.Parent, "disabled")
}

// disabled reports whether a control can't be used, itself or by a fieldset
// around it.
func disabled(n *html.Node) bool {
	if kind(n) == "" {
		return false
	}
	if hasAttr(n, "disabled") {
		return true
	}
	for c, p := n, n.Parent; p != nil; c, p = p, p.Parent {
		if !isElement(p, "fieldset") || !hasAttr(p, "disabled") {
			continue
		}
		legend := find(p, func(n *html.Node) bool { return isElement(n, "legend") && n.Parent == p })
		if legend == nil || legend != c {
			return true
		}
	}
	return false
}

// form returns the form that a control belongs to.
func (d *document) form(n *html.Node) *html.Node {
	if id, ok := attr(n, "form"); ok {
		return find(d.root, func(n *html.Node) bool { return isElement(n, "form") && id != "" && attrOf(n, "id") == id })
	}
	return closest(n, named("form"))
}

// controls returns the controls of a form in the order of the document.
func (d *document) controls(form *html.Node) []*html.Node {
	root := d.root
	if !d.connected(form) {
		root = form
	}
	return findAll(root, func(n *html.Node) bool { return kind(n) != "" && d.form(n) == form })
}

// pair is a field's name and value.
type pair struct{ name, value string }

// entries are what the form would send if it were submitted with submitter,
// which may be nil.
func (d *document) entries(form, submitter *html.Node) []pair {
	var all []pair
	for _, n := range d.controls(form) {
		name := attrOf(n, "name")
		if name == "" || disabled(n) || isButton(n) && n != submitter || kind(n) == "file" ||
			isCheckable(n) && !d.checked(n) || closest(n, named("datalist")) != nil {
			continue
		}
		if kind(n) == "select" {
			for _, o := range d.selectedOptions(n) {
				if !optionDisabled(o) {
					all = append(all, pair{name, optionValue(o)})
				}
			}
			continue
		}
		value, _ := d.value(n)
		all = append(all, pair{name, value})
	}
	return all
}

// serialize is entries as the client sends them: each field that the user
// hasn't been to is preceded by one that says so. Not empty, only leaves out
// all other fields.
//
// Source: serializeForm in phoenix_live_view/assets/js/phoenix_live_view/view.ts.
func (d *document) serialize(form, submitter *html.Node, only string) string {
	used, shown := map[string]bool{}, map[string]bool{}
	for _, n := range d.controls(form) {
		name := attrOf(n, "name")
		s := d.look(n)
		if s.used || s.submitted || hasAttr(n, "phx-no-unused-field") {
			used[name] = true
		}
		if kind(n) != "hidden" {
			shown[name] = true
		}
	}
	var pairs []pair
	for _, p := range d.entries(form, submitter) {
		if only != "" && p.name != only {
			continue
		}
		if !used[p.name] && shown[p.name] && !hasAttr(form, "phx-no-unused-field") &&
			(submitter == nil || attrOf(submitter, "name") != p.name) {
			pairs = append(pairs, pair{unusedName(p.name), ""})
		}
		pairs = append(pairs, p)
	}
	return encode(pairs)
}

// unusedName puts "_unused_" before the last part of a field's name:
// "user[tags][]" becomes "user[_unused_tags][]".
func unusedName(name string) string {
	base, list := strings.CutSuffix(name, "[]")
	at := strings.LastIndexAny(strings.TrimSuffix(base, "]"), "[]") + 1
	base = base[:at] + "_unused_" + base[at:]
	if list {
		base += "[]"
	}
	return base
}

// encode is application/x-www-form-urlencoded as browsers do it.
func encode(pairs []pair) string {
	var b strings.Builder
	for i, p := range pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(escapeForm(p.name) + "=" + escapeForm(p.value))
	}
	return b.String()
}

var formEscapes = strings.NewReplacer("~", "%7E", "%2A", "*")

func escapeForm(s string) string { return formEscapes.Replace(url.QueryEscape(s)) }

// invalid says why the browser wouldn't submit a form with this field; "" if it
// would.
func (d *document) invalid(n *html.Node) string {
	if disabled(n) || hasAttr(n, "readonly") || isButton(n) || kind(n) == "hidden" {
		return ""
	}
	value := valueOf(d, n)
	if hasAttr(n, "required") && !d.filled(n) {
		return "is required"
	}
	if value == "" || !isTextual(n) {
		return ""
	}
	switch kind(n) {
	case "email":
		if _, host, ok := strings.Cut(value, "@"); !ok || host == "" || strings.ContainsAny(value, " \t") || strings.HasPrefix(value, "@") {
			return fmt.Sprintf("holds %q, which is no e-mail address", value)
		}
	case "url":
		if u, err := url.Parse(value); err != nil || u.Scheme == "" {
			return fmt.Sprintf("holds %q, which is no URL", value)
		}
	case "number", "range":
		x, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return fmt.Sprintf("holds %q, which is no number", value)
		}
		if least, err := strconv.ParseFloat(attrOf(n, "min"), 64); err == nil && x < least {
			return fmt.Sprintf("holds %s, which is less than %s", value, attrOf(n, "min"))
		}
		if most, err := strconv.ParseFloat(attrOf(n, "max"), 64); err == nil && x > most {
			return fmt.Sprintf("holds %s, which is more than %s", value, attrOf(n, "max"))
		}
		return ""
	}
	if d.look(n).value != nil && len([]rune(value)) < atoi(attrOf(n, "minlength")) {
		return fmt.Sprintf("holds %q, which is shorter than %s", value, attrOf(n, "minlength"))
	}
	if pattern, ok := attr(n, "pattern"); ok && kind(n) != "textarea" {
		if re, err := regexp.Compile("^(?:" + pattern + ")$"); err == nil && !re.MatchString(value) {
			return fmt.Sprintf("holds %q, which doesn't match its pattern", value)
		}
	}
	return ""
}

// filled reports whether a required field has what is required.
func (d *document) filled(n *html.Node) bool {
	switch kind(n) {
	case "checkbox":
		return d.checked(n)
	case "radio":
		form := d.form(n)
		return find(d.root, func(o *html.Node) bool {
			return kind(o) == "radio" && attrOf(o, "name") == attrOf(n, "name") && d.form(o) == form && d.checked(o)
		}) != nil
	case "file":
		return len(d.look(n).files) > 0
	}
	return valueOf(d, n) != ""
}
