package engine

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"text/template/parse"
)

// fragmentsPerSet is how many fragments share a template set. Escaping a
// template costs html/template time proportional to those of its set that are
// escaped already, so sets are small.
const fragmentsPerSet = 32

// fragments hands out empty escaped templates.
type fragments struct {
	name  string
	funcs template.FuncMap
	free  []*template.Template
	own   []*template.Template // in the page's own set, for calls of its templates
}

func newFragments(page *template.Template, funcs template.FuncMap) (*fragments, error) {
	f := &fragments{name: page.Name(), funcs: funcs}
	calls := 0
	for _, t := range page.Templates() {
		if t.Tree == nil {
			continue
		}
		walk(t.Tree.Root, func(n parse.Node) {
			if _, ok := n.(*parse.TemplateNode); ok {
				calls++
			}
		})
	}
	var err error
	f.own, err = emptyTemplates(page, calls)
	return f, err
}

// emptyTemplates adds n empty templates to a set nothing of which has been executed.
func emptyTemplates(set *template.Template, n int) ([]*template.Template, error) {
	list := make([]*template.Template, n)
	for i := range list {
		name := fmt.Sprintf("%s, action %d", set.Name(), i)
		tree := &parse.Tree{Name: name, ParseName: name, Root: &parse.ListNode{NodeType: parse.NodeList}}
		t, err := set.AddParseTree(name, tree)
		if err != nil {
			return nil, err
		}
		list[i] = t
	}
	return list, nil
}

// take returns an empty template that html/template regards as escaped, with
// nodes put into it afterwards, which must have been escaped in the page.
func (f *fragments) take(own bool, nodes ...parse.Node) (*template.Template, error) {
	free := &f.free
	if own {
		free = &f.own
	}
	if len(*free) == 0 {
		if own {
			return nil, errors.New("more template calls than counted")
		}
		var err error
		if f.free, err = emptyTemplates(template.New(f.name).Funcs(f.funcs), fragmentsPerSet); err != nil {
			return nil, err
		}
	}
	t := (*free)[0]
	*free = (*free)[1:]
	if err := t.Execute(io.Discard, nil); err != nil {
		return nil, err
	}
	t.Tree.Root.Nodes = nodes
	return t, nil
}
