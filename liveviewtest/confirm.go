package liveviewtest

import "slices"

// Confirm says how the user answers from now on where an element with data-confirm asks
// before a click or a submit: true goes on, which is what they do at first, and with false
// nothing happens.
func (v *View) Confirm(yes bool) { v.page.Refuse(!yes) }

// Asked returns what data-confirm has asked so far, in order.
func (v *View) Asked() []string { return slices.Clone(v.page.Asked()) }
