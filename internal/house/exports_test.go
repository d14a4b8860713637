package house

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// promised are the packages whose exported names an application builds on.
var promised = []string{module, module + "/liveviewtest", module + "/presence", module + "/pubsub", module + "/store"}

// Each exported name is used by another package: an example, a page, a benchmark, or a
// test that stands outside. What nobody uses, nobody has tried.
func TestExportedNamesAreUsed(t *testing.T) {
	u := &uses{types: map[string]string{}, used: map[string]bool{}, words: map[string]bool{}, methods: map[string]bool{}}
	for _, dir := range []string{"../..", "../../e2e", "../../matrix", "../../dashboard", "../../example/cluster", "../../example/desk", "../../example/orders", "../../example/plug", "../../example/ui/templui", "../../pubsub/redis", "../../pubsub/nats", "../../store/bolt", "../../store/redis", "../../store/nats"} {
		u.module(t, dir)
	}
	u.templates(t, "../..")
	u.imply()
	total := 0
	var unused []string
	for _, path := range promised {
		names := u.names[path]
		if len(names) == 0 {
			t.Errorf("%s exports nothing", path)
		}
		total += len(names)
		for _, name := range slices.Sorted(maps.Keys(names)) {
			if !u.used[path+"."+name] && !names[name](u) {
				unused = append(unused, strings.TrimPrefix(path+"."+name, module))
			}
		}
	}
	t.Logf("%d exported names", total)
	for _, name := range unused {
		t.Errorf("%s is used by no other package: use it in an example or a test from outside, or delete it", name)
	}
}

// uses is what packages use of those that are promised.
type uses struct {
	names   map[string]map[string]func(*uses) bool // by package and name: whether it counts as used although no code names it
	used    map[string]bool                        // package and name
	words   map[string]bool                        // in actions of templates
	methods map[string]bool                        // that types of other packages have, by name
	types   map[string]string                      // of functions' results, variables and constants, where they are of the same package
}

// imply counts what is used by way of others: a type, where a member of it is or what has
// that type; a method of an interface that only this module implements, where that of the
// type it stands for is.
func (u *uses) imply() {
	for path, names := range u.names {
		for name, implied := range names {
			if of, member, ok := strings.Cut(name, "."); ok && !asked[member] && implied(u) {
				u.used[path+"."+of] = true
			}
		}
	}
	for name := range maps.Clone(u.used) {
		if last := strings.LastIndex(name, "/") + 1; strings.Count(name[last:], ".") == 2 {
			u.used[name[:strings.LastIndex(name, ".")]] = true
		}
		if of := u.types[name]; of != "" {
			u.used[of] = true
		}
		if method, ok := strings.CutPrefix(name, module+".Socket."); ok {
			u.used[module+".AnySocket."+method] = true
		}
	}
}

// unit is a package, or the tests of one, as "go list" tells of it.
type unit struct {
	ImportPath, Dir, Export, ForTest   string
	GoFiles, TestGoFiles, XTestGoFiles []string
	DepOnly, Standard                  bool
}

// module reads all packages of the module in dir, with their tests.
func (u *uses) module(t *testing.T, dir string) {
	t.Helper()
	args := append([]string{"list", "-e", "-export", "-deps", "-test", "-json=ImportPath,Dir,Export,ForTest,GoFiles,TestGoFiles,XTestGoFiles,DepOnly,Standard"}, ownFlags()...)
	cmd := exec.Command("go", append(args, "./...")...)
	cmd.Dir = dir
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list in %s: %v\n%s", dir, err, &problems)
	}
	exports := map[string]string{}
	var units []unit
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p unit
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if p.ForTest == "" {
			exports[p.ImportPath] = p.Export
			if !p.DepOnly && !p.Standard && !strings.HasSuffix(p.ImportPath, ".test") {
				units = append(units, p)
			}
		}
	}
	set := token.NewFileSet()
	imports := importer.ForCompiler(set, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	known := map[types.Object]string{}
	for _, path := range promised {
		if exports[path] == "" {
			continue // this module doesn't use it
		}
		pkg, err := imports.Import(path)
		if err != nil {
			t.Fatal(err)
		}
		names := u.declared(pkg, known)
		if u.names == nil {
			u.names = map[string]map[string]func(*uses) bool{}
		}
		if u.names[path] == nil {
			u.names[path] = names
		}
	}
	for _, p := range units {
		u.read(t, set, imports, known, p.ImportPath, p.Dir, slices.Concat(p.GoFiles, p.TestGoFiles))
		u.read(t, set, imports, known, p.ImportPath+"_test", p.Dir, p.XTestGoFiles)
	}
}

