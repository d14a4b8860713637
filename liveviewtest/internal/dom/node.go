// Package dom is the page in a browser, as far as a live view's client has to
// do with it: the nodes, and what a user has entered and chosen, which no
// attribute shows. It knows nothing of live views and their servers.
package dom

import (
	"fmt"
	"slices"
	"strings"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// LookupAttr returns the value of an attribute, and whether n has it. Attributes
// of SVG and MathML with a namespace of their own aren't found.
func LookupAttr(n *html.Node, name string) (string, bool) {
	if n.Type != html.ElementNode {
		return "", false
	}
	for _, a := range n.Attr {
		if a.Key == name && a.Namespace == "" {
			return a.Val, true
		}
	}
	return "", false
}

// Attr is [LookupAttr] for where an empty attribute is as good as none.
func Attr(n *html.Node, name string) string { v, _ := LookupAttr(n, name); return v }

// HasAttr reports whether n has an attribute, empty or not.
func HasAttr(n *html.Node, name string) bool { _, ok := LookupAttr(n, name); return ok }

// SetAttr gives an attribute its value, behind the others if it is new.
func SetAttr(n *html.Node, name, value string) {
	for i, a := range n.Attr {
		if a.Key == name && a.Namespace == "" {
			n.Attr[i].Val = value
			return
		}
	}
	n.Attr = append(n.Attr, html.Attribute{Key: name, Val: value})
}

// RemoveAttr takes an attribute away.
func RemoveAttr(n *html.Node, name string) {
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name && a.Namespace == "" })
}

// Is reports whether n is an HTML element of one of the names, or any HTML
// element if there are no names. It may be asked about nil.
func Is(n *html.Node, names ...string) bool {
	return n != nil && n.Type == html.ElementNode && n.Namespace == "" && (len(names) == 0 || slices.Contains(names, n.Data))
}

// Named returns the condition that an element has one of the names.
func Named(names ...string) func(*html.Node) bool {
	return func(n *html.Node) bool { return Is(n, names...) }
}

// With returns the condition that an element has the attribute.
func With(name string) func(*html.Node) bool {
	return func(n *html.Node) bool { return HasAttr(n, name) }
}

// Walk calls f for n and everything in it, in the order of the document. What is
// in a <template> isn't in the document, but in one of its own; so this and the
// functions that find elements pass it over.
func Walk(n *html.Node, f func(*html.Node)) {
	f(n)
	if Is(n, "template") {
		return
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		Walk(c, f)
	}
}

// Find returns the first element in n, itself included, that fits; nil if none
// does.
func Find(n *html.Node, fits func(*html.Node) bool) *html.Node {
	if n.Type == html.ElementNode && fits(n) {
		return n
	}
	if Is(n, "template") {
		return nil
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if found := Find(c, fits); found != nil {
			return found
		}
	}
	return nil
}

// FindAll returns all elements in n, itself included, that fit.
func FindAll(n *html.Node, fits func(*html.Node) bool) []*html.Node {
	var found []*html.Node
	Walk(n, func(n *html.Node) {
		if n.Type == html.ElementNode && fits(n) {
			found = append(found, n)
		}
	})
	return found
}

// Query returns the elements in root that match a CSS selector.
func Query(root *html.Node, selector string) ([]*html.Node, error) {
	group, err := cascadia.ParseGroup(selector)
	if err != nil {
		return nil, fmt.Errorf("%q is no CSS selector: %w", selector, err)
	}
	return slices.DeleteFunc(cascadia.QueryAll(root, group), func(n *html.Node) bool {
		return Closest(n.Parent, Named("template")) != nil
	}), nil
}

// Closest returns n, or the nearest element around it, that fits; nil if none
// does.
func Closest(n *html.Node, fits func(*html.Node) bool) *html.Node {
	for ; n != nil; n = n.Parent {
		if n.Type == html.ElementNode && fits(n) {
			return n
		}
	}
	return nil
}

// Contains reports whether n is in outer, or outer itself.
func Contains(outer, n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n == outer {
			return true
		}
	}
	return false
}

// Children returns the elements directly in n.
func Children(n *html.Node) []*html.Node {
	var all []*html.Node
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode {
			all = append(all, c)
		}
	}
	return all
}

// Detach takes n out of where it is, if it is anywhere.
func Detach(n *html.Node) {
	if n.Parent != nil {
		n.Parent.RemoveChild(n)
	}
}

// Insert moves n, wherever it was, into parent before the node before; nil means
// to the end.
func Insert(parent, n, before *html.Node) {
	if n == before {
		return
	}
	Detach(n)
	parent.InsertBefore(n, before)
}

// Clone returns a copy of n and all that is in it, in no document.
func Clone(n *html.Node) *html.Node {
	c := &html.Node{Type: n.Type, Data: n.Data, DataAtom: n.DataAtom, Namespace: n.Namespace, Attr: slices.Clone(n.Attr)}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		c.AppendChild(Clone(child))
	}
	return c
}

// ParseFragment parses the HTML of one element, as a <template> does. It returns
// nil if there is no element.
func ParseFragment(source string) (*html.Node, error) {
	context := &html.Node{Type: html.ElementNode, Data: "template", DataAtom: atom.Template}
	nodes, err := html.ParseFragmentWithOptions(strings.NewReader(strings.TrimSpace(source)), context, html.ParseOptionEnableScripting(false))
	if err != nil {
		return nil, err
	}
	for _, n := range nodes {
		if n.Type == html.ElementNode {
			return n, nil
		}
	}
	return nil, nil
}
