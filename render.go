package liveview

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/gin-liveview/liveview/internal/engine"
	"github.com/gin-liveview/liveview/js"
)

// Rendered is one rendering of a view: what [Template.Render] makes of a state,
// or [RenderComponent] of anything that writes HTML.
type Rendered struct {
	template  *engine.Template
	state     any // a pointer to the state
	component Component
	streams   engine.Bound // of the state
	content   *Rendered    // what an inner layout is around; nil in what is none
}

// own returns the rendering of the view itself, within its inner layouts.
func (r Rendered) own() Rendered {
	for r.content != nil {
		r = *r.content
	}
	return r
}

// Component is anything that writes HTML, for example a templ.Component. It is
// a whole page by [RenderComponent], or part of one by {{component .Card}}, see
// [Parse]. What it writes is trusted: escaping is its own. ctx carries the
// view's [Meta], see [MetaFrom].
type Component interface {
	Render(ctx context.Context, w io.Writer) error
}

// Template is a page's html/template source, checked against the state's type
// C. It is safe for concurrent use.
type Template[C any] struct {
	engine  atomic.Pointer[engine.Template] // of the files as they were last parsed
	changes *templateFiles                  // nil for a template that isn't of files on disk
}

// Source says what a page's template is made of, for [ParseSource].
type Source struct {
	// Text is the page, in the language of [Parse]. Empty means one of the files of FS.
	Text string

	// Name stands for the template in errors. Empty means file and line of
	// the call of ParseSource.
	Name string

	// FS and Patterns name files of further templates, as
	// html/template.ParseFS takes them; each is known by its base name and by
	// what it defines.
	FS       fs.FS
	Patterns []string

	// Dir is where the files of FS are on disk while the program is developed, from the
	// folder of the Go file that calls ParseSource on: "." for an embed.FS of files beside
	// it. Where [Config].Dev shows problems, a template whose files there change is parsed
	// again, and open pages follow; see docs/development.md. Empty, or a folder that isn't
	// there, as for a program that has been moved, means that FS is all there is; so it is
	// in Gin's release mode.
	Dir string

	// Page names the template of FS that is the page, if Text is empty.
	// Empty means the first file that matches the first of Patterns.
	Page string

	// Parts are templates of others, such as a package of components, which the page calls
	// as it does its own: of each Source the files, with its Dir, the Funcs, Live and Parts.
	// What the page has of a name counts, and then what the first of the Parts has. They
	// have no Text and no Page.
	Parts []Source

	// Live are the live components that the template shows, by the names of the
	// functions that show them: {{card .ID .}}. See [NewLive].
	Live map[string]AnyLive

	// Funcs are the functions that templates may call besides html/template's
	// own and the ones that [Parse] adds.
	Funcs template.FuncMap
}

// MustParse is [Parse], and panics with its error: for package variables, so
// that a template which doesn't fit its state stops the program at the start.
func MustParse[C any](text string) *Template[C] {
	return must(parse[C](Source{Text: text}))
}

// MustParseSource is [ParseSource], and panics with its error, as [MustParse] does.
func MustParseSource[C any](source Source) *Template[C] {
	return must(parse[C](source))
}

func must[C any](t *Template[C], err error) *Template[C] {
	if err != nil {
		panic(err.Error())
	}
	return t
}

