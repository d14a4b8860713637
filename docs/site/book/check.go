package book

import (
	"bytes"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// check reads the pages as a browser does: each link must lead to a file of the site, and to
// an element of it, and no two elements have one id.
func (m *maker) check() {
	ids, links := map[string]map[string]bool{}, map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(m.files)) {
		if path.Ext(name) != ".html" {
			continue
		}
		ids[name] = map[string]bool{}
		for z := html.NewTokenizer(bytes.NewReader(m.files[name])); ; {
			if z.Next() == html.ErrorToken {
				if z.Err() != io.EOF { //nolint:errorlint // the tokenizer returns it as it is
					m.fail(name, "%w", z.Err())
				}
				break
			}
			for _, a := range z.Token().Attr {
				switch a.Key {
				case "id":
					if ids[name][a.Val] {
						m.fail(name, "has two elements of the id %s", a.Val)
					}
					ids[name][a.Val] = true
				case "href", "src", "action":
					links[name] = append(links[name], a.Val)
				}
			}
		}
	}
	for _, e := range m.index {
		links["index.html"] = append(links["index.html"], e.URL)
	}
	for _, name := range slices.Sorted(maps.Keys(links)) {
		for _, to := range links[name] {
			m.checkLink(name, to, ids)
		}
	}
}

func (m *maker) checkLink(from, to string, ids map[string]map[string]bool) {
	if strings.HasPrefix(to, "https://") || strings.HasPrefix(to, "http://") {
		return
	}
	if m.options.Served && slices.ContainsFunc(m.options.Examples, func(e Example) bool { return e.Path == to }) {
		return
	}
	target, anchor, _ := strings.Cut(to, "#")
	place := path.Join(path.Dir(from), target)
	if target == "" {
		place = from
	}
	switch {
	case m.files[place] == nil:
		m.fail(from, "leads to %s, which isn't there", to)
	case anchor != "" && !ids[place][anchor]:
		m.fail(from, "leads to %s, and there is no such heading", to)
	}
}
