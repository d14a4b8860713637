package client

import (
	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// locks are the forms, and the controls in them, that can't be used while a submit
// waits for files: the client disables buttons and file inputs, and makes what takes
// text read-only. The answer to whatever is sent after that unlocks them.
//
// Source: disableForm and undoRefs in phoenix_live_view/assets/js/phoenix_live_view/view.ts.
type locks struct {
	acts int // how many things were sent, or locked
	held map[*html.Node]lock
}

type lock struct {
	form *html.Node
	act  int // that locked it
}

// act counts a thing that is sent, and returns its number.
func (l *locks) act() int {
	l.acts++
	return l.acts
}

// add locks a form.
func (l *locks) add(doc *dom.Document, form *html.Node) {
	if l.held == nil {
		l.held = map[*html.Node]lock{}
	}
	by := lock{form, l.act()}
	l.held[form] = by
	for _, n := range doc.Controls(form) {
		ignored := dom.Closest(n, func(n *html.Node) bool {
			return dom.Attr(n, "phx-update") == "ignore" || dom.Attr(n, "data-phx-update") == "ignore"
		})
		if dom.Is(n, "button", "input", "textarea") && ignored == nil {
			l.held[n] = by
		}
	}
}

// answered unlocks what was locked before the act.
func (l *locks) answered(act int) {
	for n, by := range l.held {
		if by.act <= act {
			delete(l.held, n)
		}
	}
}

// release unlocks a form.
func (l *locks) release(form *html.Node) {
	for n, by := range l.held {
		if by.form == form {
			delete(l.held, n)
		}
	}
}

// have reports whether n is locked.
func (l *locks) have(n *html.Node) bool {
	_, ok := l.held[n]
	return ok
}
