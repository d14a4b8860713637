package plainhtml

import (
	"bytes"
	"html"
	"slices"
	"strings"

	"github.com/gin-liveview/liveview/internal/htmlscan"
)

// View is a view whose HTML is to be rewritten.
type View struct {
	ID     string        // of the view in the page of another one; "" for the page's own
	Action string        // URL of the page
	Token  func() string // the field TokenField of its forms

	// Target returns the key of the live component that phx-target names, "" for the
	// view itself, or reports that it can't be told.
	Target func(target string) (live string, ok bool)

	// Posted is the field EventField of the form that the page is the answer to, "" for
	// none: that form gets PostedMark.
	Posted string

	// MethodOnly has forms get their method and nothing else: the application handles
	// what is posted itself.
	MethodOnly bool
}

// Rewrite returns page with what makes the forms and buttons of the view work without
// JavaScript, whose HTML it is from the offset from on. It needs page for that, and grows it.
// scratch may be overwritten, and is returned for the next time.
//
// What isn't there costs a search for "phx-"; what there is, is found by it, by the tags
// up to it, and its tag is read. Well-formed HTML is rewritten rightly; in other HTML
// something may stay as it is.
func (v *View) Rewrite(page []byte, from int, scratch []byte) (html, used []byte) {
	w := writer{View: v, html: page[from:], dst: scratch[:0]}
	tags := skimmer{html: w.html}
	for at := 0; ; {
		i := bytes.Index(w.html[at:], phx)
		if i < 0 {
			break
		}
		at += i + len(phx)
		if at == len(w.html) || w.html[at] != 'c' && w.html[at] != 's' { // phx-click, phx-change, phx-submit
			continue
		}
		if start, end, ok := tags.around(at); ok {
			w.element(start, end)
			at = end
		}
	}
	if w.hasButtons {
		w.cut(len(w.html), len(w.html))
		w.dst = append(append(append(append(w.dst, `<form id="`...), formID...), v.ID...), `" hidden`...)
		w.dst = w.formStart(w.dst)
		w.dst = append(w.field(append(w.dst, '>'), TokenField, []byte(v.Token())), `</form>`...)
	}
	return w.splice(page, from), w.dst
}

var phx = []byte("phx-")

// writer writes what a View's HTML becomes.
type writer struct {
	*View
	html       []byte
	dst        []byte // what takes the place of the cuts, one after the other
	cuts       []cut
	formEnd    int // where the form ends that was rewritten last
	hasButtons bool
	own        *owners    // nil before it is needed
	read       attributes // of the tag that is at hand
	spec       []byte     // what it says is to happen
}

// cut is a piece of the HTML that something else takes the place of, from begins on in dst.
type cut struct{ start, end, begins int }

// cut begins what takes the place of a piece of the HTML.
func (w *writer) cut(start, end int) {
	w.cuts = append(w.cuts, cut{start, end, len(w.dst)})
}

// splice puts what takes the place of the cuts into page. Pages are large, and the cuts in
// most are few: so the rest is moved where it is, from the end on.
func (w *writer) splice(page []byte, from int) []byte {
	grown, least := 0, 0
	for i, c := range w.cuts {
		grown += w.ends(i) - c.begins - (c.end - c.start)
		least = min(least, grown)
	}
	size := len(page)
	source := page
	if least < 0 { // or what is moved would be overwritten
		source = bytes.Clone(page)
	}
	page = slices.Grow(page, max(grown, 0))[:size+grown]
	if least >= 0 {
		source = page[:size]
	}
	to, end := len(page), size
	for i := len(w.cuts) - 1; i >= 0; i-- {
		c := w.cuts[i]
		text := w.dst[c.begins:w.ends(i)]
		rest := source[from+c.end : end]
		to -= len(rest)
		copy(page[to:], rest)
		to -= len(text)
		copy(page[to:], text)
		end = from + c.start
	}
	return page
}

// ends returns where the text of a cut ends in dst.
func (w *writer) ends(i int) int {
	if i+1 < len(w.cuts) {
		return w.cuts[i+1].begins
	}
	return len(w.dst)
}

// formID is how the id begins of the hidden form that buttons submit; that of the view
// follows.
const formID = "_lv"

// element rewrites the element whose tag is from start to end, if it is one to be rewritten.
func (w *writer) element(start, end int) {
	switch tag := w.html[start:end]; {
	case isNamed(tag, "button"):
		w.button(start, end)
	case isNamed(tag, "form"):
		w.form(start, end)
	}
}