// declared returns the exported names of a package: types, functions, variables and
// constants, and the fields and methods of the types. It adds their objects to known.
func (u *uses) declared(pkg *types.Package, known map[types.Object]string) map[string]func(*uses) bool {
	names := map[string]func(*uses) bool{}
	add := func(obj types.Object, name string, implied func(*uses) bool) {
		known[obj] = pkg.Path() + "." + name
		names[name] = implied
	}
	never := func(*uses) bool { return false }
	for _, name := range pkg.Scope().Names() {
		obj := pkg.Scope().Lookup(name)
		if !obj.Exported() {
			continue
		}
		add(obj, name, never)
		u.noteType(pkg, obj, name)
		named, ok := obj.Type().(*types.Named)
		if _, isType := obj.(*types.TypeName); !isType || !ok || named.Obj() != obj {
			continue
		}
		member := func(m types.Object, implied func(*uses) bool) {
			if m.Exported() {
				add(m, name+"."+m.Name(), implied)
				u.noteType(pkg, m, name+"."+m.Name())
			}
		}
		inTemplates := func(m types.Object) func(*uses) bool {
			return func(u *uses) bool {
				first, rest := m.Name()[:1], m.Name()[1:]
				return u.words["."+m.Name()] || name == "Meta" && (u.words[strings.ToLower(first)+rest] || u.words[strings.ToLower(m.Name()[:4])+m.Name()[4:]])
			}
		}
		for m := range named.Methods() {
			member(m, func(u *uses) bool { return asked[m.Name()] || inTemplates(m)(u) })
		}
		switch under := named.Underlying().(type) {
		case *types.Struct:
			for f := range under.Fields() {
				if !f.Embedded() {
					member(f, inTemplates(f))
				}
			}
		case *types.Interface:
			// Applications implement it, and name it as a rule nowhere.
			implemented := func(u *uses) bool {
				for m := range under.ExplicitMethods() {
					if m.Exported() && !u.methods[m.Name()] {
						return false
					}
				}
				return under.NumExplicitMethods() > 0
			}
			names[name] = implemented
			for m := range under.ExplicitMethods() {
				member(m, func(u *uses) bool { return u.methods[m.Name()] })
			}
		}
	}
	return names
}

// noteType keeps of which type of its package a declaration makes values.
func (u *uses) noteType(pkg *types.Package, obj types.Object, name string) {
	of := obj.Type()
	if f, ok := of.(*types.Signature); ok && f.Results().Len() > 0 {
		of = f.Results().At(0).Type()
	}
	for {
		switch inner := of.(type) {
		case *types.Pointer:
			of = inner.Elem()
			continue
		case *types.Slice:
			of = inner.Elem()
			continue
		case *types.Named:
			if _, isType := obj.(*types.TypeName); !isType && inner.Obj().Pkg() == pkg {
				u.types[pkg.Path()+"."+name] = pkg.Path() + "." + inner.Obj().Name()
			}
		}
		return
	}
}

// asked are methods that package fmt and the like call, or this module those of a View.
var asked = map[string]bool{
	"String": true, "Error": true, "Unwrap": true, "Is": true, "Format": true, "LogValue": true,
	"MarshalJSON": true, "UnmarshalJSON": true, "Render": true, "MarshalText": true, "UnmarshalText": true, "MarshalCBOR": true, "UnmarshalCBOR": true,
}

// read notes what files of one package use of others.
func (u *uses) read(t *testing.T, set *token.FileSet, imports types.Importer, known map[types.Object]string, path, dir string, names []string) {
	t.Helper()
	var files []*ast.File
	for _, name := range names {
		f, err := parser.ParseFile(set, filepath.Join(dir, name), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: imports, FakeImportC: true, Error: func(error) {}} // what tests take from their package's own tests isn't there
	_, _ = config.Check(path, set, files, info)
	for _, obj := range info.Uses {
		switch o := obj.(type) {
		case *types.Func:
			obj = o.Origin()
		case *types.Var:
			obj = o.Origin()
		}
		if name := known[obj]; name != "" && obj.Pkg().Path() != path {
			u.used[name] = true
		}
	}
	inside := slices.Contains(promised, path)
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Recv != nil && !inside {
					u.methods[n.Name.Name] = true
				}
			case *ast.BasicLit:
				if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING && !inside {
					u.addWords(text)
				}
			}
			return true
		})
	}
}

// templates reads the templates in files.
func (u *uses) templates(t *testing.T, root string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.Name() == "node_modules" || d.Name() == ".git":
			return filepath.SkipDir
		case strings.HasSuffix(path, ".html"):
			text, err := os.ReadFile(path)
			u.addWords(string(text))
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

var (
	actions = regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	word    = regexp.MustCompile(`\.?\w+`)
)

// addWords notes the words in a template's actions: fields and methods with the dot.
func (u *uses) addWords(text string) {
	for _, action := range actions.FindAllString(text, -1) {
		for _, w := range word.FindAllString(action, -1) {
			u.words[w] = true
		}
	}
}
