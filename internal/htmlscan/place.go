package htmlscan

// Context is what decides where a browser's parser puts an element: which
// elements are open around it, as far as that matters. The zero value is that
// of a div in a page's body. Contexts can be compared.
//
// The rules are those of the standard's tree construction
// (https://html.spec.whatwg.org/multipage/parsing.html#tree-construction).
// Where browsers differ, or a rule is seldom needed, an element counts as
// misplaced that some browser may leave where it is.
type Context struct {
	open   Open
	parent parent
}

// Open is a set of what may be open.
type Open uint32

// What may be open around a place, if a tag that follows can close it, or makes
// the parser treat that tag in another way.
const (
	inP        Open = 1 << iota // a p that a block closes
	inA                         // an a that another closes
	inButton                    // a button that another closes
	inNobr                      // a nobr that another closes
	inItem                      // an li that another closes
	inTerm                      // a dt or dd that another closes
	inForm                      // a form: one within it is left out
	inRuby                      // a ruby
	inPart                      // a part of a table that another part closes
	inForeign                   // the content is of svg or math, not HTML
	atHeading                   // the innermost element is a heading, which another closes
	atOption                    // the innermost element is an option or a group of them
	atTable                     // the innermost element is a table or a part of one that takes no text
	inSelect                    // a select, whose content browsers parse in different ways
	inTemplate                  // a template, whose content is no part of the page
	inUnknown                   // nothing is known of what is open
)

// anything is all of these.
const anything = inUnknown<<1 - 1

// Unknown returns the context of which nothing is known: every element counts
// as misplaced in it.
func Unknown() Context { return Context{open: anything} }

// Known reports whether it is known what is open.
func (c Context) Known() bool { return c.open&inUnknown == 0 }

// InSelect reports whether a select is open.
func (c Context) InSelect() bool { return c.open&inSelect != 0 }

// InForm reports whether a form is open.
func (c Context) InForm() bool { return c.open&inForm != 0 }

// InTemplate reports whether a template is open.
func (c Context) InTemplate() bool { return c.open&inTemplate != 0 }

// Foreign reports whether the content is of svg or math, not HTML.
func (c Context) Foreign() bool { return c.parent == ofSVG || c.parent == ofMath }

// Text returns what is open that text can't stand in.
func (c Context) Text() Open { return c.open & atTable }

// Markup returns what is open that some well-formed HTML can end or be moved
// out of.
func (c Context) Markup() Open { return c.open &^ inTemplate }

// Has reports whether anything of o is open.
func (c Context) Has(o Open) bool { return c.open&o != 0 }

// Ends returns the element open in c that a browser closes for a start tag with
// this name, or "".
func (c Context) Ends(name string) string {
	if !c.Known() || c.Foreign() {
		return ""
	}
	closed := c.open & traitsOf(name).closes()
	for _, e := range closable {
		if closed&e.open != 0 {
			return e.name
		}
	}
	return ""
}

// closable are the elements that a start tag can close, by what is open then.
var closable = []struct {
	open Open
	name string
}{
	{inP, "p"},
	{inA, "a"},
	{inButton, "button"},
	{inNobr, "nobr"},
	{inItem, "li"},
	{inTerm, "dd"},
	{inForm, "form"},
	{inSelect, "select"},
	{atHeading, "heading"},
}

// parent is the innermost open element, if it has rules of its own.
type parent uint8

const (
	ofFlow parent = iota // any other
	ofTable
	ofSection // tbody, thead, tfoot
	ofRow
	ofColumns // colgroup
	ofOption
	ofGroup   // optgroup
	ofImplied // an element with an end tag that is often left out
	ofSVG
	ofMath
)

// role is what an element's start tag does to what is open.
type role uint8

const (
	plain   role = iota
	outside      // is left out, or becomes another element
	paragraph
	heading
	item
	term
	link
	button
	nobr
	form
	choice // select
	option
	group
	ruby
	rubyPart
	table
	caption
	columns
	column
	section
	row
	cell
	template
	script
	style
	graphic // svg
	formula // math
)

// traits is what there is to know of an element.
type traits struct {
	role     role
	void     bool // has no content
	raw      bool // has text alone as its content
	closesP  bool // closes a p
	special  bool // a search for an open li, dt or dd ends at it
	scope    bool // what is open around it can't be closed from within
	marker   bool // nor can an a
	breakout bool // ends svg and math
}

// elements are those that aren't all plain.
var elements = tabulate()

