package book

import (
	"io/fs"
	"path"
	"strings"
)

// onTheWeb is where the project's packages are told of on the web. The site has pages of its
// own for them, and leads there instead.
const onTheWeb = "https://pkg.go.dev/" + module

// link is what a link becomes that stands in a file of the project: where it leads from the
// page at out.
func (m *maker) link(file, out, to string) string {
	if name, ok := strings.CutPrefix(to, onTheWeb); ok {
		dir, anchor, _ := strings.Cut(name, "#")
		if p := m.packageIn(strings.Trim(dir, "/")); p != nil {
			return relative(out, p.out()) + hash(anchor)
		}
		m.fail(file, "links to %s, and there is no such package", to)
		return to
	}
	target, anchor, _ := strings.Cut(to, "#")
	if strings.Contains(target, ":") {
		return to // of another site
	}
	if target == "" {
		return to
	}
	place := m.place(path.Join(path.Dir(file), target))
	if place == "" {
		m.fail(file, "links to %s, which isn't there", to)
		return to
	}
	return relative(out, place) + hash(anchor)
}

// place is where a file or folder of the project is in the site, "" if there is no such one.
func (m *maker) place(name string) string {
	if place := m.places[name]; place != "" {
		return place
	}
	info, err := fs.Stat(m.root, name)
	if err != nil {
		return ""
	}
	place := "source/" + name + ".html"
	switch {
	case info.IsDir():
		place = "source/" + name + "/index.html"
	case isPicture(name):
		place = "pictures/" + name
	}
	m.places[name] = place
	m.linked = append(m.linked, name)
	return place
}

func isPicture(name string) bool {
	switch path.Ext(name) {
	case ".png", ".svg", ".jpg", ".webp":
		return true
	}
	return false
}

// relative is the way from one page to another.
func relative(from, to string) string {
	a, b := strings.Split(from, "/"), strings.Split(to, "/")
	for len(a) > 1 && len(b) > 1 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	return strings.Repeat("../", len(a)-1) + strings.Join(b, "/")
}

func hash(anchor string) string {
	if anchor == "" {
		return ""
	}
	return "#" + anchor
}
