package engine

import (
	"html/template"
	"reflect"
	"text/template/parse"
)

// statements compile the nodes of a template, by their type.
var statements = map[parse.NodeType]statement{
	parse.NodeText:     compileText,
	parse.NodeAction:   compileAction,
	parse.NodeIf:       compileIf,
	parse.NodeWith:     compileWith,
	parse.NodeRange:    compileRange,
	parse.NodeBreak:    compileBreak,
	parse.NodeContinue: compileContinue,
	parse.NodeList:     compileList,
	parse.NodeTemplate: compileTemplate,
}

// compile turns an escaped page into its program. The calls are those of the
// templates that were inlined, by the lists that replaced them, and proof is what was
// found in the page's HTML.
func compile(src Source, page *template.Template, calls map[*parse.ListNode]*parse.TemplateNode, proof *proofreader, frags *fragments, ty typer) (t *Template, err error) {
	defer catchMistake(&err)
	c := &compiler{
		typer:      ty,
		statements: statements,
		printers:   printers(src.Live),
		page:       page,
		calls:      calls,
		ignored:    proof.ignored,
		places:     proof.streams,
		events:     proof.events,
		command:    src.Command,
		ownKey:     src.Key,
		frags:      frags,
		helpers:    src.Helpers,
		attributes: src.Attributes,
		methods:    src.Methods,
		user:       src.Funcs,
		pure:       src.Pure,
		procs:      map[entrance]*procedure{},
		scene:      scene{region: &region{index: -1}, slots: 1},
	}
	t = &Template{state: src.State, statePtr: reflect.PointerTo(src.State), meta: src.Meta}
	dot := operand{staticType: staticType{typ: src.State, addr: true}, kind: kindPlace, state: true}
	if src.State.Kind() == reflect.Interface {
		// What the interface holds is known when the page is rendered.
		dot.kind, dot.typ = kindValue, nil
		c.region.impure = true
	}
	t.page = c.block(newScope(page.Tree, dot), page.Tree.Root)
	markRoots(t.page)
	t.slots, t.counts, t.myself, t.around = c.slots, c.counts, c.myself, c.around
	if !c.region.impure {
		t.pure = flatOf(src.State)
	}
	if t.sorted, err = rangeFragment(frags); err != nil {
		return nil, err
	}
	t.runs.New = t.newRun
	return t, nil
}
