package liveview

import (
	"fmt"
	"net/url"
	"reflect"

	"github.com/gin-liveview/liveview/internal/target"
)

// PushPatch moves the view to another URL of its own, at this route or another one that
// [Handle] gave it, once the callback has returned: HandleParams runs with it, the page shows what came of it, and
// the address bar follows. path starts with a slash and may bring a query and a
// fragment; params, which may be nil, take the place of what path's query says of
// their names, where one without values is taken out. During the HTTP render it is
// an HTTP redirect. See [HistoryReplace] for an option.
//
// It returns an error if path doesn't lead to this host (see
// [Socket.RedirectExternal]), the callback has asked for a move before, or the
// view has no HandleParams. For a path that the router gives to another view the page
// goes there as by [Socket.PushRedirect], and the log has an error that names both. A
// route of another [LiveSession] has the browser load the page. If no live route
// lets the visitor in at path, the view ends with an error.
func (s *Socket[C]) PushPatch(path string, params url.Values, options ...MoveOption) error {
	s.page.onlyInCallbacks("PushPatch")
	if s.page.nest.isGuest() {
		return fmt.Errorf("liveview: PushPatch(%q): the view %s stands in another one's page, whose URL it can't patch: "+
			"use PushRedirect, or SendParent and have the parent patch itself", path, s.page.route.name)
	}
	if !s.page.route.follows {
		return fmt.Errorf("liveview: PushPatch(%q): the view %s doesn't follow its URL; use PushRedirect, "+
			"or give it a HandleParams(c *gin.Context, s *liveview.Socket[%s]) error, which loads what the URL names",
			path, s.page.route.name, reflect.TypeFor[C]())
	}
	return s.page.moveTo(movePatch, path, params, options...)
}

// PushRedirect puts another live view in this one's place once the callback has
// returned: over the same socket, without a page load, with what the callback
// put into the flash. The request for it runs through the router and its
// route's middleware like any other. If it isn't a live view of the same
// [LiveSession], the browser loads the page instead. For path, params and
// errors see [Socket.PushPatch]; during the HTTP render it is an HTTP redirect.
func (s *Socket[C]) PushRedirect(path string, params url.Values, options ...MoveOption) error {
	s.page.onlyInCallbacks("PushRedirect")
	return s.page.moveTo(moveLive, path, params, options...)
}

// Redirect has the browser load another page of this host once the callback
// has returned, with what the callback put into the flash. For path and errors
// see [Socket.PushPatch].
func (s *Socket[C]) Redirect(path string) error {
	s.page.onlyInCallbacks("Redirect")
	return s.page.moveTo(moveHTTP, path, nil)
}

// RedirectExternal is [Socket.Redirect] to any host: url is an absolute
// http or https URL. Never pass one on that came from a visitor without looking
// at its host, or your site lends its name to whoever wants to mislead.
func (s *Socket[C]) RedirectExternal(url string) error {
	s.page.onlyInCallbacks("RedirectExternal")
	to, ok := target.External(url)
	if !ok {
		return fmt.Errorf("liveview: RedirectExternal(%q): not an absolute http or https URL", url)
	}
	return s.page.ask(move{kind: moveExternal, to: to})
}

// moveTo notes a move within this host.
func (p *page) moveTo(kind moveKind, path string, params url.Values, options ...MoveOption) error {
	to, err := target.Local(path)
	if err != nil {
		return fmt.Errorf("liveview: %s(%q): %w", kind, path, err)
	}
	target.SetQuery(to, params)
	m := move{kind: kind, to: to}
	for _, option := range options {
		m.options |= option
	}
	return p.ask(m)
}
