package dom

import (
	"strings"

	"golang.org/x/net/html"
)

// LookupValue returns what a control holds, as its property value in JavaScript
// does. ok is false for an element without that property.
func (d *Document) LookupValue(n *html.Node) (value string, ok bool) {
	switch Kind(n) {
	case "":
		return "", false
	case "checkbox", "radio":
		if v, ok := LookupAttr(n, "value"); ok {
			return v, true
		}
		return "on", true
	case "select":
		for _, o := range d.SelectedOptions(n) {
			return OptionValue(o), true
		}
		return "", true
	case "textarea":
		if v := d.Look(n).Value; v != nil {
			return lineFeeds.Replace(*v), true
		}
		return lineFeeds.Replace(RawText(n)), true
	case "file":
		if files := d.Look(n).Files; len(files) > 0 {
			return `C:\fakepath\` + files[0].Name, true // as all browsers say
		}
		return "", true
	}
	if v := d.Look(n).Value; v != nil && !IsButton(n) && Kind(n) != "hidden" {
		return sanitized(n, *v), true
	}
	return sanitized(n, Attr(n, "value")), true
}

// lineFeeds makes all line breaks those that a textarea has.
var lineFeeds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// Value is [Document.LookupValue] for what is known to be a control.
func (d *Document) Value(n *html.Node) string { v, _ := d.LookupValue(n); return v }

// SetValue has a user type a text into n in place of what is there.
func (d *Document) SetValue(n *html.Node, value string) { d.Edit(n).Value = &value }

// Checked reports whether a checkbox or radio button is on.
func (d *Document) Checked(n *html.Node) bool {
	if c := d.Look(n).Checked; c != nil {
		return *c
	}
	return HasAttr(n, "checked")
}

// SetChecked switches a checkbox or radio button on or off. Of the radio buttons
// of one name, the others go off.
func (d *Document) SetChecked(n *html.Node, on bool) {
	d.Edit(n).Checked = &on
	if !on || Kind(n) != "radio" || Attr(n, "name") == "" {
		return
	}
	off := false
	for _, other := range d.group(n) {
		if other != n {
			d.Edit(other).Checked = &off
		}
	}
}

// group returns the radio buttons of one name and form with n.
func (d *Document) group(n *html.Node) []*html.Node {
	form := d.Form(n)
	return FindAll(d.Root, func(other *html.Node) bool {
		return Kind(other) == "radio" && Attr(other, "name") == Attr(n, "name") && d.Form(other) == form
	})
}