// Parse reads a page's template, in the language of html/template, and checks
// it against the state's type: a field or method that C hasn't got is an error
// with the place in the template. So is HTML that can't work on a live page: that
// a browser closes where it isn't meant to end (a div in a p), attributes that
// begin with phx- and mean nothing, fields named like what the client needs of
// their form, scripts, and what changes where the client doesn't see it. A page with
// functions of your own, or with templates in files, is for [ParseSource].
//
// Dot is the state. Besides html/template's functions a template may call
//
//   - connected, currentURL, fullPath, pageTitle, csrfToken and viewID: see the
//     methods of [Meta]
//   - flash "info" and flashes: a message of the flash, and all of them; see
//     [Meta.Flash] and [Meta.Flashes]
//   - patch and navigate: the attributes of a link, see [PatchLink] and
//     [NavigateLink]; {{patch "/items" | replace}} adds nothing to the history
//   - dict: {{template "field" dict "Name" "price" "Value" .Price}} gives a template
//     several arguments, which it reads as .Name and .Value; they are checked as the
//     state is
//   - js: what the page does by itself, as in phx-click="{{js.Toggle "#menu"}}" and
//     {{(js.Hide "#row").Push "delete" (js.Value "id" .ID)}}; see the package js
//   - attrs: attributes from data, of Attrs or as in attrs "phx-click" "edit"; see [Attrs]
//   - attr: one attribute, or none, as in {{attr "disabled" .Off}}
//   - options: the entries of a <select>, see [Options]
//   - signed: a value that nobody can change on its way back, see [Meta.Signed]
//   - focusWrap and focusEdge, portal, ignoreAttributes: see [FocusWrap], [Portal] and
//     [IgnoreAttributes]
//   - upload: {{with upload "photos"}}, see [Upload]
//   - keyed: {{range .Rows | keyed "ID"}} names what tells the rows apart, so
//     that a row that moves is moved on the page: a field or a method without
//     arguments, a path to one as in "Owner.ID", or "." for the rows
//     themselves. Keys are unique: rows that share one are shown, but told
//     apart by their order alone, which is logged once
//   - myself: the number of the live component whose template it is, for
//     phx-target={{myself}}; see [LiveComponent]
//   - component: {{component .Card}} shows a [Component], or nothing for nil,
//     in HTML text; what it writes is not escaped again
//   - content: {{content}} shows the view, in an inner layout; see [UseInnerLayout]
func Parse[C any](text string) (*Template[C], error) {
	return parse[C](Source{Text: text})
}

// ParseSource is [Parse] for a page that is made of more than one text:
//
//	//go:embed *.html
//	var files embed.FS
//
//	var page = liveview.MustParseSource[Order](liveview.Source{
//		FS: files, Patterns: []string{"order.html", "parts.html"},
//		Funcs: template.FuncMap{"price": formatPrice},
//	})
func ParseSource[C any](source Source) (*Template[C], error) {
	return parse[C](source)
}

func parse[C any](s Source) (*Template[C], error) {
	_, file, line, ok := runtime.Caller(2)
	if s.Name == "" {
		s.Name = "template"
		if ok {
			s.Name = fmt.Sprintf("%s:%d", filepath.Base(file), line)
		}
	}
	all, err := s.flat(nil)
	if err != nil {
		return nil, fmt.Errorf("liveview: %w", err)
	}
	parsed, err := parseEngine[C](all)
	if err != nil {
		return nil, err
	}
	t := &Template[C]{}
	t.engine.Store(parsed)
	var folders []watchedFolder
	for i := range all {
		dir := all[i].Dir
		if dir == "" || !ok {
			continue
		}
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(filepath.Dir(file), dir)
		}
		folders = append(folders, watchedFolder{dir, all[i].Patterns, &all[i].FS})
	}
	t.changes = watchFiles(folders, func() error {
		parsed, err := parseEngine[C](all)
		if err == nil {
			t.engine.Store(parsed)
		}
		return err
	})
	return t, nil
}

