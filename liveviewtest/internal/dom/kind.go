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

// IsSingleLine reports whether Enter in n submits a form that has no submit
// button, if it has no other field of that kind.
//
// Source: the HTML standard's fields that block implicit submission, of which
// browsers leave out those that are pickers.
func IsSingleLine(n *html.Node) bool { return Is(n, "input") && (isText(n) || Kind(n) == "number") }

// IsLink reports whether n leads somewhere by itself.
func IsLink(n *html.Node) bool { return Is(n, "a", "area") && HasAttr(n, "href") }

// ReadOnly reports whether a user can't change what n holds.
func ReadOnly(n *html.Node) bool {
	return HasAttr(n, "readonly") && IsTextual(n) && Kind(n) != "range" && Kind(n) != "color"
}

// isText reports whether n is an input whose value may be any text, as far as
// its type goes.
func isText(n *html.Node) bool {
	switch Kind(n) {
	case "text", "search", "tel", "password", "email", "url":
		return true
	}
	return false
}
