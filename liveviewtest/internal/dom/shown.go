package dom

import (
	"slices"

	"golang.org/x/net/html"
)

// shown marks a popover that is shown, which no attribute of its own says in a browser.
var shown = html.Attribute{Namespace: "browser", Key: "popover-shown"}

// isShown reports whether n is such a popover.
func isShown(n *html.Node) bool { return slices.Contains(n.Attr, shown) }

// KeepShown has the new element be shown if the old one was.
func KeepShown(old, fresh *html.Node) {
	if isShown(old) {
		fresh.Attr = append(fresh.Attr, shown)
	}
}

// StripShown takes the mark away, for who looks at attributes.
func StripShown(n *html.Node) {
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a == shown })
}
