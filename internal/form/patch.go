package form

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Most events of a form are keystrokes, whose bodies differ from the last one's in one
// field. Then that field is read and decoded alone.

// difference returns the parts of two bodies that differ, up to whole fields.
func difference(a, b string) (inA, inB string) {
	n := min(len(a), len(b))
	start := commonPrefix(a, b, n)
	start = strings.LastIndexByte(a[:start], '&') + 1
	end := commonSuffix(a, b, n-start)
	if end > 0 && end < len(a) && end < len(b) || end > 0 && (end == len(a)) != (end == len(b)) {
		cut := strings.IndexByte(a[len(a)-end:], '&')
		if cut < 0 {
			end = 0
		} else {
			end -= cut
		}
	}
	return a[start : len(a)-end], b[start : len(b)-end]
}

// commonPrefix returns how many of the first n bytes are the same. Comparing large pieces
// at once is several times as fast as comparing bytes.
func commonPrefix(a, b string, n int) int {
	i := 0
	for step := 512; step > 0; step /= 8 {
		for i+step <= n && a[i:i+step] == b[i:i+step] {
			i += step
		}
	}
	return i
}

// commonSuffix is commonPrefix from the end.
func commonSuffix(a, b string, n int) int {
	i := 0
	for step := 512; step > 0; step /= 8 {
		for i+step <= n && a[len(a)-i-step:len(a)-i] == b[len(b)-i-step:len(b)-i] {
			i += step
		}
	}
	return i
}

// read returns the draft of what differs between the last body and that of sent; nil if
// that isn't a matter of single fields.
func (c *Core) readDifference(sent Sent) *drafting {
	if sent.Body == "" || c.body == "" || sent.Target == "" || c.whole || !c.single(sent.Target) {
		return nil
	}
	before, now := difference(c.body, sent.Body)
	was := &drafting{as: c.as, root: newDraft(c.typ)}
	is := &drafting{as: c.as, root: newDraft(c.typ)}
	for _, side := range []struct {
		d    *drafting
		text string
	}{{was, before}, {is, now}} {
		for in := range sent.Read(side.text) {
			if !c.single(in.Name) {
				return nil
			}
			side.d.take(in)
		}
	}
	if !c.align(was.root, is.root, c.checked) {
		return nil
	}
	return is
}

// single reports whether name is that of a field with one value, which other inputs have
// no part in.
func (c *Core) single(name string) bool {
	d := drafting{as: c.as, root: newDraft(c.typ)}
	d.take(Input{Name: name, Marker: true})
	at := d.root
	for len(at.sent) == 0 {
		next := (*draft)(nil)
		for i, r := range at.lists {
			if r != nil && !at.typ.lists[i].isMap && len(r.keys) == 1 {
				next = r.rows[r.keys[0]]
			}
		}
		if next == nil {
			return false
		}
		at = next
	}
	l := at.typ.leaves[at.sent[0].leaf]
	return !l.list && l.kind != Flag && l.preset == nil
}

// align reports whether the same fields were sent both times, each once, in rows that
// there are, and adds to is what only a marker says of.
func (c *Core) align(was, is *draft, p *Part) bool {
	for _, s := range was.sent {
		now := is.find(s.leaf)
		if len(s.texts) > 1 || len(s.texts) > 0 && (now == nil || len(now.texts) == 0) {
			return false
		}
		if now == nil { // the marker has gone, and the field stays as it is
			if leaf := p.leaves[s.leaf]; leaf == nil || !leaf.given {
				return false
			}
			is.sent = append(is.sent, sent{leaf: s.leaf})
			if is.where != nil {
				is.where[s.leaf] = len(is.sent) - 1
			}
		}
	}
	for i := range is.sent {
		s := &is.sent[i]
		before := was.find(s.leaf)
		if len(s.texts) > 1 || len(s.texts) > 0 && (before == nil || len(before.texts) == 0) {
			return false
		}
		leaf := p.leaves[s.leaf]
		if leaf == nil || !leaf.given {
			return false
		}
		if s.texts == nil {
			s.texts = []string{leaf.Value}
		}
		if !s.unused && (before == nil || !before.unused) {
			s.unused = !leaf.Used // if there is a marker, it is in what doesn't differ
		}
	}
	for i := range p.typ.lists {
		var a, b *rowDrafts
		if was.lists != nil {
			a = was.lists[i]
		}
		if is.lists != nil {
			b = is.lists[i]
		}
		if a == nil && b == nil {
			continue
		}
		if a == nil {
			a = &rowDrafts{}
		}
		if b == nil {
			b = is.rowsOf(i)
		}
		rows := indexed(&p.lists[i])
		for _, key := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(a.keys, b.keys)))) {
			n, ok := rows[key]
			if !ok {
				return false
			}
			t := p.typ.lists[i].rows()
			before, now := a.rows[key], b.rows[key]
			if before == nil {
				before = newDraft(t)
			}
			if now == nil {
				now = newDraft(t)
				b.keys = append(b.keys, key)
				b.rows[key] = now
			}
			if !c.align(before, now, p.lists[i].all[n].part) {
				return false
			}
		}
	}
	return true
}

