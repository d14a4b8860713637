package client

import (
	"maps"
	"net/url"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// origin is what a view says of itself when it joins, besides its tokens.
type origin struct {
	place  *location
	base   *url.URL       // of the site
	csrf   string         // the page's token
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
func (o *origin) payload(doc *document, element *html.Node, mounts, attempts int) (map[string]any, error) {
	params := map[string]any{"_csrf_token": o.csrf}
	maps.Copy(params, o.params)
	var tracked []string
	for _, link := range doc.tracked() {
		if link == "" {
			continue
		}
		u, err := o.base.Parse(link)
		if err != nil {
			return nil, err
		}
		tracked = append(tracked, u.String())
	}
	if tracked != nil {
		params["_track_static"] = tracked
	}
	params["_mounts"], params["_mount_attempts"] = mounts, attempts
	if o.referer != "" {
		params["_live_referer"] = o.referer
	}
	payload := map[string]any{"params": params, "session": dom.Attr(element, "data-phx-session"), "static": nil, "sticky": false}
	if static := dom.Attr(element, "data-phx-static"); static != "" {
		payload["static"] = static
	}
	address := *o.place.url
	address.Fragment = ""
	if o.navigated {
		payload["redirect"] = address.String()
	} else {
		payload["url"] = address.String()
	}
	if o.flash != "" {
		payload["flash"] = o.flash
	}
	return payload, nil
}
