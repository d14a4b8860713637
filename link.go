package liveview

import (
	"fmt"
	"html/template"
	"net/url"
	"strings"

	"github.com/gin-liveview/liveview/internal/target"
)

// linkHelpers are the template functions that write links; see [PatchLink] and
// [NavigateLink].
var linkHelpers = template.FuncMap{
	"patch":    PatchLink,
	"navigate": NavigateLink,
	"replace":  replaceLink,
}

// PatchLink returns the attributes of a link that moves the view to another URL
// of its own, as [Socket.PushPatch] does. In a template:
//
//	<a {{patch "/items" "sort" .Sort "page" .Page}}>…</a>
//
// query holds names and values in turn, which are encoded and added to path's
// query; those whose value prints as nothing are left out. A path that doesn't
// lead to this host becomes "#ZgotmplZ", as html/template does it with a bad
// URL. It is an ordinary link where there is no JavaScript.
//
// The attributes are those of phoenix_live_view/lib/phoenix_component.ex, link.
func PatchLink(path string, query ...any) template.HTMLAttr { return link("patch", path, query) }

// NavigateLink returns the attributes of a link that puts another live view in
// this one's place, as [Socket.PushRedirect] does; see [PatchLink].
func NavigateLink(path string, query ...any) template.HTMLAttr { return link("redirect", path, query) }

const (
	pushState    = `data-phx-link-state="push"`
	replaceState = `data-phx-link-state="replace"`
)

func link(kind, path string, query []any) template.HTMLAttr {
	to, err := target.Local(path)
	if err != nil || len(query)%2 != 0 {
		return `href="#ZgotmplZ"`
	}
	target.AddQuery(to, queryPairs(query))
	return template.HTMLAttr(`href="` + template.HTMLEscapeString(target.Text(to)) + `" data-phx-link="` + kind + `" ` + pushState)
}

// replaceLink has a link replace the entry in the browser's history rather
// than add one: {{patch "/items" | replace}}.
func replaceLink(attrs template.HTMLAttr) template.HTMLAttr {
	return template.HTMLAttr(strings.Replace(string(attrs), pushState, replaceState, 1))
}

func queryPairs(query []any) url.Values {
	if len(query) == 0 {
		return nil
	}
	values := make(url.Values, len(query)/2)
	for i := 0; i+1 < len(query); i += 2 {
		if value := fmt.Sprint(query[i+1]); value != "" {
			values.Add(fmt.Sprint(query[i]), value)
		}
	}
	return values
}
