package dom

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Kind returns the type of a form control as a browser tells it: of an input
// its type, "text" if it has none or an unknown one; "submit" for a button
// without one; "select" or "textarea". It is "" for what is no control, nil
// included.
func Kind(n *html.Node) string {
	switch {
	case Is(n, "input"):
		t := strings.ToLower(Attr(n, "type"))
		if slices.Contains(inputTypes, t) {
			return t
		}
		return "text"
	case Is(n, "button"):
		if t := strings.ToLower(Attr(n, "type")); t == "button" || t == "reset" {
			return t
		}
		return "submit"
	case Is(n, "select", "textarea"):
		return n.Data
	}
	return ""
}

var inputTypes = []string{
	"hidden", "text", "search", "tel", "url", "email", "password", "date", "month", "week", "time", "datetime-local",
	"number", "range", "color", "checkbox", "radio", "file", "submit", "image", "reset", "button",
}

// IsButton reports whether a control is there to be pressed.
func IsButton(n *html.Node) bool {
	return Is(n, "button") || slices.Contains([]string{"submit", "image", "reset", "button"}, Kind(n))
}

// IsSubmitButton reports whether pressing n submits its form.
func IsSubmitButton(n *html.Node) bool { return Kind(n) == "submit" || Kind(n) == "image" }

// IsCheckable reports whether n is a checkbox or a radio button.
func IsCheckable(n *html.Node) bool { k := Kind(n); return k == "checkbox" || k == "radio" }

// IsTextual reports whether one types into n.
func IsTextual(n *html.Node) bool {
	return Kind(n) == "textarea" || Is(n, "input") && !IsButton(n) && !IsCheckable(n) && Kind(n) != "hidden" && Kind(n) != "file"
}

// IsLink reports whether n leads somewhere by itself.
func IsLink(n *html.Node) bool { return Is(n, "a", "area") && HasAttr(n, "href") }

// Disabled reports whether a control can't be used, for itself or for a fieldset
// around it.
func Disabled(n *html.Node) bool {
	if Kind(n) == "" {
		return false
	}
	if HasAttr(n, "disabled") {
		return true
	}
	for c, p := n, n.Parent; p != nil; c, p = p, p.Parent {
		if !Is(p, "fieldset") || !HasAttr(p, "disabled") {
			continue
		}
		// What is in its first legend isn't disabled with it.
		legend := Find(p, func(n *html.Node) bool { return Is(n, "legend") && n.Parent == p })
		if legend == nil || legend != c {
			return true
		}
	}
	return false
}

// Focusable reports whether n can have the focus.
func Focusable(n *html.Node) bool {
	if Kind(n) != "" {
		return !Disabled(n) && Kind(n) != "hidden"
	}
	return IsLink(n) || HasAttr(n, "tabindex") || Is(n, "summary") || HasAttr(n, "contenteditable")
}

// Form returns the form that a control belongs to, nil if to none.
func (d *Document) Form(n *html.Node) *html.Node {
	if id, ok := LookupAttr(n, "form"); ok {
		return Find(d.Root, func(n *html.Node) bool { return Is(n, "form") && id != "" && Attr(n, "id") == id })
	}
	return Closest(n, Named("form"))
}

// Controls returns the controls of a form in the order of the document. The form
// needn't be in the document.
func (d *Document) Controls(form *html.Node) []*html.Node {
	root := d.Root
	if !d.Connected(form) {
		root = form
	}
	return FindAll(root, func(n *html.Node) bool { return Kind(n) != "" && d.Form(n) == form })
}

// Labelled returns the control that a label is for, nil if there is none.
func (d *Document) Labelled(label *html.Node) *html.Node {
	if id, ok := LookupAttr(label, "for"); ok {
		n := d.ByID(id)
		if Kind(n) == "" {
			return nil
		}
		return n
	}
	return Find(label, func(n *html.Node) bool { return Kind(n) != "" && Kind(n) != "hidden" })
}
