package dom

import (
	"slices"
	"strconv"
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
	var b strings.Builder
	Walk(o, func(n *html.Node) {
		if n.Type == html.TextNode && Closest(n.Parent, Named("script")) == nil {
			b.WriteString(n.Data)
		}
	})
	return strings.Join(strings.Fields(b.String()), " ")
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
	if touched || rows(sel) > 1 {
		return nil
	}
	return firstOption(sel)
}

// firstOption returns the option that a select of one row has if nothing says
// otherwise.
func firstOption(sel *html.Node) []*html.Node {
	for _, o := range Options(sel) {
		if !OptionDisabled(o) {
			return []*html.Node{o}
		}
	}
	return nil
}

// Remove takes n out of the page. A select of one row that loses what is chosen
// goes back to its first option, and doesn't look what else is marked as selected.
func (d *Document) Remove(n *html.Node) {
	sel := Closest(n.Parent, Named("select"))
	loses := Is(n, "option", "optgroup") && sel != nil && !HasAttr(sel, "multiple") && rows(sel) == 1 &&
		slices.ContainsFunc(d.SelectedOptions(sel), func(o *html.Node) bool { return Contains(n, o) })
	if Detach(n); loses {
		d.Choose(sel, firstOption(sel))
	}
}

// rows is how many options of a select show at a time.
func rows(sel *html.Node) int {
	size, err := strconv.Atoi(Attr(sel, "size"))
	if err != nil || size < 1 {
		return 1
	}
	return size
}

// placeholder returns the option of a select that asks for another one to be
// chosen, nil if there is none.
func placeholder(sel *html.Node) *html.Node {
	all := Options(sel)
	if len(all) == 0 || all[0].Parent != sel || OptionValue(all[0]) != "" || HasAttr(sel, "multiple") || rows(sel) > 1 {
		return nil
	}
	return all[0]
}

// Choose makes exactly those options of a select the chosen ones.
func (d *Document) Choose(sel *html.Node, chosen []*html.Node) {
	for _, o := range Options(sel) {
		on := slices.Contains(chosen, o)
		d.Edit(o).Selected = &on
	}
}
