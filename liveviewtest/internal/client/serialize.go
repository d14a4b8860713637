package client

import (
	"strings"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// serialize returns a form as the client sends it: each field that the user
// hasn't been to is preceded by one that says so. Unless only is empty, all
// fields of other names are left out.
//
// Source: serializeForm in phoenix_live_view/assets/js/phoenix_live_view/view.ts.
func serialize(doc *dom.Document, form, submitter *html.Node, only string) string {
	used, shown := map[string]bool{}, map[string]bool{} // by name
	for _, n := range doc.Controls(form) {
		name, state := dom.Attr(n, "name"), doc.Look(n)
		if state.Used || state.Submitted || dom.HasAttr(n, "phx-no-unused-field") {
			used[name] = true
		}
		if dom.Kind(n) != "hidden" {
			shown[name] = true
		}
	}
	var entries []dom.Entry
	for _, e := range doc.Entries(form, submitter) {
		if only != "" && e.Name != only {
			continue
		}
		if !used[e.Name] && shown[e.Name] && !dom.HasAttr(form, "phx-no-unused-field") &&
			(submitter == nil || dom.Attr(submitter, "name") != e.Name) {
			entries = append(entries, dom.Entry{Name: unusedName(e.Name)})
		}
		entries = append(entries, e)
	}
	return dom.Encode(entries)
}

// unusedName puts "_unused_" before the last part of a field's name:
// "user[tags][]" becomes "user[_unused_tags][]".
func unusedName(name string) string {
	base, list := strings.CutSuffix(name, "[]")
	at := strings.LastIndexAny(strings.TrimSuffix(base, "]"), "[]") + 1
	base = base[:at] + "_unused_" + base[at:]
	if list {
		base += "[]"
	}
	return base
}
