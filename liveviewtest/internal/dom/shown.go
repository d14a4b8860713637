package dom

import (
	"slices"
	"strconv"

	"golang.org/x/net/html"
)

// Marks of what a browser knows of a popup and no attribute of its own says.
const (
	markSpace = "browser"
	markShown = "popover-shown" // a popover is
	markModal = "modal"         // a dialog is in front of all else, and its value says which was opened last; a document has had one
)

func mark(n *html.Node, key string) (html.Attribute, bool) {
	i := slices.IndexFunc(n.Attr, func(a html.Attribute) bool { return a.Namespace == markSpace && a.Key == key })
	if i < 0 {
		return html.Attribute{}, false
	}
	return n.Attr[i], true
}

// isShown reports whether n is a popover that is shown.
func isShown(n *html.Node) bool {
	_, ok := mark(n, markShown)
	return ok
}

// show has a popover be shown.
func show(n *html.Node) {
	n.Attr = append(n.Attr, html.Attribute{Namespace: markSpace, Key: markShown})
}

// modality returns which of the modal dialogs n is, from 1 in the order they were opened in; 0 if
// it is none.
func modality(n *html.Node) int {
	a, ok := mark(n, markModal)
	if !ok || !Is(n, "dialog") || !HasAttr(n, "open") {
		return 0
	}
	nth, _ := strconv.Atoi(a.Val)
	return nth
}

// showModal opens a dialog in front of all else.
func showModal(n *html.Node) {
	nth, page := 1, root(n)
	if before := modalIn(page); before != nil {
		nth += modality(before)
	}
	if _, ok := mark(page, markModal); !ok {
		page.Attr = append(page.Attr, html.Attribute{Namespace: markSpace, Key: markModal})
	}
	SetAttr(n, "open", "")
	n.Attr = append(n.Attr, html.Attribute{Namespace: markSpace, Key: markModal, Val: strconv.Itoa(nth)})
}

// modalIn returns the modal dialog of a document that is in front of all others, nil if there
// is none.
func modalIn(page *html.Node) (front *html.Node) {
	if _, ok := mark(page, markModal); !ok {
		return nil
	}
	Walk(page, func(n *html.Node) {
		if nth := modality(n); nth > 0 && (front == nil || nth > modality(front)) {
			front = n
		}
	})
	return front
}

// root returns what n is in, and isn't in anything.
func root(n *html.Node) *html.Node {
	for n.Parent != nil {
		n = n.Parent
	}
	return n
}

// KeepShown has the new element be shown if the old one was, and in front if that was.
func KeepShown(old, fresh *html.Node) {
	for _, a := range old.Attr {
		if a.Namespace == markSpace {
			fresh.Attr = append(fresh.Attr, a)
		}
	}
}

// StripShown takes the marks away, for who looks at attributes.
func StripShown(n *html.Node) {
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Namespace == markSpace })
}
