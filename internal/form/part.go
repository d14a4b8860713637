package form

import (
	"fmt"
	"reflect"
	"strconv"
	"sync/atomic"
)

// Part is what a form knows of one struct: of the whole, or of a row. It doesn't change
// once it is made.
type Part struct {
	typ  *Type
	name string // "product", or "product[variants][3]"
	// leaves are as typ has them; nil for one of a row that is new of which nothing was
	// sent: a client may make many rows by few bytes.
	leaves []*Leaf
	lists  []rows // as typ has them

	// problems are sentences by the index of a leaf. They are shown where the user has
	// been.
	problems map[int]string
	// misfits are those of them that are of texts which don't fit.
	misfits map[int]string
	// groups are those of lists and structs in it, by their names.
	groups map[string]string

	submitted bool
}

// Leaf is what a form knows of a field.
type Leaf struct {
	Field

	given bool // it has been sent since it was loaded
	open  bool // it is its part's alone, while that is being made

	version uint64 // no other leaf has it; 0 for one that is made each time it is asked for
}

// Version tells a leaf apart from all others, 0 from none.
func (l *Leaf) Version() uint64 { return l.version }

// versions counts the leaves of the process.
var versions atomic.Uint64

// rows are those of a list.
type rows struct {
	all  []row
	next int // the number of the next one that is added
}

// row is an entry of a list.
type row struct {
	key  string
	part *Part
	base int // its index in what was loaded; -1 for one that is new
}

// load returns the part for the struct v, or for none that is new. Where blank is set
// nobody has entered numbers that are zero.
func load(t *Type, name string, v reflect.Value, blank bool) *Part {
	p := &Part{typ: t, name: name, leaves: make([]*Leaf, len(t.leaves)), lists: make([]rows, len(t.lists))}
	slab := make([]Leaf, len(t.leaves))
	version := versions.Add(uint64(len(slab)))
	for i, l := range t.leaves {
		leaf := &slab[i]
		leaf.version = version - uint64(i)
		leaf.Field = p.proto(i)
		if at, ok := valueAt(v, l.index); ok {
			leaf.Value, leaf.More = join(l.texts(at, blank))
		}
		if l.preset != nil && blank && leaf.Value == "" {
			leaf.Value, leaf.More = join(l.preset)
		}
		p.leaves[i] = leaf
	}
	for i, l := range t.lists {
		at, ok := valueAt(v, l.index)
		for ok && at.Kind() == reflect.Pointer {
			at, ok = at.Elem(), !at.IsNil()
		}
		if !ok || at.Len() == 0 {
			continue
		}
		if l.isMap {
			p.lists[i] = loadMap(l, p.listName(i), at)
		} else {
			p.lists[i] = loadList(l, p.listName(i), at)
		}
	}
	return p
}

func loadList(l *listType, name string, v reflect.Value) rows {
	t := l.rows()
	r := rows{all: make([]row, 0, v.Len())}
	taken := make(map[string]bool, v.Len())
	for i := range v.Len() {
		elem := v.Index(i)
		if elem.Kind() == reflect.Pointer {
			elem = elem.Elem() // invalid for nil, which is as a new one
		}
		key := strconv.Itoa(i)
		if t.key != nil {
			key = t.keyOf(elem)
			if key == "" || taken[key] {
				key = newKey(t, i)
			}
		}
		taken[key] = true
		r.all = append(r.all, row{key, load(t, name+"["+key+"]", elem, elem.IsValid() && elem.IsZero()), i})
	}
	r.next = v.Len()
	return r
}

// keyOf returns what tells the row v apart, "" for nothing.
func (ty *Type) keyOf(v reflect.Value) string {
	at, ok := valueAt(v, ty.key)
	if !ok || at.IsZero() {
		return ""
	}
	if text, ok := ownText(at); ok && fitsName(text) {
		return text
	}
	if text := fmt.Sprint(at); fitsName(text) {
		return text
	}
	return ""
}

// newKey returns the key of the nth row that is new: one that is no row's of the
// database, where rows have the keys of that.
func newKey(t *Type, n int) string {
	if t.key != nil {
		return "n" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

func loadMap(l *listType, name string, v reflect.Value) rows {
	r := rows{all: make([]row, 0, v.Len())}
	for i, key := range sortedKeys(v) {
		if !fitsName(key) {
			continue
		}
		elem := v.MapIndex(reflect.ValueOf(key).Convert(l.typ.Key()))
		if elem.Kind() == reflect.Pointer && l.single == nil {
			elem = elem.Elem()
		}
		r.all = append(r.all, row{key, load(l.rows(), name+"["+key+"]", elem, false), i})
	}
	return r
}

// valueAt follows index from the struct v. It reports false where a pointer is nil, or v
// is nothing.
func valueAt(v reflect.Value, index []int) (reflect.Value, bool) {
	for _, i := range index {
		for v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return reflect.Value{}, false
			}
			v = v.Elem()
		}
		if !v.IsValid() {
			return v, false
		}
		v = v.Field(i)
	}
	return v, v.IsValid()
}

// proto returns what is always so of a field.
func (p *Part) proto(i int) Field {
	l := p.typ.leaves[i]
	f := l.proto
	f.Name = p.nameOf(l.name)
	if f.Multi {
		f.Name += "[]"
	}
	const suffix = "-error"
	f.ErrorID = IDOf(f.Name) + suffix
	f.ID = f.ErrorID[:len(f.ErrorID)-len(suffix)] // in the same memory
	return f
}

// nameOf returns the name of what is called name within p, such as "[sku]".
func (p *Part) nameOf(name string) string {
	if p.name == "" {
		return unbracketed(name)
	}
	return p.name + name
}

func (p *Part) listName(i int) string { return p.nameOf(p.typ.lists[i].name) }

// Leaf returns what is known of a field, by its number.
func (p *Part) Leaf(i int) *Leaf { return p.leaf(i) }

// leaf returns what is known of a field.
func (p *Part) leaf(i int) *Leaf {
	if l := p.leaves[i]; l != nil {
		return l
	}
	l := &Leaf{Field: p.proto(i)}
	l.Value, l.More = join(p.typ.leaves[i].preset)
	if p.submitted {
		l.Used, l.Error = true, p.problems[i]
	}
	return l
}

// fresh returns a part of its own to be changed, without its problems.
func (p *Part) fresh() *Part {
	own := *p
	own.leaves = append([]*Leaf(nil), p.leaves...)
	own.lists = append([]rows(nil), p.lists...)
	own.problems, own.misfits, own.groups = nil, nil, nil
	return &own
}

// find returns the row with that key, whose place is most likely i.
func (r *rows) find(key string, i int) *row {
	if i < len(r.all) && r.all[i].key == key {
		return &r.all[i]
	}
	for i := range r.all {
		if r.all[i].key == key {
			return &r.all[i]
		}
	}
	return nil
}

// changed reports whether a field of p, or the rows of it, aren't as in from.
func (p *Part) changed(from *Part) bool {
	if p == from {
		return false
	}
	for _, l := range p.leaves {
		if l != nil && l.Changed {
			return true
		}
	}
	for i := range p.lists {
		if len(p.lists[i].all) != len(from.lists[i].all) {
			return true
		}
		for j, r := range p.lists[i].all {
			if r.base != j || r.part.changed(from.lists[i].all[j].part) {
				return true
			}
		}
	}
	return false
}

// count returns how many problems there are.
func (p *Part) count() int {
	n := len(p.problems) + len(p.groups)
	for i := range p.lists {
		for _, r := range p.lists[i].all {
			n += r.part.count()
		}
	}
	return n
}
