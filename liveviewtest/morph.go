package liveviewtest

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// patch brings a document up to date with a view's HTML. It changes the nodes
// that are there wherever it can, as their state depends on which of them stay:
// the text in a field, the content of phx-update="ignore", the focus.
//
// Source: phoenix_live_view/assets/js/phoenix_live_view/dom_patch.ts and the
// morphdom of its package.
type patch struct {
	doc     *document
	view    string // its id
	join    bool
	warn    func(format string, args ...any)
	streams map[string]streamInsert // by the item's id
	kept    map[string]*html.Node   // items of a reset stream that come again

	added, removed []*html.Node
	leaving        []*html.Node // with phx-remove
	trigger        *html.Node   // a form with phx-trigger-action
	portals        []func()
}

func (p *patch) perform(container, to *html.Node, streams []*stream) {
	p.streams, p.kept = map[string]streamInsert{}, map[string]*html.Node{}
	for _, s := range streams {
		for id, in := range s.inserts {
			p.streams[id] = in
		}
		if s.reset {
			for _, n := range findAll(p.doc.root, func(n *html.Node) bool { v, ok := attr(n, "data-phx-stream"); return ok && v == s.ref }) {
				p.removeItem(n)
			}
		}
		for _, id := range s.deletes {
			if n := p.doc.byID(id); n != nil {
				p.removeItem(n)
			}
		}
	}
	if p.join {
		// What the HTTP render had in streams goes unless it comes again.
		for _, list := range findAll(container, isStream) {
			for _, n := range children(list) {
				p.removeItem(n)
			}
		}
	}
	p.morph(container, to, false)
	for range 5 {
		again := p.portals
		p.portals = nil
		for _, f := range again {
			f()
		}
	}
	for _, n := range findAll(p.doc.root, with("data-phx-teleported-src")) {
		if p.doc.byID(attrOf(n, "data-phx-teleported-src")) == nil {
			detach(n)
			p.discarded(n)
		}
	}
}

func isStream(n *html.Node) bool { return attrOf(n, "phx-update") == "stream" }

// isIgnored reports whether patches leave n as it is, but for data attributes.
func isIgnored(n *html.Node) bool {
	update := attrOf(n, "phx-update")
	if update == "" {
		update = attrOf(n, "data-phx-update")
	}
	return update == "ignore"
}

// key tells which node of the page is which node of the new HTML.
func (p *patch) key(n *html.Node) string {
	if n.Type != html.ElementNode {
		return ""
	}
	id := attrOf(n, "id")
	if p.join {
		return id
	}
	if p.doc.look(n).idTouched || id == "" {
		return attrOf(n, "data-phx-id")
	}
	return id
}

// morphing is one walk over an old and a new tree.
type morphing struct {
	*patch
	old     map[string]*html.Node // by key, until they are matched
	removal []string              // keys of nodes to be removed unless they are matched
}

// morph makes from, or only what is in it, like to.
func (p *patch) morph(from, to *html.Node, whole bool) {
	m := &morphing{patch: p, old: map[string]*html.Node{}}
	m.index(from)
	component := hasAttr(from, "data-phx-component")
	if !component && !whole {
		m.element(from, to, true)
		m.removeKeyed()
		return
	}
	if old, key := p.key(from), p.key(to); component && old != key {
		p.discarded(from)
		detach(to)
		from.Parent.InsertBefore(to, from)
		from.Parent.RemoveChild(from)
		m.nodeAdded(to)
		m.discardIn(from, false)
		m.removeKeyed()
		return
	}
	if from.Data != to.Data {
		p.discarded(from)
		n := &html.Node{Type: html.ElementNode, Data: to.Data, DataAtom: to.DataAtom, Namespace: to.Namespace}
		for c := from.FirstChild; c != nil; c = from.FirstChild {
			insert(n, c, nil)
		}
		if from.Parent != nil {
			from.Parent.InsertBefore(n, from)
			from.Parent.RemoveChild(from)
		}
		from = n
	}
	m.element(from, to, false)
	m.removeKeyed()
}

func (m *morphing) index(n *html.Node) {
	if isElement(n, "template") {
		return
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if key := m.key(c); key != "" {
			m.old[key] = c
		}
		m.index(c)
	}
}

