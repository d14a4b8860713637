package liveviewtest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/protocol"
)

// cause is why the client does something: an event, or an attribute such as
// phx-mounted.
type cause struct {
	kind      string // "click", "change", "submit", "keydown" …; "" for an attribute's own
	event     string // the attribute: an event's name, or JS commands
	source    *html.Node
	data      map[string]any // of a key
	target    string         // the field that changed
	submitter *html.Node
	answer    func(response diff)
}

// execOn executes the JS commands in an attribute of n.
func (v *View) execOn(n *html.Node, name, kind string) {
	v.t.Helper()
	if event := attrOf(n, name); event != "" {
		v.exec(cause{kind: kind, event: event, source: n})
	}
}

// execAll executes an attribute of all elements of the view that have it.
func (v *View) execAll(name string) {
	v.t.Helper()
	if v.main == nil {
		return
	}
	for _, n := range findAll(v.main, with(name)) {
		v.execOn(n, name, "")
	}
}

// exec pushes an event, or executes the JS commands that stand in its place.
// Transitions are over at once.
//
// Source: phoenix_live_view/assets/js/phoenix_live_view/js.js.
func (v *View) exec(c cause) {
	v.t.Helper()
	if !strings.HasPrefix(c.event, "[") {
		v.execPush(c, nil)
		return
	}
	var commands [][]any
	if err := json.Unmarshal([]byte(c.event), &commands); err != nil {
		v.warn("%s has JS commands that are no JSON: %v", tag(c.source), err)
		return
	}
	for _, command := range commands {
		name, args := "", map[string]any{}
		if len(command) > 0 {
			name, _ = command[0].(string)
		}
		if len(command) > 1 {
			args, _ = command[1].(map[string]any)
		}
		for _, n := range v.commandTargets(c.source, args["to"]) {
			v.command(c, name, args, n)
		}
	}
}

// commandTargets returns the elements that a command is about.
func (v *View) commandTargets(source *html.Node, to any) []*html.Node {
	v.t.Helper()
	switch to := to.(type) {
	case string:
		return v.selected(v.doc.root, to)
	case map[string]any:
		if inner, ok := to["inner"].(string); ok {
			return slices.DeleteFunc(v.selected(source, inner), func(n *html.Node) bool { return n == source })
		}
		if outer, ok := to["closest"].(string); ok {
			matching := v.selected(v.doc.root, outer)
			if n := closest(source, func(n *html.Node) bool { return slices.Contains(matching, n) }); n != nil {
				return []*html.Node{n}
			}
		}
		return nil
	}
	return []*html.Node{source}
}

func (v *View) selected(root *html.Node, selector string) []*html.Node {
	v.t.Helper()
	all, err := query(root, selector)
	if err != nil {
		v.warn("a JS command: %v", err)
	}
	return all
}

func (v *View) command(c cause, name string, args map[string]any, n *html.Node) {
	v.t.Helper()
	s := v.doc.of(n)
	switch name {
	case "push":
		v.execPush(c, args)
	case "exec":
		v.execOn(n, argument(args, "attr"), c.kind)
	case "navigate":
		v.navigate(argument(args, "href"), args["replace"] != true, "")
	case "patch":
		v.livePatch(argument(args, "href"), args["replace"] != true)
	case "dispatch":
		v.commandDispatch(argument(args, "event"), n)
	case "show", "hide", "toggle":
		if shown := visible(n); name == "toggle" || (name == "show") != shown {
			display := "none"
			if !shown {
				if display = argument(args, "display"); display == "" {
					display = defaultDisplay(n)
				}
			}
			s.display = &display
			setDisplay(n, display)
		}
	case "add_class":
		v.classCommand(n, list(args["names"]), nil)
	case "remove_class":
		v.classCommand(n, nil, list(args["names"]))
	case "toggle_class":
		var add, remove []string
		for _, class := range list(args["names"]) {
			if slices.Contains(classes(n), class) {
				remove = append(remove, class)
			} else {
				add = append(add, class)
			}
		}
		v.classCommand(n, add, remove)
	case "set_attr":
		if a := list(args["attr"]); len(a) == 2 {
			v.attrCommand(n, a[0], &a[1])
		}
	case "remove_attr":
		v.attrCommand(n, argument(args, "attr"), nil)
	case "toggle_attr":
		v.toggleAttr(n, list(args["attr"]))
	case "ignore_attrs":
		s.ignoreAttrs = list(args["attrs"])
	case "focus":
		v.moveFocus(n)
	case "focus_first":
		if first := find(n, func(f *html.Node) bool { return f != n && focusable(f) }); first != nil {
			v.moveFocus(first)
		}
	case "push_focus":
		v.focuses = append(v.focuses, n)
	case "pop_focus":
		if last := len(v.focuses) - 1; last >= 0 {
			v.moveFocus(v.focuses[last])
			v.focuses = v.focuses[:last]
		}
	case "transition":
	default:
		v.warn("%s has the unknown JS command %q", tag(c.source), name)
	}
}

