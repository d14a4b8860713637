package engine

import (
	"bytes"
	"slices"

	"github.com/gin-liveview/liveview/internal/htmlscan"
)

// layout is how a piece of HTML divides into statics and dynamics.
type layout struct {
	html     []byte
	statics  [][]byte // those before a dynamic
	last     []byte   // the one after the last dynamic
	dynamics []dynamic
	inside   *inside // where the children are dynamics

	held  *node // what the client seems to hold of it
	level int   // how many elements are open
	row   bool  // it is an entry of a comprehension

	lists  int  // comprehensions in it
	unread bool // there is an element in it that wasn't read
}

// dynamic is a text or attribute value, or more.
type dynamic struct {
	from, to int
	kind     dynamicKind
	list     []*piece // that it consists of
	// container is that of a stream, of which list are the entries.
	container *piece
	cid       int    // a live component
	within    *piece // that the entries of a comprehension are all of; nil: they aren't
}

type dynamicKind uint8

const (
	dynamicText   dynamicKind = iota
	dynamicLive               // a live component
	dynamicSlot               // as many elements as there are in place of one
	dynamicList               // a comprehension
	dynamicStream             // a stream
)

func (l *layout) static(from, to int) { l.last = append(l.last, l.html[from:to]...) }

func (l *layout) dynamic(from, to int) { l.add(dynamic{from: from, to: to}) }

func (l *layout) add(d dynamic) {
	l.dynamics = append(l.dynamics, d)
	l.statics, l.last = append(l.statics, l.last), nil
}

// text adds what is no element. Space and comments are static, so that they
// hold no place among the dynamics.
func (l *layout) text(p *piece) {
	switch {
	case p.cid > 0:
		l.add(dynamic{from: p.start, to: p.close, kind: dynamicLive, cid: p.cid})
		l.static(p.close, p.end)
	case p.kind == htmlscan.Comment || p.space(l.html):
		l.static(p.start, p.end)
	default:
		l.dynamic(p.start, p.end)
	}
}

func (l *layout) element(p *piece) {
	l.level++
	at := p.start
	for _, v := range p.values {
		l.static(at, v.Start)
		l.dynamic(v.Start, v.End)
		at = v.End
	}
	l.static(at, p.open)
	switch {
	case p.container:
		l.contained(p)
	case l.row:
		l.cells(p)
	default:
		l.content(p, p.children)
	}
	l.static(p.close, p.end)
	l.level--
	l.unread = l.unread || p.from != nil
}

// each adds children one after the other.
func (l *layout) each(children []*piece) {
	for _, p := range children {
		if p.kind == htmlscan.StartTag {
			l.element(p)
		} else {
			l.text(p)
		}
	}
}

// content adds the children of an element. If there are several elements among them, one
// more or less leaves the others be: they are entries of a comprehension where they are of
// a kind, and otherwise a dynamic each.
func (l *layout) content(p *piece, children []*piece) {
	switch l.arrangement(p, children) {
	case dynamicList:
		l.inside = &inside{level: l.level, name: p.name}
		l.list(p, children)
	case dynamicSlot:
		l.slots(p, children)
	default:
		l.each(children)
	}
}

// list adds children as the entries of a comprehension. Space behind remembered rows is
// none of theirs.
func (l *layout) list(p *piece, children []*piece) {
	var rest []*piece
	if p.rows > 0 && p.begun == p.rows && p.ended <= len(children) && !slices.ContainsFunc(children[p.ended:], func(c *piece) bool { return !c.space(l.html) }) {
		children, rest = children[:p.ended], children[p.ended:]
	}
	l.add(dynamic{kind: dynamicList, list: l.merged(children), within: p})
	for _, c := range rest {
		l.static(c.start, c.end)
	}
}

// maxSlots bounds how many elements that aren't of a kind are a dynamic each.
const maxSlots = 16

