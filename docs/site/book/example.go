package book

import (
	"html"
	"slices"
	"strings"
)

// example is the HTML of examples, side by side: the pages themselves where they are served, and
// elsewhere how to have them.
func (m *maker) example(p *page, names []string) string {
	var found []Example
	for _, name := range names {
		i := slices.IndexFunc(m.options.Examples, func(e Example) bool { return e.Name == name })
		if i < 0 {
			m.fail(p.of, "there is no example %s", name)
			return ""
		}
		found = append(found, m.options.Examples[i])
	}
	if len(found) == 0 {
		m.fail(p.of, "names no example")
		return ""
	}
	first := found[0]
	code := ""
	if place := m.place(first.Dir); place != "" {
		code = ` <a href="` + relative(p.out, place) + `">its code</a>`
	} else {
		m.fail(p.of, "the example %s has no folder %s", first.Name, first.Dir)
	}
	title := html.EscapeString(first.Title)
	if !m.options.Served {
		return `<p class="still"><strong>` + title + `</strong> runs here, beside the text, when this documentation is served: ` +
			`<code>go run -C docs/site .</code> in a checkout.` + code + "</p>\n"
	}
	var b strings.Builder
	b.WriteString(`<figure class="live"><figcaption><strong>` + title + `</strong> <span>live</span> <a href="` + first.Path + `">alone</a>` + code + "</figcaption>\n<div class=\"windows\">")
	for i, e := range found {
		name := html.EscapeString(e.Title) + ", live"
		if len(found) > 1 {
			name += []string{", one visitor", ", another", ", a third"}[min(i, 2)]
		}
		b.WriteString(`<iframe src="` + e.Path + `" title="` + name + `" loading="lazy"></iframe>`)
	}
	b.WriteString("</div></figure>\n")
	return b.String()
}