func (m *morphing) element(from, to *html.Node, childrenOnly bool) {
	if key := m.key(to); key != "" {
		delete(m.old, key)
	}
	if !childrenOnly {
		if !m.beforeUpdate(from, to) {
			return
		}
		copyAttrs(from, to)
		m.updated(from)
	}
	switch {
	case isElement(from, "textarea"):
		m.textarea(from, to)
	case isElement(from, "template"): // its content isn't part of the page
	default:
		m.children(from, to)
	}
}

func (m *morphing) children(from, to *html.Node) {
	stream := isStream(from)
	f := from.FirstChild
next:
	for t := to.FirstChild; t != nil; {
		nextT := t.NextSibling
		key := m.key(t)
		for f != nil && !stream {
			nextF := f.NextSibling
			fKey := m.key(f)
			same := f.Type == t.Type
			if same && f.Type == html.ElementNode {
				switch {
				case key != "" && key != fKey:
					match := m.old[key]
					if match == nil || match == nextF {
						// Gone, or the one in between is: remove that instead.
						same = false
						break
					}
					insert(from, match, f)
					m.drop(f)
					f = match
				case key == "" && fKey != "":
					same = false
				}
				if same = same && f.Data == t.Data; same {
					m.element(f, t, false)
				}
			} else if same {
				f.Data = t.Data
			}
			if same {
				t, f = nextT, nextF
				continue next
			}
			m.drop(f)
			f = nextF
		}
		if match := m.old[key]; key != "" && match != nil && match.Data == t.Data {
			if !stream {
				m.add(from, match)
			}
			m.element(match, t, false)
		} else if n := m.beforeAdd(t); n != nil {
			m.add(from, n)
			m.nodeAdded(n)
		}
		t = nextT
		if stream {
			f = nil // its items stay
		}
	}
	for f != nil {
		next := f.NextSibling
		m.drop(f)
		f = next
	}
	switch {
	case isElement(from, "option"):
		m.option(from, to)
	case isElement(from, "input"):
		m.input(from, to)
	case isElement(from, "select"):
		m.selection(from)
	}
}

// drop removes n, at the end if it has a key, as it may yet be matched.
func (m *morphing) drop(n *html.Node) {
	if key := m.key(n); key != "" {
		m.removal = append(m.removal, key)
	} else {
		m.remove(n, true)
	}
}

func (m *morphing) remove(n *html.Node, keepKeyed bool) {
	if !m.mayRemove(n) {
		return
	}
	detach(n)
	m.discarded(n)
	m.discardIn(n, keepKeyed)
}

// discardIn lets go of what is in n; keyed nodes may yet be matched.
func (m *morphing) discardIn(n *html.Node, keepKeyed bool) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if key := m.key(c); key != "" && keepKeyed {
			m.removal = append(m.removal, key)
			continue
		}
		m.discardIn(c, keepKeyed)
	}
}

func (m *morphing) removeKeyed() {
	for _, key := range m.removal {
		if n := m.old[key]; n != nil {
			m.remove(n, false)
		}
	}
}

// nodeAdded looks through what was added for nodes that the page already had.
func (m *morphing) nodeAdded(n *html.Node) {
	m.nodeIn(n)
	if isElement(n, "template") {
		return
	}
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		key := m.key(c)
		if match := m.old[key]; key != "" && match != nil && match.Data == c.Data {
			detach(match)
			n.InsertBefore(match, c)
			n.RemoveChild(c)
			m.element(match, c, false)
		} else {
			m.nodeAdded(c)
		}
		c = next
	}
}

func (p *patch) nodeIn(n *html.Node) {
	if n.Type != html.ElementNode {
		return
	}
	p.reorder(n, true)
	if isPortal(n) {
		p.portals = append(p.portals, func() { p.teleport(n) })
	}
	p.triggers(n)
	p.added = append(p.added, n)
}

func (p *patch) triggers(n *html.Node) {
	if hasAttr(n, "phx-trigger-action") && p.doc.connected(n) {
		p.trigger = n
	}
}

func (p *patch) updated(n *html.Node) {
	p.triggers(n)
	p.reorder(n, false)
}

// beforeAdd returns the node to be added for the new one; nil for none.
func (p *patch) beforeAdd(n *html.Node) *html.Node {
	if n.Type != html.ElementNode {
		return n
	}
	id := attrOf(n, "id")
	in, ok := p.streams[id]
	if ok && in.updateOnly && p.kept[id] == nil {
		return nil
	}
	if kept := p.kept[id]; id != "" && kept != nil {
		delete(p.kept, id)
		p.morph(kept, n, true)
		return kept
	}
	return n
}

