package liveview

import (
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"

	"github.com/gin-liveview/liveview/protocol"
)

// Container is a view's own element: what stands in the document around all that the
// view renders. The zero value is a plain div. See [Contained].
type Container struct {
	// Tag is the element's name, such as "main" or "section"; "" means "div". It is one
	// that may have any content, or a custom element's.
	Tag string

	// Class is its class attribute. "" means none. The official client adds classes of
	// its own to it, phx-connected for instance.
	Class string

	// Attributes are further ones, by their names in lower case. Values are text, which
	// is escaped. Of the client's bindings there can be phx-remove alone.
	Attributes map[string]string
}

// Contained is implemented by a view whose own element isn't a plain div:
//
//	func (boardView) Container() liveview.Container {
//		return liveview.Container{Tag: "main", Class: "wide", Attributes: map[string]string{"aria-label": "Board"}}
//	}
//
// Several views have one in common by embedding a type with that method.
type Contained interface {
	// Container is called once for each [Handle] of the view, which panics if there
	// can be no such element, and holds for all of its pages.
	//
	// Class and attributes change with live navigation from one view to another. The
	// official client doesn't change the tag then: between views whose containers have
	// different tags there is a page load.
	Container() Container
}

// containerTags are the names that [Container].Tag may have: of elements that may stand
// wherever a div may, and with all that a div may have in it.
var containerTags = []string{
	"address", "article", "aside", "blockquote", "details", "dialog", "div", "dl", "fieldset", "figure", "footer",
	"header", "hgroup", "main", "menu", "nav", "ol", "search", "section", "ul",
}

// element is a Container as pages and joins have it.
type element struct {
	tag        string
	attributes string // as HTML, each after a space
	json       []byte // for the reply to a join
}

// elementOf returns the element that c says, or why there can be none.
func elementOf(c Container) (element, error) {
	e := element{tag: cmp.Or(c.Tag, "div")}
	if !slices.Contains(containerTags, e.tag) && !isCustomTag(e.tag) {
		return element{}, fmt.Errorf("the Tag of its Container is %q; it must be one of %s, or a custom element's, in lower case",
			e.tag, strings.Join(containerTags, ", "))
	}
	attrs := maps.Clone(c.Attributes)
	if attrs == nil {
		attrs = map[string]string{}
	}
	for name := range attrs {
		if why := wrongAttribute(name); why != "" {
			return element{}, fmt.Errorf("its Container has the attribute %q: %s", name, why)
		}
	}
	if c.Class != "" {
		attrs["class"] = c.Class
	}
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		text.WriteString(" " + name + `="`)
		template.HTMLEscape(&text, []byte(attrs[name]))
		text.WriteByte('"')
	}
	e.attributes = text.String()
	e.json = protocol.Container{Tag: e.tag, Attributes: attrs}.AppendJSON(nil)
	return e, nil
}

// wrongAttribute says why a container can't have an attribute, "" if it can.
func wrongAttribute(name string) string {
	switch {
	case name == "class":
		return "that is Container.Class"
	case name == "id" || strings.HasPrefix(name, "data-phx-"):
		return "that is for the client, by which it finds the view"
	case strings.HasPrefix(name, "phx-") && name != "phx-remove":
		return "the client looks for it within the view only; put it on an element there"
	case name == "" || name[0] < 'a' || name[0] > 'z' || !hasOnly(name, "-_.:"):
		return "names are letters a to z, and after the first also digits and -_.:"
	}
	return ""
}

// isCustomTag reports whether name is one of a custom element. (HTML allows more
// letters in it.)
func isCustomTag(name string) bool {
	return name[0] >= 'a' && name[0] <= 'z' && strings.Contains(name, "-") &&
		hasOnly(name, "-") &&
		!slices.Contains([]string{ // of SVG and MathML
			"annotation-xml", "color-profile", "font-face", "font-face-src", "font-face-uri", "font-face-format",
			"font-face-name", "missing-glyph",
		}, name)
}

// hasOnly reports whether name consists of letters a to z, digits and what is in others.
func hasOnly(name, others string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune(others, r)
	})
}

// appendStart opens the element that the client takes for the live view.
func (e *element) appendStart(dst []byte, id, session, static string) []byte {
	dst = append(append(dst, '<'), e.tag...)
	dst = append(dst, ` id="`...)
	dst = append(dst, id...)
	dst = append(dst, `" data-phx-main data-phx-session="`...)
	dst = append(dst, session...)
	dst = append(dst, `" data-phx-static="`...)
	dst = append(dst, static...)
	dst = append(dst, '"')
	dst = append(dst, e.attributes...)
	return append(dst, '>')
}

// appendEnd closes it.
func (e *element) appendEnd(dst []byte) []byte {
	return append(append(append(dst, "</"...), e.tag...), '>')
}

// appendGuest opens the element of a guest's, with further attributes: tokens need no
// escape.
func (e *element) appendGuest(dst []byte, id, session, static, more string) []byte {
	dst = append(append(append(dst, '<'), e.tag...), ` id="`...)
	dst = append(append(dst, id...), `" data-phx-session="`...)
	dst = append(append(dst, session...), `" data-phx-static="`...)
	dst = append(append(dst, static...), '"')
	dst = append(append(dst, more...), e.attributes...)
	return append(dst, '>')
}