// attributes is what a tag says.
type attributes struct {
	click, submit, change, target string
	id, name, value, kind         string
	owner                         string // the form that a button names
	method, action, owned         bool   // the last: it names one
	values                        []pair // phx-value-*
	added                         []span // attributes in whose place others come
	tag                           []byte
}

type span struct{ start, end int }

// readTag reads a tag into w.read, whose memory is used again. What isn't escaped is a part
// of the page: no text outlives the element.
func (w *writer) readTag(tag []byte) *attributes {
	a := &w.read
	*a = attributes{tag: tag, values: a.values[:0], added: a.added[:0]}
	for attr := range htmlscan.Attributes(tag) {
		name := attr.Name
		if len(name) > 4 && string(name[:4]) == "phx-" {
			switch {
			case string(name) == "phx-click":
				a.click = unescape(attr.Value)
			case string(name) == "phx-submit":
				a.submit = unescape(attr.Value)
			case string(name) == "phx-change":
				a.change = unescape(attr.Value)
			case string(name) == "phx-target":
				a.target = unescape(attr.Value)
			case bytes.HasPrefix(name, phxValue):
				a.values = append(a.values, pair{text(name[len(phxValue):]), unescape(attr.Value)})
			}
			continue
		}
		switch string(name) {
		case "id":
			a.id = unescape(attr.Value)
			continue
		case "form":
			a.owner, a.owned = unescape(attr.Value), true
		case "name":
			a.name = unescape(attr.Value)
		case "value":
			a.value = unescape(attr.Value)
		case "type":
			a.kind = strings.ToLower(text(attr.Value))
		case "method":
			a.method = true
			continue
		case "action":
			a.action = true
			continue
		case "formmethod", "formaction", "formenctype", "formtarget", "enctype":
		default:
			continue
		}
		end := attr.At + len(name)
		if attr.Assigned {
			end = cap(tag) - cap(attr.Value) + len(attr.Value)
			if attr.Quote != 0 {
				end++
			}
		}
		a.added = append(a.added, span{attr.At, end})
	}
	return a
}

var phxValue = []byte("phx-value-")

// other returns the text of any attribute.
func (a *attributes) other(name string) string {
	for attr := range htmlscan.Attributes(a.tag) {
		if string(attr.Name) == name {
			return unescape(attr.Value)
		}
	}
	return ""
}

// events returns what an attribute's bindings are, as they stand in a field; empty for
// none, and ok is false where one of them has a target that can't be told. What it returns
// is valid until it is called again.
func (w *writer) events(binding string, a *attributes) (field []byte, ok bool) {
	if binding != "" && binding[0] != '[' && w.ID == "" && a.target == "" { // as most are
		b := appendString(append(w.spec[:0], "[["...), binding)
		if len(a.values) > 0 {
			b = appendPairs(append(b, ",{"...), a.values)
			b = append(b, '}')
		}
		w.spec = append(b, "]]"...)
		return w.spec, true
	}
	var events []Event
	for _, b := range bindings(binding, a.other) {
		if b.href != "" {
			events = append(events, Event{Href: b.href})
			continue
		}
		e := Event{Name: b.event, Values: values(a.values, b.value), View: w.ID}
		target := b.target
		if target == "" {
			target = a.target
		}
		if target != "" {
			if e.Live, ok = w.Target(target); !ok {
				return nil, false
			}
		}
		events = append(events, e)
	}
	if len(events) == 0 {
		return nil, true
	}
	w.spec = AppendEvents(w.spec[:0], events)
	return w.spec, true
}

// owners reads the page for the forms that are posted and the buttons that name theirs, once.
func (w *writer) owners() *owners {
	if w.own == nil {
		w.own = readOwners(w.html)
	}
	return w.own
}

// insideOf returns what the form has whose tag ends at end, and notes where it ends itself.
func (w *writer) insideOf(end int, id string) use {
	var inside use
	inside, w.formEnd = usesUpTo(w.html, end)
	if id != "" && (w.own != nil || bytes.Contains(w.html, []byte("form="))) {
		inside |= w.owners().named[id]
	}
	return inside
}

