package liveview

import (
	"fmt"
	"html/template"

	"github.com/gin-liveview/liveview/js"
)

// attributeHelpers are the template functions that write attributes and elements which the
// client knows; see the functions they are named after.
var attributeHelpers = template.FuncMap{
	"attr":             attrHelper,
	"options":          Options,
	"focusWrap":        func(id string) (template.HTMLAttr, error) { return checked(FocusWrap(id)) },
	"focusEdge":        FocusEdge,
	"portal":           func(id, to string) (template.HTMLAttr, error) { return checked(Portal(id, to)) },
	"ignoreAttributes": func(names string) (template.HTMLAttr, error) { return IgnoreAttributes(names).HTML() },
}

// attrHelper is the template function attr: {{attr "disabled" .Off}} is attrs with one
// attribute.
func attrHelper(name string, value any) (template.HTMLAttr, error) {
	return Attrs{name: value}.HTML()
}

func checked(attrs Attrs, err error) (template.HTMLAttr, error) {
	if err != nil {
		return "", err
	}
	return attrs.HTML()
}

// FocusWrap are the attributes of an element that keeps the focus: the tab key goes round
// in it. It has the id, and a [FocusEdge] as its first and its last child:
//
//	<div {{focusWrap "dialog"}}>{{focusEdge}}<div>…</div>{{focusEdge}}</div>
//
// It gets the focus when it is shown. It returns an error for an empty id.
//
// Source: focus_wrap in phoenix_live_view/lib/phoenix_component.ex.
func FocusWrap(id string) (Attrs, error) {
	if id == "" {
		return nil, fmt.Errorf("liveview: FocusWrap is given no id; give it one that no other element of the page has")
	}
	return Attrs{"id": id, "data-phx-hook": "Phoenix.FocusWrap"}, nil
}

// FocusEdge is where a [FocusWrap] begins and ends.
func FocusEdge() template.HTML { return `<div tabindex="0" aria-hidden="true"></div>` }

// Portal are the attributes of a <template> whose content, one element with an id, the
// client shows in another element of the page, which the selector finds. Events in it are
// still those of the view or live component that it is written in.
//
//	<template {{portal "tip" "body"}}><div id="tip-content">…</div></template>
//
// It returns an error for an empty id or selector. Over HTTP the content isn't shown.
//
// Source: portal in phoenix_live_view/lib/phoenix_component.ex.
func Portal(id, to string) (Attrs, error) {
	if id == "" || to == "" {
		return nil, fmt.Errorf("liveview: Portal is given the id %q and the selector %q, and needs both", id, to)
	}
	return Attrs{"id": id, "data-phx-portal": to}, nil
}

// IgnoreAttributes is the attribute of an element of which the page's changes leave
// attributes as they are in the browser, by names with spaces between them: an opened
// <details {{ignoreAttributes "open"}}> or dialog stays open. See js.IgnoreAttrs.
func IgnoreAttributes(names string) Attrs {
	return Attrs{"phx-mounted": js.IgnoreAttrs(js.Self, names)}
}
