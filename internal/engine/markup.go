package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"slices"
	"strings"
	"text/template/parse"

	"github.com/gin-liveview/liveview/internal/attr"
	"github.com/gin-liveview/liveview/internal/htmlscan"
)

// markup looks for mistakes in HTML, be it a page's template or what a component
// wrote: what a browser makes another page of than is written, and what can't
// live on a page that the client patches.
type markup struct {
	*htmlscan.Scanner                        // a lenient one
	open              htmlscan.Stack[opened] // the elements that are open
	tag               spot                   // where the start tag that is being read begins
	part              bool                   // what is around it is closed where it should be
	alone             bool                   // the client leaves alone what is around it
	lost              []*left                // what some way left open, by its name
	loose             bool                   // anything may be open
	value             beginning              // of the attribute value that is being read
	signed            string                 // the name that the tag's value attribute is signed for
}

// spot is where in a page's source something is written: at an offset in a text.
// Its zero value stands for the HTML of components.
type spot struct {
	text   *parse.TextNode
	offset int
}

// opened is an open element.
type opened struct {
	name string
	at   spot // of its start tag
	// closer is the start tag for which a browser closes the element, if any. It is
	// a mistake if an end tag for the element follows: that many of them may be left
	// out is no reason to write them in vain.
	closer closer
	// Of it or one around it:
	inert  bool // it is a template that is no portal: the client doesn't see into it
	ignore bool // the client leaves the content alone
	clicks bool // it may take clicks
	// Of a form itself:
	deaf bool // it surely has no phx-change
	live bool // it surely is one that the client handles

	stream bool // it may be the container of a stream
	named  bool // it may have an id
	child  bool // there is an element in it
	taken  bool // there is a stream in it
}

// left is an element that one way through the page leaves open and another doesn't.
type left struct {
	opened
	closed bool // there is an end tag further on that may close it
}

// closer is a start tag, by its name, and where it stands.
type closer struct {
	name string
	at   spot
}

// fault is a mistake.
type fault struct {
	at   spot
	text string
}

func newMarkup(around htmlscan.Context) *markup {
	return &markup{Scanner: &htmlscan.Scanner{Around: around, Lenient: true}}
}

// mistakesIn returns what is wrong with HTML that stands in a context, where
// the client leaves it alone if ignored: each mistake once, and a few at most.
func mistakesIn(html []byte, around htmlscan.Context, ignored bool) (all []string) {
	m := newMarkup(around)
	m.part, m.alone = true, ignored
	m.Scan(html, func(t *htmlscan.Token) bool {
		if f := m.token(t, html, spot{}); f != nil && !slices.Contains(all, f.text) {
			all = append(all, f.text)
		}
		return len(all) < 8
	})
	return all
}

// clone returns a copy that goes on on its own.
func (m *markup) clone() *markup {
	return &markup{m.Scanner.Clone(), m.open.Clone(), m.tag, m.part, m.alone, slices.Clip(m.lost), m.loose, m.value, m.signed}
}

// token reads a token that stands at at, and returns the first mistake in it.
func (m *markup) token(t *htmlscan.Token, source []byte, at spot) *fault {
	switch t.Kind {
	case htmlscan.Text:
		if t.Misplaced && t.Context.Known() && !t.Context.InSelect() {
			text := bytes.TrimSpace(source[t.Start:t.End])
			return &fault{at, fmt.Sprintf("%.20q in a table: browsers move text before the table, unless it is in a cell", text)}
		}
	case htmlscan.EndTag:
		if t.Stray {
			return m.stray(t, at)
		}
		e, within := m.open.At(m.Depth()), m.unclosed(m.Depth()+1)
		m.open.Cut(m.Depth())
		switch {
		case e.closer.name != "":
			return &fault{e.closer.at, closing(t.Name, e.closer.name)}
		case within != nil:
			return &fault{within.at, fmt.Sprintf("<%s> is left open where </%s> closes what is around it; write </%s> before that", within.name, t.Name, within.name)}
		}
	case htmlscan.StartTag:
		tag := readTag(t, !m.part)
		f := m.misplaced(t, at)
		if text := m.wrong(t, tag); f == nil && text != "" {
			f = &fault{at, text}
		}
		if m.around().stream {
			m.open.From(m.open.Len() - 1)[0].child = true
		}
		if !t.Empty {
			around := m.around()
			deaf, live := formOf(t, tag)
			m.open.Push(opened{
				name: t.Name, at: at,
				inert:  around.inert || t.Name == "template" && !tag.has("data-phx-portal") && !tag.open,
				ignore: around.ignore || tag.may("phx-update", "ignore"),
				clicks: around.clicks || tag.open || tag.has("phx-click"),
				stream: tag.may("phx-update", "stream"),
				named:  tag.has("id") || tag.open,
				deaf:   deaf,
				live:   live,
			})
		}
		return f
	}
	return nil
}

