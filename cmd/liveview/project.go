package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// project is an application that new has written, and somebody has changed since.
type project struct {
	dir    string
	module string
	variant
}

// menuFile has the list of pages, which ends with menuEnd.
var menuFile = filepath.Join("web", "web.go")

const menuEnd = "// liveview gen page: its pages are added above."

var moduleLine = regexp.MustCompile(`(?m)^module\s+"?([^\s"]+)"?`)

// openProject returns the application in a folder.
func openProject(dir string) (*project, error) {
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("there is no go.mod here: run this in the folder of an application that liveview new has written")
	}
	if err != nil {
		return nil, err
	}
	module := moduleLine.FindSubmatch(mod)
	if module == nil {
		return nil, errors.New("go.mod names no module: begin it with a line such as module example.com/shop")
	}
	return &project{dir: dir, module: string(module[1]), variant: variantOf(mod)}, nil
}

var migrationNumber = regexp.MustCompile(`^(\d+)_.*\.(sql|go)$`)

// nextMigration is the number of a migration after all that there are.
func (p *project) nextMigration() (int, error) {
	entries, err := os.ReadDir(filepath.Join(p.dir, "data", "migrations"))
	if err != nil {
		return 0, errors.New("there is no folder data/migrations here: run this in the folder of an application that liveview new has written")
	}
	last := 0
	for _, e := range entries {
		if m := migrationNumber.FindStringSubmatch(e.Name()); m != nil {
			n, err := strconv.Atoi(m[1])
			if err != nil {
				return 0, err
			}
			last = max(last, n)
		}
	}
	return last + 1, nil
}

// menu returns the file with the menu, with the page in it.
func (p *project) menu(r resource) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(p.dir, menuFile))
	if err != nil {
		return nil, fmt.Errorf("%w: run this in the folder of an application that liveview new has written", err)
	}
	if bytes.Count(text, []byte(menuEnd)) != 1 {
		return nil, fmt.Errorf("%s hasn't got one line\n\t%s\nput it at the end of the list of pages", filepath.ToSlash(menuFile), menuEnd)
	}
	line := fmt.Sprintf("{%q, %q, %sRoutes},\n\t%s", r.Path, r.Plural.Title, r.Single.Local, menuEnd)
	return format.Source(bytes.Replace(text, []byte(menuEnd), []byte(line), 1))
}

// vacant returns an error if something that the page needs is there already: a file, a name of
// Go, a migration of its table, or its path.
func (p *project) vacant(r resource, files map[string][]byte) error {
	names := sorted(files)
	if p.Templ {
		names = append(names, r.generatedFile())
	}
	for _, name := range names {
		if _, err := os.Lstat(filepath.Join(p.dir, name)); err == nil {
			return fmt.Errorf("%s is there already, and is left as it is: choose other names, or move it away", filepath.ToSlash(name))
		}
	}
	for _, folder := range []string{"data", "web"} {
		there, paths, err := declaredIn(filepath.Join(p.dir, folder))
		if err != nil {
			return err
		}
		for _, name := range sorted(files) {
			if filepath.Dir(name) != folder || !strings.HasSuffix(name, ".go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, files[name], 0)
			if err != nil {
				return err
			}
			declared := declarations(file)
			if p.Templ && name == filepath.Join("web", r.Plural.Snake+".go") {
				declared = append(declared, templNames(files[r.templFile()])...)
			}
			for _, new := range declared {
				if at, ok := there[new]; ok {
					return fmt.Errorf("%s is declared in %s already: choose other names", new, filepath.ToSlash(filepath.Join(folder, at)))
				}
			}
		}
		if i := slices.IndexFunc(paths, func(path string) bool { return path == r.Path || strings.HasPrefix(path, r.Path+"/") }); i >= 0 || r.Path == "/live" {
			return fmt.Errorf("the path %s is taken already: choose another name for the page", r.Path)
		}
	}
	return nil
}

var templComponent = regexp.MustCompile(`(?m)^templ (\w+)\(`)

// templNames are the names that a file of templ declares.
func templNames(text []byte) []string {
	var names []string
	for _, m := range templComponent.FindAllSubmatch(text, -1) {
		names = append(names, string(m[1]))
	}
	return names
}

// declaredIn returns what the Go files of a folder declare, with the files' names, and what of
// their texts are paths.
func declaredIn(folder string) (names map[string]string, paths []string, err error) {
	names = map[string]string{}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range entries {
		if e.IsDir() || !strings.HasSuffix(e.Name(), ".go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(folder, e.Name()), nil, 0)
		if err != nil {
			return nil, nil, fmt.Errorf("%w: mend it first", err)
		}
		for _, name := range declarations(file) {
			names[name] = e.Name()
		}
		if strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil && strings.HasPrefix(text, "/") {
					paths = append(paths, text)
				}
			}
			return true
		})
	}
	return names, paths, nil
}

// declarations are the names that a file declares for its package, methods with those of their
// types: DB.Orders.
func declarations(file *ast.File) []string {
	var names []string
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			name := d.Name.Name
			if d.Recv != nil {
				of := d.Recv.List[0].Type
				if star, ok := of.(*ast.StarExpr); ok {
					of = star.X
				}
				id, ok := of.(*ast.Ident)
				if !ok {
					continue
				}
				name = id.Name + "." + name
			}
			names = append(names, name)
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					names = append(names, s.Name.Name)
				case *ast.ValueSpec:
					for _, n := range s.Names {
						names = append(names, n.Name)
					}
				}
			}
		}
	}
	return names
}
