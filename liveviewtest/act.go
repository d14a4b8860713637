package liveviewtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/protocol"
)

// Click clicks on the one element that target, a CSS selector, matches; or, if
// it matches nothing, on the one button, link or label that shows target as its
// text. Of several that match, text picks the one that holds it. What a browser
// does upon a click is done: phx-click, links, submitting, ticking, moving the
// focus. The test ends if the element is disabled or nothing hears the click.
func (v *View) Click(target string, text ...string) {
	v.t.Helper()
	v.ready("Click", target)
	n := v.target("Click", target, text, clickable)
	if b := closest(n, isButton); b != nil && disabled(b) || disabled(n) {
		v.t.Fatalf("liveviewtest: Click(%q): %s is disabled", target, tag(n))
	}
	if !v.clickOn(n) {
		v.t.Fatalf("liveviewtest: Click(%q): nothing hears a click on %s.%s", target, tag(n), v.nearest(target, clickable))
	}
	v.settle()
}

// Follow is [View.Click] for links: patch, navigate, or plain.
func (v *View) Follow(target string, text ...string) {
	v.t.Helper()
	v.ready("Follow", target)
	n := v.target("Follow", target, text, isLink)
	if closest(n, isLink) == nil {
		v.t.Fatalf("liveviewtest: Follow(%q): %s is no link.%s", target, tag(n), v.nearest(target, isLink))
	}
	v.clickOn(n)
	v.settle()
}

// ClearFlash clears the flash message of a kind by the element that the page
// has for it, one with phx-click="lv:clear-flash".
func (v *View) ClearFlash(kind string) {
	v.t.Helper()
	v.ready("ClearFlash", kind)
	n := v.flashClearer(kind)
	if n == nil {
		n = find(v.doc.root, func(n *html.Node) bool {
			return attrOf(n, "phx-click") == protocol.EventClearFlash && !hasAttr(n, "phx-value-key")
		})
	}
	if n == nil {
		v.t.Fatalf(`liveviewtest: ClearFlash(%q): the page has no element with phx-click="lv:clear-flash" and phx-value-key=%q`, kind, kind)
	}
	v.clickOn(n)
	v.settle()
}

// clickOn does what a browser and the client do upon a click, and reports
// whether that was anything.
func (v *View) clickOn(n *html.Node) bool {
	v.t.Helper()
	if label := closest(n, named("label")); label != nil && closest(n, func(n *html.Node) bool { return kind(n) != "" || isLink(n) }) == nil {
		if control := v.labelled(label); control != nil && !disabled(control) {
			heard := v.clickHeard(n)
			return v.clickOn(control) || heard
		}
	}
	v.moveFocus(closest(n, focusable))
	if link := v.binding(n, "data-phx-link"); link != nil && v.status == live {
		v.followLive(link)
		return true
	}
	// The box is ticked before anybody hears of the click, and unticked by
	// nobody here.
	ticked := false
	if isCheckable(n) && (kind(n) != "radio" || !v.doc.checked(n)) {
		v.doc.setChecked(n, !v.doc.checked(n))
		ticked = true
	}
	heard := v.clickHeard(n)
	if ticked {
		v.fieldChanged(n)
		return true
	}
	return v.activate(n) || heard || isTextual(n) || kind(n) == "radio"
}

// clickHeard runs phx-click-away and phx-click.
func (v *View) clickHeard(n *html.Node) bool {
	v.t.Helper()
	heard := false
	for _, away := range findAll(v.doc.root, with("phx-click-away")) {
		if !contains(away, n) && visible(away) {
			heard = true
			v.exec(cause{kind: "click", event: attrOf(away, "phx-click-away"), source: away})
		}
	}
	if bound := v.binding(n, "phx-click"); bound != nil && attrOf(bound, "phx-click") != "" {
		heard = true
		if v.main != nil {
			v.exec(cause{kind: "click", event: attrOf(bound, "phx-click"), source: bound})
		}
	}
	return heard
}

// binding returns the nearest element around n with a binding, within the view.
func (v *View) binding(n *html.Node, name string) *html.Node {
	for ; n != nil && n.Type == html.ElementNode; n = n.Parent {
		if hasAttr(n, name) && !disabled(n) {
			return n
		}
		if hasAttr(n, "data-phx-session") {
			return nil
		}
	}
	return nil
}

