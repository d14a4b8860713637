package liveviewtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// rendered is what a client holds of a view: the tree that diffs are merged
// into and that its HTML is put together from. Where the official client would
// throw, or show "undefined", it returns an error.
//
// Source: phoenix_live_view/assets/js/phoenix_live_view/rendered.js.
type rendered struct {
	view       string // the view's id, which is part of magic ids
	root       *node
	components map[int]*node
	magic      int // the last magic id
}

// node is one rendered template, or one entry of a comprehension, which has no
// statics of its own.
type node struct {
	statics []string
	dyns    []any // string, *node, or int for a component; nil where none came yet
	keyed   bool
	entries []*node // of a comprehension
	stream  *stream

	isRoot  bool   // its HTML is one element
	changed bool   // since it was last put into HTML
	magic   string // the element's key, once there is one
	reset   bool   // of a component: the page lost it, so all of it is put into HTML again
}

// stream says what becomes of the items of a stream.
type stream struct {
	ref     string
	inserts map[string]streamInsert
	deletes []string
	reset   bool
}

type streamInsert struct {
	ref        string
	at         int
	limit      *int
	updateOnly bool
	reset      bool
}

// diff is a decoded diff, with json.Number for numbers.
type diff = map[string]any

// merge takes in a diff from which title, events and reply are taken out.
func (r *rendered) merge(d diff) error {
	templates, err := templatesOf(d, nil)
	if err != nil {
		return err
	}
	cs, _ := d["c"].(diff)
	rest := maps.Clone(d)
	delete(rest, "c")
	switch {
	case rest["s"] != nil:
		n, err := newNode(rest, templates)
		if err != nil {
			return err
		}
		r.root, r.components = n, map[int]*node{}
	case r.root == nil:
		return errors.New("a diff without statics came before the first page")
	default:
		if err := r.root.merge(rest, templates); err != nil {
			return err
		}
	}
	return r.mergeComponents(cs, templates)
}

// mergeComponents resolves the components of a diff, which may take their
// statics from each other, and then puts all of them in place.
func (r *rendered) mergeComponents(cs diff, templates map[int][]string) error {
	done := map[int]*node{}
	var find func(cid int) (*node, error)
	find = func(cid int) (*node, error) {
		if n := done[cid]; n != nil {
			return n, nil
		}
		d, ok := cs[strconv.Itoa(cid)].(diff)
		if !ok {
			return nil, fmt.Errorf("component %d takes its statics from one that isn't there", cid)
		}
		var n *node
		var err error
		own := templates
		if own, err = templatesOf(d, own); err != nil {
			return nil, err
		}
		if source, isNumber := d["s"].(json.Number); isNumber {
			from, convErr := strconv.Atoi(string(source))
			if convErr != nil {
				return nil, convErr
			}
			like := r.components[-from]
			if from > 0 {
				if like, err = find(from); err != nil {
					return nil, err
				}
			}
			if like == nil {
				return nil, fmt.Errorf("component %d takes its statics from component %d, which the client doesn't hold", cid, -from)
			}
			n = like.clone()
			n.forgetMagic()
			rest := maps.Clone(d)
			delete(rest, "s")
			err = n.merge(rest, own)
		} else if old := r.components[cid]; d["s"] == nil && old != nil {
			n = old.clone()
			err = n.merge(d, own)
		} else {
			n, err = newNode(d, own)
		}
		if err != nil {
			return nil, fmt.Errorf("component %d: %w", cid, err)
		}
		done[cid] = n
		return n, nil
	}
	for key := range cs {
		cid, err := strconv.Atoi(key)
		if err != nil {
			return fmt.Errorf("component %q has no number", key)
		}
		if _, err := find(cid); err != nil {
			return err
		}
	}
	maps.Copy(r.components, done)
	return nil
}

// newNode builds a node from an object with statics.
func newNode(d diff, templates map[int][]string) (*node, error) {
	n := &node{}
	var err error
	if templates, err = templatesOf(d, templates); err != nil {
		return nil, err
	}
	if n.statics, err = staticsOf(d["s"], templates); err != nil {
		return nil, err
	}
	_, n.keyed = d["k"]
	n.isRoot = d["r"] != nil
	return n, n.merge(d, templates)
}

// templatesOf returns the statics that d shares, or else those of its parents.
func templatesOf(d diff, parents map[int][]string) (map[int][]string, error) {
	shared, ok := d["p"].(diff)
	if !ok {
		return parents, nil
	}
	templates := make(map[int][]string, len(shared))
	for key, value := range shared {
		i, err := strconv.Atoi(key)
		if err != nil {
			return nil, fmt.Errorf("template %q has no number", key)
		}
		if templates[i], err = staticsOf(value, nil); err != nil {
			return nil, err
		}
	}
	return templates, nil
}

