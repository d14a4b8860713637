package client

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// commands executes JS commands, and pushes the events that stand in their
// place. Transitions are over at once.
//
// Source: phoenix_live_view/assets/js/phoenix_live_view/js.js.
type commands struct {
	*pusher
	navigation *navigation
	user       user
	refuses    bool     // what data-confirm asks
	asked      []string // by data-confirm
}

// agrees asks what the data-confirm of n says, and returns the answer. Where no script
// runs, nobody is asked.
func (c *commands) agrees(n *html.Node) bool {
	if c.navigation.plain {
		return true
	}
	c.asked = append(c.asked, dom.Attr(n, "data-confirm"))
	return !c.refuses
}

func asksFirst(n *html.Node) bool { return dom.HasAttr(n, "data-confirm") && !dom.Is(n, "form") }

// user does by a command what else the user does.
type user interface {
	// click clicks on n and reports whether anything hears that. The error is a
	// form's that a browser would not submit.
	click(n *html.Node) (heard bool, err error)

	// change reports a change of the field n. The error says that the client drops
	// it.
	change(n *html.Node) error

	// submit submits a form that has phx-submit and reports whether it has.
	submit(form, submitter *html.Node) bool

	// focus gives n the focus; nil means that nobody has it.
	focus(n *html.Node)
}

// run implements [runner].
func (c *commands) run(n *html.Node, attribute, kind string) {
	c.t.Helper()
	if event := dom.Attr(n, attribute); event != "" {
		c.exec(cause{kind: kind, event: event, source: n})
	}
}

// pushed implements [runner].
func (c *commands) pushed(n *html.Node, list string) {
	c.t.Helper()
	c.exec(cause{kind: "hook", event: list, source: n})
}

// recover implements [runner].
func (c *commands) recover(event string, field *html.Node, answered func()) {
	c.t.Helper()
	c.exec(cause{kind: "change", event: event, source: field, target: dom.Attr(field, "name"), answer: func(Diff) { c.t.Helper(); answered() }})
}

// patched implements [runner].
func (c *commands) patched() {
	c.t.Helper()
	c.uploads.patched()
	c.submitReady()
}

// exec pushes an event, or executes the JS commands in its place.
func (c *commands) exec(why cause) {
	c.t.Helper()
	if !strings.HasPrefix(why.event, "[") {
		c.push(why, nil)
		return
	}
	var list [][]any
	if err := json.Unmarshal([]byte(why.event), &list); err != nil {
		c.warn("%s has JS commands that are no JSON: %v", dom.Describe(why.source), err)
		return
	}
	for _, command := range list {
		name, args := "", arguments{}
		if len(command) > 0 {
			name, _ = command[0].(string)
		}
		if len(command) > 1 {
			args, _ = command[1].(map[string]any)
		}
		for _, n := range c.elements(why.source, args["to"]) {
			c.command(why, name, args, n)
		}
	}
}

// elements returns those that a command is about, by what its "to" says.
func (c *commands) elements(source *html.Node, to any) []*html.Node {
	c.t.Helper()
	switch to := to.(type) {
	case string:
		return c.query(c.doc.Root, to)
	case map[string]any:
		if inner, ok := to["inner"].(string); ok {
			return slices.DeleteFunc(c.query(source, inner), func(n *html.Node) bool { return n == source })
		}
		if outer, ok := to["closest"].(string); ok {
			matching := c.query(c.doc.Root, outer)
			if n := dom.Closest(source, func(n *html.Node) bool { return slices.Contains(matching, n) }); n != nil {
				return []*html.Node{n}
			}
		}
		return nil
	}
	return []*html.Node{source}
}

func (c *commands) query(root *html.Node, selector string) []*html.Node {
	c.t.Helper()
	all, err := dom.Query(root, selector)
	if err != nil {
		c.warn("a JS command: %v", err)
	}
	return all
}