// activate does what the browser itself does upon a click.
func (v *View) activate(n *html.Node) bool {
	v.t.Helper()
	if button := closest(n, isButton); button != nil {
		form := v.doc.form(button)
		switch {
		case form == nil || disabled(button):
			return false
		case kind(button) == "submit" || kind(button) == "image":
			v.requestSubmit("Click", form, button)
			return true
		case kind(button) == "reset":
			v.reset(form)
			return true
		}
		return false
	}
	if summary := closest(n, named("summary")); summary != nil && isElement(summary.Parent, "details") {
		if hasAttr(summary.Parent, "open") {
			removeAttr(summary.Parent, "open")
		} else {
			setAttr(summary.Parent, "open", "")
		}
		return true
	}
	if a := closest(n, func(n *html.Node) bool { return isElement(n, "a", "area") && hasAttr(n, "href") }); a != nil {
		href := attrOf(a, "href")
		if strings.HasPrefix(href, "#") {
			v.url = v.resolveHere(href)
			return href != "#"
		}
		v.visit(v.resolveHere(href))
		return true
	}
	return false
}

// labelled returns the control that a label is for.
func (v *View) labelled(label *html.Node) *html.Node {
	if id, ok := attr(label, "for"); ok {
		n := v.doc.byID(id)
		if kind(n) == "" {
			return nil
		}
		return n
	}
	return find(label, func(n *html.Node) bool { return kind(n) != "" && kind(n) != "hidden" })
}

func focusable(n *html.Node) bool {
	if kind(n) != "" {
		return !disabled(n) && kind(n) != "hidden"
	}
	return isElement(n, "a", "area") && hasAttr(n, "href") || hasAttr(n, "tabindex") || isElement(n, "summary") || hasAttr(n, "contenteditable")
}

// moveFocus gives n the focus, nil meaning nobody, and runs phx-blur and
// phx-focus.
func (v *View) moveFocus(n *html.Node) {
	v.t.Helper()
	old := v.doc.focused
	if old == n {
		return
	}
	v.doc.focused = nil
	if old != nil && v.doc.connected(old) {
		v.execOn(old, "phx-blur", "blur")
	}
	v.doc.focused = n
	if n != nil {
		v.execOn(n, "phx-focus", "focus")
	}
}

// Focus moves the focus to the element that the selector matches, and so away
// from where it was; phx-focus and phx-blur are run. The selector "" is the
// window: phx-window-focus.
func (v *View) Focus(selector string) {
	v.t.Helper()
	v.ready("Focus", selector)
	if selector == "" {
		v.windowEvent("Focus", "focus", nil)
		return
	}
	n := v.element("Focus", selector, nil)
	if disabled(n) {
		v.t.Fatalf("liveviewtest: Focus(%q): %s is disabled", selector, tag(n))
	}
	if !focusable(n) && !hasAttr(n, "phx-focus") {
		v.t.Fatalf("liveviewtest: Focus(%q): %s can't have the focus", selector, tag(n))
	}
	v.moveFocus(n)
	v.settle()
}

// Blur takes the focus away from the element that the selector matches, giving
// it to that first if need be. The selector "" is the window: phx-window-blur.
func (v *View) Blur(selector string) {
	v.t.Helper()
	v.ready("Blur", selector)
	if selector == "" {
		v.windowEvent("Blur", "blur", nil)
		return
	}
	n := v.element("Blur", selector, nil)
	if !focusable(n) && !hasAttr(n, "phx-blur") {
		v.t.Fatalf("liveviewtest: Blur(%q): %s can't have the focus", selector, tag(n))
	}
	v.moveFocus(n)
	v.settle()
	v.moveFocus(nil)
	v.settle()
}

// windowEvent runs the window bindings of a kind of event.
func (v *View) windowEvent(verb, kind string, data map[string]any) {
	v.t.Helper()
	bound := findAll(v.doc.root, with("phx-window-"+kind))
	if len(bound) == 0 {
		v.t.Fatalf("liveviewtest: %s: no element has phx-window-%s", verb, kind)
	}
	for _, n := range bound {
		if data == nil || keyMatches(n, data) {
			v.exec(cause{kind: kind, event: attrOf(n, "phx-window-"+kind), source: n, data: data})
		}
	}
	v.settle()
}

func keyMatches(n *html.Node, data map[string]any) bool {
	want, ok := attr(n, "phx-key")
	return !ok || strings.EqualFold(want, fmt.Sprint(data["key"]))
}

