package engine

import (
	"errors"
	"fmt"
	"html/template"
	"text/template/parse"
)

// Parse compiles a page. Its errors name the template, line, column and
// expression; they cover what html/template refuses, and what it would only
// have found while rendering: fields and methods that the state lacks, calls
// with the wrong arguments, ranges over what can't be iterated.
//
// In the page's HTML they cover what a browser makes another page of than is
// written, and what doesn't work on a page that the client patches.
func Parse(src Source) (*Template, error) { return parsePage(src, false) }

// parsePage is Parse; lax passes over mistakes in the HTML.
func parsePage(src Source, lax bool) (*Template, error) {
	funcs, types, err := functions(src)
	if err != nil {
		return nil, err
	}
	page, err := load(src, funcs)
	if err != nil {
		return nil, err
	}
	trees := map[string]*parse.Tree{}
	for _, t := range page.Templates() {
		if t.Tree != nil {
			trees[t.Name()] = t.Tree
		}
	}
	if page.Tree == nil || page.Tree.Root == nil {
		return nil, fmt.Errorf("%s: the template is empty or not defined", page.Name())
	}
	trees[page.Name()] = page.Tree
	ty := typer{funcs: types, own: ownTypes(src.Live)}
	if err := checkPage(trees, page.Name(), ty, src.State, src.Hint); err != nil {
		return nil, err
	}
	// From here on the trees are changed: first by inlining, while they are as
	// they were written, then by html/template.
	calls := inline(trees, page.Name())
	proof, err := proofread(trees, page.Name(), lax)
	if err != nil {
		return nil, err
	}
	frags, err := newFragments(page, funcs)
	if err != nil {
		return nil, err
	}
	if err := escape(page, proof.whole); err != nil {
		return nil, err
	}
	ty.tree = page.Tree
	return compile(src, page, calls, proof, frags, ty)
}

// stopWriter ends an execution before it has run anything.
type stopWriter struct{}

func (stopWriter) Write([]byte) (int, error) { return 0, errStop }

// escape has html/template escape the page in place, running none of it: a
// text node in front makes the execution stop before the first action. The
// ranges that are whole pieces of HTML are known.
func escape(page *template.Template, whole map[*parse.RangeNode]bool) error {
	root := page.Tree.Root
	d := disguise{whole: whole}
	for _, t := range page.Templates() { // and those that it calls
		if t.Tree != nil {
			d.list(t.Tree.Root, 0, true)
		}
	}
	defer d.takeOff()
	stop := &parse.TextNode{NodeType: parse.NodeText, Text: []byte("x")}
	root.Nodes = append([]parse.Node{stop}, root.Nodes...)
	err := page.Execute(stopWriter{}, nil)
	root.Nodes = root.Nodes[1:]
	if errors.Is(err, errStop) {
		return nil
	}
	if err == nil {
		err = errors.New("html/template didn't escape the page")
	}
	return err
}
