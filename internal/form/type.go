package form

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Type is what there is to know of a struct that forms are bound to.
type Type struct {
	of     reflect.Type
	prefix string // of what the validator calls its fields, "Product."
	leaves []*leafType
	lists  []*listType

	// By name within a row, such as "[address][city]", and at the top, "address[city]".
	// What is negative is ^ the index of a list.
	within, top map[string]int
	// groups are the names of structs in the struct, and of lists.
	groups map[string]bool
	params map[string]param // for rows, by names as in within
	goes   map[string]int   // by Go's names, "Address.City", as in within
	named  map[string]string
	// outside are the fields that aren't of the form, by Go's names. Their rules aren't held
	// either: nobody could mend in the form what they find.
	outside map[string]bool

	pointers [][]int // to structs within, outer ones first
	key      []int   // of the field that tells rows apart; nil for none
	filtered bool    // the validator is to leave out fields of it: decimals with rules of numbers, and what is outside
	special  []int   // leaves with rules that the validator doesn't hold as users mean them
	pure     atomic.Pointer[purity]
}

// leafType is a field that text is typed into.
type leafType struct {
	name  string // within a row
	tag   string // as the form tag has it
	path  string // in Go, "Address.City"
	index []int
	field reflect.StructField
	codec
	rules
	list   bool // of several values
	array  int  // how many, if that is fixed
	split  string
	preset []string // the default
	plain  bool     // the validator panics at the rules of numbers
	rest   string   // the rules that are asked of the value apart, see noteOwn
	limits []limit  // of numbers
	ptr    bool
	proto  Field
}

// listType is a list of structs, or a map.
type listType struct {
	name  string
	tag   string
	path  string
	index []int
	typ   reflect.Type // slice or map
	elem  reflect.Type // struct or scalar, without pointers
	field reflect.StructField
	rules
	isMap  bool
	single *Type // of a map of texts, numbers and so on
}

// param is the name of what is asked of a list's rows.
type param struct {
	list int
	kind paramKind
}

type paramKind uint8

const (
	sortRows paramKind = iota
	dropRows
	rowsUp
	rowsDown
)

var paramNames = map[string]paramKind{"_sort": sortRows, "_drop": dropRows, "_up": rowsUp, "_down": rowsDown}

type known struct {
	t   *Type
	err error
}

// types has a known for each reflect.Type that was bound to, for good: there are no more
// of them than structs in the program.
var types sync.Map

// TypeOf returns what there is to know of the struct t, or why no form can be bound to
// it.
func TypeOf(t reflect.Type) (*Type, error) {
	if k, ok := types.Load(t); ok {
		return k.(known).t, k.(known).err
	}
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("a form is bound to a struct, not to a %s", t)
	}
	ty := &Type{of: t, within: map[string]int{}, top: map[string]int{}, groups: map[string]bool{}, params: map[string]param{}, goes: map[string]int{}, named: map[string]string{}, outside: map[string]bool{}}
	if t.Name() != "" {
		ty.prefix = t.Name() + "."
	}
	err := ty.add(t, t.String(), "", "", nil, nil)
	if err == nil && len(ty.leaves)+len(ty.lists) == 0 {
		err = fmt.Errorf("%s has no field with a form tag, so there is nothing to bind", t)
	}
	for i, l := range ty.lists {
		for suffix, kind := range paramNames {
			name := strings.TrimSuffix(l.name, "]") + suffix + "]"
			if _, taken := ty.within[name]; !taken && !l.isMap {
				ty.params[name], ty.params[name+"[]"] = param{i, kind}, param{i, kind}
			}
		}
	}
	k, _ := types.LoadOrStore(t, known{ty, err})
	if k.(known).err == nil && k.(known).t == ty {
		// Rows may have rows of the same type, so theirs are looked at once this is known.
		for _, l := range ty.lists {
			if l.single != nil {
				continue
			}
			if _, err := TypeOf(l.elem); err != nil {
				err = fmt.Errorf("%s.%s: %w", t, l.path, err)
				types.Store(t, known{ty, err})
				return ty, err
			}
		}
	}
	return k.(known).t, k.(known).err
}

// rows returns the type of a list's entries.
func (l *listType) rows() *Type {
	if l.single != nil {
		return l.single
	}
	t, _ := TypeOf(l.elem) // which has been looked at with the list's own
	return t
}

