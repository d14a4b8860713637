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

// owners reads the page for those that name their form, once.
func (w *writer) owners() *owners {
	if w.own != nil {
		return w.own
	}
	w.own = &owners{map[string]bool{}, map[string]use{}}
	for s := (skimmer{html: w.html}); s.next(); {
		tag := w.html[s.start:s.end]
		switch {
		case isNamed(tag, "form"):
			var id string
			own, heard := false, false
			for attr := range htmlscan.Attributes(tag) {
				switch text(attr.Name) {
				case "id":
					id = unescape(attr.Value)
				case "method", "action":
					own = true
				case "phx-submit", "phx-change":
					heard = heard || len(attr.Value) > 0
				}
			}
			if id != "" && heard && !own {
				w.own.posted[id] = true
			}
		case isNamed(tag, "button") && bytes.Contains(tag, []byte("form=")):
			for attr := range htmlscan.Attributes(tag) {
				if text(attr.Name) == "form" {
					w.own.named[unescape(attr.Value)] |= useOf(tag)
				}
			}
		}
	}
	return w.own
}

// insideOf returns what the form has whose tag ends at end, and where it ends itself.
func (w *writer) insideOf(end int, id string) (u use, formEnd int) {
	s := skimmer{html: w.html, from: end, ends: true}
	formEnd = len(w.html)
	for s.next() {
		tag := w.html[s.start:s.end]
		if !s.closing {
			u |= useOf(tag)
		} else if isNamed(tag[1:], "form") {
			formEnd = s.start
			break
		}
	}
	if id != "" && (w.own != nil || bytes.Contains(w.html, []byte("form="))) {
		u |= w.owners().named[id]
	}
	return u, formEnd
}
