package engine

import (
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"reflect"
	"sync"
	"text/template/parse"
)

// Source is what [Parse] compiles.
type Source struct {
	Name     string            // names the page in errors, such as "main.go:27"
	Text     string            // the page; empty: the template named Page from FS is the page
	FS       fs.FS             // optional, with Patterns: more templates, named by their base names
	Patterns []string          // globs in FS
	Page     string            // with empty Text: the page's template; default: the first file of Patterns[0]
	Funcs    template.FuncMap  // the application's functions
	State    reflect.Type      // the type of dot
	Meta     reflect.Type      // a pointer type whose methods are Helpers; may be nil
	Helpers  map[string]string // template function name -> exported method of Meta
}

// Template is a compiled page. It is immutable and safe for concurrent use.
type Template struct {
	page     *block
	state    reflect.Type
	statePtr reflect.Type
	meta     reflect.Type
	slots    int   // of a page's frame
	counts   int   // its loop counters
	pure     *flat // the state, if the page is a pure function of flat data
	runs     sync.Pool
	sorted   *fragment // ranges over maps in html/template's order
}

// Parse compiles a page. Its errors name the template, line, column and
// expression; they cover what html/template refuses, and what it would only
// have found while rendering: fields and methods that the state lacks, calls
// with the wrong arguments, ranges over what can't be iterated.
func Parse(src Source) (*Template, error) {
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
	if err := check(trees, page.Name(), types, src.State); err != nil {
		return nil, err
	}
	calls := inline(trees, page.Name())
	frags, err := newFragments(page, funcs)
	if err != nil {
		return nil, err
	}
	if err := escape(page); err != nil {
		return nil, err
	}
	return compile(src, page, calls, frags, types)
}

// load parses the source and its further files.
func load(src Source, funcs template.FuncMap) (*template.Template, error) {
	name := src.Name
	if src.Text == "" {
		name = src.Page
		if name == "" && src.FS != nil && len(src.Patterns) > 0 {
			files, err := fs.Glob(src.FS, src.Patterns[0])
			if err != nil {
				return nil, err
			}
			if len(files) == 0 {
				return nil, fmt.Errorf("no file matches %q", src.Patterns[0])
			}
			name = path.Base(files[0])
		}
	}
	page := template.New(name).Funcs(funcs)
	if src.FS != nil && len(src.Patterns) > 0 {
		if _, err := page.ParseFS(src.FS, src.Patterns...); err != nil {
			return nil, err
		}
	}
	if src.Text == "" && src.FS != nil {
		return page, nil
	}
	// The page last, so that its own definitions win over those of the files.
	if _, err := page.Parse(src.Text); err != nil {
		return nil, err
	}
	return page, nil
}

// functions returns the functions html/template must know, and the types of
// those that the user can call.
func functions(src Source) (template.FuncMap, map[string]reflect.Type, error) {
	funcs := template.FuncMap{"keyed": keyed, "component": componentStandIn}
	types := map[string]reflect.Type{}
	for name, fn := range src.Funcs {
		if name == "keyed" {
			return nil, nil, errors.New(`the function name "keyed" is taken: it gives the key of a list's entries`)
		}
		if name == "component" {
			return nil, nil, errors.New(`the function name "component" is taken: it shows a component`)
		}
		funcs[name] = fn
		if types[name] = reflect.TypeOf(fn); fn == nil || types[name].Kind() != reflect.Func {
			return nil, nil, fmt.Errorf("the template function %q is not a function", name)
		}
	}
	for name, method := range src.Helpers {
		if src.Meta == nil {
			return nil, nil, fmt.Errorf("the helper %q has no Meta to be called on", name)
		}
		if _, ok := funcs[name]; ok {
			return nil, nil, fmt.Errorf("the function name %q is taken by a helper", name)
		}
		if _, ok := src.Meta.MethodByName(method); !ok {
			return nil, nil, fmt.Errorf("the helper %q is %s.%s, which doesn't exist", name, src.Meta, method)
		}
		t := reflect.Zero(src.Meta).MethodByName(method).Type()
		types[name] = t
		// A stand-in with the right signature; calls are compiled to the method.
		funcs[name] = reflect.MakeFunc(t, func([]reflect.Value) []reflect.Value {
			panic(name + " can't be called here")
		}).Interface()
	}
	return funcs, types, nil
}

