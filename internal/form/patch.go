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
	if sent.Body == "" || c.body == "" || sent.Target == "" || sent.Locale != c.locale || c.whole || !c.single(sent.Target) {
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
	if isVersion(name) && name == VersionName(c.as) {
		return false
	}
	at := c.typ
	name, leaf, ok := at.enter(c.as, name)
	for ok && leaf < 0 {
		if i, is := at.within[name]; is && i >= 0 {
			leaf = i
			break
		}
		if _, is := at.params[name]; is {
			return false
		}
		var list int
		if list, name, ok = at.cutList(name); !ok || at.lists[list].isMap {
			return false
		}
		_, name, ok = cutKey(name)
		at = at.lists[list].rows()
	}
	if !ok {
		return false
	}
	l := at.leaves[leaf]
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
			is.add(s.leaf)
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

// patched returns the part after an event of which d is all that differs, and writes what
// it means into dst. It returns that of before if the whole form must be read for it.
func (c *Core) patched(cast *cast, d *drafting, dst reflect.Value) *Part {
	cast.drafting, cast.patches = d, map[*Part]*draft{}
	if engine := ginsEngine(); engine != nil && c.typ.purity(engine).all {
		cast.keeping = engine
	}
	dst.Set(c.value)
	p := cast.patch(d.root, c.checked, c.origin, dst, c.loaded)
	if cast.moved {
		return c.part
	}
	return p
}

// patch is fill where d is all that differs: v is the value before, and loaded the one
// that was loaded, which may be none.
func (c *cast) patch(d *draft, prev, from *Part, v, loaded reflect.Value) *Part {
	p := prev.fresh()
	c.patches[p] = d
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
		inner := false
		for _, index := range p.typ.pointers {
			if len(index) < len(l.index) && slices.Equal(index, l.index[:len(index)]) {
				inner = true
				own(v, index)
			}
		}
		at, ok := valueAt(v, l.index)
		was, hadOne := valueAt(loaded, l.index)
		switch {
		case inner && (!ok || !hadOne && strings.TrimSpace(leaf.Value) == ""):
			c.moved = true
			return p
		case hadOne:
			at.Set(was)
		default:
			at.SetZero()
		}
		c.decode(p, s.leaf, l, leaf, v)
	}
	p.problems = c.kept(p, prev)
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

// kept returns those of the problems that prev has which p has as well, whatever else is
// in the form.
func (c *cast) kept(p, prev *Part) map[int]string {
	kept := maps.Clone(p.misfits)
	for i, sentence := range prev.problems {
		if c.keeps(p, i) {
			if kept == nil {
				kept = map[int]string{}
			}
			kept[i] = sentence
		}
	}
	return kept
}

// keeps reports whether a leaf is as it was, and so is what was found of it.
func (c *cast) keeps(p *Part, leaf int) bool {
	if c.keeping == nil || !p.typ.purity(c.keeping).leaves[leaf] {
		return false
	}
	d := c.patches[p]
	return d == nil || d.find(leaf) == nil
}

// keepsStruct reports whether all that was found of the struct at path of p still holds:
// of all of p for no path.
func (c *cast) keepsStruct(p *Part, path []byte) bool {
	if c.keeping == nil || !p.typ.purity(c.keeping).calm[string(path)] {
		return false
	}
	d := c.patches[p]
	if d == nil || len(d.sent) == 0 {
		return true
	}
	for i := range d.sent {
		of := p.typ.leaves[d.sent[i].leaf].path
		if len(path) == 0 || len(of) > len(path) && of[len(path)] == '.' && of[:len(path)] == string(path) {
			return false
		}
	}
	return true
}

// patchRows is patch for the rows of a list, nearly all of which stay as they are.
func (c *cast) patchRows(p *Part, i int, l *listType, rd *rowDrafts, from *Part, v, loaded reflect.Value) {
	all := slices.Clone(p.lists[i].all)
	p.lists[i].all = all
	for n := range all {
		if all[n].part.count() > 0 && (rd == nil || rd.rows[all[n].key] == nil) && !c.keepsStruct(all[n].part, nil) {
			all[n].part = c.unproblematic(all[n].part)
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

// unproblematic returns prev without the problems that are found anew.
func (c *cast) unproblematic(prev *Part) *Part {
	p := prev.fresh()
	p.misfits = prev.misfits
	p.problems = c.kept(p, prev)
	for i := range p.lists {
		p.lists[i].all = slices.Clone(p.lists[i].all)
		for n := range p.lists[i].all {
			p.lists[i].all[n].part = c.unproblematic(p.lists[i].all[n].part)
		}
	}
	return p
}