// Key presses and releases a key, named as in JavaScript ("Enter", "a",
// "ArrowUp"), in the element that the selector matches: [View.KeyDown], then
// [View.KeyUp]. It types nothing, which is for [View.Change]. Enter in a field
// of a form submits that. One of the three must be heard.
func (v *View) Key(selector, key string) {
	v.t.Helper()
	v.ready("Key", selector)
	n := v.keyTarget("Key", selector)
	heard := v.key("keydown", n, key)
	v.settle()
	if key == "Enter" && n != nil && v.doc.connected(n) && isElement(n, "input") && !isButton(n) && v.doc.form(n) != nil {
		v.implicitSubmit("Key", v.doc.form(n))
		v.settle()
		heard = true
	}
	if n == nil || v.doc.connected(n) {
		heard = v.key("keyup", n, key) || heard
		v.settle()
	}
	if !heard {
		v.t.Fatalf("liveviewtest: Key(%q, %q): nothing hears the key: no phx-keydown or phx-keyup there, no phx-window-keydown or phx-window-keyup on the page", selector, key)
	}
}

// KeyDown presses a key in the element that the selector matches, which gets
// the focus; the selector "" is what has it. If that has no phx-keydown, the
// elements with phx-window-keydown hear it.
func (v *View) KeyDown(selector, key string) {
	v.t.Helper()
	v.oneKey("KeyDown", "keydown", selector, key)
}

// KeyUp is [View.KeyDown] for releasing a key: phx-keyup.
func (v *View) KeyUp(selector, key string) { v.t.Helper(); v.oneKey("KeyUp", "keyup", selector, key) }

func (v *View) oneKey(verb, kind, selector, key string) {
	v.t.Helper()
	v.ready(verb, selector)
	if !v.key(kind, v.keyTarget(verb, selector), key) {
		v.t.Fatalf("liveviewtest: %s(%q, %q): nothing hears the key: no phx-%s there, no phx-window-%s on the page", verb, selector, key, kind, kind)
	}
	v.settle()
}

// keyTarget returns the element that has the focus for a key; nil for the body.
func (v *View) keyTarget(verb, selector string) *html.Node {
	v.t.Helper()
	if selector == "" {
		return v.doc.focused
	}
	n := v.element(verb, selector, nil)
	if disabled(n) {
		v.t.Fatalf("liveviewtest: %s(%q): %s is disabled", verb, selector, tag(n))
	}
	if focusable(n) {
		v.moveFocus(n)
	}
	return n
}

func (v *View) key(kind string, n *html.Node, key string) bool {
	v.t.Helper()
	data := map[string]any{"key": key}
	if n != nil && attrOf(n, "phx-"+kind) != "" {
		if keyMatches(n, data) {
			v.exec(cause{kind: kind, event: attrOf(n, "phx-"+kind), source: n, data: data})
		}
		return true
	}
	heard := false
	for _, n := range findAll(v.doc.root, with("phx-window-"+kind)) {
		heard = true
		if keyMatches(n, data) {
			v.exec(cause{kind: kind, event: attrOf(n, "phx-window-"+kind), source: n, data: data})
		}
	}
	return heard
}

// Change enters values into the fields of the form that the selector matches,
// as a user does: one field after the other, each getting the focus, each
// reported by phx-change with what a browser would send. fields are names and
// values by turns:
//
//	v.Change("#order", "name", "Ada", "seats", 2, "terms", true, "extras[]", []string{"a", "b"})
//
// Text goes into text fields; an option or a radio button is chosen by its value
// or text; a checkbox is ticked by true or its value, and of several with one
// name a list ticks exactly those. Where the selector matches a field, its value
// alone is given. Fields that are missing, disabled, read-only or hidden end the
// test.
func (v *View) Change(selector string, fields ...any) {
	v.t.Helper()
	v.ready("Change", selector)
	n := v.element("Change", selector, nil)
	if kind(n) != "" && !isButton(n) && len(fields) == 1 {
		v.enter("Change", n, fields[0])
		return
	}
	if !isElement(n, "form") {
		v.t.Fatalf("liveviewtest: Change(%q): %s is neither a form, for names and values by turns, nor a field, for one value", selector, tag(n))
	}
	if len(fields) == 0 {
		v.t.Fatalf("liveviewtest: Change(%q): there are no fields to change; name them with their values", selector)
	}
	v.fill("Change", selector, fields)
}

