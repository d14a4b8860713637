package form

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// fill returns the part that prev becomes by what d has of it, and writes what it means
// into v, which is the loaded value: a copy, but for what it points to. from is the part
// as loaded, nil for a row that is new.
func (c *cast) fill(d *draft, prev, from *Part, v reflect.Value) *Part {
	p := prev.fresh()
	p.submitted = p.submitted || c.submit && !d.added
	for _, index := range p.typ.pointers {
		own(v, index)
	}
	for i := range d.sent {
		c.input(p, &d.sent[i], from)
	}
	c.untick(p, d, from)
	var blanks []int
	for i, l := range p.typ.leaves {
		leaf := p.leaves[i]
		if c.submit && !d.added && leaf != nil && !leaf.Used {
			leaf = p.own(i)
			leaf.Used = true
		}
		if !c.decode(p, i, l, leaf, v) {
			blanks = append(blanks, i)
		}
	}
	for _, i := range blanks { // a field behind it may have made the struct that it is in
		c.decode(p, i, p.typ.leaves[i], p.leaves[i], v)
	}
	for i, l := range p.typ.lists {
		var rd *rowDrafts
		if d.lists != nil {
			rd = d.lists[i]
		}
		var loaded *rows
		if from != nil {
			loaded = &from.lists[i]
		}
		if rd == nil && (loaded == nil && len(p.lists[i].all) == 0 || loaded != nil && len(loaded.all) == 0 && len(p.lists[i].all) == 0) {
			continue
		}
		c.fillRows(p, i, l, rd, loaded, v)
	}
	return p
}

// fillRows is fill for the rows of the list i of p.
func (c *cast) fillRows(p *Part, i int, l *listType, rd *rowDrafts, loaded *rows, v reflect.Value) {
	prev := p.lists[i]
	next := rows{next: prev.next}
	keys := make([]string, 0, len(prev.all))
	if rd == nil {
		for _, r := range prev.all {
			keys = append(keys, r.key)
		}
	} else {
		keys = c.order(p, i, l, rd, &next)
	}
	before, base := indexed(&prev), indexed(loaded)
	at, ok := valueAt(v, l.index)
	if !ok {
		if len(keys) == 0 {
			return
		}
		at = makeAt(v, l.index)
	}
	was := reflect.Zero(l.typ)
	if list := reflect.Indirect(at); list.IsValid() && list.Kind() != reflect.Pointer {
		was = list
	}
	next.all = make([]row, 0, len(keys))
	fresh := newRows(l.typ, len(keys))
	t := l.rows()
	for n, key := range keys {
		r := row{key: key, base: -1}
		var from *Part
		if b, ok := base[key]; ok {
			r.base, from = b, loaded.all[b].part
		}
		if b, ok := before[key]; ok {
			r.part = prev.all[b].part
		} else if from != nil {
			r.part = from
		} else {
			r.part = &Part{typ: t, name: p.listName(i) + "[" + key + "]", leaves: make([]*Leaf, len(t.leaves)), lists: make([]rows, len(t.lists))}
		}
		d := rd.of(key)
		if d == nil {
			_, shown := before[key]
			d = &draft{typ: t, added: !shown && from == nil}
		}
		elem := elemOf(l, was, key, r.base)
		r.part = c.fill(d, r.part, from, elem)
		fresh.put(n, key, elem)
		next.all = append(next.all, r)
	}
	if at.Kind() == reflect.Pointer {
		if len(keys) == 0 {
			at.SetZero()
		} else {
			at.Set(reflect.New(at.Type().Elem())) // what it points to is the loaded value's
			at.Elem().Set(fresh.v)
		}
	} else {
		at.Set(fresh.v)
	}
	p.lists[i] = next
	if c.tooMany && rd != nil {
		p.groupFault(l.name, c.say(Problem{Path: p.listName(i), Rule: RuleRows, Kind: Many}))
	}
}

func (rd *rowDrafts) of(key string) *draft {
	if rd == nil {
		return nil
	}
	return rd.rows[key]
}

// indexed returns where rows are, by their keys.
func indexed(r *rows) map[string]int {
	if r == nil || len(r.all) == 0 {
		return nil
	}
	at := make(map[string]int, len(r.all))
	for i := range r.all {
		at[r.all[i].key] = i
	}
	return at
}

