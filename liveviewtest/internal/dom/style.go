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
	return strings.TrimSpace(name), strings.TrimSpace(value)
}

// Visible reports whether n shows, as far as attributes tell: style sheets
// aren't looked at.
func Visible(n *html.Node) bool { return Closest(n, hidden) == nil }

// hidden reports whether n and all in it don't show, because of n itself.
func hidden(n *html.Node) bool {
	if HasAttr(n, "hidden") || Is(n, "template", "script", "style") || Is(n, "input") && Attr(n, "type") == "hidden" {
		return true
	}
	for declaration := range strings.SplitSeq(Attr(n, "style"), ";") {
		if name, value := property(declaration); name == "display" && value == "none" {
			return true
		}
	}
	return false
}