// add puts a child into its parent: at the end, or where its stream says.
func (p *patch) add(parent, n *html.Node) {
	in, ok := p.streams[attrOf(n, "id")]
	if n.Type != html.ElementNode || !ok {
		insert(parent, n, nil)
		return
	}
	p.markStream(n, in.ref)
	items := children(parent)
	switch {
	case in.at == 0:
		insert(parent, n, parent.FirstChild)
	case in.at > 0 && in.at < len(items):
		insert(parent, n, items[in.at])
	case in.at > 0:
		insert(parent, n, nil)
	default:
		var before *html.Node
		if len(items) > 0 && !hasAttr(items[len(items)-1], "data-phx-stream") {
			for _, c := range items {
				if !hasAttr(c, "data-phx-stream") {
					before = c
					break
				}
			}
		}
		insert(parent, n, before)
	}
}

func (p *patch) markStream(n *html.Node, ref string) {
	p.doc.of(n).streamRef = ref
	setAttr(n, "data-phx-stream", ref)
}

// reorder brings an item to the place that its stream says, and drops what is
// beyond the stream's limit.
func (p *patch) reorder(n *html.Node, isNew bool) {
	in, ok := p.streams[attrOf(n, "id")]
	if !ok {
		return
	}
	p.markStream(n, in.ref)
	if !in.reset && !isNew || n.Parent == nil {
		return
	}
	parent := n.Parent
	items := children(parent)
	switch {
	case in.at == 0:
		insert(parent, n, items[0])
	case in.at > 0 && in.at >= len(items)-1:
		insert(parent, n, nil)
	case in.at > 0 && slices.Index(items, n) > in.at:
		insert(parent, n, items[in.at])
	case in.at > 0 && items[in.at] != n:
		insert(parent, n, items[in.at+1])
	}
	if in.limit == nil {
		return
	}
	items = children(parent)
	if limit := *in.limit; limit < 0 && len(items) > -limit {
		items = items[:len(items)+limit]
	} else if limit >= 0 && len(items) > limit {
		items = items[limit:]
	} else {
		return
	}
	for _, item := range items {
		p.removeItem(item)
	}
}

// removeItem takes an item out of its stream.
func (p *patch) removeItem(n *html.Node) {
	id := attrOf(n, "id")
	if _, again := p.streams[id]; again {
		p.kept[id] = n
		detach(n)
		return
	}
	if hasAttr(n, "phx-remove") {
		p.leaving = append(p.leaving, n)
		return
	}
	detach(n)
	p.discarded(n)
}

// mayRemove reports whether n is to be removed now.
func (p *patch) mayRemove(n *html.Node) bool {
	if n.Type != html.ElementNode {
		return true
	}
	if n.Parent != nil && attrOf(n, "id") != "" && isStream(n.Parent) || hasAttr(n, "data-phx-teleported") {
		return false
	}
	if hasAttr(n, "phx-remove") {
		p.leaving = append(p.leaving, n)
		return false
	}
	if hasAttr(n, "data-phx-skip") {
		return false
	}
	if isPortal(n) {
		if content := portalContent(n); content != nil {
			if moved := p.doc.byID(attrOf(content, "id")); moved != nil && hasAttr(moved, "data-phx-teleported") {
				detach(moved)
				p.discarded(moved)
			}
		}
	}
	return true
}

func (p *patch) discarded(n *html.Node) {
	if n.Type == html.ElementNode {
		p.removed = append(p.removed, n)
	}
}

// beforeUpdate prepares an element for its update and reports whether there is
// to be one.
func (p *patch) beforeUpdate(from, to *html.Node) bool {
	p.cleanContainer(to)
	focused := p.doc.focused == from && kind(from) != "" && !isElement(from, "button") && kind(from) != "button"
	newOptions := focused && p.optionsChanged(from, to)
	if hasAttr(to, "data-phx-skip") {
		p.reorder(from, false)
		return false
	}
	p.keepIgnored(from, to)
	if isIgnored(from) {
		mergeAttrs(from, to, func(name string) bool { return strings.HasPrefix(name, "data-") })
		p.reapply(from, p.doc.look(from))
		return false
	}
	if hasAttr(to, "data-phx-parent-id") {
		session := attrOf(from, "data-phx-session")
		mergeAttrs(from, to, func(name string) bool { return name != "data-phx-static" })
		setAttr(from, "data-phx-session", session)
		return false
	}
	if isPortal(to) {
		for c := from.FirstChild; c != nil; c = from.FirstChild {
			from.RemoveChild(c)
		}
		for c := to.FirstChild; c != nil; c = to.FirstChild {
			insert(from, c, nil)
		}
		p.portals = append(p.portals, func() { p.teleport(from) })
		return false
	}
	if focused && kind(from) != "hidden" && !newOptions && !hasAttr(to, "phx-patch-focused") {
		// What the user is typing stays.
		if kind(from) != "select" {
			mergeAttrs(from, to, func(name string) bool { return name != "value" })
			if v, _ := p.doc.value(to); valueOf(p.doc, from) == v && hasAttr(to, "value") {
				setAttr(from, "value", attrOf(to, "value"))
			}
		}
		if isCheckable(from) {
			p.doc.setChecked(from, hasAttr(from, "checked"))
		}
		p.reapply(from, p.doc.look(from))
		return false
	}
	p.reapply(to, p.doc.look(from))
	return true
}

