package engine

import (
	"bytes"
	"strings"

	"github.com/gin-liveview/liveview/internal/htmlscan"
)

// A node that bears "r" is one element with nothing but white space beside it.
// While nothing of the node changes, the client doesn't write its HTML again, but
// a placeholder, the element's tag with neither attributes but the id nor
// content, and has the page keep the element that it finds by the id, or by a
// data-phx-id of its own. That goes right where the placeholder takes the
// element's place in what the parser makes of the whole page, and where the
// client finds the id. Everywhere else r would lose the element, so it is given
// where both are certain.
//
// Nor does an element get it that live components may stand in: the client would miss
// what has changed of them.
//
// A whole live component bears it whatever it is: the client knows its element by
// another mark, and doesn't leave it out while a diff has something of what is in it.
//
// Source: toOutputBuffer in rendered.js, modifyRoot in rendered/modify_root.ts
// and getNodeKey in dom_patch.ts, all in phoenix_live_view/assets/js.

// replaceable reports whether a placeholder can stand for the element with this
// start tag.
func replaceable(t *htmlscan.Token) bool {
	return t.Name != "form" && substitutable(t) // a form's id is its field called id, if it has one
}

// substitutable is replaceable for a form as well, which is so as long as no field is
// called id.
func substitutable(t *htmlscan.Token) bool {
	if t.Misplaced || !t.Context.Known() || t.Context.InSelect() || t.Context.InTemplate() {
		return false
	}
	switch t.Name {
	case "option", "optgroup": // without its attributes another option is selected
		return false
	case "template":
		return false
	}
	written := t.Tag[1 : 1+len(t.Name)]
	void := clientVoid[t.Name]
	return void == (t.Empty && htmlscan.IsVoid(t.Name)) && (!void || string(written) == t.Name) &&
		plainName(t.Name) && showsID(t.Tag) && !(t.Empty && endsLikeComment(t.Tag))
}

// clientVoid are the elements that the client takes to be without an end tag.
var clientVoid = map[string]bool{
	"area": true, "base": true, "br": true, "col": true, "command": true, "embed": true, "hr": true, "img": true,
	"input": true, "keygen": true, "link": true, "meta": true, "param": true, "source": true, "track": true, "wbr": true,
}

// plainName reports whether the client reads a tag's name as a browser does.
func plainName(name string) bool {
	for i := range len(name) {
		if name[i] >= 0x80 || name[i] < '-' {
			return false
		}
	}
	return !strings.HasSuffix(name, "--")
}

// endsLikeComment reports whether the client might take the end of a tag for
// that of a comment.
func endsLikeComment(tag []byte) bool {
	tag = bytes.TrimSuffix(tag, []byte(">"))
	return bytes.HasSuffix(tag, []byte("--")) || bytes.HasSuffix(tag, []byte{htmlscan.Blank})
}

// showsID reports whether the client finds the id in a tag, or finds none if
// there is none: it looks for a space and id="…" or id='…', and steps over no
// value but those in quotes right behind their equals sign.
func showsID(tag []byte) bool {
	for a := range htmlscan.Attributes(tag) {
		name, hole := a.Name, bytes.IndexByte(a.Name, htmlscan.Blank)
		if hole >= 0 {
			name = name[:hole]
		}
		id := bytes.EqualFold(name, []byte("id"))
		switch {
		case hole >= 0 && (id || len(name) == 0 || bytes.EqualFold(name, []byte("i"))):
			return false // it may become one
		case hole < 0 && id:
			if string(a.Name) != "id" || tag[a.At-1] != ' ' || !a.Assigned || a.Before || a.After || a.Quote == 0 ||
				bytes.IndexByte(a.Value, '"') >= 0 {
				return false
			}
		case a.Assigned && (a.After || a.Quote == 0 && bytes.ContainsAny(a.Value, `="'`)):
			return false
		}
	}
	return true
}
