package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// tree is what a client holds of a view: what diffs are merged into, and the page's HTML is
// put together from. It is written for the pages of this program: each has one stream.
//
// Source: phoenix_live_view/assets/js/phoenix_live_view/rendered.js and dom_patch.ts.
type tree struct {
	root       *part
	components map[int]*part
	items      []item // of the stream
}

// part is a rendered template, or an entry of a list, which has no statics of its own.
type part struct {
	statics []string
	dyns    map[int]any // string, *part, or int for a component
	isList  bool
	entries []*part
}

// item is an entry of a stream, which the page has and the server hasn't.
type item struct{ id, html string }

type diff = map[string]any

// shared are statics that several parts of one diff have.
type shared map[string]any

var errTree = errors.New("a diff that the client can't apply")

func decodeDiff(raw json.RawMessage) (d diff, err error) {
	decoder := json.NewDecoder(strings.NewReader(string(raw)))
	decoder.UseNumber()
	err = decoder.Decode(&d)
	return d, err
}

// merge takes in a diff; fresh says that it is the whole page, as the answer to a join is.
func (t *tree) merge(d diff, fresh bool) (err error) {
	defer func() {
		if why := recover(); why != nil {
			err = fmt.Errorf("%w: %v", errTree, why)
		}
	}()
	templates, _ := d["p"].(diff)
	if fresh {
		t.root, t.components, t.items = nil, make(map[int]*part), nil
	}
	sent, _ := d["c"].(diff)
	rest := maps.Clone(d)
	for _, key := range []string{"c", "e", "t", "r", "p"} {
		delete(rest, key)
	}
	if t.root == nil && rest["s"] == nil {
		return fmt.Errorf("%w: it comes before a page", errTree)
	}
	before := maps.Clone(t.components)
	merged := make(map[string]*part)
	for key := range sent {
		t.component(key, sent, before, merged, shared(templates))
	}
	for key, p := range merged {
		t.components[number(key)] = p
	}
	if len(rest) > 0 {
		t.root = t.merged(t.root, rest, shared(templates))
	}
	return nil
}

func number(v any) int {
	n, err := strconv.Atoi(fmt.Sprint(v))
	if err != nil {
		panic(err)
	}
	return n
}

// component merges one of those that a diff has, which may take its statics from another.
func (t *tree) component(key string, sent diff, before map[int]*part, merged map[string]*part, sh shared) *part {
	if p, done := merged[key]; done {
		return p
	}
	d := sent[key].(diff)
	if own, ok := d["p"].(diff); ok {
		sh = shared(own)
	}
	if from, ok := d["s"].(json.Number); ok { // that of a component of this diff, or of one before
		source := before[-number(from)]
		if number(from) > 0 {
			source = t.component(from.String(), sent, before, merged, sh)
		}
		rest := maps.Clone(d)
		delete(rest, "s")
		merged[key] = t.merged(source.clone(), rest, sh)
		return merged[key]
	}
	merged[key] = t.merged(before[number(key)], d, sh)
	return merged[key]
}

// merged returns what becomes of p by a diff of it.
func (t *tree) merged(p *part, d diff, sh shared) *part {
	if own, ok := d["p"].(diff); ok {
		sh = shared(own)
	}
	if d["s"] != nil {
		p = &part{statics: sh.statics(d["s"])}
		_, p.isList = d["k"]
	}
	if p == nil {
		panic("a change without statics came where the client holds nothing")
	}
	if p.dyns == nil {
		p.dyns = make(map[int]any)
	}
	if k, ok := d["k"].(diff); ok {
		t.mergeList(p, k, sh)
		if stream, ok := d["stream"].([]any); ok {
			t.apply(p, stream)
		}
		return p
	}
	for key, value := range d {
		if key == "s" || key == "r" || key == "p" {
			continue
		}
		i := number(key)
		if p.statics != nil && i >= len(p.statics)-1 {
			panic(fmt.Sprintf("dynamic %d came for a template that has %d", i, len(p.statics)-1))
		}
		switch value := value.(type) {
		case string:
			p.dyns[i] = value
		case json.Number:
			p.dyns[i] = number(value)
		case diff:
			old, _ := p.dyns[i].(*part)
			p.dyns[i] = t.merged(old, value, sh)
		default:
			panic(fmt.Sprintf("a dynamic is %v", value))
		}
	}
	return p
}