// add looks through the fields of the struct t. at is where it is, for errors; name is
// that of the group it is, "[address]"; path its own in Go.
func (ty *Type) add(t reflect.Type, at, name, path string, index []int, within []reflect.Type) error {
	if slices.Contains(within, t) {
		return fmt.Errorf(`%s is a %s within a %s; tag it form:"-"`, at, t, t)
	}
	within = append(slices.Clone(within), t)
	for i := range t.NumField() {
		field := t.Field(i)
		tag, tagged := field.Tag.Lookup("form")
		down := append(slices.Clone(index), i)
		if tag == "-,key" && name == "" && field.IsExported() {
			ty.key = down
		}
		in := in{at: at + "." + field.Name, path: strings.TrimPrefix(path+"."+field.Name, "."), index: down, field: field}
		inner := field.Type
		if tag == "-" {
			ty.leaveOut(in)
		}
		if tag == "-" || !field.IsExported() && !field.Anonymous {
			continue
		}
		for inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		tagName, options, _ := strings.Cut(tag, ",")
		isStruct := inner.Kind() == reflect.Struct && inner != timeType && !decodesText(inner)
		if tagName == "-" && !isStruct {
			ty.leaveOut(in)
		}
		if !tagged || tagName == "-" || field.Anonymous && isStruct && tagName == "" || !field.IsExported() {
			switch {
			case isStruct:
				if err := ty.look(inner, in, name, within); err != nil {
					return err
				}
			case hasFormTag(inner, 0):
				return fmt.Errorf(`%s is a %s whose fields have form tags, and has none itself; tag it form:%q, or form:"-"`,
					in.at, field.Type, strings.ToLower(field.Name))
			}
			continue
		}
		if tagName == "" {
			tagName = field.Name
		}
		in.tag, in.name = tagName, name+bracketed(tagName)
		if err := ty.tagged(inner, in, options, isStruct, within); err != nil {
			return err
		}
	}
	return nil
}

// leaveOut notes that a field isn't of the form.
func (ty *Type) leaveOut(in in) {
	ty.outside[in.path] = true
	inner := in.field.Type
	for inner.Kind() == reflect.Pointer {
		inner = inner.Elem()
	}
	rules := in.field.Tag.Get("binding")
	ruled := rules != "" && rules != "-"
	ty.filtered = ty.filtered || ruled || inner.Kind() == reflect.Struct && inner != timeType || inner.Kind() == reflect.Interface
}

// in is where a field stands.
type in struct {
	at, path  string
	name, tag string
	index     []int
	field     reflect.StructField
}

// look goes through a struct within, whose fields are of the group name.
func (ty *Type) look(t reflect.Type, in in, name string, within []reflect.Type) error {
	if in.field.Type.Kind() == reflect.Pointer {
		if !in.field.IsExported() {
			return fmt.Errorf(`%s is an embedded pointer that can't be set from outside of its package; tag it form:"-"`, in.at)
		}
		if in.field.Type.Elem().Kind() == reflect.Pointer {
			return fmt.Errorf(`%s is a pointer to a pointer to a struct; tag it form:"-"`, in.at)
		}
		ty.pointers = append(ty.pointers, in.index)
	}
	return ty.add(t, in.at, name, in.path, in.index, within)
}

// tagged adds a field with a name of its own.
func (ty *Type) tagged(inner reflect.Type, in in, options string, isStruct bool, within []reflect.Type) error {
	leaf := &leafType{name: in.name, tag: in.tag, path: in.path, index: in.index, field: in.field, rules: rulesOf(in.field.Tag.Get("binding")), ptr: in.field.Type.Kind() == reflect.Pointer}
	if c, ok := codecOf(inner, in.field.Tag); ok {
		leaf.codec = c
		return ty.addLeaf(leaf, in.at, options)
	}
	isList := inner.Kind() == reflect.Slice || inner.Kind() == reflect.Array
	list := &listType{name: in.name, tag: in.tag, path: in.path, index: in.index, typ: inner, field: in.field, rules: leaf.rules}
	if isList || inner.Kind() == reflect.Map {
		list.elem = inner.Elem()
		for list.elem.Kind() == reflect.Pointer {
			list.elem = list.elem.Elem()
		}
		if c, ok := codecOf(list.elem, in.field.Tag); ok && isList {
			leaf.codec, leaf.list = c, true
			if inner.Kind() == reflect.Array {
				leaf.array = inner.Len()
			}
			leaf.split = map[string]string{"csv": ",", "ssv": " ", "tsv": "\t", "pipes": "|"}[in.field.Tag.Get("collection_format")]
			return ty.addLeaf(leaf, in.at, options)
		} else if ok && inner.Key().Kind() == reflect.String {
			list.single = singleType(c, in)
		}
	}
	switch {
	case isStruct:
		had := len(ty.leaves) + len(ty.lists)
		if err := ty.look(inner, in, in.name, within); err != nil {
			return err
		}
		if len(ty.leaves)+len(ty.lists) == had {
			return fmt.Errorf("%s has a form tag, and no field of %s has one, so there is nothing to bind", in.at, inner)
		}
		ty.groups[in.name] = true
		ty.named[in.path] = in.name
		return nil
	case inner.Kind() == reflect.Map && inner.Key().Kind() == reflect.String && (list.single != nil || list.elem.Kind() == reflect.Struct):
		list.isMap = true
	case inner.Kind() == reflect.Slice && list.elem.Kind() == reflect.Struct && (inner.Elem().Kind() != reflect.Pointer || inner.Elem().Elem().Kind() == reflect.Struct):
	default:
		return fmt.Errorf("%s is of type %s, which no text of a form can be decoded into; give it a type that decodes itself from text (encoding.TextUnmarshaler), or use BindJSON, and tag it form:\"-\"", in.at, in.field.Type)
	}
	return ty.addList(list, in.at)
}