// Submit enters values as [View.Change] does and then submits the form that the
// selector matches, as Enter in one of its fields does: with its first submit
// button. To submit it with another one, click that. A form that the browser
// would not submit, a required field being empty for instance, ends the test.
func (v *View) Submit(selector string, fields ...any) {
	v.t.Helper()
	v.ready("Submit", selector)
	if n := v.element("Submit", selector, nil); !isElement(n, "form") {
		v.t.Fatalf("liveviewtest: Submit(%q): %s is no form", selector, tag(n))
	}
	v.fill("Submit", selector, fields)
	v.implicitSubmit("Submit", v.element("Submit", selector, nil))
	v.settle()
}

// fill enters values by name. The form is looked up anew for each, as the
// answer to one may change the page.
func (v *View) fill(verb, selector string, fields []any) {
	v.t.Helper()
	if len(fields)%2 != 0 {
		v.t.Fatalf("liveviewtest: %s(%q): the fields must be names and values by turns, and they are %v", verb, selector, fields)
	}
	for i := 0; i < len(fields); i += 2 {
		name, ok := fields[i].(string)
		if !ok {
			v.t.Fatalf("liveviewtest: %s(%q): %v (%T) stands where a field's name should", verb, selector, fields[i], fields[i])
		}
		v.fillField(verb, v.element(verb, selector, nil), name, fields[i+1])
	}
}

func (v *View) fillField(verb string, form *html.Node, name string, value any) {
	v.t.Helper()
	group := func() []*html.Node {
		var all []*html.Node
		for _, n := range v.doc.controls(form) {
			if attrOf(n, "name") == name && kind(n) != "hidden" && !isButton(n) {
				all = append(all, n)
			}
		}
		return all
	}
	all := group()
	if len(all) == 0 {
		v.t.Fatalf("liveviewtest: %s: the form %s has no field %q to be changed.%s", verb, tag(form), name,
			v.nearest(name, func(n *html.Node) bool { return kind(n) != "" && !isButton(n) && v.doc.form(n) == form }))
	}
	if len(all) == 1 || !isCheckable(all[0]) {
		values := []any{value}
		if many := reflect.ValueOf(value); len(all) > 1 && many.Kind() == reflect.Slice {
			values = nil
			for i := range many.Len() {
				values = append(values, many.Index(i).Interface())
			}
		}
		if len(values) != len(all) {
			v.t.Fatalf("liveviewtest: %s: the form has %d fields %q, and %d values are given", verb, len(all), name, len(values))
		}
		for i, value := range values {
			if all = group(); i < len(all) {
				v.enter(verb, all[i], value)
			}
		}
		return
	}
	// Several boxes or buttons of one name.
	wanted, exactly := texts(value), reflect.ValueOf(value).Kind() == reflect.Slice
	for _, w := range wanted {
		if !slices.ContainsFunc(all, func(n *html.Node) bool { return valueOf(v.doc, n) == w }) {
			v.t.Fatalf("liveviewtest: %s: the field %q can't be %q; there are:%s", verb, name, w, listing(all))
		}
	}
	for _, n := range all {
		value := valueOf(v.doc, n)
		for _, n := range group() {
			if valueOf(v.doc, n) != value {
				continue
			}
			if slices.Contains(wanted, value) {
				v.enter(verb, n, true)
			} else if exactly && kind(n) == "checkbox" {
				v.enter(verb, n, false)
			}
			break
		}
	}
}

// texts is a value, or a list of them, as text.
func texts(value any) []string {
	many := reflect.ValueOf(value)
	if many.Kind() != reflect.Slice {
		return []string{fmt.Sprint(value)}
	}
	all := make([]string, many.Len())
	for i := range all {
		all[i] = fmt.Sprint(many.Index(i).Interface())
	}
	return all
}

