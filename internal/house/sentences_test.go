package house

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// sentences are what a program can tell its programmer or operator in words: by the
// error it returns, by a panic, or by a line of the log at WARN or ERROR. By each
// sentence, with "…" for what varies, the place in the code that has it.
type sentences struct {
	dirs   map[string]listed
	files  *token.FileSet
	others types.Importer

	packages map[string]*types.Package
	info     *types.Info
	parsed   []*ast.File

	told  map[types.Object]bool // variables, parameters, fields and functions whose text becomes part of a sentence
	grown bool                  // told has, since the code was last gone through
	found map[string]token.Position
}

// sentencesOf reads packages, without their tests, of those that list returned.
func sentencesOf(t *testing.T, all map[string]listed) map[string]token.Position {
	t.Helper()
	s := &sentences{
		dirs: all, files: token.NewFileSet(), others: imports(all),
		packages: map[string]*types.Package{},
		info:     &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{}, Selections: map[*ast.SelectorExpr]*types.Selection{}},
		told:     map[types.Object]bool{},
		found:    map[string]token.Position{},
	}
	for path := range all {
		if strings.HasPrefix(path, module) {
			if _, err := s.Import(path); err != nil {
				t.Fatal(err)
			}
		}
	}
	for s.grown = true; s.grown; {
		s.grown = false
		for _, f := range s.parsed {
			ast.Walk(&sentenceFinder{s: s}, f)
		}
	}
	return s.found
}

// Import checks a package of this module from its source, so that an object is the same
// wherever it is named, and has the types of all others.
func (s *sentences) Import(path string) (*types.Package, error) {
	if !strings.HasPrefix(path, module) {
		return s.others.Import(path)
	}
	if p := s.packages[path]; p != nil {
		return p, nil
	}
	var parsed []*ast.File
	for _, name := range s.dirs[path].GoFiles {
		f, err := parser.ParseFile(s.files, filepath.Join(s.dirs[path].Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, f)
	}
	config := types.Config{Importer: s}
	p, err := config.Check(path, s.files, parsed, s.info)
	if err != nil {
		return nil, err
	}
	s.packages[path] = p
	s.parsed = append(s.parsed, parsed...)
	return p, nil
}

// sentenceFinder goes through one file, or one function in it.
type sentenceFinder struct {
	s  *sentences
	of *types.Signature // of the function around, nil outside
	is types.Object     // the function itself, nil if it has no name
}

func (f *sentenceFinder) Visit(n ast.Node) ast.Visitor {
	switch n := n.(type) {
	case *ast.FuncDecl:
		o := f.s.info.Defs[n.Name].(*types.Func)
		if n.Name.Name == "Error" && o.Signature().Params().Len() == 0 && n.Recv != nil {
			f.s.tell(o)
		}
		return &sentenceFinder{f.s, o.Signature(), o}
	case *ast.FuncLit:
		return &sentenceFinder{f.s, f.s.info.TypeOf(n).(*types.Signature), nil}
	case *ast.CallExpr:
		f.call(n)
		f.attributes(n.Args)
	case *ast.ReturnStmt:
		if f.of == nil || f.of.Results().Len() != len(n.Results) {
			break
		}
		for i, e := range n.Results {
			if r := f.of.Results().At(i); isText(r.Type()) && (f.s.told[r] || f.is != nil && f.s.told[f.is]) {
				f.s.say(e)
			}
		}
	case *ast.AssignStmt:
		f.assign(n.Lhs, n.Rhs)
	case *ast.ValueSpec:
		var names []ast.Expr
		for _, id := range n.Names {
			names = append(names, id)
		}
		f.assign(names, n.Values)
	case *ast.RangeStmt:
		if o := f.s.object(n.Value); o != nil && f.s.told[o] {
			f.s.say(n.X)
		}
	case *ast.CompositeLit:
		f.fields(n)
		f.attributes(n.Elts)
	}
	return f
}

// attributes says what a line of the log has as its reason or remedy.
func (f *sentenceFinder) attributes(list []ast.Expr) {
	for i, e := range list[:max(0, len(list)-1)] {
		if v := f.s.info.Types[e].Value; v != nil && v.Kind() == constant.String {
			switch constant.StringVal(v) {
			case "why", "hint", "remedy":
				f.s.say(list[i+1])
			}
		}
	}
}

// call says what a call gives to a parameter that is told.
func (f *sentenceFinder) call(n *ast.CallExpr) {
	o := f.s.object(n.Fun)
	if o == nil {
		return
	}
	if at, ok := tellers[nameOfTeller(o)]; ok && at < len(n.Args) {
		f.s.say(n.Args[at])
	}
	if nameOfTeller(o) == "fmt.Errorf" {
		f.s.shown(n.Args[1:])
	}
	if b, ok := o.(*types.Builtin); ok && b.Name() == "panic" {
		f.s.say(n.Args[0])
	}
	of, ok := o.Type().Underlying().(*types.Signature)
	if !ok {
		return
	}
	for i := range of.Params().Len() {
		if !f.s.told[of.Params().At(i)] {
			continue
		}
		if of.Variadic() && i == of.Params().Len()-1 {
			for _, e := range n.Args[min(i, len(n.Args)):] {
				f.s.say(e)
			}
		} else if i < len(n.Args) {
			f.s.say(n.Args[i])
		}
	}
}

// assign says what becomes the value of a variable that is told.
func (f *sentenceFinder) assign(to, from []ast.Expr) {
	for i, e := range to {
		o := f.s.object(e)
		if o == nil || !f.s.told[o] {
			continue
		}
		if len(to) == len(from) {
			f.s.say(from[i])
		} else if call, ok := firstOf(from).(*ast.CallExpr); ok {
			if of, ok := f.s.object(call.Fun).(*types.Func); ok && of.Signature().Results().Len() == len(to) {
				f.s.tell(of.Signature().Results().At(i))
			}
		}
	}
}

func firstOf(list []ast.Expr) ast.Expr {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

// fields says what becomes the value of a field that is told.
func (f *sentenceFinder) fields(n *ast.CompositeLit) {
	of := f.s.info.TypeOf(n).Underlying()
	if p, ok := of.(*types.Pointer); ok {
		of = p.Elem().Underlying()
	}
	fields, ok := of.(*types.Struct)
	if !ok {
		return
	}
	for i, e := range n.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if o := f.s.object(kv.Key); o != nil && f.s.told[o] {
				f.s.say(kv.Value)
			}
		} else if f.s.told[fields.Field(i)] {
			f.s.say(e)
		}
	}
}