// arrangement returns how the children of an element are arranged: as they were, if
// something is known of that.
func (l *layout) arrangement(p *piece, children []*piece) dynamicKind {
	if l.held != nil && l.held.statics.inside.is(l.level, p.name) {
		if l.held.statics.inside.slots == nil {
			return dynamicList
		}
		if pure(l.html, children) {
			return dynamicSlot
		}
	}
	elements, name, same := 0, "", true
	for _, c := range children {
		if !c.isElement() {
			continue
		}
		if elements += max(c.run, 1); name == "" {
			name = c.name
		}
		same = same && c.name == name
	}
	switch {
	case elements == 0:
		return dynamicText
	case elements == 1:
		if collects[p.name] && slices.ContainsFunc(children, func(c *piece) bool { return c.key != 0 || c.cid > 0 }) {
			return dynamicList
		}
		return dynamicText
	case same, elements > maxSlots:
		return dynamicList
	}
	return dynamicSlot
}

// collects are elements whose children are of a kind.
var collects = set("ul", "ol", "menu", "tbody", "datalist")

// pure reports whether the children are elements with nothing but space between them.
func pure(html []byte, children []*piece) bool {
	return !slices.ContainsFunc(children, func(c *piece) bool { return !c.isElement() && !c.space(html) })
}

// slots adds children that are a dynamic each. Where the client has more of them than
// there are, some are empty; where it has fewer, some are several.
func (l *layout) slots(p *piece, children []*piece) {
	if !pure(l.html, children) {
		for _, p := range children {
			if p.kind == htmlscan.StartTag {
				l.add(dynamic{from: p.start, to: p.end, kind: dynamicSlot, list: []*piece{p}})
			} else {
				l.text(p)
			}
		}
		return
	}
	list := l.merged(children)
	if l.held != nil && l.held.statics.inside.is(l.level, p.name) && l.held.statics.inside.slots != nil {
		l.inside = l.held.statics.inside
		for _, group := range assign(list, l.inside.slots) {
			l.add(dynamic{kind: dynamicSlot, list: group})
		}
		return
	}
	l.inside = &inside{level: l.level, name: p.name, slots: make([]string, len(list))}
	for i, p := range list {
		l.inside.slots[i] = p.name
		l.add(dynamic{kind: dynamicSlot, list: list[i : i+1 : i+1]})
	}
}

// assign divides children among slots, so that as many as can be are where one of their
// name was.
func assign(children []*piece, slots []string) [][]*piece {
	n, m := len(children), len(slots)
	groups := make([][]*piece, m)
	// common has how many children from i on can be where they were from slot j on.
	common := make([]int, (n+1)*(m+1))
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			best := max(common[(i+1)*(m+1)+j], common[i*(m+1)+j+1])
			if children[i].name == slots[j] {
				best = max(best, 1+common[(i+1)*(m+1)+j+1])
			}
			common[i*(m+1)+j] = best
		}
	}
	i, j := 0, 0
	at := 0    // where the last child is
	first := 0 // the first slot that is behind the last child
	for i < n {
		switch {
		case j < m && children[i].name == slots[j] && common[i*(m+1)+j] == 1+common[(i+1)*(m+1)+j+1]:
			groups[j] = append(groups[j], children[i])
			at = j
			i, j = i+1, j+1
			first = j
		case j < m && common[i*(m+1)+j] == common[i*(m+1)+j+1]:
			j++
		default: // no slot has its name: it goes into an empty one, or beside the shorter of those around it
			switch {
			case first < j:
				at = max(at, first)
			case j == m, j > 0 && i > 0 && i+1 < n && children[i-1].length() < children[i+1].length():
				at = max(at, j-1)
			default:
				at = j
			}
			groups[at] = append(groups[at], children[i])
			i++
		}
	}
	return groups
}

// merged returns the children of an element as entries. Space after one
// belongs to it; space before the first is a static of the parent.
func (l *layout) merged(children []*piece) []*piece {
	list := make([]*piece, 0, len(children))
	for _, p := range children {
		switch n := len(list); {
		case n == 0 && p.space(l.html):
			l.static(p.start, p.end)
		case n > 0 && p.space(l.html) && list[n-1].isElement():
			l.unread = l.unread || list[n-1].from != nil // it may have been without the space
			longer := *list[n-1]
			longer.end = p.end
			list[n-1] = &longer
		default:
			list = append(list, p)
		}
	}
	return list
}

