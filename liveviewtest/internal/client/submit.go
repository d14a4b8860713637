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
	if event == "" || in.owner(form) == nil {
		return false
	}
	for _, n := range in.doc.Controls(form) {
		in.doc.Edit(n).Submitted = true
		unthrottle(in.doc, n)
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
	if err := in.sending(form); err != nil {
		return err
	}
	if !dom.HasAttr(form, "novalidate") && (submitter == nil || !dom.HasAttr(submitter, "formnovalidate")) {
		for _, n := range in.doc.Controls(form) {
			if problem := in.doc.Invalid(n); problem != "" {
				return fmt.Errorf("a browser would not submit the form %s: the field %s %s", dom.Describe(form), dom.Describe(n), problem)
			}
			if fault := dom.PatternFault(n); fault != "" && in.doc.Value(n) != "" {
				in.warn("the field %s: %s", dom.Describe(n), fault)
			}
		}
	}
	if dom.HasAttr(form, "data-confirm") && !in.agrees(form) {
		return nil
	}
	if !in.submit(form, submitter) {
		if action := dom.Action(form, submitter); dom.IsBadURL(action) {
			return fmt.Errorf("the form %s %s", dom.Describe(form), dom.BadURL)
		}
		in.navigation.submit(form, submitter)
	}
	return nil
}

// sending says why a form can't be submitted, nil unless its files are on their way.
func (in *input) sending(form *html.Node) error {
	if v := in.owner(form); v == nil || !v.locks.have(form) {
		return nil
	}
	return fmt.Errorf("a browser would not submit the form %s: it is locked while its files are sent", dom.Describe(form))
}

// implicitSubmit is Enter in a form's field, or in one of its lines of text if
// field is nil: browsers click on the form's first submit button. Without one they
// submit a form that has one line of text, for Enter in that.
//
// Source: "implicit submission" in the HTML standard.
func (in *input) implicitSubmit(form, field *html.Node) error {
	in.t.Helper()
	if err := in.sending(form); err != nil {
		return err
	}
	lines := 0
	for _, n := range in.doc.Controls(form) {
		if dom.IsSingleLine(n) {
			lines++
		}
		if !dom.IsSubmitButton(n) {
			continue
		}
		if dom.Disabled(n) {
			if field != nil && !dom.IsSingleLine(field) {
				continue
			}
			return fmt.Errorf("a browser would not submit the form %s: its submit button %s is disabled", dom.Describe(form), dom.Describe(n))
		}
		if _, err := in.clicked(n); err != nil {
			return err
		}
		return in.requestSubmit(form, n)
	}
	switch {
	case field != nil && !dom.IsSingleLine(field):
		return fmt.Errorf("a browser would not submit the form %s: it has no submit button, and Enter in %s does nothing", dom.Describe(form), dom.Describe(field))
	case lines != 1:
		return fmt.Errorf("a browser would not submit the form %s: without a submit button it must have one field for a line of text, and has %d", dom.Describe(form), lines)
	}
	return in.requestSubmit(form, nil)
}

// reset is a click on a form's reset button. The error says that the client drops
// the change.
func (in *input) reset(form *html.Node) error {
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
	if button == nil {
		return nil
	}
	return in.change(button)
}