// keyed is what html/template sees of the function keyed: the list itself.
func keyed(_ string, list reflect.Value) reflect.Value { return list }

// errStop ends an execution before it has run anything.
var errStop = errors.New("stop")

type stopWriter struct{}

func (stopWriter) Write([]byte) (int, error) { return 0, errStop }

// escape has html/template escape the page in place, running none of it: a
// text node in front makes the execution stop before the first action.
func escape(page *template.Template) error {
	root := page.Tree.Root
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

// inlineLimit bounds the nodes that inlining may add to a page, since a
// template that calls another twice, which calls a third twice, grows
// exponentially.
const inlineLimit = 20000

// inline replaces every call of a template that isn't recursive by a copy of
// its body, before escaping: html/template then escapes each copy for its own
// place, and the client is sent one node in place of two. It returns the calls
// by the list that replaced them.
func inline(trees map[string]*parse.Tree, page string) map[*parse.ListNode]*parse.TemplateNode {
	in := &inliner{
		bodies: map[string]*parse.ListNode{},
		calls:  map[*parse.ListNode]*parse.TemplateNode{},
		budget: inlineLimit,
	}
	callees := map[string]map[string]bool{}
	for name, tree := range trees {
		in.bodies[name] = tree.Root.CopyList()
		callees[name] = map[string]bool{}
		walk(tree.Root, func(n parse.Node) {
			if call, ok := n.(*parse.TemplateNode); ok {
				callees[name][call.Name] = true
			}
		})
	}
	in.recursive = recursive(callees)
	for name, tree := range trees {
		if name == page || in.recursive[name] {
			in.list(tree.Root)
		}
	}
	return in.calls
}

type inliner struct {
	bodies    map[string]*parse.ListNode
	recursive map[string]bool
	calls     map[*parse.ListNode]*parse.TemplateNode
	budget    int
}

func (in *inliner) list(l *parse.ListNode) {
	if l == nil {
		return
	}
	branch := func(b *parse.BranchNode) {
		in.list(b.List)
		in.list(b.ElseList)
	}
	for i, n := range l.Nodes {
		in.budget--
		switch n := n.(type) {
		case *parse.IfNode:
			branch(&n.BranchNode)
		case *parse.WithNode:
			branch(&n.BranchNode)
		case *parse.RangeNode:
			branch(&n.BranchNode)
		case *parse.TemplateNode:
			if in.recursive[n.Name] || in.budget < 0 || n.Pipe != nil && len(n.Pipe.Decl) > 0 {
				continue
			}
			body := in.bodies[n.Name].CopyList()
			in.calls[body] = n
			l.Nodes[i] = body
			in.list(body)
		}
	}
}

// recursive returns the templates that can reach themselves.
func recursive(callees map[string]map[string]bool) map[string]bool {
	found := map[string]bool{}
	for name := range callees {
		seen := map[string]bool{}
		var reach func(string)
		reach = func(at string) {
			for callee := range callees[at] {
				if !seen[callee] {
					seen[callee] = true
					reach(callee)
				}
			}
		}
		reach(name)
		if seen[name] {
			found[name] = true
		}
	}
	return found
}

// walk calls visit for every node of l, outer nodes first.
func walk(l *parse.ListNode, visit func(parse.Node)) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		visit(n)
		switch n := n.(type) {
		case *parse.IfNode:
			walk(n.List, visit)
			walk(n.ElseList, visit)
		case *parse.WithNode:
			walk(n.List, visit)
			walk(n.ElseList, visit)
		case *parse.RangeNode:
			walk(n.List, visit)
			walk(n.ElseList, visit)
		case *parse.ListNode:
			walk(n, visit)
		}
	}
}