// find returns what was sent of a leaf, nil for nothing.
func (d *draft) find(leaf int) *sent {
	for i := range d.sent {
		if d.sent[i].leaf == leaf {
			return &d.sent[i]
		}
	}
	return nil
}

// patch is fill where d is all that differs: v is the value before, and loaded the one
// that was loaded, which may be none.
func (c *cast) patch(d *draft, prev, from *Part, v, loaded reflect.Value) *Part {
	p := prev.fresh()
	p.misfits = prev.misfits
	if len(d.sent) > 0 && p.misfits != nil {
		p.misfits = maps.Clone(p.misfits)
	}
	for i := range d.sent {
		s := &d.sent[i]
		before := p.leaves[s.leaf]
		c.input(p, s, from)
		leaf := p.leaves[s.leaf]
		if before != nil && before.Value == leaf.Value {
			continue
		}
		delete(p.misfits, s.leaf)
		l := p.typ.leaves[s.leaf]
		for _, index := range p.typ.pointers {
			if len(index) < len(l.index) && slices.Equal(index, l.index[:len(index)]) {
				own(v, index)
			}
		}
		if at, ok := valueAt(v, l.index); ok {
			if was, ok := valueAt(loaded, l.index); ok {
				at.Set(was)
			} else {
				at.SetZero()
			}
		}
		c.decode(p, s.leaf, l, leaf, v)
	}
	p.problems = maps.Clone(p.misfits)
	for i, l := range p.typ.lists {
		var rd *rowDrafts
		if d.lists != nil {
			rd = d.lists[i]
		}
		if len(p.lists[i].all) > 0 {
			c.patchRows(p, i, l, rd, from, v, loaded)
		}
	}
	return p
}

// patchRows is patch for the rows of a list, nearly all of which stay as they are.
func (c *cast) patchRows(p *Part, i int, l *listType, rd *rowDrafts, from *Part, v, loaded reflect.Value) {
	all := slices.Clone(p.lists[i].all)
	p.lists[i].all = all
	for n := range all {
		if all[n].part.count() > 0 && (rd == nil || rd.rows[all[n].key] == nil) {
			all[n].part = all[n].part.unproblematic()
		}
	}
	if rd == nil {
		return
	}
	at, _ := valueAt(v, l.index)
	if at.Kind() == reflect.Pointer {
		fresh := reflect.New(at.Type().Elem())
		fresh.Elem().Set(at.Elem())
		at.Set(fresh)
		at = at.Elem()
	}
	list := reflect.MakeSlice(at.Type(), at.Len(), at.Len())
	reflect.Copy(list, at)
	at.Set(list)
	was, ok := valueAt(loaded, l.index)
	if ok {
		was = reflect.Indirect(was)
	}
	for n := range all {
		r := &all[n]
		d := rd.rows[r.key]
		if d == nil {
			continue
		}
		elem := list.Index(n)
		if elem.Kind() == reflect.Pointer {
			fresh := reflect.New(elem.Type().Elem())
			fresh.Elem().Set(elem.Elem())
			elem.Set(fresh)
			elem = elem.Elem()
		}
		var origin *Part
		var base reflect.Value
		if r.base >= 0 && from != nil && was.IsValid() {
			origin, base = from.lists[i].all[r.base].part, reflect.Indirect(was.Index(r.base))
		}
		r.part = c.patch(d, r.part, origin, elem, base)
	}
}

// unproblematic returns p without the problems that are found anew.
func (p *Part) unproblematic() *Part {
	own := p.fresh()
	own.misfits = p.misfits
	own.problems = maps.Clone(p.misfits)
	for i := range own.lists {
		own.lists[i].all = slices.Clone(own.lists[i].all)
		for n := range own.lists[i].all {
			own.lists[i].all[n].part = own.lists[i].all[n].part.unproblematic()
		}
	}
	return own
}