// commandDispatch is a DOM event made by a command. Those that the client
// listens to have their effect; all others are for the application's scripts.
func (v *View) commandDispatch(event string, n *html.Node) {
	v.t.Helper()
	switch event {
	case "click":
		v.clickOn(n)
	case "change", "input":
		v.fieldChanged(n)
	case "submit":
		if isElement(n, "form") {
			v.submit(n, nil)
		}
	}
}

func argument(args map[string]any, name string) string { s, _ := args[name].(string); return s }

func list(value any) []string {
	items, _ := value.([]any)
	var all []string
	for _, item := range items {
		all = append(all, fmt.Sprint(item))
	}
	return all
}

func defaultDisplay(n *html.Node) string {
	switch n.Data {
	case "tr":
		return "table-row"
	case "td":
		return "table-cell"
	}
	return "block"
}

// classCommand adds and removes classes; patches don't undo it.
func (v *View) classCommand(n *html.Node, add, remove []string) {
	s := v.doc.of(n)
	has := classes(n)
	keepAdd := slices.DeleteFunc(slices.Clone(add), func(c string) bool { return slices.Contains(s.addClasses, c) || slices.Contains(has, c) })
	keepRemove := slices.DeleteFunc(slices.Clone(remove), func(c string) bool { return slices.Contains(s.removeClasses, c) || !slices.Contains(has, c) })
	s.addClasses = append(slices.DeleteFunc(s.addClasses, func(c string) bool { return slices.Contains(remove, c) }), keepAdd...)
	s.removeClasses = append(slices.DeleteFunc(s.removeClasses, func(c string) bool { return slices.Contains(add, c) }), keepRemove...)
	changeClasses(n, s.addClasses, s.removeClasses)
}

// attrCommand sets an attribute, or removes it if value is nil.
func (v *View) attrCommand(n *html.Node, name string, value *string) {
	s := v.doc.of(n)
	s.setAttrs = slices.DeleteFunc(s.setAttrs, func(a attribute) bool { return a.name == name })
	s.removeAttrs = slices.DeleteFunc(s.removeAttrs, func(a string) bool { return a == name })
	if value == nil {
		s.removeAttrs = append(s.removeAttrs, name)
		removeAttr(n, name)
		return
	}
	if name == "id" && attrOf(n, "id") != *value {
		s.idTouched = true
	}
	s.setAttrs = append(s.setAttrs, attribute{name, *value})
	setAttr(n, name, *value)
}

func (v *View) toggleAttr(n *html.Node, a []string) {
	switch {
	case len(a) < 2:
	case !hasAttr(n, a[0]):
		v.attrCommand(n, a[0], &a[1])
	case len(a) == 2:
		v.attrCommand(n, a[0], nil)
	case attrOf(n, a[0]) == a[1]:
		v.attrCommand(n, a[0], &a[2])
	default:
		v.attrCommand(n, a[0], &a[1])
	}
}

// execPush pushes an event to each of its targets.
func (v *View) execPush(c cause, args map[string]any) {
	v.t.Helper()
	if v.status != live && v.status != joining {
		return
	}
	event := argument(args, "event")
	if event == "" {
		event = c.event
	}
	owner, source := c.source, c.source
	if c.kind == "change" {
		owner = v.doc.form(c.source)
		if !hasAttr(source, "phx-change") {
			source = owner
		}
	}
	for _, cid := range v.eventTargets(source, owner, args["target"]) {
		switch c.kind {
		case "change":
			v.pushChange(c, event, args, cid)
		case "submit":
			v.pushSubmit(c, event, args, cid)
		default:
			var kind any
			if c.kind != "" {
				kind = c.kind
			}
			payload := diff{"type": kind, "event": event, "value": v.values(c.source, c.data, args["value"])}
			if cid != nil {
				payload["cid"] = *cid
			}
			v.push(protocol.EventEvent, payload, c.answer)
		}
	}
}