func staticsOf(value any, templates map[int][]string) ([]string, error) {
	switch value := value.(type) {
	case json.Number:
		i, err := strconv.Atoi(string(value))
		if statics, ok := templates[i]; ok && err == nil {
			return statics, nil
		}
		return nil, fmt.Errorf("the statics are those of template %s, which wasn't sent", value)
	case []any:
		statics := make([]string, len(value))
		for i, s := range value {
			text, ok := s.(string)
			if !ok {
				return nil, fmt.Errorf("a static is %v", s)
			}
			statics[i] = text
		}
		if len(statics) > 0 {
			return statics, nil
		}
	}
	return nil, fmt.Errorf("the statics are %v", value)
}

// merge takes in what changed.
func (n *node) merge(d diff, templates map[int][]string) error {
	if n.isRoot {
		n.changed = true
	}
	if entries, ok := d["k"]; ok {
		if !n.keyed {
			return errors.New("entries of a list came for something that isn't one")
		}
		entries, ok := entries.(diff)
		if !ok {
			return fmt.Errorf("the entries of a list are %v", d["k"])
		}
		if err := n.mergeEntries(entries, templates); err != nil {
			return err
		}
		if s, ok := d["stream"]; ok {
			var err error
			n.stream, err = newStream(s)
			return err
		}
		return nil
	}
	for key, value := range d {
		i, err := strconv.Atoi(key)
		if err != nil {
			if key == "s" || key == "r" || key == "p" {
				continue
			}
			return fmt.Errorf("a node has the unknown member %q", key)
		}
		if i < 0 || n.keyed || n.statics != nil && i >= len(n.statics)-1 {
			return fmt.Errorf("dynamic %d came for a template that has none", i)
		}
		if n.dyns == nil && i < len(d) {
			n.dyns = make([]any, i+1, len(d))
		}
		if i >= len(n.dyns) {
			n.dyns = append(n.dyns, make([]any, i+1-len(n.dyns))...)
		}
		if n.dyns[i], err = mergeDynamic(n.dyns[i], value, templates); err != nil {
			return err
		}
	}
	return nil
}

func mergeDynamic(old, value any, templates map[int][]string) (any, error) {
	switch v := value.(type) {
	case string:
		return value, nil // as the interface that it is in: it needs no other
	case json.Number:
		return strconv.Atoi(string(v))
	case diff:
		if v["s"] != nil {
			return newNode(v, templates)
		}
		n, ok := old.(*node)
		if !ok {
			return nil, fmt.Errorf("a change without statics came where the client holds %q", fmt.Sprint(old))
		}
		templates, err := templatesOf(v, templates)
		if err != nil {
			return nil, err
		}
		return n, n.merge(v, templates)
	}
	return nil, fmt.Errorf("a dynamic is %v", value)
}

// mergeEntries brings a list up to date. Moves refer to the list as it was.
func (n *node) mergeEntries(d diff, templates map[int][]string) error {
	count, ok := d["kc"].(json.Number)
	if !ok {
		return errors.New("a list came without its length kc")
	}
	length, err := strconv.Atoi(string(count))
	if err != nil {
		return err
	}
	var old []*node
	if d["km"] != nil {
		old = make([]*node, len(n.entries))
		for i, e := range n.entries {
			old[i] = e.clone()
		}
	}
	moved := func(from any) (*node, error) {
		number, _ := from.(json.Number)
		i, err := strconv.Atoi(string(number))
		if err != nil || i < 0 || i >= len(old) {
			return nil, fmt.Errorf("an entry moved from place %v of %d, km being %v", from, len(old), d["km"])
		}
		return old[i], nil
	}
	for i := range length {
		value, ok := d[strconv.Itoa(i)]
		if i == len(n.entries) {
			n.entries = append(n.entries, nil)
		}
		if !ok {
			if n.entries[i] == nil {
				return fmt.Errorf("entry %d of a list wasn't sent", i)
			}
			continue
		}
		var e *node
		var change any
		switch value := value.(type) {
		case json.Number:
			if e, err = moved(value); err != nil {
				return err
			}
		case []any:
			if len(value) != 2 {
				return fmt.Errorf("entry %d of a list is %v", i, value)
			}
			if e, err = moved(value[0]); err != nil {
				return err
			}
			change = value[1]
		default:
			if e = n.entries[i]; e == nil {
				e = &node{}
			}
			change = value
		}
		if change != nil {
			d, ok := change.(diff)
			if !ok {
				return fmt.Errorf("entry %d of a list is %v", i, value)
			}
			if err := e.merge(d, templates); err != nil {
				return fmt.Errorf("entry %d: %w", i, err)
			}
		}
		n.entries[i] = e
	}
	clear(n.entries[length:])
	n.entries = n.entries[:length]
	return nil
}

