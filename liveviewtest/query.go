package liveviewtest

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
)

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1 // no cid
	}
	return n
}

// query returns the elements in root that match a CSS selector.
func query(root *html.Node, selector string) ([]*html.Node, error) {
	sel, err := cascadia.ParseGroup(selector)
	if err != nil {
		return nil, fmt.Errorf("%q is no CSS selector: %w", selector, err)
	}
	return cascadia.QueryAll(root, sel), nil
}

func (v *View) query(verb, selector string) []*html.Node {
	v.t.Helper()
	all, err := query(v.doc.root, selector)
	if err != nil {
		v.t.Fatalf("liveviewtest: %s(%q): %v", verb, selector, err)
	}
	return all
}

// element returns the one element that a selector matches and that has all the
// parts in its text.
func (v *View) element(verb, selector string, parts []string) *html.Node {
	v.t.Helper()
	all := v.query(verb, selector)
	found := slices.DeleteFunc(slices.Clone(all), func(n *html.Node) bool {
		return slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(text(n), p) })
	})
	switch {
	case len(found) == 1:
		return found[0]
	case len(found) > 1:
		v.t.Fatalf("liveviewtest: %s(%q): %d elements match%s, and it must be one:%s", verb, selector, len(found), having(parts), listing(found))
	case len(all) > 0:
		v.t.Fatalf("liveviewtest: %s(%q): no element matches%s; without the text there are:%s", verb, selector, having(parts), listing(all))
	}
	v.t.Fatalf("liveviewtest: %s(%q): no element matches.%s", verb, selector, v.nearest(selector, nil))
	return nil
}

func having(parts []string) string {
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf(" and have the text %q", strings.Join(parts, `", "`))
}

// target is element for what is clicked: by a selector, or by the text that it
// shows.
func (v *View) target(verb, target string, parts []string, clickable func(*html.Node) bool) *html.Node {
	v.t.Helper()
	all, err := query(v.doc.root, target)
	if err == nil && len(all) > 0 || len(parts) > 0 {
		return v.element(verb, target, parts)
	}
	var found []*html.Node
	for _, n := range findAll(v.doc.root, clickable) {
		if text(n) == target || isElement(n, "input") && isButton(n) && attrOf(n, "value") == target || attrOf(n, "aria-label") == target {
			found = append(found, n)
		}
	}
	switch len(found) {
	case 1:
		return found[0]
	case 0:
		v.t.Fatalf("liveviewtest: %s(%q): no element matches as a selector, and none to be clicked shows that text.%s", verb, target, v.nearest(target, clickable))
	}
	v.t.Fatalf("liveviewtest: %s(%q): %d elements show that text, and it must be one:%s", verb, target, len(found), listing(found))
	return nil
}

func clickable(n *html.Node) bool {
	return isButton(n) || isElement(n, "label", "summary") || hasAttr(n, "phx-click") || isLink(n)
}

func isLink(n *html.Node) bool {
	return hasAttr(n, "data-phx-link") || isElement(n, "a", "area") && hasAttr(n, "href")
}

// listed is how many elements a message shows.
const listed = 5

func listing(nodes []*html.Node) string {
	var b strings.Builder
	for i, n := range nodes {
		if i == listed {
			fmt.Fprintf(&b, "\n\tand %d more", len(nodes)-listed)
			break
		}
		b.WriteString("\n\t" + tag(n))
	}
	return b.String()
}

var words = regexp.MustCompile(`[\p{L}\p{N}_-]+(?:\[[^\]=]*\])*`)

// nearest lists the elements most like what a target asks for, for a message.
// which, if not nil, says which elements come into question.
func (v *View) nearest(target string, which func(*html.Node) bool) string {
	wanted := append(words.FindAllString(target, -1), target)
	type candidate struct {
		n     *html.Node
		score float64
	}
	var all []candidate
	for _, n := range findAll(v.doc.root, func(n *html.Node) bool {
		return (which == nil || which(n)) && !isElement(n, "html", "head", "body", "script", "meta", "style", "link", "title")
	}) {
		best := 0.0
		has := append(classes(n), attrOf(n, "id"), attrOf(n, "name"), attrOf(n, "phx-click"), attrOf(n, "phx-change"),
			attrOf(n, "phx-submit"), attrOf(n, "phx-hook"), attrOf(n, "href"), attrOf(n, "value"))
		if n.FirstChild != nil && n.FirstChild == n.LastChild {
			has = append(has, text(n))
		}
		for _, w := range wanted {
			for _, h := range has {
				best = max(best, likeness(w, h))
			}
		}
		if best > 0.45 {
			all = append(all, candidate{n, best})
		}
	}
	if len(all) == 0 {
		return v.instead(which)
	}
	slices.SortStableFunc(all, func(a, b candidate) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	nodes := make([]*html.Node, 0, listed)
	for _, c := range all[:min(len(all), listed)] {
		nodes = append(nodes, c.n)
	}
	return " The nearest:" + listing(nodes)
}

// instead lists what there is, where nothing is near.
func (v *View) instead(which func(*html.Node) bool) string {
	if which == nil {
		which = func(n *html.Node) bool {
			return clickable(n) || isElement(n, "form") || kind(n) != "" || hasAttr(n, "id")
		}
	}
	root := v.main
	if root == nil {
		root = v.doc.root
	}
	all := slices.DeleteFunc(findAll(root, which), func(n *html.Node) bool { return n == root })
	if len(all) == 0 {
		return fmt.Sprintf(" The page at %s has none like it.", v.url)
	}
	return " There are:" + listing(all)
}

// likeness is 1 for equal words and 0 for those that have nothing in common.
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
