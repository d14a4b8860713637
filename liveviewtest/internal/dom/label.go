package dom

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Labels returns what a user may call a control by: the texts of its labels,
// without those of controls in them, and what it has for those who can't see.
func (d *Document) Labels(control *html.Node) []string {
	var all []string
	for _, label := range d.labelsOf(control) {
		all = append(all, labelText(label))
	}
	all = append(all, strings.Join(strings.Fields(Attr(control, "aria-label")), " "))
	var by []string
	for _, id := range strings.Fields(Attr(control, "aria-labelledby")) {
		if n := d.ByID(id); n != nil {
			by = append(by, labelText(n))
		}
	}
	all = append(all, strings.Join(by, " "))
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// labelsOf returns the <label> elements of a control.
func (d *Document) labelsOf(control *html.Node) []*html.Node {
	return FindAll(d.Root, func(n *html.Node) bool { return Is(n, "label") && d.Labelled(n) == control })
}

// Labelling reports whether a user can get at a control by a label of its.
func (d *Document) Labelling(control *html.Node) bool {
	return slices.ContainsFunc(d.labelsOf(control), func(label *html.Node) bool { return Unreachable(label) == "" })
}

// labelText is the text of a label without that of controls in it.
func labelText(label *html.Node) string {
	copied := Clone(label)
	for _, n := range FindAll(copied, func(n *html.Node) bool { return Kind(n) != "" }) {
		Detach(n)
	}
	return Text(copied)
}
