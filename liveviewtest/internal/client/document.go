package client

import (
	"crypto/rand"
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
	"github.com/gin-liveview/liveview/liveviewtest/internal/patch"
)

// document is the HTML document that a page shows.
//
// It is parsed when somebody looks at it, as parsing is half of the time that it
// takes to open a large page, and many are left unseen. Until then the
// dom.Document is empty, and main a mere start tag.
type document struct {
	*dom.Document
	*reporter
	url  *url.URL
	body string
	name string // what the page calls itself; another one each time that it is loaded
	head head

	main    *html.Node   // the live view's element; nil on a page without one
	focuses []*html.Node // the stack of the JS command push_focus

	states handedOver
	joins  map[string]int // how often views have joined, by their ids; those too that were left by live navigation

	scripts bool // they run, so that a noscript element has no content
	parsed  bool
	waits   []func() // what is to be done once it is parsed
}

func newDocument(r *reporter, u *url.URL, body string, scripts bool) *document {
	r.t.Helper()
	if scripts {
		body = withoutPlain(body)
	}
	d := &document{scripts: scripts, Document: dom.NewDocument(&html.Node{Type: html.DocumentNode}), reporter: r, url: u, body: body, name: rand.Text(), head: scan(body), states: handedOver{}, joins: map[string]int{}}
	d.main = d.head.main
	if d.main == nil || d.head.faults {
		d.parse()
	}
	return d
}

// blank is the document of a page that none was loaded into.
func blank(r *reporter) *document {
	return &document{Document: dom.NewDocument(&html.Node{Type: html.DocumentNode}), reporter: r, parsed: true}
}

// parse makes the document ready to be looked at and changed.
func (d *document) parse() {
	d.t.Helper()
	if d.parsed {
		return
	}
	d.parsed = true
	root, err := html.ParseWithOptions(strings.NewReader(d.body), html.ParseOptionEnableScripting(d.scripts))
	if err != nil {
		d.fatal("the page at %s: %v", d.url, err)
	}
	d.Document = dom.NewDocument(root)
	if d.main = dom.Find(root, isMain); d.main == nil && d.head.main != nil {
		d.fatal("the live view of the page at %s is where a browser drops its element", d.url)
	}
	d.check()
	for _, f := range d.waits {
		f()
	}
	d.waits = nil
}

// whenParsed calls f: now if the document is parsed, or else once it is.
func (d *document) whenParsed(f func()) {
	if d.parsed {
		f()
		return
	}
	d.waits = append(d.waits, f)
}

// check complains about what the official client complains about.
func (d *document) check() {
	d.t.Helper()
	for _, complaint := range d.complaints() {
		d.warn("%s", complaint)
	}
}

func (d *document) complaints() []string {
	var all []string
	complain := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	for _, id := range d.DuplicateIDs() {
		complain("several elements have the id %q; ids must be unique", id)
	}
	components := map[string]bool{}
	dom.Walk(d.Root, func(n *html.Node) {
		if cid := dom.Attr(n, "data-phx-component"); cid != "" {
			if which := dom.Attr(n, "data-phx-view") + " " + cid; components[which] {
				complain("the live component %s is on the page twice, the second time as %s: something outside of the view's rendering has copied it, or keeps an old one", cid, dom.Describe(n))
			} else {
				components[which] = true
			}
		}
		if n.Type != html.ElementNode {
			return
		}
		named := dom.Attr(n, "id") != ""
		switch {
		case dom.Is(n, "form") && dom.HasAttr(n, "phx-change") && !named:
			complain("the form %s has phx-change and no id, so what is entered is lost when the view joins again", dom.Describe(n))
		case dom.Is(n, "input") && dom.Attr(n, "name") == "id" && d.Form(n) != nil:
			complain(`the form field %s is named "id", which breaks patches; give it another name`, dom.Describe(n))
		}
		if hook := dom.Attr(n, "phx-hook"); hook != "" && !named {
			complain("the hook %q on %s needs an id on its element", hook, dom.Describe(n))
		}
		if patch.IsStream(n) && !named {
			complain("the stream's container %s needs an id", dom.Describe(n))
		}
	})
	return all
}

// tracked returns the addresses of the elements with phx-track-static.
func (d *document) tracked() []string {
	if !d.parsed {
		return d.head.tracked
	}
	var links []string
	for _, n := range dom.FindAll(d.Root, dom.With("phx-track-static")) {
		links = append(links, dom.Attr(n, "src")+dom.Attr(n, "href"))
	}
	return links
}

// shows reports whether the document came with that very content in the live
// view's element, so that a patch with it would change nothing.
func (d *document) shows(content string) bool {
	if d.head.traces {
		return false
	}
	_, rest, found := strings.Cut(d.body, `data-phx-session="`+dom.Attr(d.main, "data-phx-session")+`"`)
	_, rest, closed := strings.Cut(rest, ">")
	return found && closed && strings.HasPrefix(rest, content) && strings.HasPrefix(rest[len(content):], "</"+d.main.Data+">")
}

// renewMain puts an element with the same attributes in the place of the live view's,
// with nothing in it but what is sticky, from wherever that was.
func (d *document) renewMain() {
	fresh := &html.Node{Type: html.ElementNode, Data: d.main.Data, DataAtom: d.main.DataAtom, Attr: d.main.Attr}
	sticky := dom.FindAll(d.Root, dom.With("data-phx-sticky"))
	d.main.Parent.InsertBefore(fresh, d.main)
	d.main.Parent.RemoveChild(d.main)
	d.main = fresh
	for _, n := range sticky {
		dom.Detach(n)
		fresh.AppendChild(n)
	}
	if d.Focused != nil && !d.Connected(d.Focused) {
		d.Focused = nil
	}
}

// setTitle sets the document's title, with what its element says stands around
// it. Without a title, it is the one that the element names for that.
func (d *document) setTitle(title string) {
	n := dom.Find(d.Root, dom.Named("title"))
	if n == nil {
		return
	}
	if strings.TrimSpace(title) == "" {
		var ok bool
		if title, ok = dom.LookupAttr(n, "data-default"); !ok {
			return
		}
	}
	for c := n.FirstChild; c != nil; c = n.FirstChild {
		n.RemoveChild(c)
	}
	n.AppendChild(&html.Node{Type: html.TextNode, Data: dom.Attr(n, "data-prefix") + title + dom.Attr(n, "data-suffix")})
}
