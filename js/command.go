// Package js has the JS commands of the LiveView client as values: what a page does by
// itself when the user clicks or types, without a round trip, or before one.
//
//	js.Show("#menu", js.With("fade", "opacity-0", "opacity-100")).FocusFirst("#menu").Push("opened")
//
// A command is a value that never changes: each function returns another one, which does
// in addition what the function says. It is given to an attribute of an element, or sent
// to a page by liveview.Socket.PushJS:
//
//	<button phx-click="{{js.Toggle "#menu"}}">            html/template
//	<button phx-click={ js.Toggle("#menu").String() }>    templ
//	s.PushJS(js.Focus("#name"))                           from the server
//
// In a template js is a function that has all of this package's as methods, and its
// options too: {{(js.Show "#menu").Push "opened" (js.Value "id" .ID)}}.
//
// What elements a command is about is said by a CSS selector, [Self] for the element
// itself, or a selector with [Inner] or [Closest]. Data goes into a selector by [ID]; in
// all else it can't do harm. A function panics where the client would throw: for an
// empty selector or name, and for an option that the command doesn't have.
//
// The commands are those of phoenix_live_view/lib/phoenix_live_view/js.ex.
package js

import (
	"fmt"
	"strings"

	"github.com/gin-liveview/liveview/internal/attr"
	"github.com/gin-liveview/liveview/internal/target"
)

// Command is a list of operations that the client runs one after the other. The zero
// value does nothing. Commands may be compared.
type Command struct{ ops string } // JSON, each but the first after a comma

// String returns what an attribute such as phx-click is to say, not yet escaped; "" for
// the zero value.
func (c Command) String() string {
	if c.ops == "" {
		return ""
	}
	return "[" + c.ops + "]"
}

// MarshalJSON returns the list of operations.
func (c Command) MarshalJSON() ([]byte, error) { return []byte("[" + c.ops + "]"), nil }

// Then returns a command that does what c does, and then what next does.
func (c Command) Then(next Command) Command {
	switch {
	case c.ops == "":
		return next
	case next.ops == "":
		return c
	}
	return Command{c.ops + "," + next.ops}
}

// Show shows elements that are hidden. Options: [Display], [With], [Time],
// [NonBlocking], and [Inner] or [Closest].
func (c Command) Show(to string, options ...Option) Command {
	return c.on("Show", "show", to, optDisplay|optWith|optTime|optNonBlocking, options, nil)
}

// Hide hides elements that are shown. Options: [With], [Time], [NonBlocking], and
// [Inner] or [Closest].
func (c Command) Hide(to string, options ...Option) Command {
	return c.on("Hide", "hide", to, optWith|optTime|optNonBlocking, options, nil)
}

// Toggle shows elements that are hidden and hides those that are shown. Options:
// [Display], [In], [Out], [Time], [NonBlocking], and [Inner] or [Closest].
func (c Command) Toggle(to string, options ...Option) Command {
	return c.on("Toggle", "toggle", to, optDisplay|optIn|optOut|optTime|optNonBlocking, options, nil)
}

// AddClass gives elements classes, by names with spaces between them. Options: [With],
// [Time], [NonBlocking], and [Inner] or [Closest].
func (c Command) AddClass(to, names string, options ...Option) Command {
	return c.classes("AddClass", "add_class", to, names, options)
}

// RemoveClass takes classes from elements; see [Command.AddClass].
func (c Command) RemoveClass(to, names string, options ...Option) Command {
	return c.classes("RemoveClass", "remove_class", to, names, options)
}

// ToggleClass gives elements the classes that they don't have, and takes those that they
// have; see [Command.AddClass].
func (c Command) ToggleClass(to, names string, options ...Option) Command {
	return c.classes("ToggleClass", "toggle_class", to, names, options)
}

func (c Command) classes(fn, op, to, names string, options []Option) Command {
	list := strings.Fields(names)
	if len(list) == 0 {
		fail(fn, "is given no class")
	}
	return c.on(fn, op, to, optWith|optTime|optNonBlocking, options, func(a *arguments) { a.list("names", list) })
}

// Transition has elements go through a transition, which [With] names, and leaves them
// as they were. Options besides: [Time], [NonBlocking], and [Inner] or [Closest].
func (c Command) Transition(to string, options ...Option) Command {
	return c.on("Transition", "transition", to, optWith|optTime|optNonBlocking, options, func(a *arguments) {
		if a.given&optWith == 0 {
			fail("Transition", "is given no classes: say them by With")
		}
	})
}

// SetAttr gives elements an attribute. What may run scripts it refuses, as
// liveview.Attrs does: it panics for style, srcdoc and names that begin with "on", and
// where value is a URL of another scheme than http, https, mailto and tel, or would be
// run as commands, the attribute becomes "#ZgotmplZ". A [Command] may be one's value.
// Options: [Inner] or [Closest].
func (c Command) SetAttr(to, name string, value any, options ...Option) Command {
	checkAttr("SetAttr", name)
	return c.on("SetAttr", "set_attr", to, 0, options, func(a *arguments) { a.list("attr", []string{name, attrText(name, value)}) })
}

// RemoveAttr takes an attribute from elements. Options: [Inner] or [Closest].
func (c Command) RemoveAttr(to, name string, options ...Option) Command {
	checkAttr("RemoveAttr", name)
	return c.on("RemoveAttr", "remove_attr", to, 0, options, func(a *arguments) { a.text("attr", name) })
}

