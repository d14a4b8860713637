package patch

import (
	"slices"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// The functions of this file make what the user has entered in a field what the
// server rendered. They are never called for the field that has the focus.
//
// Source: specialElHandlers and morphEl in morphdom's source.

func morphInput(doc *dom.Document, from, to *html.Node) {
	if dom.IsCheckable(from) {
		if on := doc.Checked(to); on != doc.Checked(from) {
			doc.SetChecked(from, on)
			if on {
				dom.SetAttr(from, "checked", "")
			} else {
				dom.RemoveAttr(from, "checked")
			}
		}
	}
	value := dom.Attr(to, "value")
	if kept := doc.Look(to).Value; kept != nil {
		value = *kept
	}
	if doc.Value(from) != value && dom.IsTextual(from) {
		doc.SetValue(from, value)
	}
}

func morphTextarea(doc *dom.Document, from, to *html.Node) {
	value := dom.RawText(to)
	if kept := doc.Look(to).Value; kept != nil {
		value = *kept
	}
	doc.SetValue(from, value)
	if c := from.FirstChild; c != nil && (value != "" || c.Data != dom.Attr(from, "placeholder")) {
		c.Data = value
	}
}

func morphOption(doc *dom.Document, from, to *html.Node) {
	parent := dom.Closest(to, dom.Named("select"))
	chosen := parent != nil && slices.Contains(doc.SelectedOptions(parent), to) || parent == nil && dom.HasAttr(to, "selected")
	was := dom.HasAttr(from, "selected")
	if sel := dom.Closest(from, dom.Named("select")); sel != nil && dom.HasAttr(sel, "multiple") {
		was = slices.Contains(doc.SelectedOptions(sel), from)
	} else if sel != nil {
		was = false
	}
	switch {
	case !chosen:
		dom.RemoveAttr(from, "selected")
	case was:
		return // and stays, whatever the attribute says
	default:
		dom.SetAttr(from, "selected", "")
	}
	doc.Edit(from).Selected = nil
}

// morphSelect is for when the options have been morphed.
func morphSelect(doc *dom.Document, sel *html.Node) {
	if dom.HasAttr(sel, "multiple") {
		return
	}
	var chosen []*html.Node
	for _, o := range dom.Options(sel) {
		if dom.HasAttr(o, "selected") {
			chosen = []*html.Node{o}
			break
		}
	}
	doc.Choose(sel, chosen)
}

// keepUnsent has the new element hold what the user has entered in the one on the page,
// if its form was too large to be sent.
//
// Source: keepUnsent in internal/client/start/unsent.js.
func keepUnsent(doc *dom.Document, from, to *html.Node) {
	kind := dom.Kind(from)
	if kind == "" || kind != dom.Kind(to) {
		return
	}
	form := doc.Form(from)
	if form == nil || !doc.Look(form).Unsent {
		return
	}
	switch {
	case kind == "select":
		var values []string
		for _, o := range doc.SelectedOptions(from) {
			values = append(values, dom.OptionValue(o))
		}
		doc.Choose(to, slices.DeleteFunc(dom.Options(to), func(o *html.Node) bool { return !slices.Contains(values, dom.OptionValue(o)) }))
	case dom.IsCheckable(from):
		on := doc.Checked(from)
		doc.Edit(to).Checked = &on
	case !dom.IsButton(from) && kind != "file" && kind != "hidden":
		doc.SetValue(to, doc.Value(from))
	}
}

// optionsChanged reports whether a select that has the focus isn't what it was.
// If it has as many options as before, what the user chose is chosen in the new
// one, too.
func optionsChanged(doc *dom.Document, from, to *html.Node) bool {
	if dom.Kind(from) != "select" || dom.HasAttr(from, "multiple") {
		return false
	}
	fresh := dom.Options(to)
	if len(dom.Options(from)) != len(fresh) {
		return true
	}
	value, chosen := doc.Value(from), []*html.Node(nil)
	if i := slices.IndexFunc(fresh, func(o *html.Node) bool { return dom.OptionValue(o) == value }); i >= 0 {
		chosen = fresh[i : i+1]
	}
	doc.Choose(to, chosen)
	return !equalNodes(from, to)
}
