package form

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"sort"
	"strconv"
	"strings"
)

// Apply returns the form after an event, and writes what it means into dst. cause is why
// texts don't fit or don't keep the rules, where all of the form was read for it, as for a
// first event; err is what is wrong with the type's rules.
func (c *Core) Apply(sent Sent, dst reflect.Value) (next *Core, cause, err error) {
	own := *c
	own.locale = sent.Locale
	cast := newCast(sent)
	if d := c.readDifference(sent); d != nil {
		own.part = c.patched(cast, d, dst)
	}
	if own.part == c.part {
		cast = newCast(sent)
		cast.drafting = read(c.typ, c.as, sent.Fields)
		dst.Set(c.loaded)
		own.part = cast.fill(cast.root, c.part, c.origin, dst)
		own.whole = cast.submit || cast.repeated || cast.tooMany
	}
	if sent.Body != "" {
		own.body, own.value = sent.Body, reflect.New(dst.Type()).Elem()
		own.value.Set(dst)
	} else {
		own.body = ""
	}
	if err := cast.validate(own.part, dst); err != nil {
		return c, nil, err
	}
	own.applied, own.added, own.foreign = true, cast.added, cast.foreign
	own.submitted = c.submitted || cast.submit
	if cast.version != "" {
		own.version = cast.version
	}
	own.part.settle()
	own.checked = own.part
	switch {
	case cast.cause != nil:
		cause = cast.cause
	case len(cast.invalid) > 0 && own.part.count() > 0:
		cause = cast.invalid
	}
	return &own, cause, nil
}

// settle has each field show its problem, where the user has been.
func (p *Part) settle() {
	for i, l := range p.leaves {
		want := p.problems[i]
		if l == nil || !l.Used {
			want = ""
		}
		if l != nil && l.Error != want {
			l = p.own(i)
			l.Error = want
		}
		if l != nil && l.open {
			l.open = false
		}
	}
	for i := range p.lists {
		for _, r := range p.lists[i].all {
			r.part.settle()
		}
	}
}

// Valid reports whether an event has been applied, and nothing is wrong.
func (c *Core) Valid() bool {
	return c.applied && !c.added && c.foreign == nil && c.part.count() == 0
}

// Submitted reports whether the form was submitted.
func (c *Core) Submitted() bool { return c.submitted }

// Changed reports whether anything isn't as it was loaded.
func (c *Core) Changed() bool { return c.part.changed(c.origin) }

// Errors returns all problems by the names of fields.
func (c *Core) Errors() map[string]string {
	all := map[string]string{}
	c.part.errors(all)
	return all
}

func (p *Part) errors(all map[string]string) {
	for i, sentence := range p.problems {
		l := p.typ.leaves[i]
		name := p.nameOf(l.name)
		if strings.HasSuffix(l.tag, "[]") && !strings.HasSuffix(name, "[]") {
			name += "[]"
		}
		all[name] = sentence
	}
	for name, sentence := range p.groups {
		all[p.nameOf(name)] = sentence
	}
	for i := range p.lists {
		for _, r := range p.lists[i].all {
			r.part.errors(all)
		}
	}
}

// Version returns what tells the loaded value apart from others, by the fields that the
// form has.
func (c *Core) Version() string {
	if c.version != "" {
		return c.version
	}
	return c.origin.sum()
}

// Same reports whether v is as the value was that the form was loaded with.
func (c *Core) Same(v reflect.Value) bool {
	return load(c.typ, c.as, v, c.fresh || v.IsZero()).sum() == c.Version()
}

func (p *Part) sum() string {
	h := sha256.New()
	p.write(func(text string) {
		h.Write(strconv.AppendInt(nil, int64(len(text)), 10))
		h.Write([]byte{':'})
		h.Write([]byte(text))
	})
	return hex.EncodeToString(h.Sum(nil)[:12])
}

func (p *Part) write(text func(string)) {
	for i := range p.leaves {
		l := p.leaf(i)
		text(l.Value)
		text(l.More)
	}
	for i := range p.lists {
		text(strconv.Itoa(len(p.lists[i].all)))
		for _, r := range p.lists[i].all {
			text(r.key)
			r.part.write(text)
		}
	}
}

// Root returns the part that the form's own fields are in.
func (c *Core) Root() *Part { return c.part }

// Check notes a problem of the field at path. It reports whether the field has none, and
// returns an error for a path that leads nowhere.
func (c *Core) Check(path string, ok bool, sentence string) (*Core, bool, error) {
	part, leaf, group, err := c.part.find(path)
	if err != nil {
		return c, false, err
	}
	if had := part.problem(leaf, group); ok || had != "" {
		return c, had == "", nil
	}
	own := *c
	own.part = c.part.with(part, func(p *Part) {
		if group != "" {
			groups := map[string]string{group: sentence}
			for name, was := range p.groups {
				groups[name] = was
			}
			p.groups = groups
			return
		}
		problems := map[int]string{leaf: sentence}
		for i, was := range p.problems {
			problems[i] = was
		}
		p.problems = problems
		if l := p.leaf(leaf); l.Used {
			l = p.own(leaf)
			l.Error, l.open = sentence, false
		}
	})
	return &own, false, nil
}

func (p *Part) problem(leaf int, group string) string {
	if group != "" {
		return p.groups[group]
	}
	return p.problems[leaf]
}

// with returns p with a copy of the part at, changed. It is p itself, or in a row of it.
func (p *Part) with(at *Part, change func(*Part)) *Part {
	own := *p
	if p == at {
		own.leaves = append([]*Leaf(nil), p.leaves...)
		change(&own)
		return &own
	}
	own.lists = append([]rows(nil), p.lists...)
	for i := range own.lists {
		for j, r := range own.lists[i].all {
			if r.part == at || strings.HasPrefix(at.name, r.part.name+"[") {
				own.lists[i].all = append([]row(nil), own.lists[i].all...)
				own.lists[i].all[j].part = r.part.with(at, change)
				return &own
			}
		}
	}
	return &own
}