func valueOf(d *document, n *html.Node) string { v, _ := d.value(n); return v }

// cleanContainer drops what has no id from a stream's new HTML.
func (p *patch) cleanContainer(to *html.Node) {
	if !isStream(to) {
		return
	}
	for c := to.FirstChild; c != nil; {
		next := c.NextSibling
		if attrOf(c, "id") == "" {
			if c.Type == html.ElementNode || c.Type == html.TextNode && strings.TrimSpace(c.Data) != "" {
				p.warn("a stream holds %q, which has no id and is dropped; give each item a unique id", describe(c))
			}
			to.RemoveChild(c)
		}
		c = next
	}
}

func describe(n *html.Node) string {
	if n.Type == html.ElementNode {
		return tag(n)
	}
	return strings.TrimSpace(n.Data)
}

// keepIgnored gives the new HTML the attributes that ignore_attrs is about.
func (p *patch) keepIgnored(from, to *html.Node) {
	globs := p.doc.look(from).ignoreAttrs
	if len(globs) == 0 {
		return
	}
	for _, a := range slices.Clone(to.Attr) {
		if !hasAttr(from, a.Key) && matchesAny(globs, a.Key) {
			removeAttr(to, a.Key)
		}
	}
	for _, a := range from.Attr {
		if matchesAny(globs, a.Key) {
			setAttr(to, a.Key, a.Val)
		}
	}
}

func matchesAny(globs []string, name string) bool {
	return slices.ContainsFunc(globs, func(glob string) bool {
		before, after, star := strings.Cut(glob, "*")
		return glob == name || star && len(name) >= len(before)+len(after) &&
			strings.HasPrefix(name, before) && strings.HasSuffix(name, after)
	})
}

// reapply does to n again what JS commands did to the element whose state is s.
func (p *patch) reapply(n *html.Node, s *state) {
	if s == &noState {
		return
	}
	changeClasses(n, s.addClasses, s.removeClasses)
	for _, name := range s.removeAttrs {
		removeAttr(n, name)
	}
	for _, a := range s.setAttrs {
		setAttr(n, a.name, a.value)
	}
	if s.display != nil {
		setDisplay(n, *s.display)
	}
	if s.streamRef != "" {
		setAttr(n, "data-phx-stream", s.streamRef)
	}
}

// optionsChanged reports whether a focused select isn't what it was. If it has
// as many options as before, what the user chose is chosen in the new one, too.
func (p *patch) optionsChanged(from, to *html.Node) bool {
	if kind(from) != "select" || hasAttr(from, "multiple") {
		return false
	}
	fresh := options(to)
	if len(options(from)) != len(fresh) {
		return true
	}
	value, chosen := valueOf(p.doc, from), []*html.Node(nil)
	if i := slices.IndexFunc(fresh, func(o *html.Node) bool { return optionValue(o) == value }); i >= 0 {
		chosen = fresh[i : i+1]
	}
	p.doc.choose(to, chosen)
	return !equalNodes(from, to)
}

func equalNodes(a, b *html.Node) bool {
	if a.Type != b.Type || a.Data != b.Data || len(a.Attr) != len(b.Attr) {
		return false
	}
	for _, attr := range a.Attr {
		if !slices.Contains(b.Attr, attr) {
			return false
		}
	}
	a, b = a.FirstChild, b.FirstChild
	for a != nil && b != nil && equalNodes(a, b) {
		a, b = a.NextSibling, b.NextSibling
	}
	return a == nil && b == nil
}

