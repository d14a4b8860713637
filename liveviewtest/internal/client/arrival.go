package client

import (
	"maps"
	"net/url"
	"slices"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// arrival is how a page came to a view, which the view says when it joins.
type arrival struct {
	place  *location
	base   *url.URL       // of the site
	csrf   string         // the page's token
	page   string         // what the page calls itself
	again  []string       // names of the file inputs whose files are chosen again, once it has joined
	guest  bool           // of a view that isn't its page's own
	url    *url.URL       // of a sticky view in the layout: where it was come to
	params map[string]any // the application's own

	// Of a view that was come to by live navigation.
	navigated bool
	referer   string // the address that was left
	flash     string // the token of a message
}

// payload is that of phx_join, for the view that element shows. It has joined
// mounts times, and tried attempts times since.
//
// Source: connectParams and the constructor in
// phoenix_live_view/assets/js/phoenix_live_view/view.ts.
func (a *arrival) payload(doc *document, element *html.Node, mounts, attempts int) (map[string]any, error) {
	params := map[string]any{"_csrf_token": a.csrf, "_page": a.page, "_joins": doc.joins[dom.Attr(element, "id")]}
	maps.Copy(params, a.params)
	if state := doc.states.of(dom.Attr(element, "id")); state != "" {
		params["_state"] = state
	}
	if a.again != nil {
		params["_files_again"] = a.again
	}
	if lost := slices.DeleteFunc(filesChosen(element), func(name string) bool { return slices.Contains(a.again, name) }); len(lost) > 0 {
		params["_files_lost"] = lost
	}
	var tracked []string
	for _, link := range doc.tracked() {
		if link == "" {
			continue
		}
		u, err := a.base.Parse(link)
		if err != nil {
			return nil, err
		}
		tracked = append(tracked, u.String())
	}
	if tracked != nil {
		params["_track_static"] = tracked
	}
	params["_mounts"], params["_mount_attempts"] = mounts, attempts
	if a.referer != "" {
		params["_live_referer"] = a.referer
	}
	sticky := dom.HasAttr(element, "data-phx-sticky")
	payload := map[string]any{"params": params, "session": dom.Attr(element, "data-phx-session"), "static": nil, "sticky": sticky}
	if static := dom.Attr(element, "data-phx-static"); static != "" {
		payload["static"] = static
	}
	if a.guest {
		if a.url != nil {
			payload["url"] = a.url.String()
		}
		return payload, nil
	}
	address := *a.place.url
	address.Fragment = ""
	if a.navigated {
		payload["redirect"] = address.String()
	} else {
		payload["url"] = address.String()
	}
	if a.flash != "" {
		payload["flash"] = a.flash
	}
	return payload, nil
}

// filesChosen returns the names of the file inputs of a view whose files the server
// knows, as the library's start script does.
func filesChosen(view *html.Node) []string {
	var names []string
	for _, n := range dom.FindAll(view, func(n *html.Node) bool { return dom.Attr(n, "data-phx-active-refs") != "" }) {
		names = append(names, dom.Attr(n, "name"))
	}
	return names
}