func newStream(value any) (*stream, error) {
	parts, ok := value.([]any)
	if !ok || len(parts) < 3 {
		return nil, fmt.Errorf("a stream is %v", value)
	}
	s := &stream{inserts: map[string]streamInsert{}, reset: len(parts) > 3}
	s.ref, _ = parts[0].(string)
	inserts, _ := parts[1].([]any)
	for _, value := range inserts {
		insert, ok := value.([]any)
		if !ok || len(insert) < 2 {
			return nil, fmt.Errorf("an item of a stream is %v", value)
		}
		id, _ := insert[0].(string)
		at, err := strconv.Atoi(fmt.Sprint(insert[1]))
		if err != nil {
			return nil, fmt.Errorf("an item of a stream is %v", value)
		}
		in := streamInsert{ref: s.ref, at: at, reset: s.reset}
		if len(insert) > 2 && insert[2] != nil {
			limit, err := strconv.Atoi(fmt.Sprint(insert[2]))
			if err != nil {
				return nil, fmt.Errorf("an item of a stream is %v", value)
			}
			in.limit = &limit
		}
		if len(insert) > 3 {
			in.updateOnly, _ = insert[3].(bool)
		}
		s.inserts[id] = in
	}
	deletes, _ := parts[2].([]any)
	for _, id := range deletes {
		s.deletes = append(s.deletes, fmt.Sprint(id))
	}
	return s, nil
}

func (n *node) clone() *node {
	if n == nil {
		return nil
	}
	c := *n
	c.dyns = slices.Clone(n.dyns)
	for i, v := range c.dyns {
		if child, ok := v.(*node); ok {
			c.dyns[i] = child.clone()
		}
	}
	c.entries = slices.Clone(n.entries)
	for i, e := range c.entries {
		c.entries[i] = e.clone()
	}
	return &c
}

// forgetMagic takes away the keys of the elements that n was copied from.
func (n *node) forgetMagic() {
	n.magic, n.changed = "", false
	for _, v := range n.dyns {
		if child, ok := v.(*node); ok {
			child.forgetMagic()
		}
	}
	for _, e := range n.entries {
		e.forgetMagic()
	}
}

// output collects the HTML of a tree.
type output struct {
	*rendered
	b       *bytes.Buffer
	only    map[int]bool // components that aren't left as they are; nil for all
	streams []*stream
}

// html returns the HTML of the whole view. Elements that can't have changed are
// empty and marked with data-phx-skip. only are the components that the last
// diff held, nil after a join.
func (r *rendered) html(only map[int]bool) (string, []*stream, error) {
	return r.put(only, func(out *output) error { return out.node(r.root, true, nil) })
}

// componentHTML returns the HTML of one component.
func (r *rendered) componentHTML(cid int) (string, []*stream, error) {
	return r.put(nil, func(out *output) error { return out.component(cid) })
}

func (r *rendered) put(only map[int]bool, f func(*output) error) (string, []*stream, error) {
	out := &output{rendered: r, b: buffers.Get().(*bytes.Buffer), only: only}
	defer buffers.Put(out.b)
	out.b.Reset()
	err := f(out)
	return out.b.String(), out.streams, err
}

// attribute is one that the client adds to an element.
type attribute struct{ name, value string }

func (out *output) node(n *node, tracking bool, attrs []attribute) error {
	if n.keyed {
		return out.list(n, tracking)
	}
	start := out.b.Len()
	if n.isRoot && tracking && n.magic == "" {
		n.changed = true
		out.magic++
		n.magic = fmt.Sprintf("m%d-%s", out.magic, out.view)
	}
	if err := out.dynamics(n, n.statics, tracking); err != nil {
		return err
	}
	if !n.isRoot {
		return nil
	}
	skip := tracking && !n.changed
	if tracking || n.magic != "" {
		attrs = append([]attribute{{"data-phx-id", n.magic}}, attrs...)
	}
	n.changed = false
	element := bytes.Clone(out.b.Bytes()[start:])
	out.b.Truncate(start)
	return appendRoot(out.b, element, attrs, skip)
}