// unclosed returns the first of the open elements from i on that needs an end tag,
// or nil.
func (m *markup) unclosed(i int) *opened {
	for ; i < m.open.Len(); i++ {
		if e := m.open.At(i); e.needsEnd() {
			return &e
		}
	}
	return nil
}

// needsEnd reports whether the element is certain to need an end tag.
func (e *opened) needsEnd() bool {
	return !htmlscan.ClosesItself(e.name) && strings.IndexByte(e.name, htmlscan.Blank) < 0
}

// stray returns the mistake of an end tag that no open element has the name of,
// unless there may be one.
func (m *markup) stray(t *htmlscan.Token, at spot) *fault {
	sure := !m.loose && strings.IndexByte(t.Name, htmlscan.Blank) < 0
	for _, l := range m.lost {
		if l.name == t.Name || strings.IndexByte(l.name, htmlscan.Blank) >= 0 {
			l.closed, sure = true, false
		}
	}
	for i := 0; sure && i < m.open.Len(); i++ {
		sure = strings.IndexByte(m.open.At(i).name, htmlscan.Blank) < 0
	}
	switch {
	case !sure:
		return nil
	case htmlscan.IsVoid(t.Name):
		return &fault{at, fmt.Sprintf("</%s> closes nothing: <%s> has no content and no end tag; remove it", t.Name, t.Name)}
	}
	return &fault{at, fmt.Sprintf("</%s> closes nothing: no <%s> is open here; remove it, or write the start tag where it is missing", t.Name, t.Name)}
}

// lose notes the elements from depth on that a way left open and another didn't.
func (m *markup) lose(open *htmlscan.Stack[opened], depth int) {
	for i := depth; i < open.Len(); i++ {
		m.keep(&left{opened: open.At(i)})
	}
}

// keep notes what a way left open, once for each name.
func (m *markup) keep(l *left) {
	for i, known := range m.lost {
		if known.name != l.name {
			continue
		}
		if known.closed && !l.closed {
			m.lost = slices.Clone(m.lost)
			m.lost[i] = l
		}
		return
	}
	m.lost = append(m.lost, l)
}

// leftOpen returns the mistake of an element that needs an end tag and has none
// where the page ends.
func (m *markup) leftOpen() *fault {
	if m.Malformed() || !m.InText() || m.loose {
		return nil
	}
	if e := m.unclosed(0); e != nil {
		return &fault{e.at, fmt.Sprintf("<%s> is left open: there is no </%s> for it", e.name, e.name)}
	}
	for _, l := range m.lost {
		if !l.closed && l.needsEnd() {
			return &fault{l.at, fmt.Sprintf("<%s> is left open in a branch: there is no </%s> for it, in the branch or behind it", l.name, l.name)}
		}
	}
	return nil
}

// closing says that a browser closes an element where another begins.
func closing(name, closer string) string {
	switch name {
	case "form":
		return "a form in a form: browsers leave out the inner one, and close the outer one where it ends"
	case "svg", "math":
		return fmt.Sprintf("<%s> in <%s>: browsers close the %s before it; in an svg, HTML stands in a foreignObject", closer, name, name)
	}
	return fmt.Sprintf("<%s> in <%s>: browsers close the %s before it, and the rest isn't in the %s", closer, name, name, name)
}

