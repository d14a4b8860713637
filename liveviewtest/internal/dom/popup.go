package dom

import (
	"strings"

	"golang.org/x/net/html"
)

// PopupOf returns what a button opens or closes by attributes alone, a dialog or a popover, and
// what it does to it: "show", "close" or "toggle"; nil for a button that does no such thing. One
// that submits its form does that instead, unless it has a command.
//
// Source: HTML Standard, the button element's activation behavior.
func (d *Document) PopupOf(button *html.Node) (popup *html.Node, action string) {
	if id, ok := LookupAttr(button, "commandfor"); ok {
		switch popup = d.ByID(id); strings.ToLower(Attr(button, "command")) {
		case "show-modal":
			action = "show"
		case "close", "request-close":
			action = "close"
		case "show-popover":
			return popoverOrNil(popup), "show"
		case "hide-popover":
			return popoverOrNil(popup), "close"
		case "toggle-popover":
			return popoverOrNil(popup), "toggle"
		}
		if action == "" || !Is(popup, "dialog") {
			return nil, ""
		}
		return popup, action
	}
	id, ok := LookupAttr(button, "popovertarget")
	if !ok || d.Form(button) != nil && IsSubmitButton(button) {
		return nil, ""
	}
	switch popup = popoverOrNil(d.ByID(id)); strings.ToLower(Attr(button, "popovertargetaction")) {
	case "show":
		action = "show"
	case "hide":
		action = "close"
	default:
		action = "toggle"
	}
	return popup, action
}

func popoverOrNil(n *html.Node) *html.Node {
	if n == nil || !HasAttr(n, "popover") {
		return nil
	}
	return n
}

// Pop does to a dialog or popover what PopupOf says.
func Pop(popup *html.Node, action string) {
	if HasAttr(popup, "popover") {
		shows := action == "show" || action == "toggle" && !isShown(popup)
		if StripShown(popup); shows {
			show(popup)
		}
		return
	}
	if StripShown(popup); action == "show" {
		showModal(popup)
	} else {
		RemoveAttr(popup, "open")
	}
}

// Dismiss closes the modal dialog that is in front, as Escape does, and reports whether there is
// one which lets that close it.
//
// Source: HTML Standard, the dialog element's closedby attribute.
func (d *Document) Dismiss() bool {
	modal := modalIn(d.Root)
	if modal == nil || strings.EqualFold(Attr(modal, "closedby"), "none") {
		return false
	}
	Pop(modal, "close")
	return true
}
