package plainhtml

import (
	"bytes"
	"strings"

	"github.com/gin-liveview/liveview/internal/htmlscan"
)

// owners is whose the buttons are that name their form, by its id.
type owners struct {
	posted map[string]bool // the forms that are rewritten
	named  map[string]use  // what buttons with phx-click there are of a form, wherever they stand
}

// use says of a form what it has.
type use uint8

const (
	hasFiles   use = 1 << iota
	hasClicks      // buttons with phx-click
	hasButtons     // such as wouldn't submit it
)

// useOf says what a tag adds to the form that it belongs to.
func useOf(tag []byte) (u use) {
	switch {
	case isNamed(tag, "input") && bytes.Contains(tag, []byte("file")):
		for attr := range htmlscan.Attributes(tag) {
			if name := text(attr.Name); name == "type" && strings.EqualFold(text(attr.Value), "file") || name == "data-phx-upload-ref" {
				u = hasFiles
			}
		}
	case isNamed(tag, "button") && bytes.Contains(tag, []byte("phx-click")):
		u = hasClicks
		for attr := range htmlscan.Attributes(tag) {
			if text(attr.Name) == "type" && strings.EqualFold(text(attr.Value), "button") {
				u |= hasButtons
			}
		}
	}
	return u
}

// readOwners reads the page for those that name their form, and for the forms.
func readOwners(html []byte) *owners {
	o := &owners{map[string]bool{}, map[string]use{}}
	for s := (skimmer{html: html}); s.next(); {
		tag := html[s.start:s.end]
		switch {
		case isNamed(tag, "form"):
			if id, posted := postedForm(tag); posted {
				o.posted[id] = true
			}
		case isNamed(tag, "button") && bytes.Contains(tag, []byte("form=")):
			for attr := range htmlscan.Attributes(tag) {
				if text(attr.Name) == "form" {
					o.named[unescape(attr.Value)] |= useOf(tag)
				}
			}
		}
	}
	return o
}

// postedForm returns the id of a form, and reports whether it has one and is rewritten.
func postedForm(tag []byte) (id string, posted bool) {
	own := false
	for attr := range htmlscan.Attributes(tag) {
		switch text(attr.Name) {
		case "id":
			id = unescape(attr.Value)
		case "method", "action":
			own = true
		case "phx-submit", "phx-change":
			posted = posted || len(attr.Value) > 0
		}
	}
	return id, posted && !own && id != ""
}

// usesUpTo returns what the form has whose tag ends at from, and where it ends itself.
func usesUpTo(html []byte, from int) (u use, end int) {
	for s := (skimmer{html: html, from: from, ends: true}); s.next(); {
		tag := html[s.start:s.end]
		if !s.closing {
			u |= useOf(tag)
		} else if isNamed(tag[1:], "form") {
			return u, s.start
		}
	}
	return u, len(html)
}
