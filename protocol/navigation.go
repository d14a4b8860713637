package protocol

import (
	"maps"
	"slices"
	"strconv"
)

// LivePatch is the payload of live_patch from the client: a link or the history
// moved the view to another URL.
type LivePatch struct {
	URL string // absolute
}

// DecodeLivePatch decodes the payload of live_patch:
//
//	{"url":"http://localhost:4000/two?x=1"}
func (l Limits) DecodeLivePatch(payload []byte) (LivePatch, error) {
	url, err := l.withDefaults().onlyText(payload, "url")
	return LivePatch{URL: url}, err
}

// Kinds of a history change: a new entry, or another address for the current one.
const (
	KindPush    = "push"
	KindReplace = "replace"
)

// ResponseLinkRedirect answers a live_patch to a URL that another view serves.
// The client then navigates there.
const ResponseLinkRedirect = `{"link_redirect":true}`

// Redirect makes the client load another page. It is the payload of the push
// redirect; a reply carries it as {"redirect":…}, which AppendResponse writes.
//
// Source: handle_redirect in phoenix_live_view/lib/phoenix_live_view/channel.ex,
// as for the types below.
type Redirect struct {
	To     string // absolute, or a local path
	Status int    // HTTP status; 0 means 302
	Flash  string // signed token, left out if empty; safe in a cookie
}

// AppendJSON appends {"to":…,"status":…,"flash":…}.
func (r Redirect) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"to":`...)
	dst = AppendString(dst, r.To)
	dst = append(dst, `,"status":`...)
	if r.Status == 0 {
		r.Status = 302
	}
	dst = strconv.AppendInt(dst, int64(r.Status), 10)
	dst = appendFlash(dst, r.Flash)
	return append(dst, '}')
}

// AppendResponse appends {"redirect":…}.
func (r Redirect) AppendResponse(dst []byte) []byte {
	return append(r.AppendJSON(append(dst, `{"redirect":`...)), '}')
}

// LiveRedirect makes the client show another view over the same connection. It is
// the payload of the push live_redirect; a reply carries it as
// {"live_redirect":…}, which AppendResponse writes.
type LiveRedirect struct {
	To    string // a local path, or absolute and of the same origin
	Kind  string // [KindPush] or [KindReplace]; "" means [KindPush]
	Flash string // signed token, left out if empty
}

// AppendJSON appends {"to":…,"kind":…,"flash":…}.
func (r LiveRedirect) AppendJSON(dst []byte) []byte {
	dst = appendTo(dst, r.To, r.Kind)
	dst = appendFlash(dst, r.Flash)
	return append(dst, '}')
}

// AppendResponse appends {"live_redirect":…}.
func (r LiveRedirect) AppendResponse(dst []byte) []byte {
	return append(r.AppendJSON(append(dst, `{"live_redirect":`...)), '}')
}

// LivePatchPush changes the URL of the view that is shown. It is the payload of the
// push live_patch, and the member live_patch of the reply to a join.
type LivePatchPush struct {
	To   string // a local path, or absolute and of the same origin
	Kind string // [KindPush] or [KindReplace]; "" means [KindPush]
}

// AppendJSON appends {"to":…,"kind":…}.
func (p LivePatchPush) AppendJSON(dst []byte) []byte {
	return append(appendTo(dst, p.To, p.Kind), '}')
}

// Container is the element that a view stands in. It is the member container of the
// reply to a join by live navigation: the client gives the element these attributes
// in place of all others, but for its own.
//
// Source: onJoin in phoenix_live_view/assets/js/phoenix_live_view/view.ts, and
// replaceRootContainer in dom.ts. In live navigation the client drops an element of
// another tag than the one that is shown, with its attributes.
type Container struct {
	Tag        string
	Attributes map[string]string
}

// AppendJSON appends ["section",{"class":"wide"}], the attributes in the order of
// their names.
func (c Container) AppendJSON(dst []byte) []byte {
	dst = AppendString(append(dst, '['), c.Tag)
	dst = append(dst, `,{`...)
	for i, name := range slices.Sorted(maps.Keys(c.Attributes)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(AppendString(dst, name), ':')
		dst = AppendString(dst, c.Attributes[name])
	}
	return append(dst, "}]"...)
}

// appendTo starts an object with the members to and kind.
func appendTo(dst []byte, to, kind string) []byte {
	dst = append(dst, `{"to":`...)
	dst = AppendString(dst, to)
	dst = append(dst, `,"kind":`...)
	if kind == "" {
		kind = KindPush
	}
	return AppendString(dst, kind)
}

// appendFlash adds the member flash to an open object unless it is empty.
func appendFlash(dst []byte, flash string) []byte {
	if flash == "" {
		return dst
	}
	return AppendString(append(dst, `,"flash":`...), flash)
}
