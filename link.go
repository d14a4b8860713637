package liveview

import (
	"errors"
	"fmt"
	"html/template"
	"net/url"
	"strings"

	"github.com/gin-liveview/liveview/internal/attr"
	"github.com/gin-liveview/liveview/internal/engine"
	"github.com/gin-liveview/liveview/internal/target"
)

// linkHelpers are the template functions that write links; see [PatchLink] and
// [NavigateLink].
var linkHelpers = template.FuncMap{
	"patch":    PatchLink,
	"navigate": NavigateLink,
	"replace":  replaceLink,
	linkURL:    linkTo,
}

// linkURL is the template function that stands for each of them where they stand in
// a tag, so that of a link only its URL is sent again. Templates have no use for it.
const linkURL = "_linkURL"

// linkAttributes say what the links' attributes are besides the URL.
var linkAttributes = map[string]engine.Attribute{
	"patch":              linkAttribute(kindPatch, pushState),
	"navigate":           linkAttribute(kindNavigate, pushState),
	"patch | replace":    linkAttribute(kindPatch, replaceState),
	"navigate | replace": linkAttribute(kindNavigate, replaceState),
}

func linkAttribute(kind, state string) engine.Attribute {
	return engine.Attribute{Before: `href="`, Value: linkURL, After: linkTail(kind, state), Check: checkLink}
}

// checkLink returns what is wrong with a link in a template. With a path that is
// found when the page is rendered, the link leads nowhere; see badLink.
func checkLink(path *string, args int) error {
	if path != nil {
		if _, err := target.Local(*path); err != nil {
			return fmt.Errorf("%q is %w", *path, err)
		}
	}
	if args >= 0 && args%2 == 0 {
		return errors.New("a path is followed by names and values in turn, and one of them is missing")
	}
	return nil
}

// PatchLink returns the attributes of a link that moves the view to another URL
// of its own, as [Socket.PushPatch] does. In a template:
//
//	<a {{patch "/items" "sort" .Sort "page" .Page}}>…</a>
//
// query holds names and values in turn. They take the place of what path's query
// says of these names, and the rest of it stays as it is: so {{patch currentURL
// "page" 2}} turns the page and leaves the sorting alone. A value that prints as
// nothing takes its name away. The order of the others stays. A path that doesn't lead to this host becomes
// "#ZgotmplZ", as html/template does it with a bad URL. It is an ordinary link where
// there is no JavaScript.
//
// The attributes are those of phoenix_live_view/lib/phoenix_component.ex, link.
func PatchLink(path string, query ...any) template.HTMLAttr { return link(kindPatch, path, query) }

// NavigateLink returns the attributes of a link that puts another live view in
// this one's place, as [Socket.PushRedirect] does; see [PatchLink].
func NavigateLink(path string, query ...any) template.HTMLAttr {
	return link(kindNavigate, path, query)
}

const (
	kindPatch    = "patch"
	kindNavigate = "redirect"
	pushState    = "push"
	replaceState = "replace"
)

const badLink = attr.BadURL

func link(kind, path string, query []any) template.HTMLAttr {
	to := linkTo(path, query...)
	if to == badLink {
		return `href="` + badLink + `"`
	}
	return template.HTMLAttr(`href="` + template.HTMLEscapeString(to) + linkTail(kind, pushState))
}

// linkTail is what follows a link's URL.
func linkTail(kind, state string) string {
	return `" data-phx-link="` + kind + `" data-phx-link-state="` + state + `"`
}

// linkTo is the URL of a link.
func linkTo(path string, query ...any) string {
	to, err := target.Local(path)
	if err != nil || len(query)%2 != 0 {
		return badLink
	}
	target.SetQuery(to, queryPairs(query))
	return target.Text(to)
}

// replaceLink has a link replace the entry in the browser's history rather
// than add one: {{patch "/items" | replace}}.
func replaceLink(attrs template.HTMLAttr) template.HTMLAttr {
	return template.HTMLAttr(strings.TrimSuffix(string(attrs), pushState+`"`) + replaceState + `"`)
}

// queryPairs returns names and values in turn as what a query is to say: a name
// without values is to go.
func queryPairs(query []any) url.Values {
	if len(query) == 0 {
		return nil
	}
	values := make(url.Values, len(query)/2)
	for i := 0; i+1 < len(query); i += 2 {
		name := fmt.Sprint(query[i])
		values[name] = append(values[name], nonEmpty(fmt.Sprint(query[i+1]))...)
	}
	return values
}

func nonEmpty(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}
