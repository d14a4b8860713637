package form

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin/binding"
	"github.com/go-playground/validator/v10"
)

// validate holds v, which can be addressed, against the rules of its fields, and notes
// in p what doesn't keep them. It returns what is wrong with the rules.
func (c *cast) validate(p *Part, v reflect.Value) error {
	if binding.Validator == nil {
		return nil
	}
	invalid, err := c.run(p, v)
	if err != nil {
		return err
	}
	c.note(p, v, invalid)
	return c.validateRows(p, v)
}

// run runs the validator on what p is of, but for rules at which it panics, and for
// fields of which it is known already what it would find.
func (c *cast) run(p *Part, v reflect.Value) (validator.ValidationErrors, error) {
	var err, misuse error
	engine, ok := binding.Validator.Engine().(*validator.Validate)
	if ok && (c.keeping != nil || p.typ.isFiltered(nil)) {
		err, misuse = Guarded(v.Addr().Interface(), func(dst any) error {
			return engine.StructFiltered(dst, func(ns []byte) bool { return c.skips(p, ns) })
		})
	} else {
		err, misuse = Validate(v.Addr().Interface())
	}
	if misuse != nil {
		return nil, misuse
	}
	var invalid validator.ValidationErrors
	if err != nil && !errors.As(err, &invalid) {
		if c.cause == nil {
			c.cause = err
		}
		c.foreign = err
	}
	return invalid, nil
}

// skips reports whether the validator is to leave out what it calls ns.
func (c *cast) skips(p *Part, ns []byte) bool {
	path := bytes.TrimPrefix(ns, []byte(p.typ.prefix))
	if bytes.IndexByte(path, '[') < 0 {
		if i, ok := p.typ.goes[string(path)]; ok {
			return i >= 0 && (p.typ.leaves[i].plain || c.keeps(p, i))
		}
		return p.typ.outside[string(path)] || c.keepsStruct(p, path)
	}
	if p.typ.skips(string(path)) {
		return true
	}
	if c.keeping == nil {
		return false
	}
	row, leaf, group := p.place(string(path))
	return group == "" && c.keeps(row, leaf)
}

// isFiltered reports whether the validator is to leave out fields of a ty.
func (ty *Type) isFiltered(within []*Type) bool {
	if ty.filtered || slices.Contains(within, ty) {
		return ty.filtered
	}
	for _, l := range ty.lists {
		if l.single == nil && l.rows().isFiltered(append(within, ty)) {
			return true
		}
	}
	return false
}

// skips reports whether a path of Go's is that of a field whose rules aren't for the
// validator.
func (ty *Type) skips(path string) bool {
	for key := ""; ; {
		end := strings.IndexAny(path, ".[")
		if end < 0 {
			i, ok := ty.goes[key+path]
			return ok && i >= 0 && ty.leaves[i].plain || ty.outside[key+path]
		}
		key += path[:end]
		i, ok := ty.goes[key]
		switch {
		case ok && i < 0 && path[end] == '[':
			close := strings.Index(path, "].")
			if close < 0 || ty.lists[^i].single != nil {
				return false
			}
			ty, key, path = ty.lists[^i].rows(), "", path[close+2:]
		case path[end] == '[':
			return false
		default:
			key, path = key+".", path[end+1:]
		}
	}
}

// note takes in what the validator found, and what it can't find.
func (c *cast) note(p *Part, v reflect.Value, invalid validator.ValidationErrors) {
	c.invalid = append(c.invalid, invalid...)
	for _, fe := range invalid {
		at, i, group := p.place(strings.TrimPrefix(fe.StructNamespace(), p.typ.prefix))
		if group != "" {
			kind := Other
			switch fe.Kind() {
			case reflect.Slice, reflect.Map, reflect.Array:
				kind = Many
			case reflect.String:
				kind = Text
			}
			at.groupFault(group, c.say(Problem{Path: at.nameOf(group), Rule: fe.Tag(), Param: fe.Param(), Kind: kind}))
			continue
		}
		l := at.typ.leaves[i]
		if fe.Tag() == "required" && l.typed(at.leaves[i]) {
			continue // which nought was
		}
		c.fault(at, i, fe, fe.Kind())
	}
	for _, i := range p.typ.special {
		c.noteOwn(p, i, p.typ.leaves[i], v)
	}
}

// typed reports whether a number was typed: the validator takes nought for none.
func (l *leafType) typed(leaf *Leaf) bool {
	number := l.kind == Whole || l.kind == Number || l.kind == Length || l.own
	return number && !l.list && leaf != nil && strings.TrimSpace(leaf.Value) != ""
}

// fault notes what the validator says of a leaf.
func (c *cast) fault(p *Part, i int, fe validator.FieldError, of reflect.Kind) {
	l := p.typ.leaves[i]
	kind := l.kind
	if of == reflect.Slice || of == reflect.Array || of == reflect.Map {
		if l.list {
			kind = Many
		}
	}
	p.fault(i, c.say(Problem{Path: p.nameOf(l.name), Rule: fe.Tag(), Param: fe.Param(), Kind: kind, Example: l.example}))
}