// copyAttrs makes from's attributes those of to.
func copyAttrs(from, to *html.Node) {
	from.Attr = slices.DeleteFunc(from.Attr, func(a html.Attribute) bool {
		return !slices.ContainsFunc(to.Attr, func(b html.Attribute) bool { return a.Key == b.Key && a.Namespace == b.Namespace })
	})
	for _, b := range to.Attr {
		i := slices.IndexFunc(from.Attr, func(a html.Attribute) bool { return a.Key == b.Key && a.Namespace == b.Namespace })
		if i < 0 {
			from.Attr = append(from.Attr, b)
		} else {
			from.Attr[i].Val = b.Val
		}
	}
}

// mergeAttrs is copyAttrs for some names.
func mergeAttrs(from, to *html.Node, which func(name string) bool) {
	for _, a := range slices.Clone(from.Attr) {
		if which(a.Key) && !hasAttr(to, a.Key) {
			removeAttr(from, a.Key)
		}
	}
	for _, a := range to.Attr {
		if which(a.Key) {
			setAttr(from, a.Key, a.Val)
		}
	}
}

// input, option, selection and textarea make what the user has entered like
// what the server rendered; the field that has the focus doesn't come here.
func (p *patch) input(from, to *html.Node) {
	if isCheckable(from) {
		if on := hasAttr(to, "checked"); on != p.doc.checked(from) {
			p.doc.setChecked(from, on)
			if on {
				setAttr(from, "checked", "")
			} else {
				removeAttr(from, "checked")
			}
		}
	}
	if value := attrOf(to, "value"); valueOf(p.doc, from) != value && isTextual(from) {
		p.doc.of(from).value = &value
	}
}

func (p *patch) option(from, to *html.Node) {
	parent := closest(to, named("select"))
	chosen := parent != nil && slices.Contains(p.doc.selectedOptions(parent), to) || parent == nil && hasAttr(to, "selected")
	was := hasAttr(from, "selected")
	if sel := closest(from, named("select")); sel != nil && hasAttr(sel, "multiple") {
		was = slices.Contains(p.doc.selectedOptions(sel), from)
	} else if sel != nil {
		was = false
	}
	switch {
	case !chosen:
		removeAttr(from, "selected")
	case !was:
		setAttr(from, "selected", "")
	}
	p.doc.of(from).selected = nil
}

func (p *patch) selection(sel *html.Node) {
	if hasAttr(sel, "multiple") {
		return
	}
	first := true
	for _, o := range options(sel) {
		on := first && hasAttr(o, "selected")
		if on {
			first = false
		}
		p.doc.of(o).selected = &on
	}
}

func (p *patch) textarea(from, to *html.Node) {
	value := rawText(to)
	p.doc.of(from).value = &value
	if c := from.FirstChild; c != nil && (value != "" || c.Data != attrOf(from, "placeholder")) {
		c.Data = value
	}
}

// Portals: the content of a <template data-phx-portal="selector"> is shown in
// the element selected.

func isPortal(n *html.Node) bool { return isElement(n, "template") && hasAttr(n, "data-phx-portal") }

func portalContent(n *html.Node) *html.Node {
	for _, c := range children(n) {
		return c
	}
	return nil
}

func (p *patch) teleport(template *html.Node) {
	content := portalContent(template)
	if content == nil || attrOf(content, "id") == "" {
		p.warn("the portal %s must hold one element with an id", tag(template))
		return
	}
	if hasAttr(content, "data-phx-skip") {
		return
	}
	targets, err := query(p.doc.root, attrOf(template, "data-phx-portal"))
	if err != nil || len(targets) == 0 {
		p.warn("the target of the portal %s is not on the page", tag(template))
		return
	}
	var target *html.Node
	for _, n := range findAll(p.doc.root, with("data-phx-teleported-src")) {
		if attrOf(n, "id") == attrOf(content, "id") {
			target = n
		}
	}
	if target == nil {
		target = &html.Node{Type: html.ElementNode, Data: content.Data, DataAtom: content.DataAtom}
	}
	if !contains(targets[0], target) {
		insert(targets[0], target, nil)
	}
	copied := cloneNode(content)
	setAttr(copied, "data-phx-teleported", p.view)
	setAttr(copied, "data-phx-teleported-src", attrOf(template, "id"))
	p.morph(target, copied, true)
}

func cloneNode(n *html.Node) *html.Node {
	c := &html.Node{Type: n.Type, Data: n.Data, DataAtom: n.DataAtom, Namespace: n.Namespace, Attr: slices.Clone(n.Attr)}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		c.AppendChild(cloneNode(child))
	}
	return c
}
