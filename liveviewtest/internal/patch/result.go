package patch

import (
	"fmt"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// Result is what a patch did to the page, and what it leaves to be done.
type Result struct {
	// Added are the elements that are new on the page.
	Added []*html.Node

	// Removed are the elements that were taken out of the page, each with what
	// is still in it.
	Removed []*html.Node

	// Leaving are elements with phx-remove. They are still on the page, to be
	// removed once that was executed.
	Leaving []*html.Node

	// Trigger is a form with phx-trigger-action, which is to be submitted as if
	// there were no live view; nil if there is none.
	Trigger *html.Node

	// Warnings are what the official client complains about, or throws at.
	Warnings []string
}

func (r *Result) warn(format string, args ...any) {
	r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...))
}

// remove takes n out of the page, or has it leave.
func (r *Result) remove(n *html.Node) {
	if r.leaves(n) {
		return
	}
	dom.Detach(n)
	r.removed(n)
}

// leaves reports whether n is to be removed later on.
func (r *Result) leaves(n *html.Node) bool {
	if !dom.HasAttr(n, "phx-remove") {
		return false
	}
	r.Leaving = append(r.Leaving, n)
	return true
}

// removed notes that n isn't on the page any more.
func (r *Result) removed(n *html.Node) {
	if n.Type == html.ElementNode {
		r.Removed = append(r.Removed, n)
	}
}
