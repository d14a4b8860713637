package client

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
	"github.com/gin-liveview/liveview/protocol"
)

// click does what a browser and the client do upon a click, and reports whether
// that was anything.
func (in *input) click(n *html.Node) (heard bool, err error) {
	in.t.Helper()
	if control := in.labelled(n); control != nil {
		if heard, err = in.clicked(n); err != nil {
			return heard, err
		}
		controlHeard, err := in.click(control)
		return heard || controlHeard, err
	}
	in.focus(dom.Closest(n, dom.Focusable))
	if asks := dom.Closest(n, asksFirst); asks != nil && !in.agrees(asks) {
		return true, nil
	}
	if tab := dom.Closest(n, opensTab); tab != nil && (dom.IsLink(tab) || dom.HasAttr(tab, "data-phx-link")) {
		return true, fmt.Errorf("%s opens another tab, and leaves this one as it is; Session.Open opens one", dom.Describe(tab))
	}
	if link := bindingAround(n, "data-phx-link"); link != nil && in.status() == Live {
		in.follow(link)
		return true, nil
	}
	// A box is ticked before anybody hears of the click.
	ticked := dom.IsCheckable(n) && (dom.Kind(n) != "radio" || !in.doc.Checked(n))
	if ticked {
		in.doc.SetChecked(n, !in.doc.Checked(n))
	}
	if heard, err = in.clicked(n); err != nil {
		return heard, err
	}
	if ticked {
		return true, in.change(n)
	}
	if from := dom.Closest(n, sendsByMethod); from != nil {
		in.navigation.sendByMethod(from)
		return true, nil
	}
	activated, err := in.activate(n)
	return activated || heard || dom.IsTextual(n) || dom.Kind(n) == "radio", err
}

func sendsByMethod(n *html.Node) bool { return dom.HasAttr(n, "data-method") && !dom.Is(n, "form") }

// opensTab reports whether what n leads to is shown in another tab.
func opensTab(n *html.Node) bool { return strings.EqualFold(dom.Attr(n, "target"), "_blank") }

// labelled returns the control that is clicked on with n, which is in its label;
// nil if a click on n is no affair of a label's.
func (in *input) labelled(n *html.Node) *html.Node {
	label := dom.Closest(n, dom.Named("label"))
	if label == nil || dom.Closest(n, func(n *html.Node) bool { return dom.Kind(n) != "" || dom.HasAttr(n, "data-phx-link") || dom.IsLink(n) }) != nil {
		return nil
	}
	control := in.doc.Labelled(label)
	if control == nil || dom.Disabled(control) {
		return nil
	}
	return control
}

// follow follows a patch or navigate link.
//
// Source: bindNav in phoenix_live_view/assets/js/phoenix_live_view/live_socket.ts.
func (in *input) follow(link *html.Node) {
	in.t.Helper()
	kind, state, href := dom.Attr(link, "data-phx-link"), dom.Attr(link, "data-phx-link-state"), dom.Attr(link, "href")
	if state != protocol.KindPush && state != protocol.KindReplace {
		in.fatal("the link %s has data-phx-link-state=%q; it must be %q or %q", dom.Describe(link), state, protocol.KindPush, protocol.KindReplace)
	}
	push := state == protocol.KindPush
	switch kind {
	case "patch":
		in.navigation.pushHistoryPatch(href, push)
	case "redirect":
		in.navigation.historyRedirect(destination{href: href, push: push})
	default:
		in.fatal(`the link %s has data-phx-link=%q; it must be "patch" or "redirect"`, dom.Describe(link), kind)
	}
	in.run(link, "phx-click", "click")
}

// activate does what the browser itself does upon a click, and reports whether
// that was anything.
func (in *input) activate(n *html.Node) (bool, error) {
	in.t.Helper()
	if button := dom.Closest(n, dom.IsButton); button != nil {
		return in.press(button)
	}
	if summary := dom.Closest(n, dom.Named("summary")); summary != nil && dom.Is(summary.Parent, "details") {
		if dom.HasAttr(summary.Parent, "open") {
			dom.RemoveAttr(summary.Parent, "open")
		} else {
			dom.SetAttr(summary.Parent, "open", "")
		}
		return true, nil
	}
	link := dom.Closest(n, dom.IsLink)
	if link == nil {
		return false, nil
	}
	href := dom.Attr(link, "href")
	u := in.navigation.resolve(href)
	if u.Scheme != "http" && u.Scheme != "https" {
		return true, nil // which is another program's, such as mailto:
	}
	if strings.HasPrefix(href, "#") {
		in.navigation.place.url = u
		return href != "#", nil
	}
	in.navigation.visit(u)
	return true, nil
}

// press does what a button does to its form, or to a dialog or popover.
func (in *input) press(button *html.Node) (bool, error) {
	in.t.Helper()
	if popup, action := in.doc.PopupOf(button); popup != nil && !dom.Disabled(button) {
		dom.Pop(popup, action)
		return true, nil
	}
	form := in.doc.Form(button)
	switch {
	case form == nil || dom.Disabled(button):
		return false, nil
	case dom.IsSubmitButton(button):
		return true, in.requestSubmit(form, button)
	case dom.Kind(button) == "reset":
		return true, in.reset(form)
	}
	return false, nil
}

// hears reports whether anything hears a click on n: what the browser does by
// itself, or a binding. That phx-click-away hears clicks elsewhere doesn't count.
func (in *input) hears(n *html.Node) bool {
	if control := in.labelled(n); control != nil {
		return true
	}
	if bound := bindingAround(n, "phx-click"); bound != nil && dom.Attr(bound, "phx-click") != "" && !in.navigation.plain {
		return !in.doc.Look(bound).Throttle.Until.After(time.Now())
	}
	if dom.Closest(n, sendsByMethod) != nil || bindingAround(n, "data-phx-link") != nil || dom.IsTextual(n) || dom.IsCheckable(n) || dom.Kind(n) == "select" || dom.Kind(n) == "file" {
		return true
	}
	if button := dom.Closest(n, dom.IsButton); button != nil {
		if popup, _ := in.doc.PopupOf(button); popup != nil {
			return true
		}
		return in.doc.Form(button) != nil && (dom.IsSubmitButton(button) || dom.Kind(button) == "reset")
	}
	summary := dom.Closest(n, dom.Named("summary"))
	return summary != nil && dom.Is(summary.Parent, "details") || dom.Closest(n, dom.IsLink) != nil
}
