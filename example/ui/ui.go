// Package ui holds components for live pages, to copy and change, not to depend on: templates,
// one style sheet and one script, without a build step. docs/ui.md says what each takes; package
// showcase shows all of them, and templui has the same for templ.
package ui

import (
	"embed"
	"html/template"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

//go:embed components
var components embed.FS

//go:embed ui.css ui.js
var assets embed.FS

// Source is a page whose text can call the components. An application's own functions go into
// its Funcs.
func Source(text string) liveview.Source {
	return liveview.Source{
		Text:     text,
		FS:       components,
		Patterns: []string{"components/*.html"},
		Funcs:    template.FuncMap{"describe": Describe, "isImage": IsImage},
	}
}

// Assets serves the style sheet and the script, as /ui.css and /ui.js. A layout has both in its
// head, the script before {{.Scripts}}.
func Assets(r gin.IRoutes) {
	r.StaticFileFS("/ui.css", "ui.css", http.FS(assets))
	r.StaticFileFS("/ui.js", "ui.js", http.FS(assets))
}

// Describe returns the aria-describedby of a field: the ids of its hint and of its error, where
// there are such; nil where there is neither, so that attrs leaves it out.
func Describe(f liveview.Field, hint string) any {
	var ids []string
	if hint != "" {
		ids = append(ids, f.ID+"-hint")
	}
	if f.Error != "" {
		ids = append(ids, f.ErrorID)
	}
	if ids == nil {
		return nil
	}
	return strings.Join(ids, " ")
}

// IsImage reports whether a file of this type can be shown as a picture.
func IsImage(contentType string) bool { return strings.HasPrefix(contentType, "image/") }

// Option is one of those that a select, radios or checkboxes offer.
type Option struct{ Value, Label string }

// Options returns options from values and labels in turn.
func Options(valuesAndLabels ...string) []Option {
	options := make([]Option, 0, len(valuesAndLabels)/2)
	for i := 0; i+1 < len(valuesAndLabels); i += 2 {
		options = append(options, Option{Value: valuesAndLabels[i], Label: valuesAndLabels[i+1]})
	}
	return options
}

// Pages are the pages of a list, for ui.pagination.
type Pages struct{ Current, Last int } // from 1

// PagesOf returns the pages of a list of so many entries, of which a page shows size. The current
// one is the nearest that there is to page; there is always one.
func PagesOf(entries, size, page int) Pages {
	last := max(1, (entries+size-1)/size)
	return Pages{Current: min(max(page, 1), last), Last: last}
}

// Previous returns the page before the current one, 0 if that is the first.
func (p Pages) Previous() int { return p.Current - 1 }

// Next returns the page after the current one, 0 if that is the last.
func (p Pages) Next() int {
	if p.Current >= p.Last {
		return 0
	}
	return p.Current + 1
}

// PageLink is a page that can be gone to, or a gap in their row.
type PageLink struct {
	Number       int
	Current, Gap bool
}

// Links returns the first page, the last, those beside the current one and gaps between them:
// seven at most.
func (p Pages) Links() []PageLink {
	var links []PageLink
	from, to := p.Current-1, p.Current+1
	if p.Current <= 3 {
		from, to = 1, 4
	}
	if p.Current >= p.Last-2 {
		from, to = min(from, p.Last-3), p.Last
	}
	for n := 1; n <= p.Last; n++ {
		switch {
		case n == 1, n == p.Last, from <= n && n <= to:
			links = append(links, PageLink{Number: n, Current: n == p.Current})
		case !links[len(links)-1].Gap:
			links = append(links, PageLink{Gap: true})
		}
	}
	return links
}
