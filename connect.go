package liveview

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/htmlscan"
)

// ConnectParams is what a page's client says when it joins: the parameters that the
// application gave to the official client's LiveSocket, as a script does with
//
//	window.liveview = {options: {params: {time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone}}}
//
// and the client's own, whose names start with an underscore: _mounts, how often the
// page has joined before, _track_static, the assets that it tracks, and others. All of
// it is what the browser says, and whoever writes to the socket by hand says what he
// likes.
type ConnectParams struct {
	values map[string]json.RawMessage
}

// ConnectParamsOf returns the parameters of the join that c's request is for: in Mount,
// in the HandleParams after it, and in the route's middleware. There are none in a page
// load, a patch and a recheck. Keep what is needed in the state.
func ConnectParamsOf(c *gin.Context) ConnectParams {
	v := visitOf(c.Request)
	if v == nil {
		return ConnectParams{}
	}
	return ConnectParams{v.joinParams()}
}

// Value returns the text of the parameter called name: a string itself, a number, true
// or false as JSON writes it, and "" for all else and for one that isn't there.
func (p ConnectParams) Value(name string) string {
	raw := bytes.TrimSpace(p.values[name])
	if len(raw) == 0 {
		return ""
	}
	switch raw[0] {
	case '"':
		var text string
		_ = json.Unmarshal(raw, &text) // "" for what isn't valid
		return text
	case '{', '[', 'n':
		return ""
	}
	return string(raw)
}

// Decode decodes the parameter called name into what v points to, as [json.Unmarshal]
// does, whose error it returns. Of one that isn't there v keeps what it has.
func (p ConnectParams) Decode(name string, v any) error {
	raw, ok := p.values[name]
	if !ok {
		return nil
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("liveview: connect parameter %q: %w", name, err)
	}
	return nil
}

// StaticChanged reports whether the layout now names assets that the open page hasn't
// loaded, as it was rendered before a deployment. Those count that have the attribute
// phx-track-static, and a URL that changes with their content:
//
//	<script defer phx-track-static src="/app.js?v={{.Data.Version}}"></script>
//
// It may be called in Mount and in the HandleParams after it, and has the page's layout
// written once, to no one, with c's values. It is true only where the page joins again
// or has come by live navigation. A page that has just been loaded is as new as it can
// get: so a view that answers true with a page load, by s.Redirect(s.URL().String()),
// has it loaded once, also while processes of two versions run side by side. A view
// with a form in it should rather offer the user to do so, as a load drops what is
// typed.
func StaticChanged(c *gin.Context) bool {
	v := visitOf(c.Request)
	if v == nil || v.page == nil || v.navigation != NavigationRejoin && v.navigation != NavigationLive {
		return false
	}
	var loaded []string
	if ConnectParamsOf(c).Decode("_track_static", &loaded) != nil {
		return false
	}
	known := make(map[string]bool, len(loaded))
	for _, asset := range loaded {
		known[v.asset(asset)] = true
	}
	for _, asset := range trackedIn(writeLayout(c, v.page)) {
		if !known[v.asset(asset)] {
			return true
		}
	}
	return false
}

// asset returns a form of an asset's URL that a layout's and a browser's have in
// common, whichever way the browser reaches this host.
func (v *visit) asset(raw string) string {
	u, err := v.page.url.parse().Parse(strings.TrimSpace(raw))
	if err != nil {
		return raw
	}
	host := u.Host
	if upgrade := &v.channel.peer.upgrade; strings.EqualFold(host, upgrade.host) || strings.EqualFold(host, upgrade.pageHost()) {
		host = ""
	}
	query, err := url.QueryUnescape(u.RawQuery)
	if err != nil {
		query = u.RawQuery
	}
	return strings.ToLower(host) + u.Path + "?" + query
}

// writeLayout returns the document that a page like this one would be in now, without
// its content; nil if it can't be written.
func writeLayout(c *gin.Context, p *page) []byte {
	status := c.Writer.Status()
	defer c.Status(status)
	w := &bufferedWriter{ResponseWriter: c.Writer}
	own := c.Copy() // what the layout does to it is nothing to the join
	own.Writer = w
	err := guard("layout", func() error {
		return layoutOf(c, p.app)(own, Page{title: p.title, titles: p.app.config.Title, scripts: p.app.client.Tags, meta: &p.meta})
	})
	if err != nil {
		p.app.config.Logger.Error("liveview: StaticChanged: the layout can't be written", append(errAttrs(err), "view", p.route.name, "route", p.pattern)...)
		return nil
	}
	return w.body.Bytes()
}

// trackedIn returns the URLs of a document's tracked assets.
func trackedIn(document []byte) (assets []string) {
	if !bytes.Contains(document, []byte("phx-track-static")) {
		return nil
	}
	s := htmlscan.Scanner{Lenient: true}
	s.Scan(document, func(t *htmlscan.Token) bool {
		if t.Kind != htmlscan.StartTag {
			return true
		}
		tracked, asset := false, ""
		for a := range htmlscan.Attributes(t.Tag) {
			switch strings.ToLower(string(a.Name)) {
			case "phx-track-static":
				tracked = true
			case "src", "href":
				asset = html.UnescapeString(string(a.Value))
			}
		}
		if tracked && asset != "" {
			assets = append(assets, asset)
		}
		return true
	})
	return assets
}