// enter gives one field a value and waits for the answer.
func (v *View) enter(verb string, n *html.Node, value any) {
	v.t.Helper()
	switch {
	case disabled(n):
		v.t.Fatalf("liveviewtest: %s: the field %s is disabled", verb, tag(n))
	case hasAttr(n, "readonly"):
		v.t.Fatalf("liveviewtest: %s: the field %s is read-only", verb, tag(n))
	case kind(n) == "hidden":
		v.t.Fatalf("liveviewtest: %s: the field %s is hidden from users", verb, tag(n))
	case kind(n) == "file":
		v.t.Fatalf("liveviewtest: %s: the field %s takes files; use Choose", verb, tag(n))
	}
	v.moveFocus(n)
	switch {
	case isCheckable(n):
		on, ok := value.(bool)
		if !ok {
			if want := fmt.Sprint(value); want != valueOf(v.doc, n) {
				v.t.Fatalf("liveviewtest: %s: %s can be true or false, and it is to be %q", verb, tag(n), want)
			}
			on = true
		}
		if kind(n) == "radio" && !on {
			v.t.Fatalf("liveviewtest: %s: the radio button %s can't be switched off; choose another", verb, tag(n))
		}
		if on == v.doc.checked(n) {
			v.settle()
			return
		}
		v.doc.setChecked(n, on)
	case kind(n) == "select":
		v.doc.choose(n, v.optionsFor(verb, n, texts(value)))
	default:
		typed := fmt.Sprint(value)
		if limit := atoi(attrOf(n, "maxlength")); limit >= 0 && len([]rune(typed)) > limit {
			typed = string([]rune(typed)[:limit])
		}
		v.doc.of(n).value = &typed
	}
	v.fieldChanged(n)
	v.settle()
}

// optionsFor returns the options of a select by value or text.
func (v *View) optionsFor(verb string, sel *html.Node, wanted []string) []*html.Node {
	v.t.Helper()
	if len(wanted) > 1 && !hasAttr(sel, "multiple") {
		v.t.Fatalf("liveviewtest: %s: %s takes one value, and %d are given", verb, tag(sel), len(wanted))
	}
	all := options(sel)
	var chosen []*html.Node
	for _, w := range wanted {
		i := slices.IndexFunc(all, func(o *html.Node) bool { return optionValue(o) == w })
		if i < 0 {
			i = slices.IndexFunc(all, func(o *html.Node) bool { return text(o) == w })
		}
		if i < 0 || optionDisabled(all[i]) {
			v.t.Fatalf("liveviewtest: %s: the field %q has no option %q that can be chosen; there are:%s", verb, attrOf(sel, "name"), w, listing(all))
		}
		chosen = append(chosen, all[i])
	}
	return chosen
}

// fieldChanged reports a change of a field by phx-change, its own or its form's.
func (v *View) fieldChanged(n *html.Node) {
	v.t.Helper()
	form := v.doc.form(n)
	event := attrOf(n, "phx-change")
	if event == "" && form != nil {
		event = attrOf(form, "phx-change")
	}
	if event == "" || v.main == nil {
		return
	}
	if form == nil {
		v.warn("%s has phx-change and is in no form", tag(n))
		return
	}
	v.doc.of(n).used = true
	v.exec(cause{kind: "change", event: event, source: n, target: attrOf(n, "name")})
}

// implicitSubmit is Enter in a form's field.
func (v *View) implicitSubmit(verb string, form *html.Node) {
	v.t.Helper()
	var button *html.Node
	for _, n := range v.doc.controls(form) {
		if kind(n) == "submit" || kind(n) == "image" {
			button = n
			break
		}
	}
	if button != nil && disabled(button) {
		v.t.Fatalf("liveviewtest: %s: the form's submit button %s is disabled", verb, tag(button))
	}
	if button != nil {
		v.clickHeard(button) // browsers click on it
	}
	v.requestSubmit(verb, form, button)
}

// requestSubmit submits a form, if the browser finds it in order.
func (v *View) requestSubmit(verb string, form, submitter *html.Node) {
	v.t.Helper()
	if !hasAttr(form, "novalidate") && (submitter == nil || !hasAttr(submitter, "formnovalidate")) {
		for _, n := range v.doc.controls(form) {
			if problem := v.doc.invalid(n); problem != "" {
				v.t.Fatalf("liveviewtest: %s: a browser would not submit the form %s: the field %s %s", verb, tag(form), tag(n), problem)
			}
		}
	}
	if !v.submit(form, submitter) {
		v.submitPlain(form, submitter)
	}
}

// submit runs phx-submit and reports whether there is one.
func (v *View) submit(form, submitter *html.Node) bool {
	v.t.Helper()
	event := attrOf(form, "phx-submit")
	if event == "" || v.main == nil {
		return false
	}
	for _, n := range v.doc.controls(form) {
		v.doc.of(n).submitted = true
	}
	// The field one is in loses the focus until the answer has come, and so
	// takes what the server has made of it.
	focused := v.doc.focused
	v.moveFocus(nil)
	v.exec(cause{kind: "submit", event: event, source: form, submitter: submitter, answer: func(diff) {
		if focused != nil && v.doc.connected(focused) && v.doc.focused == nil {
			v.moveFocus(focused)
		}
	}})
	return true
}

