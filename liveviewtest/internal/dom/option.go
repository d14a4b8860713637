package dom

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Options returns the options of a select.
func Options(sel *html.Node) []*html.Node { return FindAll(sel, Named("option")) }

// OptionValue returns what an option stands for.
func OptionValue(o *html.Node) string {
	if v, ok := LookupAttr(o, "value"); ok {
		return v
	}
	return strings.Join(strings.Fields(RawText(o)), " ")
}

// OptionDisabled reports whether an option can't be chosen, for itself or for
// the group that it is in.
func OptionDisabled(o *html.Node) bool {
	return HasAttr(o, "disabled") || Is(o.Parent, "optgroup") && HasAttr(o.Parent, "disabled")
}

// SelectedOptions returns the options of a select that are chosen.
func (d *Document) SelectedOptions(sel *html.Node) []*html.Node {
	var chosen []*html.Node
	touched := false
	all := Options(sel)
	for _, o := range all {
		selected := d.Look(o).Selected
		touched = touched || selected != nil
		if selected != nil && *selected || selected == nil && HasAttr(o, "selected") {
			chosen = append(chosen, o)
		}
	}
	if HasAttr(sel, "multiple") {
		return chosen
	}
	if len(chosen) > 0 {
		return chosen[len(chosen)-1:]
	}
	if touched || Attr(sel, "size") != "" && Attr(sel, "size") != "1" {
		return nil
	}
	for _, o := range all {
		if !OptionDisabled(o) {
			return []*html.Node{o}
		}
	}
	return nil
}

// Choose makes exactly those options of a select the chosen ones.
func (d *Document) Choose(sel *html.Node, chosen []*html.Node) {
	for _, o := range Options(sel) {
		on := slices.Contains(chosen, o)
		d.Edit(o).Selected = &on
	}
}