// misplaced returns the mistake of an element that a browser doesn't leave where
// it is written, or notes it in case there is an end tag for what it closes.
func (m *markup) misplaced(t *htmlscan.Token, at spot) *fault {
	if !t.Misplaced || !t.Context.Known() {
		return nil
	}
	if t.Closes >= 0 {
		m.closeFor(t.Closes, closer{t.Name, at})
		return nil
	}
	if outer := t.Context.Ends(t.Name); m.part && outer != "" {
		return &fault{at, fmt.Sprintf("<%s> in a %s around it: browsers close the %s before it", t.Name, outer, outer)}
	}
	switch table := t.Context.Text() != 0; t.Name {
	case "tr", "td", "th", "tbody", "thead", "tfoot", "caption", "colgroup", "col":
		if !table && !t.Context.InSelect() && !t.Context.InTemplate() {
			return &fault{at, fmt.Sprintf("<%s> outside of a table: browsers leave it out", t.Name)}
		}
	case "html", "head", "body", "frameset", "frame":
		return &fault{at, fmt.Sprintf("<%s> within a page: browsers leave it out; it belongs into the layout", t.Name)}
	case "input":
		// It may be a hidden one, which stays.
	case "form":
		if table {
			return &fault{at, "a form in a table: browsers close it at once; put it around the table, or into a cell"}
		}
	default:
		if table && !t.Context.InSelect() {
			return &fault{at, fmt.Sprintf("<%s> in a table: browsers move it before the table, unless it is in a cell", t.Name)}
		}
	}
	return nil
}

// around returns the innermost open element.
func (m *markup) around() opened {
	if n := m.open.Len(); n > 0 {
		return m.open.At(n - 1)
	}
	return opened{}
}

// closeFor notes that a browser closes an open element for a start tag.
func (m *markup) closeFor(i int, c closer) {
	if m.open.At(i).closer.name == "" {
		m.open.From(i)[0].closer = c
	}
}

// ignored reports whether the client leaves alone what is shown here.
func (m *markup) ignored() bool {
	return m.alone || m.around().ignore
}

// inert reports whether what is shown here is within a template.
func (m *markup) inert() bool { return m.around().inert }

// tag is what is known of a start tag's attributes.
type tag struct {
	values map[string][][]byte // by their names; a template's branches may give several
	names  []string            // in their order
	open   bool                // there may be others
}

// readTag reads a start tag, of one name the first attribute or, if the tag may
// be that of several branches, all.
func readTag(t *htmlscan.Token, branches bool) tag {
	read := tag{values: map[string][][]byte{}}
	for a := range htmlscan.Attributes(t.Tag) {
		if bytes.IndexByte(a.Name, htmlscan.Blank) >= 0 {
			read.open = true
			continue
		}
		name := strings.ToLower(string(a.Name))
		others, twice := read.values[name]
		if !twice {
			read.names = append(read.names, name)
		}
		if !twice || branches {
			read.values[name] = append(others, a.Value)
		}
	}
	return read
}

func (t tag) has(name string) bool { return t.values[name] != nil }

// known are the values that an attribute may have, as far as all of one is
// known, and sure reports whether it has one of these.
func (t tag) known(name string) (values []string, sure bool) {
	for _, value := range t.values[name] {
		if bytes.IndexByte(value, htmlscan.Blank) < 0 {
			values = append(values, string(value))
		}
	}
	return values, len(values) > 0 && len(values) == len(t.values[name])
}

// may reports whether an attribute may have a value.
func (t tag) may(name, value string) bool {
	values, sure := t.known(name)
	return slices.Contains(values, value) || !sure && (t.has(name) || t.open)
}

