package js

import (
	"fmt"
	"strconv"
	"strings"
)

// Flag is an option that is given or not.
type Flag option

const (
	// Inner has the selector look within the element itself only.
	Inner = Flag(optInner)
	// Closest has the selector find the nearest element around the element itself, or
	// that.
	Closest = Flag(optClosest)
	// NonBlocking lets the page change while a transition goes on. By default changes
	// wait for its end.
	NonBlocking = Flag(optNonBlocking)
	// Blocking has changes of the page wait until the listener of a dispatched event
	// has called event.detail.done().
	Blocking = Flag(optBlocking)
	// PageLoading has a push send phx:page-loading-start and -stop, as navigation does.
	PageLoading = Flag(optPageLoading)
	// Replace has a Patch or Navigate take the place of the entry in the browser's
	// history rather than add one.
	Replace = Flag(optReplace)
	// NoBubbles keeps a dispatched event from elements around the one it is sent to.
	NoBubbles = Flag(optNoBubbles)
)

func (f Flag) kind() option { return option(f) }

func (f Flag) add(a *arguments) {
	switch option(f) {
	case optNonBlocking:
		a.raw("blocking", "false")
	case optBlocking:
		a.raw("blocking", "true")
	case optPageLoading:
		a.raw("page_loading", "true")
	case optReplace:
		a.raw("replace", "true")
	case optNoBubbles:
		a.raw("bubbles", "false")
	}
}

// Value are values that a Push gives the event, beside those of phx-value-*: the view
// reads them by Event.Value, or as what they are by Event.BindJSON. They are what
// encoding/json makes of them. In a template: js.Value "id" .ID "open" true.
type Value map[string]any

func (v Value) kind() option     { return optValue }
func (v Value) add(a *arguments) { a.object("value", v) }

// Detail is what a Dispatch gives the event as event.detail. It is what encoding/json
// makes of it. In a template: js.Detail "id" .ID "open" true.
type Detail map[string]any

func (d Detail) kind() option     { return optDetail }
func (d Detail) add(a *arguments) { a.object("detail", d) }

// setting is an option with one argument, whose JSON is value.
type setting struct {
	of          option
	name, value string
}

func (s setting) kind() option     { return s.of }
func (s setting) add(a *arguments) { a.raw(s.name, s.value) }

// Display is what elements are shown as: the value of the CSS property, "flex" for
// instance. The default is "block", and that of a table for its rows and cells.
func Display(value string) Option {
	if strings.TrimSpace(value) == "" {
		fail("Display", "is given no value")
	}
	return setting{optDisplay, "display", quoted(value)}
}

// With names the classes of a transition, several with spaces between them: those that
// elements have while it goes on, and, if there are two more, those they begin with and
// end with. How long that takes says [Time].
//
//	js.With("fade-in")
//	js.With("ease-out duration-300", "opacity-0", "opacity-100")
func With(classes ...string) Option {
	return setting{optWith, "transition", transition("With", classes)}
}

// In is [With] for what a Toggle shows.
func In(classes ...string) Option { return setting{optIn, "ins", transition("In", classes)} }

// Out is [With] for what a Toggle hides.
func Out(classes ...string) Option { return setting{optOut, "outs", transition("Out", classes)} }

func transition(fn string, classes []string) string {
	if n := len(classes); n != 1 && n != 3 {
		fail(fn, fmt.Sprintf("takes the classes of a transition, or those and the ones it begins and ends with: 1 or 3 texts, not %d", n))
	}
	// Without classes to run there is no transition for the client, and what else is
	// said is passed over.
	if strings.TrimSpace(classes[0]) == "" {
		fail(fn, "is given no class for while the transition goes on")
	}
	list := []byte{'['}
	for i := range 3 {
		if i > 0 {
			list = append(list, ',')
		}
		var names []string
		if i < len(classes) {
			names = strings.Fields(classes[i])
		}
		list = appendList(list, names)
	}
	return string(append(list, ']'))
}

// Time is how long a transition takes, in milliseconds: as long as CSS says. The default
// is 200.
func Time(milliseconds int) Option {
	if milliseconds < 0 {
		fail("Time", "is negative")
	}
	return setting{optTime, "time", strconv.Itoa(milliseconds)}
}

// Target says who gets the event of a Push: a live component by its number (in a template
// myself, in templ liveview.MetaFrom(ctx).Myself()), or those that the elements of a
// selector are in. 0 is the view.
func Target(to any) Option {
	switch to := to.(type) {
	case int:
		if to < 0 {
			fail("Target", "is a negative number")
		}
		return component(to)
	case string:
		checkSelector("Target", to)
		return setting{optTarget, "target", quoted(to)}
	}
	fail("Target", fmt.Sprintf("takes the number of a live component or a selector, not a %T", to))
	return nil
}

// component is the number of one.
type component int

func (n component) kind() option { return optTarget }

func (n component) add(a *arguments) {
	if n > 0 {
		a.raw("target", strconv.Itoa(int(n)))
	}
}

// Loading has elements besides the one itself get the class phx-click-loading, or what
// the event's kind is, until a Push is answered.
func Loading(selector string) Option {
	checkSelector("Loading", selector)
	return setting{optLoading, "loading", quoted(selector)}
}

// Else is the other value that a ToggleAttr goes to and from.
func Else(value any) Option { return otherwise{value} }

type otherwise struct{ value any }

func (o otherwise) kind() option     { return optElse }
func (o otherwise) add(a *arguments) { a.other = o.value }