// find follows path from p, in which rows are counted from 0 on.
func (p *Part) find(path string) (at *Part, leaf int, group string, err error) {
	name := bracketed(path)
	if path == "" {
		name = ""
	}
	for {
		if i, ok := p.typ.within[name]; ok && i >= 0 {
			return p, i, "", nil
		}
		if trimmed := strings.TrimSuffix(name, "[]"); p.typ.groups[trimmed] {
			return p, 0, trimmed, nil
		}
		list, rest, ok := p.typ.cutList(name)
		key, rest, hasKey := cutKey(rest)
		if !ok || !hasKey {
			return nil, 0, "", p.typ.unknown(path, name)
		}
		row := p.lists[list].row(key, p.typ.lists[list].isMap)
		if row == nil {
			return nil, 0, "", fmt.Errorf("there is no %s: %s has %d rows", path, unbracketed(p.typ.lists[list].name), len(p.lists[list].all))
		}
		p, name = row.part, rest
	}
}

func (r *rows) row(key string, isMap bool) *row {
	if isMap {
		return r.find(key, 0)
	}
	if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(r.all) {
		return &r.all[i]
	}
	return nil
}

// unknown says that there is no field of that name.
func (ty *Type) unknown(path, name string) error {
	names := make([]string, 0, len(ty.within))
	for known := range ty.within {
		names = append(names, unbracketed(strings.TrimSuffix(known, "[]")))
	}
	sort.Strings(names)
	given := unbracketed(name)
	best, least := "", len(given)/2+2
	for _, known := range names {
		if d := distance(given, known); d < least {
			best, least = known, d
		}
	}
	if best == "" {
		return fmt.Errorf("the form of %s has no field %q", ty.of, given)
	}
	return fmt.Errorf("the form of %s has no field %q; did you mean %q?", ty.of, given, best)
}

// distance counts the letters to be changed, added or left out to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// Has returns an error if there is no field, list or struct at path, whatever rows there
// are.
func (ty *Type) Has(path string) error {
	_, _, err := ty.follow(path)
	return err
}

// Leaf returns the number of the field at path, if it isn't in a row.
func (ty *Type) Leaf(path string) (int, bool) {
	i, ok := ty.within[bracketed(path)]
	return i, ok && i >= 0
}

// RowsOf returns the type of the rows of the list at path.
func (ty *Type) RowsOf(path string) (*Type, error) {
	at, name, err := ty.follow(path)
	if err != nil {
		return nil, err
	}
	i, ok := at.within[name]
	if !ok || i >= 0 {
		return nil, fmt.Errorf("%q of %s is no list", path, at.of)
	}
	return at.lists[^i].rows(), nil
}

// follow returns the type that has the field at path, and its name there.
func (ty *Type) follow(path string) (at *Type, name string, err error) {
	name = bracketed(path)
	if path == "" {
		name = ""
	}
	for at = ty; ; {
		if i, ok := at.within[name]; ok && i >= 0 {
			return at, name, nil
		}
		if trimmed := strings.TrimSuffix(name, "[]"); at.groups[trimmed] {
			return at, trimmed, nil
		}
		list, rest, ok := at.cutList(name)
		_, rest, hasKey := cutKey(rest)
		if !ok || !hasKey {
			return nil, "", at.unknown(path, name)
		}
		at, name = at.lists[list].rows(), rest
	}
}

// Field returns the field at path.
func (p *Part) Field(path string) (*Field, error) {
	at, leaf, group, err := p.find(path)
	if err != nil {
		return nil, err
	}
	if group == "" {
		return &at.leaf(leaf).Field, nil
	}
	name := at.nameOf(group)
	f := &Field{Name: name, ID: IDOf(name), Used: at.submitted}
	f.ErrorID = f.ID + "-error"
	if at.submitted {
		f.Error = at.groups[group]
	}
	return f, nil
}

// List returns the list at path, as a field, with its rows.
func (p *Part) List(path string) (name string, keys []string, parts []*Part, err error) {
	at, _, group, err := p.find(path)
	if err != nil {
		return "", nil, nil, err
	}
	i, ok := at.typ.within[group]
	if !ok || i >= 0 {
		return "", nil, nil, fmt.Errorf("%q of %s is no list", path, at.typ.of)
	}
	for _, r := range at.lists[^i].all {
		keys, parts = append(keys, r.key), append(parts, r.part)
	}
	return at.listName(^i), keys, parts, nil
}

// NewRow is what is to be sent to ask for a row of the list at path. It isn't the same
// the next time: a box whose attributes stay is left ticked by the client.
func (p *Part) NewRow(path string) string {
	at, _, group, err := p.find(path)
	if err != nil {
		return newRow
	}
	if i, ok := at.typ.within[group]; ok && i < 0 {
		return newRow + "-" + strconv.Itoa(at.lists[^i].next)
	}
	return newRow
}

// As returns the name of the form, "" for none.
func (c *Core) As() string { return c.as }

// Fresh reports whether nobody has entered what is zero in what was loaded.
func (c *Core) Fresh() bool { return c.fresh }

// Loaded returns what the form was loaded with.
func (c *Core) Loaded() reflect.Value { return c.loaded }

// Reset returns the form as it was loaded.
func (c *Core) Reset() *Core {
	return &Core{typ: c.typ, as: c.as, loaded: c.loaded, fresh: c.fresh, origin: c.origin, part: c.origin}
}