// singleType is the type of a map's entries that are texts, numbers and the like: a row
// with one field, which has no name.
func singleType(c codec, in in) *Type {
	r := rulesOf(in.field.Tag.Get("binding"))
	inner := rules{all: r.inner, required: slices.Contains(r.inner, "required"), omit: slices.Contains(r.inner, "omitempty")}
	leaf := &leafType{codec: c, rules: inner, ptr: in.field.Type.Elem().Kind() == reflect.Pointer}
	describe(&leaf.proto, &leaf.codec, &leaf.rules)
	return &Type{of: c.typ, leaves: []*leafType{leaf}, within: map[string]int{"": 0}, goes: map[string]int{"": 0}}
}

func (ty *Type) addLeaf(l *leafType, at, options string) error {
	for option := range strings.SplitSeq(options, ",") {
		if preset, ok := strings.CutPrefix(option, "default="); ok {
			l.preset = []string{preset}
			if l.list {
				l.preset = splitTexts([]string{strings.ReplaceAll(preset, ";", ",")}, ",")
				if l.split != "" && l.split != "," {
					l.preset = splitTexts([]string{preset}, l.split)
				}
			}
			if err := l.decode(reflect.New(l.field.Type).Elem(), l.preset); err != nil {
				return fmt.Errorf("%s has a default that doesn't fit: %w", at, err)
			}
		}
	}
	if l.codec.scratch != nil {
		if err := l.set(reflect.New(l.typ).Elem(), ""); err != nil {
			return fmt.Errorf("%s has a time tag that can't be read: %w", at, err)
		}
	}
	_, writes := ownText(reflect.New(l.typ).Elem())
	l.plain = l.own && !l.list && l.typ.Kind() == reflect.Struct && writes && l.hasNumeric()
	ty.filtered = ty.filtered || l.plain
	if l.plain || l.required && !l.list && (l.own || l.kind == Whole || l.kind == Number || l.kind == Length || l.kind == Text) {
		ty.special = append(ty.special, len(ty.leaves))
	}
	l.rest = l.without(func(name string) bool {
		return name == "required" || l.plain && numeric[name] != nil || strings.HasSuffix(name, "field") ||
			strings.HasPrefix(name, "required_") || strings.HasPrefix(name, "excluded_")
	})
	l.limits = l.numbers()
	r := l.rules
	if l.list {
		r = rules{all: r.inner}
	}
	describe(&l.proto, &l.codec, &r)
	l.proto.Multi = l.list && l.split == ""
	if err := ty.name(l.name, l.path, len(ty.leaves), at); err != nil {
		return err
	}
	if l.list {
		if trimmed, ok := strings.CutSuffix(l.name, "[]"); ok {
			ty.alias(trimmed, len(ty.leaves))
			l.name = trimmed
		} else {
			ty.alias(l.name+"[]", len(ty.leaves))
		}
	}
	ty.leaves = append(ty.leaves, l)
	return nil
}

func (ty *Type) addList(l *listType, at string) error {
	l.name = strings.TrimSuffix(l.name, "[]")
	if err := ty.name(l.name, l.path, ^len(ty.lists), at); err != nil {
		return err
	}
	ty.groups[l.name] = true
	ty.lists = append(ty.lists, l)
	return nil
}

// name gives the field at path a name.
func (ty *Type) name(name, path string, i int, at string) error {
	if _, taken := ty.within[name]; taken {
		return fmt.Errorf("%s and another field have the same name %q in their form tags", at, unbracketed(name))
	}
	ty.within[name], ty.top[unbracketed(name)], ty.goes[path] = i, i, i
	return nil
}

