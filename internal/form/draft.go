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
	where map[int]int // of a leaf in sent, once there are many
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

func newDraft(t *Type) *draft { return &draft{typ: t} }

// take finds out whose an input is.
func (d *drafting) take(in Input) {
	if isVersion(in.Name) && in.Name == VersionName(d.as) {
		d.version = in.Text
		return
	}
	name, leaf, ok := d.root.typ.enter(d.as, in.Name)
	switch {
	case !ok:
	case leaf >= 0:
		d.root.take(leaf, in)
	default:
		d.descend(d.root, name, in)
	}
}

// isVersion reports whether name may be a [VersionName].
func isVersion(name string) bool {
	return strings.HasSuffix(name, versionName) || strings.HasSuffix(name, versionName+"]")
}

// enter returns what is called name in the form called as: the leaf of ty that it is, or
// -1 and its name within ty. It reports false for what isn't the form's.
func (ty *Type) enter(as, name string) (within string, leaf int, ok bool) {
	names := ty.top
	if as != "" {
		if name, ok = strings.CutPrefix(name, as); !ok {
			return "", -1, false
		}
		names = ty.within
	} else if i, ok := names[name]; !ok || i < 0 {
		// Below a list, and at what is asked of one, names are as those within.
		name, names = bracketed(name), ty.within
	}
	if i, ok := names[name]; ok && i >= 0 {
		return name, i, true
	}
	return name, -1, true
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
	s := d.find(leaf)
	if s == nil {
		s = d.add(leaf)
	}
	if in.Marker {
		s.unused = true
	} else {
		s.texts = append(s.texts, in.Text)
	}
}

// find returns what was sent of a leaf, nil for nothing.
func (d *draft) find(leaf int) *sent {
	if d.where != nil {
		if i, ok := d.where[leaf]; ok {
			return &d.sent[i]
		}
		return nil
	}
	for i := len(d.sent) - 1; i >= 0; i-- {
		if d.sent[i].leaf == leaf {
			return &d.sent[i]
		}
	}
	return nil
}

// fewSent is up to how many fields of a draft are looked through one by one.
const fewSent = 16

// add notes a leaf of which nothing was sent yet.
func (d *draft) add(leaf int) *sent {
	d.sent = append(d.sent, sent{leaf: leaf})
	switch last := len(d.sent) - 1; {
	case d.where != nil:
		d.where[leaf] = last
	case last >= fewSent:
		d.where = make(map[int]int, min(len(d.typ.leaves), 4*fewSent))
		for i := range d.sent {
			d.where[d.sent[i].leaf] = i
		}
	}
	return &d.sent[len(d.sent)-1]
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
