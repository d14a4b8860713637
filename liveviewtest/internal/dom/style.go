package dom

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Classes returns the names in n's class attribute.
func Classes(n *html.Node) []string { return strings.Fields(Attr(n, "class")) }

// ChangeClasses adds and removes class names.
func ChangeClasses(n *html.Node, add, remove []string) {
	if len(add) == 0 && len(remove) == 0 {
		return
	}
	names := slices.DeleteFunc(Classes(n), func(c string) bool { return slices.Contains(remove, c) })
	for _, c := range add {
		if !slices.Contains(names, c) {
			names = append(names, c)
		}
	}
	if len(names) == 0 && !HasAttr(n, "class") {
		return
	}
	SetAttr(n, "class", strings.Join(names, " "))
}

// SetDisplay sets the display property in n's style attribute; "" takes it out.
func SetDisplay(n *html.Node, display string) {
	var kept []string
	for declaration := range strings.SplitSeq(Attr(n, "style"), ";") {
		if name, _ := property(declaration); name != "" && name != "display" {
			kept = append(kept, strings.TrimSpace(declaration))
		}
	}
	if display != "" {
		kept = append(kept, "display: "+display)
	}
	if len(kept) == 0 {
		SetAttr(n, "style", "")
		return
	}
	SetAttr(n, "style", strings.Join(kept, "; ")+";")
}

// property splits a CSS declaration.
func property(declaration string) (name, value string) {
	name, value, _ = strings.Cut(declaration, ":")
	return strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
}

// style returns the value of a property in n's style attribute, "" if it isn't
// there.
func style(n *html.Node, name string) string {
	found := ""
	for declaration := range strings.SplitSeq(Attr(n, "style"), ";") {
		if is, value := property(declaration); is == name {
			value, _, _ = strings.Cut(value, "!")
			found = strings.ToLower(strings.TrimSpace(value))
		}
	}
	return found
}

// Visible reports whether n shows, as far as attributes tell: style sheets
// aren't looked at.
func Visible(n *html.Node) bool { return Closest(n, hidden) == nil }

// hidden reports whether n and all in it don't show, because of n itself.
func hidden(n *html.Node) bool {
	if Is(n, "template", "script", "style", "head", "datalist", "noscript") || Kind(n) == "hidden" {
		return true
	}
	if display := style(n, "display"); display != "" {
		return display == "none" // which a style sheet's rules for what follows don't come up against
	}
	return HasAttr(n, "hidden") || HasAttr(n, "popover") && !isShown(n) || Is(n, "dialog") && !HasAttr(n, "open")
}

// Unreachable says why a user can't get at n, such as "is in <div hidden>, which
// doesn't show"; "" if one can, as far as attributes tell.
func Unreachable(n *html.Node) string {
	for in := n; in != nil; in = in.Parent {
		why := ""
		switch {
		case in.Type != html.ElementNode:
			continue
		case hidden(in):
			why = "doesn't show"
		case Is(in, "details") && !HasAttr(in, "open") && !inSummary(in, n):
			why = "isn't open"
		case HasAttr(in, "inert"):
			why = "is inert"
		default:
			continue
		}
		if in == n {
			return why
		}
		return "is in " + Describe(in) + ", which " + why
	}
	if value := inherited(n, "visibility"); value != "" && value != "visible" {
		return "doesn't show, as its visibility is " + value
	}
	if modal := modalIn(root(n)); modal != nil && !Contains(modal, n) {
		return "is behind " + Describe(modal) + ", which was opened as a modal dialog"
	}
	return ""
}

// Unclickable is [Unreachable] for a pointer.
func Unclickable(n *html.Node) string {
	if inherited(n, "pointer-events") == "none" {
		return "lets clicks through, as its pointer-events are none"
	}
	return Unreachable(n)
}

// inherited is [style] for properties of which the innermost counts.
func inherited(n *html.Node, name string) string {
	if in := Closest(n, func(n *html.Node) bool { return style(n, name) != "" }); in != nil {
		return style(in, name)
	}
	return ""
}

// inSummary reports whether n is what shows of a closed <details>.
func inSummary(details, n *html.Node) bool {
	for _, c := range Children(details) {
		if Is(c, "summary") {
			return n == details || Contains(c, n)
		}
	}
	return n == details
}