func tabulate() map[string]*traits {
	all := map[string]*traits{}
	each := func(change func(*traits), names ...string) {
		for _, name := range names {
			if all[name] == nil {
				all[name] = &traits{}
			}
			change(all[name])
		}
	}
	of := func(r role, names ...string) { each(func(t *traits) { t.role = r }, names...) }
	of(outside, "html", "head", "body", "frameset", "frame", "image", "isindex")
	of(paragraph, "p")
	of(heading, "h1", "h2", "h3", "h4", "h5", "h6")
	of(item, "li")
	of(term, "dd", "dt")
	of(link, "a")
	of(button, "button")
	of(nobr, "nobr")
	of(form, "form")
	of(choice, "select")
	of(option, "option")
	of(group, "optgroup")
	of(ruby, "ruby")
	of(rubyPart, "rb", "rp", "rt", "rtc")
	of(table, "table")
	of(caption, "caption")
	of(columns, "colgroup")
	of(column, "col")
	of(section, "tbody", "thead", "tfoot")
	of(row, "tr")
	of(cell, "td", "th")
	of(template, "template")
	of(script, "script")
	of(style, "style")
	of(graphic, "svg")
	of(formula, "math")
	each(func(t *traits) { t.void = true },
		"area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "keygen",
		"link", "meta", "param", "source", "track", "wbr")
	each(func(t *traits) { t.raw = true },
		"script", "style", "textarea", "title", "iframe", "noembed", "noframes", "noscript", "xmp")
	each(func(t *traits) { t.closesP = true },
		"address", "article", "aside", "blockquote", "center", "details", "dialog", "dir", "div", "dl", "fieldset",
		"figcaption", "figure", "footer", "header", "hgroup", "main", "menu", "nav", "ol", "p", "search", "section",
		"summary", "ul", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "listing", "form", "li", "dd", "dt", "plaintext",
		"table", "hr", "xmp")
	// address, div and p are special in the standard, but don't end the search; a
	// search element does where the browser knows it.
	each(func(t *traits) { t.special = true },
		"applet", "area", "article", "aside", "base", "basefont", "bgsound", "blockquote", "body", "br", "button",
		"caption", "center", "col", "colgroup", "dd", "details", "dir", "dl", "dt", "embed", "fieldset",
		"figcaption", "figure", "footer", "form", "frame", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "head",
		"header", "hgroup", "hr", "html", "iframe", "img", "input", "keygen", "li", "link", "listing", "main",
		"marquee", "menu", "meta", "nav", "noembed", "noframes", "noscript", "object", "ol", "param", "plaintext",
		"pre", "script", "section", "select", "source", "style", "summary", "table", "tbody", "td",
		"template", "textarea", "tfoot", "th", "thead", "title", "tr", "track", "ul", "wbr", "xmp")
	each(func(t *traits) { t.scope = true },
		"applet", "caption", "table", "td", "th", "marquee", "object", "template")
	each(func(t *traits) { t.marker = true },
		"applet", "caption", "td", "th", "marquee", "object", "template")
	each(func(t *traits) { t.breakout = true },
		"b", "big", "blockquote", "body", "br", "center", "code", "dd", "div", "dl", "dt", "em", "embed", "h1", "h2",
		"h3", "h4", "h5", "h6", "head", "hr", "i", "img", "li", "listing", "menu", "meta", "nobr", "ol", "p", "pre",
		"ruby", "s", "small", "span", "strong", "strike", "sub", "sup", "table", "tt", "u", "ul", "var",
		"font") // if it has one of three attributes
	return all
}

var ordinary = &traits{}

// traitsOf returns what there is to know of the element called name.
func traitsOf(name string) *traits {
	if t := elements[name]; t != nil {
		return t
	}
	return ordinary
}

// admits reports whether the parser makes an element a child of the innermost
// open one, and does nothing else.
func (c Context) admits(t *traits) bool {
	switch {
	case !c.Known():
		return false
	case c.Foreign():
		return !t.breakout
	case t.role == template:
		return true
	case t.role == script:
		return c.parent != ofColumns
	}
	switch c.parent {
	case ofTable:
		return t.role == caption || t.role == columns || t.role == column || t.role == section || t.role == row || t.role == style
	case ofSection:
		return t.role == row || t.role == style
	case ofRow:
		return t.role == cell || t.role == style
	case ofColumns:
		return t.role == column
	}
	switch t.role {
	case outside, caption, columns, column, section, row, cell:
		return false
	case option, group:
		return !c.Has(atOption) || c.parent == ofGroup && t.role == option
	case rubyPart:
		return !c.Has(inSelect) && (!c.Has(inRuby) || c.parent == ofFlow)
	}
	return !c.Has(t.closes() | inSelect)
}

// part reports whether the element has its place in tables only.
func (t *traits) part() bool { return t.role >= caption && t.role <= cell }