// command executes one command for one of its elements.
func (c *commands) command(why cause, name string, args arguments, n *html.Node) {
	c.t.Helper()
	sticky := &c.doc.Edit(n).Sticky
	switch name {
	case "push":
		c.push(why, args)
	case "exec":
		c.run(n, args.text("attr"), why.kind)
	case "navigate":
		c.navigation.historyRedirect(destination{href: args.text("href"), push: args["replace"] != true})
	case "patch":
		c.navigation.pushHistoryPatch(args.text("href"), args["replace"] != true)
	case "dispatch":
		c.dispatch(args.text("event"), n)
	case "show", "hide", "toggle":
		if shown := dom.Visible(n); name == "toggle" || (name == "show") != shown {
			sticky.SetDisplay(n, display(n, !shown, args))
		}
	case "add_class":
		sticky.ChangeClasses(n, args.list("names"), nil)
	case "remove_class":
		sticky.ChangeClasses(n, nil, args.list("names"))
	case "toggle_class":
		has := dom.Classes(n)
		add, remove := partition(args.list("names"), func(class string) bool { return !slices.Contains(has, class) })
		sticky.ChangeClasses(n, add, remove)
	case "set_attr":
		if a := args.list("attr"); len(a) == 2 {
			sticky.SetAttr(n, a[0], a[1])
		}
	case "remove_attr":
		sticky.RemoveAttr(n, args.text("attr"))
	case "toggle_attr":
		toggleAttr(sticky, n, args.list("attr"))
	case "ignore_attrs":
		sticky.IgnoreAttrs(args.list("attrs"))
	case "focus":
		if dom.Focusable(n) {
			c.user.focus(n)
		}
	case "focus_first":
		if first := dom.Find(n, func(f *html.Node) bool { return f != n && dom.Focusable(f) }); first != nil {
			c.user.focus(first)
		}
	case "push_focus":
		c.doc.focuses = append(c.doc.focuses, n)
	case "pop_focus":
		if last := len(c.doc.focuses) - 1; last >= 0 {
			c.user.focus(c.doc.focuses[last])
			c.doc.focuses = c.doc.focuses[:last]
		}
	case "transition":
	default:
		c.warn("%s has the unknown JS command %q", dom.Describe(why.source), name)
	}
}

// dispatch makes a DOM event. Those that the client listens to have their
// effect; all others are for the application's scripts.
func (c *commands) dispatch(event string, n *html.Node) {
	c.t.Helper()
	switch event {
	case "click":
		if _, err := c.user.click(n); err != nil {
			c.fatal("%v", err)
		}
	case "change", "input":
		_ = c.user.change(n) // one that is dropped is no matter of the user's
	case "submit":
		if dom.Is(n, "form") {
			c.user.submit(n, nil)
		}
	}
}

// list returns an argument that is a list, as text.
func (a arguments) list(name string) []string {
	items, _ := a[name].([]any)
	var all []string
	for _, item := range items {
		all = append(all, fmt.Sprint(item))
	}
	return all
}

// partition returns the items that fit, and the others.
func partition(items []string, fits func(string) bool) (fitting, others []string) {
	for _, item := range items {
		if fits(item) {
			fitting = append(fitting, item)
		} else {
			others = append(others, item)
		}
	}
	return fitting, others
}

// display returns the value of the display property that shows or hides n.
func display(n *html.Node, show bool, args arguments) string {
	switch value := args.text("display"); {
	case !show:
		return "none"
	case value != "":
		return value
	}
	switch n.Data {
	case "tr":
		return "table-row"
	case "td":
		return "table-cell"
	}
	return "block"
}

// toggleAttr sets an attribute or removes it; with two values, it sets the other
// one. a is its name and the values.
func toggleAttr(sticky *dom.Sticky, n *html.Node, a []string) {
	switch {
	case len(a) < 2:
	case !dom.HasAttr(n, a[0]):
		sticky.SetAttr(n, a[0], a[1])
	case len(a) == 2:
		sticky.RemoveAttr(n, a[0])
	case dom.Attr(n, a[0]) == a[1]:
		sticky.SetAttr(n, a[0], a[2])
	default:
		sticky.SetAttr(n, a[0], a[1])
	}
}

// submitReady makes the submits again whose files the server has listed, those that go
// by themselves when they are on their way.
func (c *commands) submitReady() {
	c.t.Helper()
	for form, s := range c.uploads.submits {
		if !s.again {
			continue
		}
		if !c.doc.Connected(form) || slices.ContainsFunc(s.inputs, faulty) {
			delete(c.uploads.submits, form)
			continue
		}
		if !s.isReady() {
			continue
		}
		delete(c.uploads.submits, form)
		if !c.uploads.enterAgain(form, s.entered) {
			continue // it isn't the form that was submitted
		}
		submitter := s.submitter
		if submitter != nil && c.doc.Form(submitter) != form {
			submitter = c.doc.ByID(dom.Attr(submitter, "id"))
		}
		c.user.submit(form, submitter)
	}
}

func (s *waitingSubmit) isReady() bool {
	for i, n := range s.inputs {
		list := "data-phx-active-refs"
		if dom.HasAttr(n, "data-phx-auto-upload") {
			list = "data-phx-preflighted-refs"
		}
		for _, f := range s.files[i] {
			if !slices.Contains(refs(n, list), f.Ref) {
				return false
			}
		}
	}
	return true
}
