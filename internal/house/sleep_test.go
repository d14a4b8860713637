package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// A test sleeps in a bubble of testing/synctest, where that takes no time, or says
// beside it why it has to; and it says why it is skipped.
func TestSleepsAndSkipsHaveReasons(t *testing.T) {
	packages := map[string][]string{} // test files by directory
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.Name() == "node_modules":
			return filepath.SkipDir
		case strings.HasSuffix(path, "_test.go"):
			packages[filepath.Dir(path)] = append(packages[filepath.Dir(path)], path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, files := range packages {
		set := token.NewFileSet()
		var parsed []*ast.File
		for _, name := range files {
			f, err := parser.ParseFile(set, name, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			parsed = append(parsed, f)
		}
		bubbles := bubblesOf(parsed)
		for _, f := range parsed {
			said := map[int]bool{} // lines that have a comment, or follow one
			for _, group := range f.Comments {
				said[set.Position(group.Pos()).Line] = true
				said[set.Position(group.End()).Line+1] = true
			}
			withoutBubbles(f, bubbles, func(call *ast.CallExpr) {
				at := set.Position(call.Pos())
				switch name := calledName(call); {
				case name == "time.Sleep" && !said[at.Line]:
					t.Errorf("%s: a sleep that takes time: use synctest, or wait for what it waits for, or say why", at)
				case strings.HasSuffix(name, ".SkipNow"), strings.HasSuffix(name, ".Skip") && len(call.Args) == 0:
					t.Errorf("%s: a test is skipped without a reason", at)
				}
			})
		}
	}
}

// bubblesOf returns the names of what runs its argument in a bubble: synctest.Test
// and the functions that call it.
func bubblesOf(files []*ast.File) map[string]bool {
	bubbles := map[string]bool{"synctest.Test": true}
	for _, f := range files {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || strings.HasPrefix(fn.Name.Name, "Test") {
				continue
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok && calledName(call) == "synctest.Test" {
					bubbles[fn.Name.Name] = true
				}
				return true
			})
		}
	}
	return bubbles
}

// withoutBubbles calls visit for all calls but those within the arguments of a
// bubble.
func withoutBubbles(f *ast.File, bubbles map[string]bool, visit func(*ast.CallExpr)) {
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if bubbles[calledName(call)] {
			return false
		}
		visit(call)
		return true
	})
}

// calledName is the name of the function called, "" for one without: f, or x.f.
func calledName(call *ast.CallExpr) string {
	switch fn := call.Fun.(type) {
	case *ast.Ident:
		return fn.Name
	case *ast.SelectorExpr:
		if x, ok := fn.X.(*ast.Ident); ok {
			return x.Name + "." + fn.Sel.Name
		}
	}
	return ""
}
