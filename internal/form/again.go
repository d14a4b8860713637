package form

import (
	"iter"
	"reflect"
	"slices"
)

// Applied reports whether an event has been applied.
func (c *Core) Applied() bool { return c.applied }

// Inputs returns what has to be sent for a form, loaded as c was, to become what c is: the
// texts of the fields that were sent so far, who has been where, and which rows there are.
func (c *Core) Inputs() []Input {
	var all []Input
	if c.version != "" {
		all = append(all, Input{Name: VersionName(c.as), Text: c.version})
	}
	return c.part.inputs(all, c.origin)
}

// Marks returns what is to be known of a form beside its inputs.
func (c *Core) Marks() []int {
	marks := []int{flag(c.submitted), flag(c.added)}
	for p := range c.part.all() {
		marks = append(marks, flag(p.submitted))
		for i := range p.lists {
			marks = append(marks, p.lists[i].next)
		}
	}
	return marks
}

func flag(set bool) int {
	if set {
		return 1
	}
	return 0
}

// all yields p and the parts in it, outer ones first.
func (p *Part) all() iter.Seq[*Part] {
	return func(yield func(*Part) bool) { p.each(yield) }
}

func (p *Part) each(yield func(*Part) bool) bool {
	if !yield(p) {
		return false
	}
	for i := range p.lists {
		for _, r := range p.lists[i].all {
			if !r.part.each(yield) {
				return false
			}
		}
	}
	return true
}

// Again returns the form that c, as it was loaded, becomes by what Inputs and Marks
// returned, and writes what it means into dst.
func (c *Core) Again(inputs []Input, marks []int, say func(Problem) string, dst reflect.Value) (*Core, error) {
	next, _, err := c.Apply(Sent{Fields: slices.Values(inputs), Target: nobody, Say: say}, dst)
	if err != nil {
		return nil, err
	}
	mark := func() (n int) {
		if len(marks) > 0 {
			n, marks = marks[0], marks[1:]
		}
		return n
	}
	next.submitted, next.added = mark() == 1, mark() == 1
	for p := range next.part.all() {
		p.submitted = mark() == 1
		for i := range p.lists {
			p.lists[i].next = max(p.lists[i].next, mark())
		}
	}
	next.part.settle()
	return next, nil
}

// nobody is the name of no field.
const nobody = "\x00"

func (p *Part) inputs(all []Input, from *Part) []Input {
	for i, l := range p.leaves {
		if l != nil && l.given {
			all = p.input(all, i)
		}
	}
	for i, l := range p.typ.lists {
		var loaded *rows
		if from != nil {
			loaded = &from.lists[i]
		}
		base, name := indexed(loaded), p.listName(i)
		if loaded != nil && len(loaded.all) > 0 && len(p.lists[i].all) == 0 {
			all = append(all, Input{Name: AskName(name, "_drop")}) // of a list whose rows have gone
		}
		for _, r := range p.lists[i].all {
			if !l.isMap {
				all = append(all, Input{Name: AskName(name, "_sort"), Text: r.key})
			}
			var was *Part
			if b, ok := base[r.key]; ok {
				was = loaded.all[b].part
			}
			before := len(all)
			all = r.part.inputs(all, was)
			if len(all) == before && len(r.part.leaves) > 0 { // a row is known by its fields
				all = r.part.input(all, 0)
			}
		}
	}
	return all
}

// input appends the field i as it would be sent.
func (p *Part) input(all []Input, i int) []Input {
	l := p.leaf(i)
	if !l.Used {
		all = append(all, Input{Name: l.Name, Marker: true})
	}
	texts := Texts(l.Value, l.More, l.Multi)
	if len(texts) == 0 {
		texts = []string{""}
	}
	for _, text := range texts {
		all = append(all, Input{Name: l.Name, Text: text})
	}
	return all
}
