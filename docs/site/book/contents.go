package book

import (
	"io/fs"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// contentsPage lists all pages by need, and so is the order of the site.
const contentsPage = "docs/README.md"

// group is a part of the contents.
type group struct {
	Name    string
	Entries []item
}

// item is a page in the contents.
type item struct {
	Title string
	out   string
}

// contents reads the order of the pages: headings in bold, each with its list of links.
func (m *maker) contents() {
	source, err := fs.ReadFile(m.root, contentsPage)
	if err != nil {
		m.fail(contentsPage, "%w", err)
		return
	}
	g := &guide{maker: m, source: source}
	doc := goldmark.New().Parser().Parse(text.NewReader(source))
	m.groups = []group{{Name: "liveview", Entries: []item{{"What it is", "index.html"}, {"All guides", placeOf(contentsPage)}}}}
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		if e, ok := n.FirstChild().(*ast.Emphasis); ok && e.Level == 2 && e.NextSibling() == nil {
			m.groups = append(m.groups, group{Name: g.text(n)})
		}
		if n.Kind() != ast.KindList || len(m.groups) == 0 {
			continue
		}
		of := &m.groups[len(m.groups)-1]
		_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // which returns what this does
			if l, ok := n.(*ast.Link); ok && entering {
				if out := m.places[joined(contentsPage, string(l.Destination))]; out != "" {
					of.Entries = append(of.Entries, item{capital(g.text(l)), out})
				}
			}
			return ast.WalkContinue, nil
		})
	}
	packages := group{Name: "Packages"}
	for _, p := range m.packages {
		packages.Entries = append(packages.Entries, item{p.name(), p.out()})
	}
	m.groups = append(m.groups, packages, group{Name: "The project", Entries: []item{
		{"What has changed", "changelog.html"}, {"How it is made", "architecture.html"}, {"Benchmarks", "benchmarks.html"},
	}})
}

func capital(s string) string {
	if strings.HasPrefix(s, "templ") { // whose name it is
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
