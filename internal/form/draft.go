package form

import (
	"iter"
	"strings"
)

// Input is one field of a form that was sent.
type Input struct {
	Name, Text string
	// Marker is set for what isn't a field, but the client's word that the user hasn't
	// been to the field of that name.
	Marker bool
}

const (
	// mostRows bounds the rows of a form that are new to what was loaded.
	mostRows = 10_000
	// mostAdded bounds the rows that one event adds without fields of theirs.
	mostAdded = 100
)

// draft is what was sent of a part.
type draft struct {
	typ   *Type
	sent  []sent
	where map[int]int // of a leaf in sent, for types of many leaves
	lists []*rowDrafts
	added bool // by this event, so that nobody has been there yet
}

// sent is what was sent of a field.
type sent struct {
	leaf   int
	texts  []string
	unused bool
}

// rowDrafts is what was sent of a list's rows.
type rowDrafts struct {
	keys []string // in order
	rows map[string]*draft
	asks [4][]string // by paramKind
}

// drafting reads what was sent into drafts.
type drafting struct {
	as      string
	root    *draft
	rows    int
	tooMany bool
	version string // what the form says it was loaded as
}

// read returns what was sent of the form called as.
func read(t *Type, as string, sent iter.Seq[Input]) *drafting {
	d := &drafting{as: as, root: newDraft(t)}
	for input := range sent {
		d.take(input)
	}
	return d
}

func newDraft(t *Type) *draft {
	d := &draft{typ: t}
	if len(t.leaves) > 32 {
		d.where = make(map[int]int, len(t.leaves))
	}
	return d
}

// take finds out whose an input is.
func (d *drafting) take(in Input) {
	name, names := in.Name, d.root.typ.top
	if strings.HasSuffix(name, versionName) || strings.HasSuffix(name, versionName+"]") {
		if name == VersionName(d.as) {
			d.version = in.Text
			return
		}
	}
	if d.as != "" {
		rest, ok := strings.CutPrefix(name, d.as)
		if !ok {
			return
		}
		name, names = rest, d.root.typ.within
	} else if i, ok := names[name]; !ok || i < 0 {
		// Below a list, and at what is asked of one, names are as those within.
		name, names = bracketed(name), d.root.typ.within
	}
	if i, ok := names[name]; ok && i >= 0 {
		d.root.take(i, in)
		return
	}
	d.descend(d.root, name, in)
}

// descend goes to the row that name leads to.
func (d *drafting) descend(at *draft, name string, in Input) {
	for {
		if i, ok := at.typ.within[name]; ok && i >= 0 {
			at.take(i, in)
			return
		}
		if p, ok := at.typ.params[name]; ok {
			if !in.Marker {
				r := at.rowsOf(p.list)
				r.asks[p.kind] = append(r.asks[p.kind], in.Text)
			}
			return
		}
		list, rest, ok := at.typ.cutList(name)
		if !ok {
			return
		}
		key, rest, ok := cutKey(rest)
		if !ok {
			return
		}
		r := at.rowsOf(list)
		row := r.rows[key]
		if row == nil {
			if row = d.row(r, at.typ.lists[list], key); row == nil {
				return
			}
		}
		at, name = row, rest
	}
}

// cutList takes the name of a list off the front of name.
func (ty *Type) cutList(name string) (list int, rest string, ok bool) {
	for end := strings.IndexByte(name, ']'); end >= 0; {
		if i, known := ty.within[name[:end+1]]; known {
			return ^i, name[end+1:], i < 0
		}
		next := strings.IndexByte(name[end+1:], ']')
		if next < 0 {
			break
		}
		end += 1 + next
	}
	return 0, "", false
}

// row adds a row; nil if there are too many.
func (d *drafting) row(r *rowDrafts, l *listType, key string) *draft {
	if d.rows++; d.rows > mostRows {
		d.tooMany = true
		return nil
	}
	row := newDraft(l.rows())
	r.keys = append(r.keys, key)
	r.rows[key] = row
	return row
}

func (d *draft) rowsOf(list int) *rowDrafts {
	if d.lists == nil {
		d.lists = make([]*rowDrafts, len(d.typ.lists))
	}
	if d.lists[list] == nil {
		d.lists[list] = &rowDrafts{rows: map[string]*draft{}}
	}
	return d.lists[list]
}

// take notes an input of a leaf.
func (d *draft) take(leaf int, in Input) {
	at := -1
	if d.where != nil {
		if i, ok := d.where[leaf]; ok {
			at = i
		}
	} else {
		for i := len(d.sent) - 1; i >= 0 && at < 0; i-- {
			if d.sent[i].leaf == leaf {
				at = i
			}
		}
	}
	if at < 0 {
		at = len(d.sent)
		if d.where != nil {
			d.where[leaf] = at
		}
		d.sent = append(d.sent, sent{leaf: leaf})
	}
	if in.Marker {
		d.sent[at].unused = true
	} else {
		d.sent[at].texts = append(d.sent[at].texts, in.Text)
	}
}

const versionName = "_version"

// VersionName is the name of the hidden field that tells what the form called as was
// loaded as.
func VersionName(as string) string {
	if as == "" {
		return versionName
	}
	return as + "[" + versionName + "]"
}
