package liveviewtest

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/client"
	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// HTML returns what is in the view's element, in that of [View.Within], or in the
// body of a page that isn't live, without the attributes that only the client puts
// there.
func (v *View) HTML() string {
	v.t.Helper()
	doc := v.page.Update()
	root := v.page.Element()
	switch {
	case v.within != nil:
		root = v.root()
	case root == nil:
		root = dom.Find(doc.Root, dom.Named("body"))
	}
	if root == nil {
		return ""
	}
	var b bytes.Buffer
	for c := root.FirstChild; c != nil; c = c.NextSibling {
		n := dom.Clone(c)
		strip(n)
		for inner := range n.Descendants() { // in templates, too
			strip(inner)
		}
		_ = html.Render(&b, n) // a Buffer takes all
	}
	return b.String()
}

// strip takes the client's own attributes from n.
func strip(n *html.Node) {
	dom.StripShown(n)
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return slices.Contains(client.Attributes, a.Key) })
}

// Find returns the elements of the page that match a CSS selector, for all
// that goquery can tell of them. The selection is of the page itself: later
// changes show in it, and it must not be changed.
func (v *View) Find(selector string) *goquery.Selection {
	v.t.Helper()
	v.page.Update()
	return goquery.NewDocumentFromNode(v.root()).FindNodes(v.query("Find", selector)...)
}

// Text returns the text of the elements that match, with its white space as a
// reader sees it, a space between two of them. It ends the test if there are
// none.
func (v *View) Text(selector string) string {
	v.t.Helper()
	v.page.Update()
	all := v.query("Text", selector)
	if len(all) == 0 {
		v.t.Fatalf("liveviewtest: Text(%q): no element matches.%s", selector, v.nearest(selector, nil))
	}
	return texts(all)
}

// Has reports whether an element matches and, if any text is given, has it.
func (v *View) Has(selector string, part ...string) bool {
	v.t.Helper()
	v.page.Update()
	return slices.ContainsFunc(v.query("Has", selector), func(n *html.Node) bool { return shows(n, part) })
}

// Count returns how many elements match.
func (v *View) Count(selector string) int {
	v.t.Helper()
	v.page.Update()
	return len(v.query("Count", selector))
}

// Value returns what a field, the one that the selector matches or that is
// labelled so, holds: what was typed, or chosen, or else what the server rendered,
// as a browser takes that; of a checkbox or radio button its value if it is on,
// else ""; of a select with multiple the first that is chosen, where [View.Values] has
// all.
func (v *View) Value(selector string) string {
	v.t.Helper()
	doc := v.page.Update()
	n := v.field("Value", selector)
	if dom.Kind(n) == "" {
		v.t.Fatalf("liveviewtest: Value(%q): %s is no field", selector, dom.Describe(n))
	}
	if dom.IsCheckable(n) && !doc.Checked(n) {
		return ""
	}
	return doc.Value(n)
}

// Values returns all that a field holds, in the order of the page: of a select with
// multiple the values of the options that are chosen, none if nothing is; of any other
// field what [View.Value] returns, as the only one.
func (v *View) Values(selector string) []string {
	v.t.Helper()
	doc := v.page.Update()
	n := v.field("Values", selector)
	if dom.Kind(n) != "select" {
		return []string{v.Value(selector)}
	}
	var all []string
	for _, o := range doc.SelectedOptions(n) {
		all = append(all, dom.OptionValue(o))
	}
	return all
}

// Checked reports whether a checkbox or radio button, the one that the selector
// matches or that is labelled so, is on.
func (v *View) Checked(selector string) bool {
	v.t.Helper()
	doc := v.page.Update()
	n := v.field("Checked", selector)
	if !dom.IsCheckable(n) {
		v.t.Fatalf("liveviewtest: Checked(%q): %s is neither a checkbox nor a radio button", selector, dom.Describe(n))
	}
	return doc.Checked(n)
}

// Title returns the document's title.
func (v *View) Title() string {
	v.t.Helper()
	if n := dom.Find(v.page.Update().Root, dom.Named("title")); n != nil {
		return dom.Text(n)
	}
	return ""
}

// URL returns the address bar: path and query, with scheme and host only after
// a redirect to another site.
func (v *View) URL() *url.URL {
	v.t.Helper()
	v.page.Update()
	return v.page.URL()
}

// ID returns the id of the live view's element, "" on a page without one.
func (v *View) ID() string {
	if v.id != "" {
		return v.id
	}
	return v.page.ID()
}

// Live reports whether the view is joined.
func (v *View) Live() bool {
	v.t.Helper()
	v.page.Update()
	return v.page.Status(v.id) == client.Live
}

// Response returns the HTTP response that the page came with, whose body may be
// read at any time.
func (v *View) Response() *http.Response {
	got, body := v.page.Response()
	res := *got
	res.Body = http.NoBody
	if body != "" {
		res.Body = io.NopCloser(strings.NewReader(body))
	}
	return &res
}
