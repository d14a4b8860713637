package main

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// What the table stands between.
const (
	begins = "<!-- faults: go run ./bench/faults writes what follows -->\n"
	ends   = "<!-- faults: until here -->\n"
)

// page is the file that has the table.
func page(root string) string { return filepath.Join(root, "docs", "reliability.md") }

// around returns what a page has before its table, the table, and what it has behind.
func around(text string) (before, table, after string, err error) {
	before, rest, ok := strings.Cut(text, begins)
	table, after, closed := strings.Cut(rest, ends)
	if !ok || !closed {
		return "", "", "", errors.New("docs/reliability.md lacks the marks of the table")
	}
	return before + begins, table, ends + after, nil
}

// write returns the table with what the tests have said. It is an error if one of them has
// no figure, nor a reason. Of tests that haven't run it has what said has, by their cells: nil
// if all have run.
func write(groups []group, results map[test]result, said map[string]string) (string, error) {
	var wrong []error
	text := layOut(groups, func(f fault, t test) string {
		r, ran := results[test{dir: t.dir, name: t.name, slow: t.slow}]
		if said != nil && !ran {
			of := cell(t)
			if f.races {
				of = allOfThem
			}
			return cmp.Or(said[of], "not measured yet")
		}
		if f.races {
			tests, cases := 0, 0
			for _, r := range results {
				if r.passed {
					tests++
					cases += r.cases
				}
			}
			return fmt.Sprintf("%s tests with %s cases have run with the race detector: no race", counted(tests), counted(cases))
		}
		figures := r.figures
		if t.cases != "" && r.cases > 0 {
			figures = append([]string{counted(r.cases) + " " + t.cases}, figures...)
		}
		for _, why := range r.reasons {
			figures = append(figures, "not run here: "+why)
		}
		if len(figures) == 0 {
			wrong = append(wrong, fmt.Errorf("%s of %s says no figure", t.name, t.dir))
		}
		return tidy(strings.Join(figures, "; "))
	})
	return text, errors.Join(wrong...)
}

// check fails unless the table of docs/reliability.md is that of the list, whatever its
// figures are, and what it names is there.
func check(root string, groups []group) error {
	if err := missing(root, groups); err != nil {
		return err
	}
	text, err := os.ReadFile(page(root))
	if err != nil {
		return err
	}
	_, table, _, err := around(string(text))
	if err != nil {
		return err
	}
	var got strings.Builder
	for line := range strings.Lines(table) {
		got.WriteString(withoutFigure(line))
	}
	var want strings.Builder
	for line := range strings.Lines(layOut(groups, func(fault, test) string { return "?" })) {
		want.WriteString(withoutFigure(line))
	}
	if got.String() != want.String() {
		return fmt.Errorf("the table of docs/reliability.md isn't that of the list: go run ./bench/faults; it differs at\n%s", difference(got.String(), want.String()))
	}
	return nil
}

// figuresOf returns the figures of a table, by the cells of their tests.
func figuresOf(table string) map[string]string {
	said := make(map[string]string)
	for line := range strings.Lines(table) {
		if cells := strings.Split(line, " | "); len(cells) == 4 {
			said[cells[2]] = strings.TrimSuffix(cells[3], " |\n")
		}
	}
	return said
}

// withoutFigure returns a line of the table with ? for its figure, if it has one.
func withoutFigure(line string) string {
	cells := strings.Split(line, " | ")
	if len(cells) != 4 || strings.TrimSpace(strings.TrimSuffix(cells[3], "|\n")) == "" {
		return line
	}
	return strings.Join(cells[:3], " | ") + " | ? |\n"
}

// difference returns the first lines of two texts that aren't the same.
func difference(got, want string) string {
	g, w := strings.SplitAfter(got, "\n"), strings.SplitAfter(want, "\n")
	for i := range w {
		if i >= len(g) || g[i] != w[i] {
			return "-" + strings.TrimSuffix(strings.Join(g[min(i, len(g)):min(i+1, len(g))], ""), "\n") + "\n+" + w[i]
		}
	}
	return "-" + g[len(w)-1]
}

// allOfThem is the cell of a fault that all tests of the list show.
const allOfThem = "all of these"

// cell is how a test is named in the table.
func cell(t test) string {
	if t.dir == "." {
		return "`" + t.name + "`"
	}
	return "`" + t.name + "` in `" + t.dir + "`"
}

// layOut writes the table, with the figures that figure returns. A fault has a line for each
// of its tests.
func layOut(groups []group, figure func(f fault, t test) string) string {
	var b strings.Builder
	for _, g := range groups {
		fmt.Fprintf(&b, "\n### %s\n\n| fault | what must happen | test | figure |\n|---|---|---|---|\n", g.heading)
		for _, f := range g.faults {
			what, must := f.what, f.must
			line := func(test, figure string) {
				fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", what, must, test, figure)
				what, must = "", ""
			}
			for _, t := range f.tests {
				line(cell(t), figure(f, t))
			}
			if f.races {
				line(allOfThem, figure(f, test{}))
			}
			if f.docs != "" {
				line(f.docs, "up to the application")
			}
		}
	}
	return b.String() + "\n"
}

// missing names the tests and pages of the list that aren't there.
func missing(root string, groups []group) error {
	var wrong []error
	have := make(map[string]map[string]bool) // names of tests, by package
	for t := range all(groups) {
		if have[t.dir] == nil {
			names, err := testsOf(filepath.Join(root, t.dir))
			if err != nil {
				return err
			}
			have[t.dir] = names
		}
		if !have[t.dir][t.name] {
			wrong = append(wrong, fmt.Errorf("there is no %s in %s", t.name, t.dir))
		}
	}
	for _, g := range groups {
		for _, f := range g.faults {
			if len(f.tests) == 0 && f.docs == "" && !f.races {
				wrong = append(wrong, fmt.Errorf("nothing is said of %q", f.what))
			}
			for _, m := range link.FindAllStringSubmatch(f.docs, -1) {
				if _, err := os.Stat(filepath.Join(root, "docs", m[1])); err != nil {
					wrong = append(wrong, err)
				}
			}
		}
	}
	return errors.Join(wrong...)
}

// link is one to a page of the docs.
var link = regexp.MustCompile(`\]\(([^)#]+)[^)]*\)`)

// testsOf returns the names of the tests and fuzz targets in a folder, on whatever system
// they are for.
func testsOf(dir string) (map[string]bool, error) {
	names := make(map[string]bool)
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
				names[fn.Name.Name] = true
			}
		}
	}
	return names, nil
}
