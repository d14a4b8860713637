package liveviewtest

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// query returns the elements that a selector matches.
func (v *View) query(verb, selector string) []*html.Node {
	v.t.Helper()
	all, err := dom.Query(v.root(), selector)
	if err != nil {
		v.t.Fatalf("liveviewtest: %s(%q): %v", verb, selector, err)
	}
	return all
}

// all returns the elements that fit.
func (v *View) all(fits func(*html.Node) bool) []*html.Node {
	v.t.Helper()
	root := v.root()
	return slices.DeleteFunc(dom.FindAll(root, fits), func(n *html.Node) bool { return n == root })
}

// find returns the first element that fits, nil if none does.
func (v *View) find(fits func(*html.Node) bool) *html.Node {
	v.t.Helper()
	for _, n := range v.all(fits) {
		return n
	}
	return nil
}

// shows reports whether n has all the parts in its text.
func shows(n *html.Node, parts []string) bool {
	return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(dom.Text(n), part) })
}

// texts returns the text of the elements, a space between two of them.
func texts(nodes []*html.Node) string {
	all := make([]string, len(nodes))
	for i, n := range nodes {
		all[i] = dom.Text(n)
	}
	return strings.Join(all, " ")
}

// element returns the one element that a selector matches and that has all the
// parts in its text.
func (v *View) element(verb, selector string, parts []string) *html.Node {
	v.t.Helper()
	all := v.query(verb, selector)
	found := slices.DeleteFunc(slices.Clone(all), func(n *html.Node) bool { return !shows(n, parts) })
	switch {
	case len(found) == 1:
		return found[0]
	case len(found) > 1:
		v.t.Fatalf("liveviewtest: %s(%q): %d elements match%s, and it must be one:%s", verb, selector, len(found), having(parts), listing(found))
	case len(all) > 0:
		v.t.Fatalf("liveviewtest: %s(%q): no element that matches has the text %s; there are:%s", verb, selector, quoted(parts), listing(all))
	}
	v.t.Fatalf("liveviewtest: %s(%q): no element matches.%s", verb, selector, v.nearest(selector, nil))
	return nil
}

func having(parts []string) string {
	if len(parts) == 0 {
		return ""
	}
	return " and have the text " + quoted(parts)
}

// quoted lists texts for a message.
func quoted(parts []string) string {
	all := make([]string, len(parts))
	for i, part := range parts {
		all[i] = strconv.Quote(part)
	}
	return strings.Join(all, " and ")
}

// target is [View.element] for what is clicked on: by a selector, or by the text
// that it shows. Elements that fit can be meant by their text.
func (v *View) target(verb, target string, parts []string, fits func(*html.Node) bool) *html.Node {
	v.t.Helper()
	all, err := dom.Query(v.root(), target)
	if err == nil && len(all) > 0 || len(parts) > 0 {
		return v.element(verb, target, parts)
	}
	found := v.all(func(n *html.Node) bool { return fits(n) && isCalled(n, target) })
	if seen := slices.DeleteFunc(slices.Clone(found), func(n *html.Node) bool { return dom.Unclickable(n) != "" }); len(seen) > 0 {
		found = seen
	}
	if len(found) == 0 {
		v.t.Fatalf("liveviewtest: %s(%q): no element matches as a selector, and none to be clicked shows that text.%s", verb, target, v.nearest(target, fits))
	}
	return v.only(found, verb, target, "elements show that text")
}

// only returns the one of found; more are an error.
func (v *View) only(found []*html.Node, verb, target, what string) *html.Node {
	v.t.Helper()
	if len(found) > 1 {
		v.t.Fatalf("liveviewtest: %s(%q): %d %s, and it must be one:%s", verb, target, len(found), what, listing(found))
	}
	return found[0]
}

// field returns the one field that target, a selector, matches; or, if it matches
// nothing, the one that is labelled so.
func (v *View) field(verb, target string) *html.Node {
	v.t.Helper()
	all, err := dom.Query(v.root(), target)
	if err == nil && len(all) > 0 {
		return v.element(verb, target, nil)
	}
	found := v.all(func(n *html.Node) bool { return isField(n) && v.isLabelled(n, target) })
	if len(found) == 0 {
		v.t.Fatalf("liveviewtest: %s(%q): no element matches as a selector, and no field has that label.%s", verb, target, v.nearest(target, nil))
	}
	return v.only(found, verb, target, "fields have that label")
}

