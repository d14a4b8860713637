package form

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/go-playground/validator/v10"
)

// cast is one event on its way into a form.
type cast struct {
	submit bool
	bare   bool   // blank text is text for a pointer, which a form leaves nil
	target string // the field that changed
	say    func(Problem) string
	cause  error // why the first text doesn't fit
	added  bool  // a row was
	// invalid is all that the validator found; foreign what another validator did that
	// has no fields.
	invalid validator.ValidationErrors
	foreign error
	*drafting
}

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
	for i, l := range p.typ.leaves {
		leaf := p.leaves[i]
		if c.submit && !d.added && (leaf == nil || !leaf.Used) {
			leaf = p.own(i)
			leaf.Used = true
		}
		c.decode(p, i, l, leaf, v)
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

// own has what the pointer at index points to copied, so that it can be written to.
func own(v reflect.Value, index []int) {
	at, ok := valueAt(v, index)
	if ok && !at.IsNil() {
		fresh := reflect.New(at.Type().Elem())
		fresh.Elem().Set(at.Elem())
		at.Set(fresh)
	}
}

// own returns the leaf i, to be changed.
func (p *Part) own(i int) *Leaf {
	if l := p.leaves[i]; l != nil && l.open {
		return l
	}
	l := *p.leaf(i)
	l.open = true
	p.leaves[i] = &l
	return &l
}

// input takes in what was sent of a field.
func (c *cast) input(p *Part, s *sent, from *Part) {
	if s.texts == nil {
		return // a marker alone
	}
	l := p.typ.leaves[s.leaf]
	texts := s.texts
	if l.list && l.split == "" {
		texts = filledTexts(texts)
	} else {
		texts = texts[len(texts)-1:]
	}
	value, more := join(texts)
	used := !s.unused || c.submit
	if old := p.leaves[s.leaf]; old != nil && old.given && old.Value == value && old.More == more && old.Used == used {
		return
	}
	leaf := p.own(s.leaf)
	leaf.Value, leaf.More, leaf.Used, leaf.given = value, more, used, true
	leaf.Changed = !sameAs(leaf, from, s.leaf)
}

// sameAs reports whether a field is as it was loaded.
func sameAs(leaf *Leaf, from *Part, i int) bool {
	if from == nil {
		return leaf.Value == "" && leaf.More == ""
	}
	was := from.leaf(i)
	return was.Value == leaf.Value && was.More == leaf.More
}

// untick takes in that the field that changed wasn't sent: a box that is ticked no more.
func (c *cast) untick(p *Part, d *draft, from *Part) {
	if c.target == "" || !strings.HasPrefix(c.target, p.name) {
		return
	}
	names, name := p.typ.within, c.target[len(p.name):]
	if p.name == "" {
		names = p.typ.top
	}
	i, ok := names[name]
	if !ok || i < 0 || slices.ContainsFunc(d.sent, func(s sent) bool { return s.leaf == i && s.texts != nil }) {
		return
	}
	l := p.typ.leaves[i]
	if l.kind != Flag && !l.list {
		return
	}
	leaf := p.own(i)
	leaf.Value, leaf.More, leaf.Used, leaf.given = "", "", true, true
	if l.kind == Flag && !l.list {
		leaf.Value = "false"
	}
	leaf.Changed = !sameAs(leaf, from, i)
}

// decode sets the field of v that is a leaf's, where that isn't as it was loaded.
func (c *cast) decode(p *Part, i int, l *leafType, leaf *Leaf, v reflect.Value) {
	preset := l.preset != nil && (leaf == nil || leaf.Value == "" && leaf.More == "" || !leaf.given)
	given := c.bare && leaf != nil && leaf.given && l.ptr && l.kind == Text
	if leaf == nil && !preset || leaf != nil && !leaf.Changed && !preset && !given {
		return
	}
	texts := l.preset
	if leaf != nil && !preset {
		texts = Texts(leaf.Value, leaf.More, l.list && l.split == "")
	}
	at, ok := valueAt(v, l.index)
	if !ok {
		if blank(texts) && !given {
			return // what is in a struct that isn't there needn't be
		}
		at = makeAt(v, l.index)
	}
	if preset && !at.IsZero() {
		return
	}
	if err := l.decode(at, texts); err != nil {
		if c.cause == nil {
			c.cause = fmt.Errorf("%s: %w", l.path, err)
		}
		p.fault(i, c.say(Problem{Path: p.nameOf(l.name), Rule: RuleFit, Kind: l.kind, Example: l.example}))
	}
}

func blank(texts []string) bool {
	return !slices.ContainsFunc(texts, func(text string) bool { return strings.TrimSpace(text) != "" })
}

// makeAt is valueAt that makes what pointers don't point to.
func makeAt(v reflect.Value, index []int) reflect.Value {
	for _, i := range index {
		v = filledPointer(v).Field(i)
	}
	return v
}

// fault notes a problem of a leaf, if there is none yet.
func (p *Part) fault(i int, sentence string) {
	if p.problems == nil {
		p.problems = map[int]string{}
	}
	if p.problems[i] == "" {
		p.problems[i] = sentence
	}
}

// groupFault notes a problem of a list or struct within p.
func (p *Part) groupFault(name, sentence string) {
	if p.groups == nil {
		p.groups = map[string]string{}
	}
	if p.groups[name] == "" {
		p.groups[name] = sentence
	}
}