// submitPlain submits a form as a page without the client does.
func (v *View) submitPlain(form, submitter *html.Node) {
	v.t.Helper()
	action, method := attrOf(form, "action"), attrOf(form, "method")
	if submitter != nil {
		if a, ok := attr(submitter, "formaction"); ok {
			action = a
		}
		if m, ok := attr(submitter, "formmethod"); ok {
			method = m
		}
	}
	if strings.EqualFold(method, "dialog") {
		return
	}
	u := v.resolveHere(action)
	body := encode(v.doc.entries(form, submitter))
	if strings.EqualFold(method, http.MethodPost) {
		v.load(http.MethodPost, u, strings.NewReader(body), true)
		return
	}
	u.RawQuery = body
	v.load(http.MethodGet, u, nil, true)
}

// reset is a click on a reset button.
func (v *View) reset(form *html.Node) {
	v.t.Helper()
	var button *html.Node
	for _, n := range v.doc.controls(form) {
		s := v.doc.of(n)
		*s = state{mounted: s.mounted, addClasses: s.addClasses, removeClasses: s.removeClasses, setAttrs: s.setAttrs, removeAttrs: s.removeAttrs, ignoreAttrs: s.ignoreAttrs, display: s.display}
		for _, o := range options(n) {
			v.doc.of(o).selected = nil
		}
		if kind(n) == "reset" && button == nil {
			button = n
		}
	}
	if button != nil {
		v.fieldChanged(button)
	}
}

// Hook returns the hook on the element that the selector matches, which must
// have phx-hook.
func (v *View) Hook(selector string) *Hook {
	v.t.Helper()
	v.ready("Hook", selector)
	n := v.element("Hook", selector, nil)
	if attrOf(n, "phx-hook") == "" {
		v.t.Fatalf("liveviewtest: Hook(%q): %s has no phx-hook.%s", selector, tag(n), v.nearest(selector, with("phx-hook")))
	}
	return &Hook{view: v, id: attrOf(n, "id"), Name: attrOf(n, "phx-hook")}
}

// Hook stands for the JavaScript of a phx-hook, which a test plays itself.
type Hook struct {
	// Name is what phx-hook says.
	Name string

	view *View
	id   string
}

// Push does what the hook's this.pushEvent does, and returns the reply of
// [liveview.Socket.Reply], null if there was none. payload may be anything that
// encoding/json marshals; nil is {}.
//
// [liveview.Socket.Reply]: https://pkg.go.dev/github.com/gin-liveview/liveview#Socket.Reply
func (h *Hook) Push(event string, payload any) json.RawMessage {
	h.view.t.Helper()
	return h.push(event, payload, nil)
}

// PushTo does what the hook's this.pushEventTo does, for the components around
// the elements that the selector matches; the last one's reply is returned.
func (h *Hook) PushTo(selector, event string, payload any) json.RawMessage {
	h.view.t.Helper()
	v := h.view
	nodes := v.query("PushTo", selector)
	if len(nodes) == 0 {
		v.t.Fatalf("liveviewtest: PushTo(%q): no element matches.%s", selector, v.nearest(selector, nil))
	}
	var reply json.RawMessage
	for _, n := range nodes {
		var cid *int
		if c := closest(n, v.isComponent); c != nil {
			number := atoi(attrOf(c, "data-phx-component"))
			cid = &number
		}
		reply = h.push(event, payload, cid)
	}
	return reply
}

func (h *Hook) push(event string, payload any, cid *int) json.RawMessage {
	v := h.view
	v.t.Helper()
	v.ready("Push", event)
	v.expectLive(fmt.Sprintf("Push(%q)", event))
	if n := v.doc.byID(h.id); n == nil || attrOf(n, "phx-hook") != h.Name {
		v.t.Fatalf("liveviewtest: Push(%q): the hook's element #%s is gone from the page", event, h.id)
	}
	if payload == nil {
		payload = diff{}
	}
	if _, err := json.Marshal(payload); err != nil {
		v.t.Fatalf("liveviewtest: Push(%q): %v", event, err)
	}
	message := diff{"type": "hook", "event": event, "value": payload}
	if cid != nil {
		message["cid"] = *cid
	}
	reply := json.RawMessage("null")
	v.push(protocol.EventEvent, message, func(response diff) {
		if d, ok := response["diff"].(diff); ok && d["r"] != nil {
			reply = jsonText(d["r"])
		}
	})
	v.settle()
	return reply
}