func isField(n *html.Node) bool {
	return dom.Kind(n) != "" && !dom.IsButton(n) && dom.Kind(n) != "hidden"
}

func (v *View) isLabelled(n *html.Node, label string) bool {
	return slices.Contains(v.page.Document().Labels(n), label)
}

// isCalled reports whether a reader would call n by that text.
func isCalled(n *html.Node, name string) bool {
	return dom.Text(n) == name || dom.Is(n, "input") && dom.IsButton(n) && dom.Attr(n, "value") == name || dom.Attr(n, "aria-label") == name
}

func isClickable(n *html.Node) bool {
	return dom.IsButton(n) || dom.Is(n, "label", "summary") || dom.HasAttr(n, "phx-click") || isLink(n)
}

func isLink(n *html.Node) bool { return dom.HasAttr(n, "data-phx-link") || dom.IsLink(n) }

// listed is how many elements a message shows.
const listed = 5

func listing(nodes []*html.Node) string {
	var b strings.Builder
	for i, n := range nodes {
		if i == listed {
			fmt.Fprintf(&b, "\n\tand %d more", len(nodes)-listed)
			break
		}
		b.WriteString("\n\t" + dom.Describe(n))
	}
	return b.String()
}

// words finds the words of a selector or text that may name something.
var words = regexp.MustCompile(`[\p{L}\p{N}_-]+(?:\[[^\]=]*\])*`)

// near is how alike two words are, by [likeness], of which one may be meant by
// the other.
const near = 0.45

// nearest lists the elements most like what a target asks for, for a message. If
// fits isn't nil, only those that fit come into question.
func (v *View) nearest(target string, fits func(*html.Node) bool) string {
	v.t.Helper()
	wanted := append(words.FindAllString(target, -1), target)
	type candidate struct {
		n     *html.Node
		score float64
	}
	var all []candidate
	for _, n := range v.all(func(n *html.Node) bool {
		return (fits == nil || fits(n)) && !dom.Is(n, "html", "head", "body", "script", "meta", "style", "link", "title")
	}) {
		best := 0.0
		for _, w := range wanted {
			for _, name := range v.names(n) {
				best = max(best, likeness(w, name))
			}
		}
		if best > near {
			all = append(all, candidate{n, best})
		}
	}
	if len(all) == 0 {
		return v.instead(fits)
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
	nodes := make([]*html.Node, 0, listed)
	for _, c := range all[:min(len(all), listed)] {
		nodes = append(nodes, c.n)
	}
	return " The nearest:" + listing(nodes)
}

// names returns what an element may be asked for by.
func (v *View) names(n *html.Node) []string {
	all := dom.Classes(n)
	if isField(n) {
		all = append(all, v.page.Document().Labels(n)...)
	}
	for _, attribute := range []string{"id", "name", "phx-click", "phx-change", "phx-submit", "phx-hook", "href", "value"} {
		all = append(all, dom.Attr(n, attribute))
	}
	if n.FirstChild != nil && n.FirstChild == n.LastChild {
		all = append(all, dom.Text(n))
	}
	return all
}

// instead lists what there is, where nothing is near.
func (v *View) instead(fits func(*html.Node) bool) string {
	v.t.Helper()
	if fits == nil {
		fits = func(n *html.Node) bool {
			return isClickable(n) || dom.Is(n, "form") || dom.Kind(n) != "" || dom.HasAttr(n, "id")
		}
	}
	root := v.page.Element()
	if root == nil || v.within != nil {
		root = v.root()
	}
	all := slices.DeleteFunc(dom.FindAll(root, fits), func(n *html.Node) bool { return n == root })
	if len(all) == 0 {
		return fmt.Sprintf(" The page at %s has none like it.", v.page.URL())
	}
	return " There are:" + listing(all)
}

// likeness is 1 for equal words and 0 for those that have nothing in common: it
// goes by how many letters one has to change.
func likeness(a, b string) float64 {
	if a == "" || b == "" {
		return 0
	}
	ra, rb := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	if len(ra) > 64 || len(rb) > 64 {
		return 0
	}
	row := make([]int, len(rb)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range ra {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range rb {
			cost := diagonal
			if x != y {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return 1 - float64(row[len(rb)])/float64(max(len(ra), len(rb)))
}