// closes returns what, open in HTML, an element's start tag closes or, if it is
// a form, is left out for.
func (t *traits) closes() Open {
	var o Open
	if t.closesP {
		o = inP
	}
	switch t.role {
	case heading:
		o |= atHeading
	case item:
		o |= inItem
	case term:
		o |= inTerm
	case link:
		o |= inA
	case button:
		o |= inButton
	case nobr:
		o |= inNobr
	case form:
		o |= inForm
	case choice:
		o |= inSelect
	}
	return o
}

// within returns the context of the content of an element in c.
func (c Context) within(t *traits, name string) Context {
	in := c.content(t, name)
	if !c.Known() {
		in.open = anything
	}
	return in
}

func (c Context) content(t *traits, name string) Context {
	foreign := c.Foreign()
	switch {
	case t.role == graphic:
		return Context{c.open&^(atHeading|atOption|atTable) | inForeign, ofSVG}
	case t.role == formula:
		return Context{c.open&^(atHeading|atOption|atTable) | inForeign, ofMath}
	case foreign && !c.integrates(name):
		return Context{c.open &^ (atHeading | atOption | atTable), c.parent}
	case foreign:
		return c.integrated()
	case t.role == template:
		return Context{open: inTemplate}
	}
	o, p := c.open&^(atHeading|atOption|atTable), ofFlow
	if t.special {
		o &^= inItem | inTerm
	}
	if t.scope {
		o &^= inP | inButton | inNobr | inRuby
	}
	if t.marker {
		o &^= inA
	}
	switch t.role {
	case paragraph:
		o, p = o|inP, ofImplied
	case heading:
		o |= atHeading
	case item:
		o, p = o|inItem, ofImplied
	case term:
		o, p = o|inTerm, ofImplied
	case link:
		o |= inA
	case button:
		o = o&^inP | inButton
	case nobr:
		o |= inNobr
	case form:
		o |= inForm
	case choice:
		o |= inSelect
	case option:
		o, p = o|atOption, ofOption
	case group:
		o, p = o|atOption, ofGroup
	case ruby:
		o |= inRuby
	case rubyPart:
		p = ofImplied
	case table:
		o, p = o&^inPart|atTable, ofTable
	case caption, cell:
		o |= inPart
	case columns:
		o, p = o|inPart|atTable, ofColumns
	case section:
		o, p = o|inPart|atTable, ofSection
	case row:
		o, p = o|inPart|atTable, ofRow
	}
	return Context{o, p}
}

// closed reports whether the parser closes an open element of the traits e, and
// all within it, for a start tag of the traits t that c doesn't admit. Asked of
// the open elements from the innermost out, it is true of the first.
func (c Context) closed(e, t *traits) bool {
	if c.Foreign() {
		return e.role == graphic || e.role == formula
	}
	switch {
	case t.role == choice && c.Has(inSelect):
		return e.role == choice
	case c.Has(inSelect) && !c.Has(atOption):
		return false
	case t.role == option && c.Has(atOption):
		return e.role == option
	case t.role == group && c.Has(atOption), t.role == rubyPart:
		return true // the innermost
	case t.part() && (e.role == caption || e.role == columns && t.role != column):
		return true
	case t.role == cell:
		return e.role == cell
	case t.role == row:
		return e.role == row
	case t.role == section:
		return e.role == section
	case t.closesP && c.Has(inP):
		return e.role == paragraph
	case t.role == heading, t.role == item, t.role == term, t.role == link, t.role == button, t.role == nobr, t.role == form:
		return c.Has(t.closes()) && e.role == t.role
	}
	return false
}

// integrated returns the context of HTML that is the content of an element of
// svg or math in c.
func (c Context) integrated() Context {
	return Context{open: c.open &^ (atHeading | atOption | atTable | inForeign | inItem | inTerm | inP | inButton | inNobr | inRuby)}
}

// integrates reports whether an element of svg or math has HTML as its content.
func (c Context) integrates(name string) bool {
	if c.parent == ofSVG {
		return name == "foreignobject" || name == "desc" || name == "title"
	}
	switch name {
	case "mi", "mo", "mn", "ms", "mtext":
		return true
	}
	return false
}

// ClosesItself reports whether the end tag of the element called name may be left
// out.
func ClosesItself(name string) bool {
	switch t := traitsOf(name); t.role {
	case outside, paragraph, item, term, option, group, rubyPart, caption, columns, section, row, cell:
		return true
	}
	return false
}

// IsVoid reports whether the element of HTML called name has no content.
func IsVoid(name string) bool { return traitsOf(name).void }
