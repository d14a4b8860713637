// Package book makes the documentation's site: of the pages in docs/, of what stands beside
// them in the project, and of the doc comments of its packages. What it makes needs no
// server and no network: all links are relative, and the search is a script and an index.
//
// A page says where an example belongs by a comment, which is seen nowhere else:
//
//	<!-- live: counter -->
//
// with one of the names in [Options]. Given twice, there are two windows side by side.
package book

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// Options says what a site shows besides the text.
type Options struct {
	// Examples are those that pages can name.
	Examples []Example
	// Served is for a site whose server has the examples at work, each at its Path. In one
	// that is not, their places say how to run them.
	Served bool
}

// Example is a live page that stands beside the text.
type Example struct {
	Name, Title string
	Path        string // where it is served, with a slash in front
	Dir         string // of its files, in the project
}

// Book is a site: what each of its files has, by the file's path in the site.
type Book struct{ Files map[string][]byte }

// Make makes the site of a project whose files are root's. It returns an error for each link
// that leads nowhere, to a page, a heading, a file or a name of a package; for each picture
// that is missing or says nothing to those who don't see it; and for what a page has that the
// site has no form for.
func Make(root fs.FS, o Options) (*Book, error) {
	m := &maker{root: root, options: o, files: map[string][]byte{}, places: map[string]string{}}
	if err := m.find(); err != nil {
		return nil, err
	}
	for _, name := range m.guides {
		m.guide(name)
	}
	m.contents()
	for _, p := range m.packages {
		m.api(p)
	}
	for len(m.linked) > 0 { // which grows, as folders lead to their files
		name := m.linked[0]
		m.linked = m.linked[1:]
		m.source(name)
	}
	m.layout()
	m.assets()
	m.check()
	if len(m.problems) > 0 {
		return nil, errors.Join(m.problems...)
	}
	return &Book{Files: m.files}, nil
}

// Write writes the site into a folder, which is made if it isn't there. What else the folder
// has stays.
func (b *Book) Write(dir string) error {
	for _, name := range slices.Sorted(maps.Keys(b.Files)) {
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(to, b.Files[name], 0o644); err != nil {
			return err
		}
	}
	return nil
}

// maker is a site in the making. One goroutine uses it.
type maker struct {
	root    fs.FS
	options Options

	guides   []string          // the files that are pages of text
	packages []*pkg            // that have a page
	places   map[string]string // where in the site a file or folder of the project is, as far as it is asked for
	linked   []string          // those of them whose pages are still to be made
	pages    []*page
	groups   []group
	index    []entry
	files    map[string][]byte
	problems []error
}

// page is one of the site's.
type page struct {
	of       string // the file that it is made of, or the folder
	out      string // its place in the site
	title    string
	about    string
	content  []byte
	headings []heading
	wide     bool // is code, without lines to be read
}

// heading is one within a page.
type heading struct {
	Level          int
	Text, ID, Code string
}

func (m *maker) fail(of, format string, args ...any) {
	m.problems = append(m.problems, fmt.Errorf("%s: %w", of, fmt.Errorf(format, args...)))
}

// find finds the pages of text and the packages.
func (m *maker) find() error {
	names, err := fs.Glob(m.root, "docs/*.md")
	if err != nil {
		return err
	}
	m.guides = append(m.guides, "README.md")
	m.guides = append(m.guides, names...)
	m.guides = append(m.guides, "CHANGELOG.md", "ARCHITECTURE.md", "bench/README.md")
	for _, name := range m.guides {
		m.places[name] = placeOf(name)
	}
	m.packages, err = packagesOf(m.root)
	return err
}

// placeOf is where a page of text is in the site.
func placeOf(name string) string {
	switch name {
	case "README.md":
		return "index.html"
	case "docs/README.md":
		return "guides.html"
	case "bench/README.md":
		return "benchmarks.html"
	case "CHANGELOG.md":
		return "changelog.html"
	case "ARCHITECTURE.md":
		return "architecture.html"
	}
	base := path.Base(name)
	return base[:len(base)-len(".md")] + ".html"
}