// tellers are the functions that make a sentence of an argument, which they have at that
// place.
var tellers = map[string]int{
	"errors.New": 0, "fmt.Errorf": 0,
	"slog.Warn": 0, "slog.Error": 0,
	"slog.Logger.Warn": 0, "slog.Logger.Error": 0,
	"slog.Logger.WarnContext": 1, "slog.Logger.ErrorContext": 1,
}

func nameOfTeller(o types.Object) string {
	if o.Pkg() == nil {
		return o.Name()
	}
	return o.Pkg().Name() + "." + nameOf(o)
}

// object is what an expression names; nil if it names nothing.
func (s *sentences) object(e ast.Expr) types.Object {
	switch e := e.(type) {
	case *ast.Ident:
		if o := s.info.Defs[e]; o != nil {
			return o
		}
		return s.info.Uses[e]
	case *ast.SelectorExpr:
		return s.info.Uses[e.Sel]
	case *ast.IndexExpr: // of a generic function, or a table's entry
		return s.object(e.X)
	case *ast.ParenExpr:
		return s.object(e.X)
	}
	return nil
}

func (s *sentences) tell(o types.Object) {
	if o.Pkg() != nil && o.Pkg().Path() == module+"/internal/rescue" {
		return // it is given the names of callbacks
	}
	if f, ok := o.(*types.Func); ok {
		o = f.Origin()
	}
	if v, ok := o.(*types.Var); ok {
		o = v.Origin()
	}
	if !s.told[o] {
		s.told[o], s.grown = true, true
	}
}

// say notes an expression's text, with "…" for what isn't constant. What that is made of
// is told too.
func (s *sentences) say(e ast.Expr) {
	text := s.text(e)
	text = verb.ReplaceAllStringFunc(text, func(v string) string {
		if v == "%%" {
			return "%"
		}
		return "…"
	})
	text = regexp.MustCompile(`…(…)+`).ReplaceAllString(text, "…")
	at := s.files.Position(e.Pos())
	if dir, file := filepath.Split(at.Filename); filepath.Base(dir) == "protocol" && file != "errors.go" {
		return // what exactly is malformed of a frame: it stands behind the sentence that says that something is
	}
	if _, ok := s.found[text]; !ok && isSentence(text) {
		s.found[text] = at
	}
}

var verb = regexp.MustCompile(`%(\[[0-9]+\])?[-+# 0]*[0-9*]*(\.[0-9*]+)?[a-zA-Z%]`)

// isSentence leaves out what only stands before a sentence, or names something: it has
// less than two words of its own, or, where it doesn't begin as a line of the log does,
// less than twelve letters.
func isSentence(text string) bool {
	words, letters := 0, 0
	text, line := strings.CutPrefix(text, "liveview: ")
	for word := range strings.FieldsSeq(text) {
		if n := len(regexp.MustCompile(`[^a-zA-Z]`).ReplaceAllString(word, "")); n > 0 {
			words, letters = words+1, letters+n
		}
	}
	return words >= 2 && (line || letters >= 12)
}

func (s *sentences) text(e ast.Expr) string {
	if v := s.info.Types[e].Value; v != nil && v.Kind() == constant.String {
		return constant.StringVal(v)
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return s.text(e.X)
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			return s.text(e.X) + s.text(e.Y)
		}
	case *ast.CompositeLit:
		for _, element := range e.Elts {
			if kv, ok := element.(*ast.KeyValueExpr); ok {
				element = kv.Value
			}
			s.say(element)
		}
	case *ast.CallExpr:
		return s.called(e)
	case *ast.Ident, *ast.SelectorExpr, *ast.IndexExpr:
		if o := s.object(e); o != nil && o.Pkg() != nil && strings.HasPrefix(o.Pkg().Path(), module) {
			s.tell(o)
		}
	}
	return "…"
}

// called is the text of a call's result.
func (s *sentences) called(e *ast.CallExpr) string {
	o := s.object(e.Fun)
	switch of := o.(type) {
	case *types.TypeName: // a conversion
		return s.text(e.Args[0])
	case *types.Func:
		switch name := nameOfTeller(of); {
		case name == "fmt.Sprintf":
			s.shown(e.Args[1:])
			return s.text(e.Args[0])
		case name == "strings.TrimPrefix" || name == "strings.TrimSuffix":
			return s.text(e.Args[0])
		case of.Pkg() != nil && strings.HasPrefix(of.Pkg().Path(), module) && of.Signature().Results().Len() == 1 && isText(of.Signature().Results().At(0).Type()):
			s.tell(of)
		}
	}
	return "…"
}

// shown says the texts that a format shows.
func (s *sentences) shown(args []ast.Expr) {
	for _, arg := range args {
		if isText(s.info.TypeOf(arg)) {
			s.say(arg)
		}
	}
}

func isText(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsString != 0
}
