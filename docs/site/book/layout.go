package book

import (
	"bytes"
	"embed"
	"html/template"
	"io/fs"
	"path"
)

//go:embed layout.html
var layouts embed.FS

//go:embed site.css site.js
var assets embed.FS

// layout writes each page: its content with the contents of the site, and of the page, around
// it.
func (m *maker) layout() {
	t := template.Must(template.ParseFS(layouts, "layout.html"))
	var order []item
	for _, g := range m.groups {
		order = append(order, g.Entries...)
	}
	for _, p := range m.pages {
		shown := struct {
			Title, About, Base, Of string
			Content                template.HTML
			Groups                 []shownGroup
			Headings               []heading
			Before, After          *shownItem
			Wide                   bool
		}{Title: p.title, About: p.about, Base: relative(p.out, ""), Of: p.of, Content: template.HTML(p.content), Wide: p.wide}
		for _, g := range m.groups {
			of := shownGroup{Name: g.Name}
			for _, e := range g.Entries {
				of.Entries = append(of.Entries, shownItem{e.Title, relative(p.out, e.out), e.out == p.out})
			}
			shown.Groups = append(shown.Groups, of)
		}
		for i, e := range order {
			if e.out != p.out {
				continue
			}
			if i > 0 {
				shown.Before = &shownItem{Title: order[i-1].Title, URL: relative(p.out, order[i-1].out)}
			}
			if i+1 < len(order) {
				shown.After = &shownItem{Title: order[i+1].Title, URL: relative(p.out, order[i+1].out)}
			}
		}
		for _, h := range p.headings {
			if h.Level == 2 || h.Level == 3 {
				shown.Headings = append(shown.Headings, h)
			}
		}
		var b bytes.Buffer
		if err := t.Execute(&b, shown); err != nil {
			m.fail(p.of, "%w", err)
		}
		if m.files[p.out] != nil {
			m.fail(p.of, "there is another page at %s", p.out)
		}
		m.files[p.out] = b.Bytes()
	}
}

type shownGroup struct {
	Name    string
	Entries []shownItem
}

type shownItem struct {
	Title, URL string
	Current    bool
}

// assets adds what pages need beside their HTML.
func (m *maker) assets() {
	for _, name := range []string{"site.css", "site.js"} {
		m.files[name], _ = assets.ReadFile(name) // is embedded
	}
	for _, name := range []string{"example/ui/ui.css", "example/static/icon.svg"} {
		content, err := fs.ReadFile(m.root, name)
		if err != nil {
			m.fail(name, "%w", err)
		}
		m.files[path.Base(name)] = content
	}
	index, err := searchable(m.index)
	if err != nil {
		m.fail("the index", "%w", err)
	}
	m.files["search.js"] = index
}
