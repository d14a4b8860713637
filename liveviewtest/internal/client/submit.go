package client

import (
	"fmt"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// submit runs phx-submit and reports whether there is one.
func (in *input) submit(form, submitter *html.Node) bool {
	in.t.Helper()
	event := dom.Attr(form, "phx-submit")
	if event == "" || in.main == nil {
		return false
	}
	for _, n := range in.doc.Controls(form) {
		in.doc.Edit(n).Submitted = true
	}
	// The field one is in loses the focus until the answer has come, and so
	// takes what the server has made of it.
	focused := in.doc.Focused
	in.focus(nil)
	in.exec(cause{kind: "submit", event: event, source: form, submitter: submitter, answer: func(Diff) {
		in.t.Helper()
		if focused != nil && in.doc.Connected(focused) && in.doc.Focused == nil {
			in.focus(focused)
		}
	}})
	return true
}

// requestSubmit submits a form, by phx-submit or as without a live view, if the
// browser finds it in order.
func (in *input) requestSubmit(form, submitter *html.Node) error {
	in.t.Helper()
	if !dom.HasAttr(form, "novalidate") && (submitter == nil || !dom.HasAttr(submitter, "formnovalidate")) {
		for _, n := range in.doc.Controls(form) {
			if problem := in.doc.Invalid(n); problem != "" {
				return fmt.Errorf("a browser would not submit the form %s: the field %s %s", dom.Describe(form), dom.Describe(n), problem)
			}
		}
	}
	if !in.submit(form, submitter) {
		in.navigation.submit(form, submitter)
	}
	return nil
}

// implicitSubmit is Enter in a form's field: browsers click on the form's first
// submit button, if there is one.
func (in *input) implicitSubmit(form *html.Node) error {
	in.t.Helper()
	var button *html.Node
	for _, n := range in.doc.Controls(form) {
		if dom.IsSubmitButton(n) {
			button = n
			break
		}
	}
	if button != nil {
		if dom.Disabled(button) {
			return fmt.Errorf("the form's submit button %s is disabled", dom.Describe(button))
		}
		in.clicked(button)
	}
	return in.requestSubmit(form, button)
}

// reset is a click on a form's reset button.
func (in *input) reset(form *html.Node) {
	in.t.Helper()
	in.doc.Reset(form)
	var button *html.Node
	for _, n := range in.doc.Controls(form) {
		state := in.doc.Edit(n)
		state.Used, state.Submitted = false, false
		if dom.Kind(n) == "reset" && button == nil {
			button = n
		}
	}
	if button != nil {
		in.change(button)
	}
}
