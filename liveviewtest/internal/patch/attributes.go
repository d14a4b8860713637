package patch

import (
	"slices"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// copyAttrs makes from's attributes those of to.
func copyAttrs(from, to *html.Node) {
	same := func(a html.Attribute) func(html.Attribute) bool {
		return func(b html.Attribute) bool { return a.Key == b.Key && a.Namespace == b.Namespace }
	}
	from.Attr = slices.DeleteFunc(from.Attr, func(a html.Attribute) bool { return !slices.ContainsFunc(to.Attr, same(a)) })
	for _, a := range to.Attr {
		if i := slices.IndexFunc(from.Attr, same(a)); i < 0 {
			from.Attr = append(from.Attr, a)
		} else {
			from.Attr[i].Val = a.Val
		}
	}
}

// mergeAttrs is copyAttrs for the names that which is true of.
func mergeAttrs(from, to *html.Node, which func(name string) bool) {
	for _, a := range slices.Clone(from.Attr) {
		if which(a.Key) && !dom.HasAttr(to, a.Key) {
			dom.RemoveAttr(from, a.Key)
		}
	}
	for _, a := range to.Attr {
		if which(a.Key) {
			dom.SetAttr(from, a.Key, a.Val)
		}
	}
}

// equalNodes reports whether two nodes have the same names, attributes and
// content. It is a browser's isEqualNode.
func equalNodes(a, b *html.Node) bool {
	if a.Type != b.Type || a.Data != b.Data || len(a.Attr) != len(b.Attr) {
		return false
	}
	for _, attr := range a.Attr {
		if !slices.Contains(b.Attr, attr) {
			return false
		}
	}
	a, b = a.FirstChild, b.FirstChild
	for a != nil && b != nil && equalNodes(a, b) {
		a, b = a.NextSibling, b.NextSibling
	}
	return a == nil && b == nil
}
