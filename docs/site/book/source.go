package book

import (
	"fmt"
	"html"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// source makes the page of a file or folder of the project that another page leads to, or puts
// a picture where pages look for it.
func (m *maker) source(name string) {
	info, err := fs.Stat(m.root, name)
	if err != nil {
		m.fail(name, "%w", err)
		return
	}
	if info.IsDir() {
		m.folder(name)
		return
	}
	content, err := fs.ReadFile(m.root, name)
	if err != nil {
		m.fail(name, "%w", err)
		return
	}
	if isPicture(name) {
		m.files[m.places[name]] = content
		return
	}
	p := &page{of: name, out: m.places[name], title: name, about: "A file of liveview's: " + name, wide: true}
	text := string(content)
	if !utf8.Valid(content) {
		text = "This file is no text."
	}
	language := languageOf(name)
	if strings.Contains(shortened(text, 200), "DO NOT EDIT") {
		language = "" // nobody reads it with care
	}
	p.content = []byte(m.crumbs(p) + "<pre><code>" + colour(language, text) + "</code></pre>\n")
	m.pages = append(m.pages, p)
}

// folder makes the page of a folder: what it has, in its own order.
func (m *maker) folder(name string) {
	entries, err := fs.ReadDir(m.root, name)
	if err != nil {
		m.fail(name, "%w", err)
		return
	}
	p := &page{of: name, out: m.places[name], title: name, about: "A folder of liveview's: " + name, wide: true}
	var b strings.Builder
	b.WriteString(m.crumbs(p))
	if of := m.packageIn(name); of != nil {
		fmt.Fprintf(&b, "<p>What it has for programs is told of at <a href=\"%s\">package %s</a>.</p>\n", relative(p.out, of.out()), of.name())
	}
	b.WriteString("<ul class=\"files\">\n")
	for _, e := range entries {
		if hidden(e.Name()) {
			continue
		}
		shown := e.Name()
		if e.IsDir() {
			shown += "/"
		}
		fmt.Fprintf(&b, "<li><a href=\"%s\">%s</a></li>\n", relative(p.out, m.place(path.Join(name, e.Name()))), html.EscapeString(shown))
	}
	b.WriteString("</ul>\n")
	p.content = []byte(b.String())
	m.pages = append(m.pages, p)
}

// crumbs is the heading of a file's page: its path, with links to those folders above that
// have a page.
func (m *maker) crumbs(p *page) string {
	var parts []string
	dir := path.Dir(p.of)
	if place := m.places[dir]; place != "" && strings.HasSuffix(place, "/index.html") {
		parts = append(parts, `<a href="`+relative(p.out, place)+`">`+html.EscapeString(dir)+"</a>")
	} else if dir != "." {
		parts = append(parts, html.EscapeString(dir))
	}
	parts = append(parts, html.EscapeString(path.Base(p.of)))
	return `<h1 class="path">` + strings.Join(parts, "/<wbr>") + "</h1>\n"
}

// hidden reports whether a file is none of the project's own.
func hidden(name string) bool {
	return name == "node_modules" || name == "go.sum" || name == "package-lock.json" || strings.HasPrefix(name, ".") || slices.Contains([]string{".test", ".out"}, path.Ext(name))
}

// joined is the path in the project of what a file there names by a relative one.
func joined(file, to string) string { return path.Join(path.Dir(file), to) }
