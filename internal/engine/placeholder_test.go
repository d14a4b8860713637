package engine_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// checkRoots checks that each node with r can be left as it is: the client then
// writes a placeholder for it, and what a browser makes of the page with
// placeholders has to be what it makes of the whole page, but for the elements
// that the placeholders stand for, which are to be found by their ids.
//
// Texts with markup are left out: template.HTML is only by contract balanced.
func (c *client) checkRoots() error {
	var roots []*clientNode
	c.tree.roots(&roots)
	for i, n := range roots {
		n.magic = fmt.Sprint("m", i)
	}
	plain, err := c.page(func(*clientNode) bool { return false }, nil)
	if err != nil {
		return err
	}
	marked := func(n *clientNode) bool { return n.root }
	full, err := c.page(marked, nil)
	if err != nil {
		return err
	}
	if got := outline(full, nil, true); got != outline(plain, nil, true) {
		return fmt.Errorf("the page with the client's marks is %s, not %s", got, outline(plain, nil, true))
	}
	ways := []func(*clientNode) bool{marked}
	for i, n := range roots {
		if i < 6 {
			ways = append(ways, func(other *clientNode) bool { return other == n })
		}
	}
	for _, skip := range ways {
		stands := map[string]bool{}
		short, err := c.page(marked, func(n *clientNode) bool {
			if skip(n) {
				stands[n.magic] = true
			}
			return skip(n)
		})
		if err != nil {
			return err
		}
		if got, want := outline(short, stands, false), outline(full, stands, false); got != want {
			return fmt.Errorf("with placeholders for %v the page is\n%s\nnot\n%s", stands, got, want)
		}
	}
	return nil
}

// roots lists the nodes with r.
func (n *clientNode) roots(list *[]*clientNode) {
	if n.root {
		*list = append(*list, n)
	}
	for i := range n.statics {
		if child, ok := n.dyns[i].(*clientNode); ok {
			child.roots(list)
		}
	}
	for _, e := range n.list {
		for i := range n.statics {
			if child, ok := e.dyns[i].(*clientNode); ok {
				child.roots(list)
			}
		}
	}
}

// page parses the page as a browser does. The nodes that are marked get their
// data-phx-id, and those of them that skip are placeholders.
func (c *client) page(marked, skip func(*clientNode) bool) ([]*html.Node, error) {
	var err error
	var node func(n *clientNode, statics []string) string
	node = func(n *clientNode, statics []string) string {
		var b strings.Builder
		if n.keyed {
			for _, e := range n.list {
				b.WriteString(node(e, n.statics))
			}
			return b.String()
		}
		for i, s := range statics {
			b.WriteString(s)
			switch v := n.dyns[i].(type) {
			case string:
				if strings.Contains(v, "<") {
					v = "x"
				}
				b.WriteString(v)
			case *clientNode:
				b.WriteString(node(v, v.statics))
			}
		}
		if !n.root || !marked(n) {
			return b.String()
		}
		out, failed := modifyRoot(b.String(), n.magic, skip != nil && skip(n))
		if failed != nil {
			err = failed
		}
		return out
	}
	source := node(c.tree, c.tree.statics)
	if err != nil {
		return nil, err
	}
	// Not as a fragment: of that, golang.org/x/net/html leaves HTML in an svg. The
	// text in front keeps the parser from taking a frameset for the page.
	doc, err := html.Parse(strings.NewReader("<!DOCTYPE html><body>x<div>" + source))
	if err != nil {
		return nil, err
	}
	return []*html.Node{doc}, nil
}

var (
	rootStart  = regexp.MustCompile(`^(\s*(?:<!--.*?-->\s*)*)<([^\s/>]+)`)
	clientVoid = " area base br col command embed hr img input keygen link meta param source track wbr "
)

// modifyRoot puts a data-phx-id into the one element of source or, with skip,
// writes a placeholder for it.
//
// Source: phoenix_live_view/assets/js/phoenix_live_view/rendered/modify_root.ts.
func modifyRoot(source, magic string, skip bool) (string, error) {
	start := rootStart.FindStringSubmatch(source)
	if start == nil {
		return "", fmt.Errorf("r on %q", source)
	}
	tag, id := start[2], ""
	at := len(start[0])
	for ; at < len(source) && source[at] != '>'; at++ {
		if source[at] != '=' || at+1 >= len(source) {
			continue
		}
		at++
		if quote := source[at]; quote == '"' || quote == '\'' {
			end := strings.IndexByte(source[at+1:], quote)
			if end < 0 {
				break
			}
			if strings.HasSuffix(source[:at-1], " id") {
				id = source[at+1 : at+1+end]
				break
			}
			at += 1 + end
		}
	}
	last := len(source)
	for comment := false; last > len(start[0]); {
		switch {
		case comment && strings.HasSuffix(source[:last], "<!--"):
			comment = false
			last -= len("<!--")
		case !comment && strings.HasSuffix(source[:last], "-->"):
			comment = true
			last -= len("-->")
		case !comment && source[last-1] == '>':
			return rewritten(start, source, tag, id, magic, last, skip), nil
		default:
			last--
		}
	}
	return "", fmt.Errorf("r on %q, whose end the client doesn't find", source)
}

func rewritten(start []string, source, tag, id, magic string, last int, skip bool) string {
	head := start[1] + "<" + tag
	if !skip {
		return head + ` data-phx-id="` + magic + `"` + source[len(start[0]):]
	}
	if id != "" {
		head += ` id="` + id + `"`
	}
	head += ` data-phx-id="` + magic + `" data-phx-skip`
	if strings.Contains(clientVoid, " "+tag+" ") {
		head += "/>"
	} else {
		head += "></" + tag + ">"
	}
	return head + source[last:]
}

// outline writes nodes as one line each. An element that a placeholder stands
// for has its name, the key by which the client finds it, and nothing more.
func outline(nodes []*html.Node, stands map[string]bool, unmarked bool) string {
	var b strings.Builder
	var write func(n *html.Node, depth int)
	write = func(n *html.Node, depth int) {
		fmt.Fprintf(&b, "\n%*s%d %s %q", depth, "", n.Type, n.Namespace, n.Data)
		magic, id := "", ""
		for _, a := range n.Attr {
			switch a.Key {
			case "data-phx-id":
				magic = a.Val
			case "id":
				id = a.Val
			}
		}
		// What is selected depends on all of an option, so it can't stand for itself.
		if magic != "" && stands[magic] && !inside(n, "select", "datalist") && n.Data != "option" {
			if n.Data == "form" && hasField(n, "id") {
				id = "its field"
			} else if id == "" {
				id = magic
			}
			fmt.Fprintf(&b, " found by %q", id)
			return
		}
		for _, a := range n.Attr {
			if a.Key != "data-phx-id" || !unmarked {
				fmt.Fprintf(&b, " %s=%q", a.Key, a.Val)
			}
		}
		for child := n.FirstChild; child != nil; child = child.NextSibling {
			write(child, depth+1)
		}
	}
	for _, n := range nodes {
		write(n, 0)
	}
	return b.String()
}

// inside reports whether n is in an element of one of the names.
func inside(n *html.Node, names ...string) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if slices.Contains(names, p.Data) {
			return true
		}
	}
	return false
}

// hasField reports whether a form has a field called name.
func hasField(n *html.Node, name string) bool {
	for c := range n.Descendants() {
		for _, a := range c.Attr {
			if (a.Key == "name" || a.Key == "id") && a.Val == name {
				return true
			}
		}
	}
	return false
}