// eventTargets returns the components that an event is for, nil standing for
// the view.
func (v *View) eventTargets(source, owner *html.Node, target any) []*int {
	v.t.Helper()
	spec := ""
	switch t := target.(type) {
	case string:
		spec = t
	case float64:
		spec = strconv.Itoa(int(t))
	default:
		spec = attrOf(source, "phx-target")
	}
	if spec == "" {
		if s := attrOf(owner, "phx-target"); s != "" {
			spec = s
		} else {
			return []*int{nil}
		}
	}
	if cid, err := strconv.Atoi(spec); err == nil {
		if !v.hasComponent(cid) {
			v.warn("%s has phx-target %q, and there is no such component", tag(source), spec)
		}
		return []*int{&cid}
	}
	nodes := v.selected(v.doc.root, spec)
	if len(nodes) == 0 {
		v.warn("%s has phx-target %q, which matches nothing", tag(source), spec)
	}
	cids := make([]*int, len(nodes))
	for i, n := range nodes {
		if c := closest(n, v.isComponent); c != nil {
			cid := atoi(attrOf(c, "data-phx-component"))
			cids[i] = &cid
		}
	}
	return cids
}

// values is what an event says besides its name: phx-value-*, the value of the
// element, and what a push command adds.
func (v *View) values(n *html.Node, data map[string]any, more any) map[string]any {
	values := map[string]any{}
	for name, value := range data {
		values[name] = value
	}
	for _, a := range n.Attr {
		if name, ok := strings.CutPrefix(a.Key, "phx-value-"); ok {
			values[name] = a.Val
		}
	}
	if value, ok := v.doc.value(n); ok {
		if values["value"] = value; isCheckable(n) && !v.doc.checked(n) {
			delete(values, "value")
		}
	} else if isElement(n, "option") {
		values["value"] = optionValue(n)
	} else if isElement(n, "li") {
		values["value"] = max(0, atoi(attrOf(n, "value")))
	}
	if more, ok := more.(map[string]any); ok {
		for name, value := range more {
			values[name] = value
		}
	}
	return values
}

func (v *View) pushChange(c cause, event string, args map[string]any, cid *int) {
	v.t.Helper()
	form := v.doc.form(c.source)
	meta := v.values(form, nil, args["value"])
	if c.target == "" {
		c.target = "undefined"
	}
	if _, ok := meta["_target"]; !ok {
		meta["_target"] = c.target
	}
	only := ""
	if hasAttr(c.source, "phx-change") {
		only = attrOf(c.source, "name")
	}
	var submitter *html.Node
	if isElement(c.source, "button") {
		submitter = c.source
	}
	payload := diff{
		"type": "form", "event": event, "value": v.doc.serialize(form, submitter, only),
		"meta": meta, "uploads": v.chosenFiles(c.source),
	}
	if cid != nil {
		payload["cid"] = *cid
	}
	source := c.source
	v.push(protocol.EventEvent, payload, func(response diff) {
		v.t.Helper()
		if hasAttr(source, "data-phx-auto-upload") {
			v.startUploads(source, cid, func() {})
		}
		if c.answer != nil {
			c.answer(response)
		}
	})
}

// pushSubmit submits a form, after its files have been uploaded.
func (v *View) pushSubmit(c cause, event string, args map[string]any, cid *int) {
	v.t.Helper()
	form := c.source
	v.uploadAll(form, cid, func() {
		v.t.Helper()
		payload := diff{
			"type": "form", "event": event, "value": v.doc.serialize(form, c.submitter, ""),
			"meta": v.values(form, nil, args["value"]),
		}
		if cid != nil {
			payload["cid"] = *cid
		}
		v.push(protocol.EventEvent, payload, c.answer)
	})
}