// wrong returns what is wrong with an element that stays where it is written, or
// nothing.
func (m *markup) wrong(t *htmlscan.Token, tag tag) string {
	for _, name := range tag.names {
		if text := wrongBinding(name); text != "" {
			return text
		}
	}
	if text := m.wrongValue(tag); text != "" {
		return text
	}
	if text := m.wrongValueName(t, tag); text != "" {
		return text
	}
	if text := m.wrongFile(t, tag); text != "" {
		return text
	}
	switch t.Name {
	case "title":
		if t.Context.Known() && !t.Context.Foreign() && !t.Context.InTemplate() {
			return "a <title> on a live page: the page's is that of the layout ({{.LiveTitle}}), and PageTitle of the socket sets it"
		}
	case "script":
		if runs(tag) {
			return "a script on a live page: browsers run it when the page is loaded, and not when the client puts it on the page; " +
				"put it into the layout, or make it a hook (phx-hook)"
		}
	case "template":
		if tag.has("shadowrootmode") || tag.has("shadowroot") {
			return "a shadow root on a live page: browsers attach it when the page is loaded, and not when the client puts it on the page; " +
				"attach it in a custom element or a hook (phx-hook)"
		}
	}
	values, sure := tag.known("contenteditable")
	on := func(value string) bool { return !strings.EqualFold(value, "false") }
	if tag.has("contenteditable") && (!sure || slices.ContainsFunc(values, on)) {
		if !tag.may("phx-update", "ignore") && !m.ignored() {
			return `contenteditable without phx-update="ignore": the next change of the page takes away what was typed`
		}
	}
	return wrongName(t, tag)
}

// runs reports whether a browser runs a script when it loads the page. The client
// runs those with data-phx-runtime-hook itself.
func runs(tag tag) bool {
	if tag.has("data-phx-runtime-hook") {
		return false
	}
	if !tag.has("type") {
		return !tag.open
	}
	kinds, _ := tag.known("type")
	return slices.ContainsFunc(kinds, func(kind string) bool {
		kind, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(kind)), ";")
		return kind == "" || kind == "module" || strings.HasSuffix(kind, "javascript") || strings.HasSuffix(kind, "ecmascript")
	})
}

// bindings are the client's attributes that begin with phx-, but for phx-value-*.
//
// Source: the calls of binding in phoenix_live_view/assets/js.
var bindings = set("phx-auto-recover", "phx-blur", "phx-change", "phx-click", "phx-click-away",
	"phx-connected", "phx-debounce", "phx-disable-with", "phx-disconnected", "phx-drop-target", "phx-focus",
	"phx-hook", "phx-key", "phx-keydown", "phx-keyup", "phx-mounted", "phx-no-unused-field", "phx-patch-focused",
	"phx-progress", "phx-remove", "phx-submit", "phx-target", "phx-throttle", "phx-track-static",
	"phx-trigger-action", "phx-update", "phx-viewport-bottom", "phx-viewport-overrun-target", "phx-viewport-top",
	"phx-window-blur", "phx-window-focus", "phx-window-keydown", "phx-window-keyup")

// events are those of the bindings whose value is the name of an event, or
// commands that send one.
var events = set("phx-blur", "phx-change", "phx-click", "phx-click-away", "phx-focus", "phx-keydown", "phx-keyup",
	"phx-submit", "phx-window-blur", "phx-window-focus", "phx-window-keydown", "phx-window-keyup")

// wrongBinding says of an attribute that it looks like one of the client's and
// isn't, or nothing.
func wrongBinding(name string) string {
	if !strings.HasPrefix(name, "phx-") || bindings[name] || strings.HasPrefix(name, "phx-value-") {
		return ""
	}
	if name == "phx-value" {
		return "the client has no attribute phx-value; did you mean phx-value-name, with the name that the value has in the event?"
	}
	best, distance := "", 4
	for _, known := range slices.Sorted(maps.Keys(bindings)) {
		if d := editDistance(name, known); d < distance {
			best, distance = known, d
		}
	}
	if best != "" {
		return fmt.Sprintf("the client has no attribute %s; did you mean %s?", name, best)
	}
	return fmt.Sprintf("the client has no attribute %s; what is yours is called data-…", name)
}