// ToggleAttr gives elements an attribute with that value, or takes it from those that
// have it; with [Else], it gives those the other value. See [Command.SetAttr]. Options
// besides: [Inner] or [Closest].
func (c Command) ToggleAttr(to, name string, value any, options ...Option) Command {
	checkAttr("ToggleAttr", name)
	return c.on("ToggleAttr", "toggle_attr", to, optElse, options, func(a *arguments) {
		list := []string{name, attrText(name, value)}
		if a.given&optElse != 0 {
			list = append(list, attrText(name, a.other))
		}
		a.list("attr", list)
	})
}

func checkAttr(fn, name string) {
	if err := attr.CheckName(name); err != nil {
		fail(fn, "can't have it: "+err.Error())
	}
}

// attrText returns what an attribute is to say.
func attrText(name string, value any) string {
	text := fmt.Sprint(value)
	if _, ours := value.(Command); ours {
		return text
	}
	if attr.IsBadURL(name, text) || attr.TakesCommands(name) && attr.IsCommands(text) {
		return attr.BadURL
	}
	return text
}

// IgnoreAttrs has the page's changes leave attributes of elements as they are in the
// browser, by names with spaces between them: phx-mounted="{{js.IgnoreAttrs js.Self
// "open"}}" on a <details> keeps it open. In a name, * stands for anything. It lasts
// as long as the element. Options: [Inner] or [Closest].
func (c Command) IgnoreAttrs(to, names string, options ...Option) Command {
	list := strings.Fields(names)
	if len(list) == 0 {
		fail("IgnoreAttrs", "is given no attribute")
	}
	return c.on("IgnoreAttrs", "ignore_attrs", to, 0, options, func(a *arguments) { a.list("attrs", list) })
}

// Dispatch sends a DOM event to elements: one of the application's, for
// addEventListener, or one of the browser's such as "click". Its event.detail is a
// [Detail], with a member dispatcher, the element that the command is run for. Options:
// [Detail], [NoBubbles], [Blocking], and [Inner] or [Closest].
func (c Command) Dispatch(to, event string, options ...Option) Command {
	if event == "" {
		fail("Dispatch", "is given no name of an event")
	}
	return c.on("Dispatch", "dispatch", to, optDetail|optNoBubbles|optBlocking, options, func(a *arguments) { a.text("event", event) })
}

// Exec runs the command that stands in an attribute of elements: one of the client's, such
// as "phx-remove", or one of your own whose name begins with "data-js-", as in
// "data-js-cancel". It panics for any other, as data may stand in it, and would run. In
// these a template shows no text that begins like commands, unless it is a [Command].
// Options: [Inner] or [Closest].
func (c Command) Exec(to, name string, options ...Option) Command {
	checkAttr("Exec", name)
	if !attr.TakesCommands(name) {
		fail("Exec", "is given the attribute "+quoted(name)+", in which data may stand, and would run; commands stand in one of the client's such as phx-remove, or in one of your own that begins with "+
			attr.CommandPrefix+", as in "+attr.CommandPrefix+"cancel")
	}
	return c.on("Exec", "exec", to, 0, options, func(a *arguments) { a.text("attr", name) })
}

// Focus puts the focus on an element. Options: [Inner] or [Closest].
func (c Command) Focus(to string, options ...Option) Command {
	return c.on("Focus", "focus", to, 0, options, nil)
}

// FocusFirst puts the focus on the first element within another that can have it, one
// that the user works with rather than others. Options: [Inner] or [Closest].
func (c Command) FocusFirst(to string, options ...Option) Command {
	return c.on("FocusFirst", "focus_first", to, 0, options, nil)
}

// PushFocus remembers an element for [Command.PopFocus]. Options: [Inner] or [Closest].
func (c Command) PushFocus(to string, options ...Option) Command {
	return c.on("PushFocus", "push_focus", to, 0, options, nil)
}

// PopFocus puts the focus on the element that was remembered last.
func (c Command) PopFocus() Command { return c.with("pop_focus", "{}") }

// Push sends an event to the view, or with [Target] to a live component. In phx-change
// and phx-submit it is the form's, with all its fields. Options: [Value], [Target],
// [Loading], [PageLoading].
func (c Command) Push(event string, options ...Option) Command {
	if event == "" {
		fail("Push", "is given no name of an event")
	}
	a := arguments{fn: "Push", takes: optValue | optTarget | optLoading | optPageLoading}
	a.text("event", event)
	a.options(options)
	return c.with("push", a.end())
}

// Patch moves the view to another URL of its own, as liveview.PatchLink does. A path that
// doesn't lead to this host becomes "#ZgotmplZ". Option: [Replace].
func (c Command) Patch(path string, options ...Option) Command {
	return c.move("Patch", "patch", path, options)
}

// Navigate puts another live view in this one's place, as liveview.NavigateLink does; see
// [Command.Patch].
func (c Command) Navigate(path string, options ...Option) Command {
	return c.move("Navigate", "navigate", path, options)
}

func (c Command) move(fn, op, path string, options []Option) Command {
	href := attr.BadURL
	if to, err := target.Local(path); err == nil {
		href = target.Text(to)
	}
	a := arguments{fn: fn, takes: optReplace}
	a.text("href", href)
	a.options(options)
	return c.with(op, a.end())
}

// on adds an operation on elements. more adds arguments of its own, once the options are
// there.
func (c Command) on(fn, op, to string, takes option, options []Option, more func(*arguments)) Command {
	a := arguments{fn: fn, takes: takes | optInner | optClosest}
	a.options(options)
	a.elements(to)
	if more != nil {
		more(&a)
	}
	return c.with(op, a.end())
}

// with adds an operation, args is its JSON.
func (c Command) with(op, args string) Command {
	return c.Then(Command{`["` + op + `",` + args + `]`})
}