// order returns the keys of the rows that a list is to have: as inputs for the rows have
// been sent, but first those that "_sort" has, without those that "_drop" has, with those
// of "_up" and "_down" changed for their neighbours, and with a new one for each "new" of
// "_sort".
func (c *cast) order(p *Part, i int, l *listType, rd *rowDrafts, next *rows) []string {
	if l.isMap {
		slices.Sort(rd.keys)
		return rd.keys
	}
	seen := make(map[string]bool, len(rd.keys))
	keys := make([]string, 0, len(rd.keys))
	add := func(key string) {
		if !seen[key] {
			seen[key] = true
			keys = append(keys, key)
			if n, err := strconv.Atoi(strings.TrimPrefix(key, "n")); err == nil && n >= next.next && n < 1<<30 {
				next.next = n + 1
			}
		}
	}
	known := indexed(&p.lists[i])
	news := 0
	for _, key := range rd.asks[sortRows] {
		_, posted := rd.rows[key]
		_, shown := known[key]
		switch {
		case posted || shown:
			add(key)
		case (key == newRow || strings.HasPrefix(key, newRow+"-")) && news < mostAdded && c.asked(p, l, "_sort"):
			news++
		}
	}
	for _, key := range rd.keys {
		add(key)
	}
	dropped := make(map[string]bool, len(rd.asks[dropRows]))
	for _, key := range rd.asks[dropRows] {
		dropped[key] = true
	}
	keys = slices.DeleteFunc(keys, func(key string) bool { return dropped[key] })
	move := func(key string, by int) {
		at := slices.Index(keys, key)
		if cut := strings.LastIndexByte(key, '@'); at < 0 && cut >= 0 {
			at = slices.Index(keys, key[:cut]) // behind it is where the row stood
		}
		if to := at + by; at >= 0 && to >= 0 && to < len(keys) {
			keys[at], keys[to] = keys[to], keys[at]
		}
	}
	if c.asked(p, l, "_up") {
		for _, key := range rd.asks[rowsUp][:min(len(rd.asks[rowsUp]), mostAdded)] {
			move(key, -1)
		}
	}
	if c.asked(p, l, "_down") {
		for _, key := range rd.asks[rowsDown][:min(len(rd.asks[rowsDown]), mostAdded)] {
			move(key, 1)
		}
	}
	for range news {
		key := newKey(l.rows(), next.next)
		next.next++
		for seen[key] {
			key = newKey(l.rows(), next.next)
			next.next++
		}
		seen[key] = true
		keys = append(keys, key)
		c.added = true
	}
	return keys
}

// newRow is what is sent to ask for a row.
const newRow = "new"

// asked reports whether this event may be the one that asks for it by a box of that
// name: while its answer is under way, the box is still ticked in the next ones.
func (c *cast) asked(p *Part, l *listType, suffix string) bool {
	if c.target == "" || c.target == "undefined" { // a submit, or the client couldn't tell
		return true
	}
	name := AskName(p.nameOf(l.name), suffix)
	return c.target == name || c.target+"[]" == name
}

// elemOf returns a copy of an entry of a loaded list, or one that is new. It can be set.
func elemOf(l *listType, was reflect.Value, key string, base int) reflect.Value {
	elem := reflect.New(l.elem).Elem()
	if base < 0 {
		return elem
	}
	var from reflect.Value
	if l.isMap {
		from = was.MapIndex(reflect.ValueOf(key).Convert(was.Type().Key()))
	} else if base < was.Len() {
		from = was.Index(base)
	}
	for from.IsValid() && from.Kind() == reflect.Pointer {
		from = from.Elem()
	}
	if from.IsValid() {
		elem.Set(from)
	}
	return elem
}

// made is a list being made.
type made struct{ v reflect.Value }

func newRows(t reflect.Type, n int) made {
	switch {
	case t.Kind() == reflect.Map:
		return made{reflect.MakeMapWithSize(t, n)}
	case n == 0:
		return made{reflect.Zero(t)}
	}
	return made{reflect.MakeSlice(t, n, n)}
}

// put adds an entry.
func (m made) put(n int, key string, elem reflect.Value) {
	t := m.v.Type().Elem()
	entry := elem
	if t.Kind() == reflect.Pointer {
		entry = reflect.New(t).Elem()
		filledPointer(entry).Set(elem)
	}
	if m.v.Kind() == reflect.Map {
		m.v.SetMapIndex(reflect.ValueOf(key).Convert(m.v.Type().Key()), entry)
		return
	}
	m.v.Index(n).Set(entry)
}