// noteOwn checks rules of a leaf that the validator doesn't hold as its users mean
// them: those of a value that decodes itself, and of a number that is nought.
func (c *cast) noteOwn(p *Part, i int, l *leafType, v reflect.Value) {
	if p.problems[i] != "" || c.keeps(p, i) {
		return
	}
	leaf := p.leaves[i]
	at, there := valueAt(v, l.index)
	if !there {
		return // neither is the struct that it is in
	}
	if l.kind == Text && !l.own && !l.list { // which the validator takes blanks for
		if l.required && leaf != nil && leaf.Value != "" && strings.TrimSpace(leaf.Value) == "" {
			p.fault(i, c.say(Problem{Path: p.nameOf(l.name), Rule: "required", Kind: l.kind, Example: l.example}))
		}
		return
	}
	typed := l.typed(leaf)
	zero := at.IsZero()
	for at.Kind() == reflect.Pointer && !at.IsNil() {
		at = at.Elem()
	}
	if l.own && !l.list && l.required && (!typed || zero && !leaf.given) {
		p.fault(i, c.say(Problem{Path: p.nameOf(l.name), Rule: "required", Kind: l.kind, Example: l.example}))
		return
	}
	isNil := at.Kind() == reflect.Pointer
	if !l.plain && (!typed || !l.required || !zero) || isNil || l.omit && zero {
		return
	}
	if l.plain {
		if text, ok := ownText(at); ok {
			if rule := broken(l.limits, text); rule != nil {
				p.fault(i, c.say(Problem{Path: p.nameOf(l.name), Rule: rule.name, Param: rule.param, Kind: l.kind, Example: l.example}))
				return
			}
		}
	}
	engine, ok := binding.Validator.Engine().(*validator.Validate)
	if !ok || l.rest == "" {
		return
	}
	var invalid validator.ValidationErrors
	_ = safely(func() error {
		if errors.As(engine.Var(at.Interface(), l.rest), &invalid) {
			c.invalid = append(c.invalid, invalid...)
			c.fault(p, i, invalid[0], invalid[0].Kind())
		}
		return nil
	})
}

// validateRows validates the rows of the lists in p. The validator has gone to those with
// "dive" already.
func (c *cast) validateRows(p *Part, v reflect.Value) error {
	for i, l := range p.typ.lists {
		if len(p.lists[i].all) == 0 || l.single != nil {
			continue
		}
		list, ok := valueAt(v, l.index)
		if !ok {
			continue
		}
		list = reflect.Indirect(list)
		for n, r := range p.lists[i].all {
			var elem reflect.Value
			if l.isMap {
				elem = reflect.New(l.elem).Elem()
				elem.Set(reflect.Indirect(list.MapIndex(reflect.ValueOf(r.key).Convert(l.typ.Key()))))
			} else {
				elem = reflect.Indirect(list.Index(n))
			}
			if !l.dive && c.keepsStruct(r.part, nil) {
				continue
			}
			var invalid validator.ValidationErrors
			if !l.dive {
				var err error
				if invalid, err = c.run(r.part, elem); err != nil {
					return err
				}
			}
			c.note(r.part, elem, invalid)
			if err := c.validateRows(r.part, elem); err != nil {
				return err
			}
		}
	}
	return nil
}

// place finds what the validator calls path: a leaf of a part, or a list or struct in
// one, by its name.
func (p *Part) place(path string) (at *Part, leaf int, group string) {
	for key := ""; ; {
		end := strings.IndexAny(path, ".[")
		if end < 0 {
			end = len(path)
		}
		key += path[:end]
		path = path[end:]
		i, ok := p.typ.goes[key]
		switch {
		case ok && i >= 0:
			return p, i, ""
		case ok && strings.HasPrefix(path, "["):
			row, rest := p.rowAt(^i, path)
			switch {
			case row == nil:
				return p, 0, p.typ.lists[^i].name
			case p.typ.lists[^i].single != nil:
				return row, 0, ""
			case rest == "":
				return p, 0, p.typ.lists[^i].name
			}
			p, key, path = row, "", strings.TrimPrefix(rest, ".")
		case ok:
			return p, 0, p.typ.lists[^i].name
		case strings.HasPrefix(path, "."):
			key, path = key+".", path[1:]
		default:
			if name := p.typ.named[key]; name != "" {
				return p, 0, name
			}
			return p, 0, "[" + key[strings.LastIndexByte(key, '.')+1:] + "]"
		}
	}
}

// rowAt returns the row that path, "[3].SKU", begins with.
func (p *Part) rowAt(list int, path string) (row *Part, rest string) {
	all := p.lists[list].all
	if p.typ.lists[list].isMap {
		for _, r := range all {
			if rest, ok := strings.CutPrefix(path, "["+r.key+"]"); ok && (rest == "" || rest[0] == '.') {
				return r.part, rest
			}
		}
		return nil, ""
	}
	close := strings.IndexByte(path, ']')
	if n, err := strconv.Atoi(path[1:max(1, close)]); err == nil && n < len(all) {
		return all[n].part, path[close+1:]
	}
	return nil, ""
}

// Validate holds dst against its binding tags. misuse is what is wrong with these: the
// validator panics at a rule that it doesn't know, or that can't be applied to a type.
func Validate(dst any) (invalid, misuse error) {
	return Guarded(dst, func(dst any) error {
		if binding.Validator == nil {
			return nil
		}
		return binding.Validator.ValidateStruct(dst)
	})
}

// Guarded is Validate by a function of the validator's.
func Guarded(dst any, validate func(any) error) (invalid, misuse error) {
	defer func() {
		if v := recover(); v != nil {
			invalid, misuse = nil, ruleFault(reflect.ValueOf(dst), fmt.Sprintf("%T", dst)[1:], 0)
			if misuse == nil {
				misuse = fmt.Errorf("validating a %T panicked: %v", dst, v)
			}
		}
	}()
	return validate(dst), nil
}