// alias adds a second name, if it is free.
func (ty *Type) alias(name string, i int) {
	if _, taken := ty.within[name]; !taken {
		ty.within[name], ty.top[unbracketed(name)] = i, i
	}
}

// decode sets v, which is of the field's own type, to what texts mean. Blank texts, but
// for text, are none.
func (l *leafType) decode(v reflect.Value, texts []string) error {
	if l.list {
		return l.decodeList(v, texts)
	}
	text := ""
	if len(texts) > 0 {
		text = texts[len(texts)-1]
	}
	if text == "" || l.kind != Text && strings.TrimSpace(text) == "" {
		v.SetZero()
		if l.ptr && l.kind == Text && !l.own {
			filledPointer(v)
		}
		return nil
	}
	fresh := reflect.New(l.typ).Elem()
	if err := l.set(fresh, text); err != nil {
		return err
	}
	if l.ptr {
		v.SetZero() // what it points to is the loaded value's
	}
	filledPointer(v).Set(fresh)
	return nil
}

func (l *leafType) decodeList(v reflect.Value, texts []string) error {
	filled := filledTexts(splitTexts(texts, l.split))
	if l.array > 0 && len(filled) != l.array && len(filled) > 0 {
		return fmt.Errorf("%d values for %d", len(filled), l.array)
	}
	list := l.field.Type
	for list.Kind() == reflect.Pointer {
		list = list.Elem()
	}
	fresh := reflect.New(list).Elem()
	if l.array == 0 && len(filled) > 0 {
		fresh.Set(reflect.MakeSlice(list, len(filled), len(filled)))
	}
	for i, text := range filled {
		one := reflect.New(l.typ).Elem()
		if err := l.set(one, text); err != nil {
			return err
		}
		filledPointer(fresh.Index(i)).Set(one)
	}
	if l.ptr {
		v.SetZero()
		if len(filled) == 0 {
			return nil
		}
	}
	filledPointer(v).Set(fresh)
	return nil
}

// texts returns what stands for v, which is of the field's own type, in a form. Where
// blank is set, a zero number is none: nobody has entered it.
func (l *leafType) texts(v reflect.Value, blank bool) []string {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v, blank = v.Elem(), false
	}
	if !l.list {
		if v.IsZero() && (l.kind == Other || blank && l.kind != Flag) {
			return nil
		}
		return []string{l.text(v)}
	}
	if l.array > 0 && v.IsZero() {
		return nil
	}
	var all []string
	for i := range v.Len() {
		elem := v.Index(i)
		for elem.Kind() == reflect.Pointer && !elem.IsNil() {
			elem = elem.Elem()
		}
		if elem.Kind() != reflect.Pointer {
			all = append(all, l.text(elem))
		}
	}
	if l.split != "" && len(all) > 0 {
		all = []string{strings.Join(all, l.split)}
	}
	return all
}

// filledTexts returns those that aren't blank.
func filledTexts(texts []string) []string {
	for _, text := range texts {
		if strings.TrimSpace(text) == "" {
			var filled []string
			for _, text := range texts {
				if strings.TrimSpace(text) != "" {
					filled = append(filled, text)
				}
			}
			return filled
		}
	}
	return texts
}

func splitTexts(texts []string, separator string) []string {
	if separator == "" {
		return texts
	}
	var all []string
	for _, text := range texts {
		all = append(all, strings.Split(text, separator)...)
	}
	return all
}

// filledPointer returns what v points to, and makes it if there is nothing, or v.
func filledPointer(v reflect.Value) reflect.Value {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		v = v.Elem()
	}
	return v
}

// hasFormTag reports whether there are form tags on structs in a list or map t.
func hasFormTag(t reflect.Type, depth int) bool {
	const deepest = 8 // a type may be within itself
	if depth > deepest {
		return false
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array, reflect.Map, reflect.Pointer:
		return hasFormTag(t.Elem(), depth+1)
	case reflect.Struct:
		for i := range t.NumField() {
			tag, tagged := t.Field(i).Tag.Lookup("form")
			if tagged && tag != "-" && tag != "-,key" || hasFormTag(t.Field(i).Type, depth+1) {
				return true
			}
		}
	}
	return false
}

var errNoStruct = errors.New("it must be a pointer to a struct")

// StructOf returns the struct that dst points to.
func StructOf(dst any) (reflect.Value, error) {
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return reflect.Value{}, fmt.Errorf("a %T is given; %w", dst, errNoStruct)
	}
	return v.Elem(), nil
}