// form has a form without a method and action of its own be posted.
func (w *writer) form(start, end int) {
	a := w.readTag(w.html[start:end])
	if a.method || a.action || a.submit == "" && a.change == "" {
		return
	}
	if w.MethodOnly {
		w.copyTag(start, end, nil)
		w.dst = append(w.dst, ` method="post">`...)
		return
	}
	inside := w.insideOf(end, a.id)
	submit := a.submit
	if submit == "" {
		submit = a.change
	}
	w.copyTag(start, end, func(tag []byte) bool { return bytes.HasPrefix(tag, []byte("enctype")) })
	w.dst = w.formStart(w.dst)
	if inside&hasFiles != 0 {
		w.dst = append(w.dst, ` enctype="multipart/form-data"`...)
	}
	event, _ := w.events(submit, a)
	if w.Posted != "" && w.Posted == string(event) {
		w.dst = append(append(w.dst, ' '), PostedMark...)
	}
	w.dst = w.field(append(w.dst, '>'), TokenField, []byte(w.Token()))
	w.dst = w.field(w.dst, EventField, event)
	if a.change == "" || inside&(hasFiles|hasClicks) == 0 {
		return
	}
	if change, _ := w.events(a.change, a); len(change) > 0 {
		w.dst = w.field(w.dst, ChangeField, change)
	}
	if inside&hasButtons != 0 {
		// Enter presses the first button that submits, which isn't to be one that only
		// now does.
		w.dst = append(w.dst, `<button hidden></button>`...)
	}
}

// formStart appends the attributes that all forms get.
func (w *writer) formStart(dst []byte) []byte {
	return append(append(append(dst, ` method="post" action="`...), html.EscapeString(w.Action)...), '"')
}

// field appends a hidden field.
func (w *writer) field(dst []byte, name string, value []byte) []byte {
	dst = append(append(dst, `<input type="hidden" name="`...), name...)
	return append(appendEscaped(append(dst, `" value='`...), value), `'>`...)
}

// button has a button with phx-click submit a form that says what it is.
func (w *writer) button(start, end int) {
	a := w.readTag(w.html[start:end])
	if a.click == "" || a.kind == "reset" || w.MethodOnly || strings.HasPrefix(a.name, ClickField) { // the last: of a view within this one
		return
	}
	inForm := start < w.formEnd
	if a.owned {
		inForm = w.owners().posted[a.owner]
	}
	if inForm && a.kind != "button" && a.name != "" {
		return // it says which of the form's buttons it is
	}
	if a.value != "" {
		a.values = append(a.values, pair{"value", a.value})
	}
	events, _ := w.events(a.click, a)
	if len(events) == 0 {
		return
	}
	w.copyTag(start, end, func(tag []byte) bool { return !inForm || !bytes.HasPrefix(tag, []byte("form=")) })
	switch {
	case !inForm:
		w.hasButtons = true
		w.dst = append(append(append(append(w.dst, ` form="`...), formID...), w.ID...), '"')
	case a.kind == "button":
		w.dst = append(w.dst, ` formnovalidate`...)
	}
	w.dst = append(append(append(w.dst, ` name="`...), clickName(inForm && a.kind != "button")...), `" value='`...)
	w.dst = append(appendEscaped(w.dst, events), `'>`...)
}

// SubmitClickField is ClickField of a button that also submits the form that it is in.
const SubmitClickField = ClickField + "_submit"

func clickName(submits bool) string {
	if submits {
		return SubmitClickField
	}
	return ClickField
}

// copyTag begins what takes the place of the tag that was read: the tag itself without its
// end, and without those of the attributes in whose place others may come that are dropped.
func (w *writer) copyTag(start, end int, dropped func(attribute []byte) bool) {
	w.cut(start, end)
	tag := w.html[start:end]
	at := 0
	for _, s := range w.read.added {
		if dropped != nil && dropped(tag[s.start:s.end]) {
			w.dst = append(w.dst, bytes.TrimRight(tag[at:s.start], spaces)...)
			at = s.end
		}
	}
	rest := bytes.TrimSuffix(tag[at:], []byte(">"))
	w.dst = append(w.dst, bytes.TrimRight(rest, spaces+"/")...)
}

// appendEscaped appends text as the value of an attribute in single quotes.
func appendEscaped(dst, text []byte) []byte {
	for _, c := range text {
		switch c {
		case '&':
			dst = append(dst, "&amp;"...)
		case '\'':
			dst = append(dst, "&#39;"...)
		case '<':
			dst = append(dst, "&lt;"...)
		case '>':
			dst = append(dst, "&gt;"...)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