// wrongValue says what is wrong with the values of the client's attributes, or
// nothing.
func (m *markup) wrongValue(tag tag) string {
	for _, name := range []string{"phx-debounce", "phx-throttle"} {
		values, _ := tag.known(name)
		for _, value := range values {
			if value != "" && value != "blur" && !startsWithNumber(value) {
				return fmt.Sprintf(`%s="%s" is no time, and the client sends no event; write milliseconds, or blur`, name, value)
			}
		}
	}
	if tag.has("phx-hook") && !tag.has("id") && !tag.open {
		return "phx-hook without an id: the client doesn't run the hook; give the element an id that no other has"
	}
	if values, _ := tag.known("phx-update"); slices.Contains(values, "ignore") && !tag.has("id") && !tag.open {
		return `phx-update="ignore" without an id: the client may take another element for this one, and leaves that alone; give it an id that no other has`
	}
	if values, _ := tag.known("phx-update"); slices.Contains(values, "stream") && !tag.has("id") && !tag.open {
		return `phx-update="stream" without an id: the client can't tell the element of a stream from others; give it an id that no other has`
	}
	for _, name := range tag.names {
		if attr.TakesCommands(name) {
			values, _ := tag.known(name)
			for _, value := range values {
				if text := wrongExec(name, value); text != "" {
					return text
				}
			}
		}
		if !events[name] || name == "phx-click" && m.mayClick() {
			continue
		}
		named := func(value string) bool { return value != "" }
		if values, sure := tag.known(name); sure && !slices.ContainsFunc(values, named) {
			return fmt.Sprintf(`%s names no event; write its name, as in %[1]s="save", or leave %[1]s out`, name)
		}
	}
	return ""
}

// wrongExec says of commands that are written by hand that they run what stands in an
// attribute for data, or nothing.
func wrongExec(name, commands string) string {
	var list [][]json.RawMessage
	if !strings.Contains(commands, "exec") || json.Unmarshal([]byte(html.UnescapeString(commands)), &list) != nil {
		return ""
	}
	for _, entry := range list {
		var op string
		var args struct{ Attr string }
		if len(entry) != 2 || json.Unmarshal(entry[0], &op) != nil || op != "exec" || json.Unmarshal(entry[1], &args) != nil || attr.TakesCommands(args.Attr) {
			continue
		}
		return fmt.Sprintf("%s runs what the attribute %q says, in which data may stand; commands stand in one of the client's such as phx-remove, or in one of your own that begins with %s",
			name, args.Attr, attr.CommandPrefix)
	}
	return ""
}

// sentAs is the mistake of a value that where sends under another name than it is signed for.
func sentAs(where, signed, sent string) string {
	return fmt.Sprintf("%s sends what is signed as %q under the name %q, for which the signature doesn't hold: write {{signed %[3]q …}}", where, signed, sent)
}

// wrongValueName says of a field or button that its value is signed for another name.
func (m *markup) wrongValueName(t *htmlscan.Token, tag tag) string {
	signed := m.signed
	m.signed = ""
	if signed == "" || tag.open || t.Name != "input" && t.Name != "button" {
		return ""
	}
	if tag.has("phx-click") && signed == "value" {
		return ""
	}
	names, sure := tag.known("name")
	switch {
	case sure && len(names) == 1 && names[0] != signed:
		return sentAs("value", signed, names[0])
	case !tag.has("name") && tag.has("phx-click"):
		return sentAs("value", signed, "value")
	}
	return ""
}

// The client learns of a file by a change of its form, and sends those of uploads alone.
//
// Source: pushInput in phoenix_live_view/assets/js/phoenix_live_view/view.ts.

// unheardFile is the mistake of a file that the client doesn't learn of.
const unheardFile = `a file input in a form without phx-change: the client learns of a file by the change, and would never send it; give the form a phx-change, as in phx-change="choose"`

// formOf says of a form what that means for files in it.
func formOf(t *htmlscan.Token, tag tag) (deaf, live bool) {
	if t.Name != "form" || tag.open {
		return false, false
	}
	posts := slices.ContainsFunc([]string{"action", "method", "phx-trigger-action", "phx-hook"}, tag.has)
	return !tag.has("phx-change"), !posts && (tag.has("phx-submit") || tag.has("phx-change"))
}