func (out *output) dynamics(n *node, statics []string, tracking bool) error {
	for i, s := range statics {
		out.b.WriteString(s)
		if i == len(statics)-1 {
			break
		}
		if i >= len(n.dyns) || n.dyns[i] == nil {
			return fmt.Errorf("dynamic %d of %q wasn't sent", i, statics)
		}
		var err error
		switch v := n.dyns[i].(type) {
		case string:
			out.b.WriteString(v)
		case int:
			err = out.component(v)
		case *node:
			err = out.node(v, tracking, nil)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (out *output) list(n *node, tracking bool) error {
	for _, e := range n.entries {
		if err := out.dynamics(e, n.statics, tracking); err != nil {
			return err
		}
	}
	if s := n.stream; s != nil && (len(n.entries) > 0 || len(s.deletes) > 0 || s.reset) {
		out.streams = append(out.streams, s)
		n.stream, n.entries = nil, nil
	}
	return nil
}

func (out *output) component(cid int) error {
	n := out.components[cid]
	if n == nil {
		return fmt.Errorf("component %d is shown but was never sent", cid)
	}
	n.changed = out.only == nil || out.only[cid]
	n.magic = fmt.Sprintf("c%d-%s", cid, out.view)
	tracking := !n.reset
	n.reset = false
	return out.node(n, tracking, []attribute{
		{"data-phx-component", strconv.Itoa(cid)}, {"data-phx-view", out.view},
	})
}

// appendRoot writes the one element in html with further attributes. If it is
// to be skipped its attributes and content go, but for an id.
func appendRoot(b *bytes.Buffer, html []byte, attrs []attribute, skip bool) error {
	open := elementStart(html)
	if open < 0 {
		return fmt.Errorf("a template that is said to be one element is %q", html)
	}
	end := open + 1
	for end < len(html) && !bytes.ContainsRune([]byte(" \t\r\n\f/>"), rune(html[end])) {
		end++
	}
	last := elementEnd(html, end)
	b.Write(html[:end])
	if id := idInTag(html[end:last]); skip && id != "" {
		b.WriteString(` id="` + id + `"`)
	}
	for _, a := range attrs {
		b.WriteString(" " + a.name + `="` + a.value + `"`)
	}
	if !skip {
		b.Write(html[end:])
		return nil
	}
	b.WriteString(` data-phx-skip`)
	if tag := string(html[open+1 : end]); voidElements[tag] {
		b.WriteString(`/>`)
	} else {
		b.WriteString(`></` + tag + `>`)
	}
	b.Write(html[last:])
	return nil
}

// elementStart finds the first "<" of an element, behind white space and
// comments; -1 if something else stands there.
func elementStart(html []byte) int {
	for i := 0; i < len(html); {
		switch {
		case bytes.IndexByte([]byte(" \t\r\n\f"), html[i]) >= 0:
			i++
		case bytes.HasPrefix(html[i:], []byte("<!--")):
			end := bytes.Index(html[i:], []byte("-->"))
			if end < 0 {
				return -1
			}
			i += end + 3
		case html[i] == '<':
			return i
		default:
			return -1
		}
	}
	return -1
}

// elementEnd returns the index behind the element's last ">", before white
// space and comments.
func elementEnd(html []byte, from int) int {
	end := len(html)
	for end > from {
		switch {
		case bytes.HasSuffix(html[:end], []byte("-->")):
			start := bytes.LastIndex(html[:end], []byte("<!--"))
			if start < from {
				return end
			}
			end = start
		case html[end-1] == '>':
			return end
		default:
			end--
		}
	}
	return len(html)
}

// idInTag returns the value of the attribute id of a start tag's rest, as it is
// written there.
func idInTag(tag []byte) string {
	for i := 0; i < len(tag) && tag[i] != '>'; i++ {
		if tag[i] != '=' || i+1 == len(tag) {
			continue
		}
		quote := tag[i+1]
		if quote != '"' && quote != '\'' {
			continue
		}
		end := bytes.IndexByte(tag[i+2:], quote)
		if end < 0 {
			return ""
		}
		if bytes.HasSuffix(tag[:i], []byte(" id")) {
			return string(tag[i+2 : i+2+end])
		}
		i += 2 + end
	}
	return ""
}

var voidElements = map[string]bool{
	"area": true, "base": true, "br": true, "col": true, "embed": true, "hr": true, "img": true, "input": true,
	"link": true, "meta": true, "param": true, "source": true, "track": true, "wbr": true,
}