// flat appends s and all of its parts to list, in the order in which they count.
func (s Source) flat(list []Source) ([]Source, error) {
	list = append(list, s)
	for _, part := range s.Parts {
		if part.Text != "" || part.Page != "" {
			return nil, errors.New("one of Source.Parts has a Text or a Page: a part is templates in files")
		}
		var err error
		if list, err = part.flat(list); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// parseEngine parses the first of all, which the others are parts of.
func parseEngine[C any](all []Source) (*engine.Template, error) {
	funcs := maps.Clone(linkHelpers)
	funcs["attrs"] = attrsHelper
	funcs["js"] = jsHelper
	maps.Copy(funcs, attributeHelpers)
	helpers := maps.Clone(funcs)
	live := map[string]engine.LiveKind{}
	var parts []engine.Files
	for i, s := range slices.Backward(all) {
		for name, fn := range s.Funcs {
			if _, taken := helpers[name]; taken {
				return nil, fmt.Errorf("liveview: the function name %q is taken by a helper", name)
			}
			funcs[name] = fn
		}
		for name, l := range s.Live {
			if l == nil {
				return nil, fmt.Errorf("liveview: the live component %q is nil", name)
			}
			live[name] = l.liveKind()
		}
		if i > 0 && s.FS != nil && len(s.Patterns) > 0 {
			parts = append(parts, engine.Files{FS: s.FS, Patterns: s.Patterns})
		}
	}
	slices.Reverse(parts)
	s := all[0]
	t, err := engine.Parse(engine.Source{
		Name: s.Name, Text: s.Text, FS: s.FS, Patterns: s.Patterns, Parts: parts, Page: s.Page, Funcs: funcs,
		State:   reflect.TypeFor[C](),
		Meta:    reflect.TypeFor[*Meta](),
		Live:    live,
		Helpers: metaHelpers, Attributes: linkAttributes,
		Hint: hintOf, Forms: formModelOf, Methods: fieldAttrs, Key: keyOf,
		Command: reflect.TypeFor[js.Command](), Pure: pureHelpers,
	})
	if err != nil {
		return nil, fmt.Errorf("liveview: %w", err)
	}
	return t, nil
}

// Render returns the page that shows state.
func (t *Template[C]) Render(state C) Rendered {
	return Rendered{template: t.engine.Load(), state: &state}
}

// RenderComponent returns the page that c writes. What it writes is split into
// what stays and what changes by its HTML structure. What [Parse] would refuse of
// a template's HTML is logged, once each.
func RenderComponent(c Component) Rendered { return Rendered{component: c} }

var errNothingRendered = errors.New("Render returned an empty Rendered; return what Template.Render returns")

func (r Rendered) appendHTML(dst []byte, m *Meta, live engine.Live) ([]byte, error) {
	switch {
	case r.content != nil:
		return r.template.HTMLAround(dst, r.state, m, live, func(dst []byte) ([]byte, error) {
			return r.content.appendHTML(dst, m, live)
		})
	case r.component != nil:
		w := appender{dst}
		err := r.component.Render(m.Context(), &w)
		return w.b, err
	case r.template != nil:
		return r.template.HTMLLive(dst, r.state, m, live)
	}
	return dst, errNothingRendered
}

func (r Rendered) appendDiff(dst []byte, tree *engine.Tree, m *Meta, live engine.Live) ([]byte, error) {
	live.Streams = r.streams
	switch {
	case r.content != nil:
		return tree.DiffAround(dst, r.template, r.state, m, live, func(dst []byte, inner *engine.Tree) ([]byte, error) {
			return r.content.appendDiff(dst, inner, m, live)
		})
	case r.component != nil:
		return tree.DiffComponentLive(dst, r.component, m.Context(), live)
	case r.template != nil:
		return tree.DiffLive(dst, r.template, r.state, m, live)
	}
	return dst, errNothingRendered
}

// appendPart is appendDiff of a live component.
func (r Rendered) appendPart(dst []byte, part *engine.Part, m *Meta, live engine.Live, shared *engine.Shared) ([]byte, error) {
	live.Streams = r.streams
	switch {
	case r.component != nil:
		return part.DiffComponent(dst, r.component, m.Context(), live, shared)
	case r.template != nil:
		return part.Diff(dst, r.template, r.state, m, live, shared)
	}
	return dst, errNothingRendered
}

// appender is an io.Writer that appends.
type appender struct{ b []byte }

func (w *appender) Write(p []byte) (int, error) {
	w.b = append(w.b, p...)
	return len(p), nil
}
