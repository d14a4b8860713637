package dom

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Sticky is what JS commands did to an element. A patch doesn't undo it: it is
// applied again to what the server sends.
//
// Source: putSticky and applyStickyOperations in
// phoenix_live_view/assets/js/phoenix_live_view/dom.js, and ignoreAttrs in js.js
// beside it.
type Sticky struct {
	classesAdded, classesRemoved []string
	attrsSet                     []html.Attribute
	attrsRemoved                 []string
	display                      *string
	ignored                      []string // patterns of attribute names
	id                           bool
}

// ChangeClasses adds and removes classes of n. What is so already isn't noted,
// and so is the server's to change.
func (s *Sticky) ChangeClasses(n *html.Node, add, remove []string) {
	has := Classes(n)
	added := slices.DeleteFunc(slices.Clone(add), func(c string) bool {
		return slices.Contains(s.classesAdded, c) || slices.Contains(has, c)
	})
	removed := slices.DeleteFunc(slices.Clone(remove), func(c string) bool {
		return slices.Contains(s.classesRemoved, c) || !slices.Contains(has, c)
	})
	s.classesAdded = append(slices.DeleteFunc(s.classesAdded, func(c string) bool { return slices.Contains(remove, c) }), added...)
	s.classesRemoved = append(slices.DeleteFunc(s.classesRemoved, func(c string) bool { return slices.Contains(add, c) }), removed...)
	ChangeClasses(n, s.classesAdded, s.classesRemoved)
}

// SetAttr sets an attribute of n.
func (s *Sticky) SetAttr(n *html.Node, name, value string) {
	s.forget(name)
	if name == "id" && Attr(n, "id") != value {
		s.id = true
	}
	s.attrsSet = append(s.attrsSet, html.Attribute{Key: name, Val: value})
	SetAttr(n, name, value)
}

// RemoveAttr removes an attribute of n.
func (s *Sticky) RemoveAttr(n *html.Node, name string) {
	s.forget(name)
	s.attrsRemoved = append(s.attrsRemoved, name)
	RemoveAttr(n, name)
}

func (s *Sticky) forget(name string) {
	s.attrsSet = slices.DeleteFunc(s.attrsSet, func(a html.Attribute) bool { return a.Key == name })
	s.attrsRemoved = slices.DeleteFunc(s.attrsRemoved, func(a string) bool { return a == name })
}

// SetDisplay shows n, as a display property of that value does, or hides it with
// "none".
func (s *Sticky) SetDisplay(n *html.Node, display string) {
	s.display = &display
	SetDisplay(n, display)
}

// IgnoreAttrs has patches leave attributes alone whose names match one of the
// patterns, in which a "*" stands for anything.
func (s *Sticky) IgnoreAttrs(patterns []string) { s.ignored = patterns }

// IDSet reports whether the element was given another id than the server's.
func (s *Sticky) IDSet() bool { return s.id }

// Apply does all of it to n again: the element that it was done to, or the one
// that is to take its place.
func (s *Sticky) Apply(n *html.Node) {
	ChangeClasses(n, s.classesAdded, s.classesRemoved)
	for _, name := range s.attrsRemoved {
		RemoveAttr(n, name)
	}
	for _, a := range s.attrsSet {
		SetAttr(n, a.Key, a.Val)
	}
	if s.display != nil {
		SetDisplay(n, *s.display)
	}
}

// KeepIgnored makes the ignored attributes of the new element those of the old
// one.
func (s *Sticky) KeepIgnored(old, fresh *html.Node) {
	if len(s.ignored) == 0 {
		return
	}
	for _, a := range slices.Clone(fresh.Attr) {
		if !HasAttr(old, a.Key) && s.ignores(a.Key) {
			RemoveAttr(fresh, a.Key)
		}
	}
	for _, a := range old.Attr {
		if s.ignores(a.Key) {
			SetAttr(fresh, a.Key, a.Val)
		}
	}
}

func (s *Sticky) ignores(name string) bool {
	return slices.ContainsFunc(s.ignored, func(pattern string) bool {
		before, after, star := strings.Cut(pattern, "*")
		return pattern == name || star && len(name) >= len(before)+len(after) &&
			strings.HasPrefix(name, before) && strings.HasSuffix(name, after)
	})
}