// form returns the innermost open form; none is the zero value.
func (m *markup) form() opened {
	for i := m.open.Len() - 1; i >= 0; i-- {
		if e := m.open.At(i); e.name == "form" {
			return e
		}
	}
	return opened{}
}

// wrongFile says what is wrong with a file input that is written as HTML.
func (m *markup) wrongFile(t *htmlscan.Token, tag tag) string {
	kinds, sure := tag.known("type")
	isFile := func(kind string) bool { return strings.EqualFold(kind, "file") }
	if t.Name != "input" || !sure || !slices.ContainsFunc(kinds, isFile) || tag.open || tag.has("form") {
		return ""
	}
	switch form := m.form(); {
	case tag.has("data-phx-upload-ref"):
		if form.deaf && !tag.has("phx-change") {
			return unheardFile
		}
	case form.live && tag.has("name") && !tag.has("phx-hook"):
		return `the client sends no file of <input type="file"> that is written by hand: write it by {{.FileInput}} of an upload, which AllowUpload allows; ` +
			`or without a name, if a script of yours reads it`
	}
	return ""
}

// mayClick reports whether an element around what is read next may take clicks,
// which an empty phx-click keeps from it.
func (m *markup) mayClick() bool {
	return m.part || m.loose || len(m.lost) > 0 || m.around().clicks
}

// startsWithNumber reports whether the client takes value for an integer, be it
// with something behind it.
func startsWithNumber(value string) bool {
	value = strings.TrimSpace(value)
	if value != "" && (value[0] == '-' || value[0] == '+') {
		value = value[1:]
	}
	return value != "" && '0' <= value[0] && value[0] <= '9'
}

// wrongName says of a field that its name, or its id, hides a property of its
// form that the client needs, and of other elements the same of the document.
func wrongName(t *htmlscan.Token, tag tag) string {
	field, whole := false, false
	switch t.Name {
	case "button", "fieldset", "input", "object", "output", "select", "textarea":
		field = tag.has("form") || t.Context.Known() && t.Context.InForm()
		whole = t.Name == "object"
	case "img":
		field, whole = t.Context.Known() && t.Context.InForm(), true
	case "form", "iframe", "embed":
		whole = true
	}
	for _, attribute := range []string{"name", "id"} {
		values, _ := tag.known(attribute)
		for _, value := range values {
			switch {
			case field && formProperties[value]:
				return fmt.Sprintf("a field with the %s %q hides the property of that name of its form, and the client no longer works; call it otherwise", attribute, value)
			case whole && documentProperties[value] && (attribute == "name" || t.Name == "object" || t.Name == "img" && tag.has("name")):
				return fmt.Sprintf("an element <%s> with the %s %q hides the property of that name of the document, and the client no longer works; call it otherwise", t.Name, attribute, value)
			}
		}
	}
	return ""
}

// formProperties are what the client reads of forms whatever the page does, and
// documentProperties what it reads of the document.
var (
	formProperties = set("addEventListener", "appendChild", "attributes", "classList", "cloneNode", "closest", "contains",
		"dispatchEvent", "elements", "firstChild", "getAttribute", "hasAttribute", "id", "insertBefore", "isEqualNode",
		"isSameNode", "matches", "nextSibling", "nodeName", "nodeType", "parentElement", "parentNode", "querySelector",
		"querySelectorAll", "removeAttribute", "removeChild", "removeEventListener", "replaceChild", "setAttribute", "tagName")
	documentProperties = set("activeElement", "addEventListener", "body", "cookie", "createElement", "createElementNS",
		"createRange", "createTextNode", "currentScript", "dispatchEvent", "documentElement", "firstElementChild",
		"getElementById", "nodeName", "querySelector", "querySelectorAll", "readyState", "removeEventListener", "title")
)

func set(names ...string) map[string]bool {
	all := map[string]bool{}
	for _, name := range names {
		all[name] = true
	}
	return all
}