func (sh shared) statics(s any) []string {
	if n, ok := s.(json.Number); ok {
		if s = sh[n.String()]; s == nil {
			panic("template " + n.String() + " wasn't sent")
		}
	}
	var all []string
	for _, text := range s.([]any) {
		all = append(all, text.(string))
	}
	return all
}

// mergeList takes in the entries of a list; those that moved are told by where they were.
func (t *tree) mergeList(p *part, k diff, sh shared) {
	before := make([]*part, len(p.entries))
	for i, e := range p.entries {
		before[i] = e.clone()
	}
	length := number(k["kc"])
	entries := make([]*part, length)
	for i := range entries {
		if i < len(p.entries) {
			entries[i] = p.entries[i]
		}
		switch value := k[strconv.Itoa(i)].(type) {
		case nil:
			if entries[i] == nil {
				panic(fmt.Sprintf("entry %d of a list wasn't sent", i))
			}
		case json.Number:
			entries[i] = before[number(value)].clone()
		case []any:
			entries[i] = t.merged(before[number(value[0])].clone(), value[1].(diff), sh)
		case diff:
			if entries[i] == nil {
				entries[i] = &part{}
			}
			entries[i] = t.merged(entries[i], value, sh)
		}
	}
	p.entries = entries
}

func (p *part) clone() *part {
	if p == nil {
		return nil
	}
	c := *p
	c.dyns = maps.Clone(p.dyns)
	for i, v := range c.dyns {
		if inner, ok := v.(*part); ok {
			c.dyns[i] = inner.clone()
		}
	}
	c.entries = slices.Clone(p.entries)
	for i, e := range c.entries {
		c.entries[i] = e.clone()
	}
	return &c
}

// apply does what a stream says with the page's items.
func (t *tree) apply(p *part, stream []any) {
	if len(stream) > 3 {
		t.items = nil
	}
	for _, id := range stream[2].([]any) {
		t.items = slices.DeleteFunc(t.items, func(i item) bool { return i.id == fmt.Sprint(id) })
	}
	for i, insert := range stream[1].([]any) {
		said := insert.([]any)
		var b strings.Builder
		t.write(&b, &part{statics: p.statics, dyns: p.entries[i].dyns}, nil)
		it := item{said[0].(string), b.String()}
		if at := slices.IndexFunc(t.items, func(o item) bool { return o.id == it.id }); at >= 0 {
			t.items[at] = it
			continue
		}
		if at := number(said[1]); at < 0 || at >= len(t.items) {
			t.items = append(t.items, it)
		} else {
			t.items = slices.Insert(t.items, at, it)
		}
		if len(said) < 3 || said[2] == nil {
			continue
		}
		if limit := number(said[2]); limit < 0 && len(t.items) > -limit {
			t.items = t.items[len(t.items)+limit:]
		} else if limit > 0 && len(t.items) > limit {
			t.items = t.items[:limit]
		}
	}
	p.entries = nil // from now on the page alone has them
}

// html returns the page's HTML, but for the items of the stream, and which components are
// shown.
func (t *tree) html() (text string, shown []int, err error) {
	defer func() {
		if why := recover(); why != nil {
			err = fmt.Errorf("%w: %v", errTree, why)
		}
	}()
	var b strings.Builder
	t.write(&b, t.root, &shown)
	return b.String(), shown, nil
}

func (t *tree) write(b *strings.Builder, p *part, shown *[]int) {
	if p == nil {
		panic("there is nothing to show")
	}
	if p.isList {
		for _, e := range p.entries {
			t.write(b, &part{statics: p.statics, dyns: e.dyns}, shown)
		}
		return
	}
	for i, s := range p.statics {
		b.WriteString(s)
		if i == len(p.statics)-1 {
			return
		}
		switch v := p.dyns[i].(type) {
		case string:
			b.WriteString(v)
		case *part:
			t.write(b, v, shown)
		case int:
			if t.components[v] == nil {
				panic(fmt.Sprintf("component %d is shown and was never sent", v))
			}
			if shown != nil {
				*shown = append(*shown, v)
			}
			t.write(b, t.components[v], shown)
		default:
			panic(fmt.Sprintf("dynamic %d of %q wasn't sent", i, p.statics))
		}
	}
}
