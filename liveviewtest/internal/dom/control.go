package dom

import (
	"golang.org/x/net/html"
)

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
	if Unreachable(n) != "" {
		return false
	}
	if Kind(n) != "" {
		return !Disabled(n) && Kind(n) != "hidden"
	}
	return IsLink(n) || HasAttr(n, "tabindex") || Is(n, "summary") && Is(n.Parent, "details") || HasAttr(n, "contenteditable")
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
