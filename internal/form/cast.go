package form

import (
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
	// repeated: a field that takes one value was sent several times.
	repeated bool
	cause    error // why the first text doesn't fit
	added    bool  // a row was
	// invalid is all that the validator found; foreign what another validator did that
	// has no fields.
	invalid validator.ValidationErrors
	foreign error
	*drafting

	// Where only what differs is cast: what of each part that is; by which validator what was
	// found of fields with pure rules is kept, nil for none; and that a struct comes or goes,
	// so that the whole is to be cast after all.
	patches map[*Part]*draft
	keeping *validator.Validate
	moved   bool
}

func newCast(sent Sent) *cast {
	return &cast{submit: sent.Target == "", target: sent.Target, bare: sent.Bare, say: sent.Say}
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
	l.open, l.version = true, versions.Add(1)
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
	c.repeated = c.repeated || len(texts) > 1 && !l.list
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

// decode sets the field of v that is a leaf's, where that isn't as it was loaded. It
// reports false for blank text in a struct that isn't there, and needn't be.
func (c *cast) decode(p *Part, i int, l *leafType, leaf *Leaf, v reflect.Value) bool {
	preset := l.preset != nil && (leaf == nil || leaf.Value == "" && leaf.More == "" || !leaf.given)
	given := c.bare && leaf != nil && leaf.given && l.ptr && l.kind == Text
	if leaf == nil && !preset || leaf != nil && !leaf.Changed && !preset && !given {
		return true
	}
	texts := l.preset
	if leaf != nil && !preset {
		texts = Texts(leaf.Value, leaf.More, l.list && l.split == "")
	}
	at, ok := valueAt(v, l.index)
	if !ok {
		if blank(texts) && !given {
			return false
		}
		at = makeAt(v, l.index)
	}
	if preset && !at.IsZero() {
		return true
	}
	if err := l.decode(at, texts); err != nil {
		if c.cause == nil {
			c.cause = &MisfitError{Path: l.path, Type: at.Type(), Err: err}
		}
		p.fault(i, c.say(Problem{Path: p.nameOf(l.name), Rule: RuleFit, Kind: l.kind, Example: l.example}))
		if p.misfits == nil {
			p.misfits = map[int]string{}
		}
		p.misfits[i] = p.problems[i]
	}
	return true
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
