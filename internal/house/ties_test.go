package house

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
)

// ties says which names of other files each file of a package uses: by the file
// that uses, then by the file that declares. A file has no ties to itself.
type ties map[string]map[string][]string

// tiesOf reads a package without its tests. Methods and fields count as names
// like all others.
func tiesOf(p listed, imports types.Importer) (ties, error) {
	files := token.NewFileSet()
	var parsed []*ast.File
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(files, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, f)
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: imports}
	pkg, err := config.Check(p.ImportPath, files, parsed, info)
	if err != nil {
		return nil, err
	}
	t := ties{}
	for id, used := range info.Uses {
		if used.Pkg() != pkg {
			continue
		}
		from := filepath.Base(files.Position(id.Pos()).Filename)
		to := filepath.Base(files.Position(used.Pos()).Filename)
		if from == to { // so it is for all that isn't a package's, as parameters and labels
			continue
		}
		if t[from] == nil {
			t[from] = map[string][]string{}
		}
		if name := nameOf(used); !slices.Contains(t[from][to], name) {
			t[from][to] = append(t[from][to], name)
		}
	}
	for _, others := range t {
		for _, names := range others {
			slices.Sort(names)
		}
	}
	return t, nil
}

// nameOf is a name as a reader finds it, methods with their type.
func nameOf(o types.Object) string {
	if f, ok := o.(*types.Func); ok {
		if recv := f.Signature().Recv(); recv != nil {
			t := recv.Type()
			if p, ok := t.(*types.Pointer); ok {
				t = p.Elem()
			}
			if named, ok := t.(*types.Named); ok {
				return named.Obj().Name() + "." + f.Name()
			}
		}
	}
	return o.Name()
}

// circles returns the sets of files that reach one another, a pair of files that
// name each other being the smallest. Each set is sorted, and so are they.
func (t ties) circles() [][]string {
	reach := map[string]map[string]bool{}
	for from := range t {
		reach[from] = map[string]bool{}
		t.follow(from, reach[from])
	}
	var all [][]string
	for from := range reach {
		if !reach[from][from] {
			continue
		}
		var circle []string
		for to := range reach[from] {
			if reach[to][from] {
				circle = append(circle, to)
			}
		}
		if slices.Sort(circle); circle[0] == from { // once for each set
			all = append(all, circle)
		}
	}
	slices.SortFunc(all, slices.Compare)
	return all
}

// follow adds to seen what can be reached from a file.
func (t ties) follow(from string, seen map[string]bool) {
	for to := range t[from] {
		if !seen[to] {
			seen[to] = true
			t.follow(to, seen)
		}
	}
}

// explain says which names tie the files of a circle, and which of them name
// each other directly.
func (t ties) explain(circle []string) string {
	var b strings.Builder
	if len(circle) > 2 {
		fmt.Fprintf(&b, "%d files form a circle: %s\n", len(circle), strings.Join(circle, ", "))
	}
	for i, one := range circle {
		for _, other := range circle[i+1:] {
			if len(t[one][other]) > 0 && len(t[other][one]) > 0 {
				fmt.Fprintf(&b, "%s and %s name each other\n", one, other)
			}
		}
	}
	for _, from := range circle {
		for _, to := range circle {
			if names := t[from][to]; len(names) > 0 {
				fmt.Fprintf(&b, "\t%s takes from %s: %s\n", from, to, strings.Join(names, ", "))
			}
		}
	}
	return b.String()
}
