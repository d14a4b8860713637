package guide_test

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var root = os.DirFS("../..")

// block is a piece of code that a page shows: its language and its text.
var block = regexp.MustCompile("(?ms)^ *```([a-z]+)\n(.*?)^ *```")

// What the pages show in Go, HTML, templ, JavaScript and CSS is of a test, or of a program
// that tests run: of one place, or, where an empty line divides it, of several. So none of
// it can be wrong, or go stale. Comments and indentation may differ, and "…" stands for
// what is left out of a line or, on a line of its own, of the rest.
func TestShownCodeRuns(t *testing.T) {
	var programs []string
	walk(t, func(name string) {
		if isRun(name) {
			programs = append(programs, bare(read(t, name)))
		}
	})
	runs := func(code string) bool {
		parts := strings.Split(strings.TrimSuffix(bare(code), "\n"), "…")
		return slices.ContainsFunc(programs, func(p string) bool { return has(p, parts) })
	}
	shown := 0
	for name, text := range pages(t) {
		for _, b := range block.FindAllStringSubmatch(text, -1) {
			switch b[1] {
			case "go", "html", "templ", "js", "css":
			default:
				continue // settings and files of other programs, which tests of their own read
			}
			shown++
			if runs(b[2]) {
				continue
			}
			for part := range strings.SplitSeq(b[2], "\n\n") {
				if !runs(part) {
					t.Errorf("%s shows what no test runs:\n%s", name, part)
				}
			}
		}
	}
	if shown < 120 {
		t.Errorf("%d pieces of code are shown, want 120 at least", shown)
	}
}

// isRun reports whether a file's code is run by tests: it is a test, or an example program.
func isRun(name string) bool {
	switch path.Ext(name) {
	case ".go":
		return strings.HasSuffix(name, "_test.go") && name != "docs/guide/shown_test.go" || strings.Contains("/"+name, "/example/")
	case ".html", ".templ", ".js", ".css":
		return strings.Contains("/"+name, "/example/")
	}
	return false
}

// has reports whether a program has the parts of a piece of code, one after the other, with
// anything between them: of the same line or, between a line and a line, of others.
func has(program string, parts []string) bool {
	for {
		_, rest, found := strings.Cut(program, parts[0])
		if !found || len(parts) == 1 {
			return found
		}
		between, _, found := strings.Cut(rest, parts[1])
		if !found {
			return false
		}
		if lines := strings.HasSuffix(parts[0], "\n") && strings.HasPrefix(parts[1], "\n"); lines || !strings.Contains(between, "\n") {
			if has(rest[len(between):], parts[1:]) {
				return true
			}
		}
		program = rest
	}
}

// bare is code without comments and indentation.
func bare(code string) string {
	var b strings.Builder
	for line := range strings.Lines(code) {
		text, _, _ := strings.Cut(strings.ReplaceAll(line, "\t", " "), " // ")
		if words := strings.Fields(text); len(words) == 0 || words[0] != "//" {
			b.WriteString(strings.Join(words, " "))
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// A link to another page, or to a file of the project, leads there, and to a heading that
// the page has.
func TestLinksLeadSomewhere(t *testing.T) {
	link, code := regexp.MustCompile(`\]\(([^()\s]+)\)`), regexp.MustCompile("`[^`]*`")
	all := pages(t)
	for name, text := range all {
		for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(block.ReplaceAllString(text, ""), ""), -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, ":") {
				continue // of another site
			}
			to := path.Join(path.Dir(name), target)
			if target == "" {
				to = name
			}
			if _, err := fs.Stat(root, to); err != nil {
				t.Errorf("%s links to %s, which isn't there", name, m[1])
			} else if page, ok := all[to]; anchor != "" && ok && !slices.Contains(anchors(page), anchor) {
				t.Errorf("%s links to %s, and there is no such heading", name, m[1])
			}
		}
	}
}

var notInAnchors = regexp.MustCompile(`[^\pL\pN _-]`)

// anchors are what headings are linked to by, as GitHub makes them.
func anchors(page string) (all []string) {
	for line := range strings.Lines(block.ReplaceAllString(page, "")) {
		if heading, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && line[0] == '#' {
			anchor := notInAnchors.ReplaceAllString(strings.ToLower(strings.TrimSpace(heading)), "")
			all = append(all, strings.ReplaceAll(anchor, " ", "-"))
		}
	}
	return all
}

// The table of contents names each page.
func TestEachPageIsListed(t *testing.T) {
	contents := read(t, "docs/README.md")
	for _, name := range slices.Sorted(maps.Keys(pages(t))) {
		if base := path.Base(name); base != "README.md" && !strings.Contains(contents, "]("+base+")") {
			t.Errorf("docs/README.md doesn't name %s", base)
		}
	}
}

// pages are the README and the pages of docs/, by their paths.
func pages(t *testing.T) map[string]string {
	t.Helper()
	names, err := fs.Glob(root, "docs/*.md")
	if err != nil || len(names) < 17 {
		t.Fatalf("docs has %d pages, %v", len(names), err)
	}
	all := map[string]string{}
	for _, name := range append(names, "README.md") {
		all[name] = read(t, name)
	}
	return all
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := fs.ReadFile(root, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// walk calls fn with the project's files, but for those of npm packages and of git.
func walk(t *testing.T, fn func(name string)) {
	t.Helper()
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return fs.SkipDir
		}
		if err == nil && !d.IsDir() {
			fn(name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