// cells adds the content of an element in an entry of a comprehension. All of it is the
// entry's own, but for lists in it. Where something may come to stand later, such as at
// its end, there is an empty dynamic.
func (l *layout) cells(p *piece) {
	var only *piece
	elements, texts := 0, 0
	for _, c := range p.children {
		switch {
		case c.isElement():
			elements++
			only = c
		case c.kind == htmlscan.Text && !c.space(l.html):
			texts++
		}
	}
	switch {
	case elements > 1 && l.rows(p.children):
		if l.lists++; l.lists == 1 {
			l.inside = &inside{level: l.level, name: p.name}
		} else {
			l.inside = nil
		}
		l.list(p, p.children)
		return
	case p.open == p.end: // it has no content
		return
	case texts > 0 && elements == 1 && only.kind == htmlscan.StartTag && only.plain():
		for _, c := range p.children {
			if c == only {
				l.dynamic(c.start, c.end)
			} else {
				l.text(c)
			}
		}
		return
	}
	l.each(p.children)
	if texts == 0 && elements < 2 && p.close < p.end {
		l.dynamic(p.close, p.close)
	}
}

// maxPlain bounds the length of elements that are sent as they are.
const maxPlain = 32

// plain reports whether an element is short, and has but a text: beside another text it
// may well be gone next time, or be another.
func (p *piece) plain() bool {
	return p.length() <= maxPlain && len(p.values) == 0 && !p.live && !p.streams && p.from == nil &&
		!slices.ContainsFunc(p.children, func(c *piece) bool { return c.kind == htmlscan.StartTag })
}

// rows reports whether children are entries of a comprehension within an entry: those of
// one name that have keys, or are rows by their name.
func (l *layout) rows(children []*piece) bool {
	name := ""
	for _, c := range children {
		if c.kind != htmlscan.StartTag {
			if c.isElement() || !c.space(l.html) {
				return false
			}
			continue
		}
		if name == "" {
			name = c.name
		}
		if c.name != name || c.key == 0 && !listed[name] {
			return false
		}
	}
	return true
}

// listed are elements that stand in lists.
var listed = set("li", "tr", "option", "article", "section")

// contained adds the content of a stream's container: the elements that aren't among its
// entries, and then these. The client puts no other node there.
func (l *layout) contained(p *piece) {
	var others []*piece
	for _, c := range p.children {
		if c.entry == nil && (c.kind == htmlscan.StartTag || c.kind == htmlscan.Text && !c.space(l.html)) {
			others = append(others, c)
		}
	}
	if l.row {
		l.each(others)
	} else {
		l.content(p, others)
	}
	l.add(dynamic{kind: dynamicStream, container: p, list: p.entries})
}

// fit returns what the dynamics between statics are, that they make up html; it isn't ok
// if none do. A dynamic may well be markup then.
func fit(html []byte, statics []string) (dynamics []htmlscan.Span, ok bool) {
	n := len(statics) - 1
	first, last := statics[0], statics[n]
	if n == 0 || len(html) < len(first)+len(last) || string(html[:len(first)]) != first || string(html[len(html)-len(last):]) != last {
		return nil, false
	}
	at, end := len(first), len(html)-len(last)
	for _, static := range statics[1:n] {
		i := bytes.Index(html[at:end], []byte(static))
		if i < 0 {
			return nil, false
		}
		dynamics = append(dynamics, htmlscan.Span{Start: at, End: at + i})
		at += i + len(static)
	}
	return append(dynamics, htmlscan.Span{Start: at, End: end}), true
}

// has reports whether the layout's statics are these.
func (l *layout) has(statics []string) bool {
	if len(l.statics)+1 != len(statics) || string(l.last) != statics[len(l.statics)] {
		return false
	}
	for i, s := range l.statics {
		if string(s) != statics[i] {
			return false
		}
	}
	return true
}

// simple reports whether all dynamics are texts.
func (l *layout) simple() bool {
	return !slices.ContainsFunc(l.dynamics, func(d dynamic) bool { return d.kind != dynamicText })
}
