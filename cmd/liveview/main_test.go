package main

import (
	"bytes"
	"flag"
	"go/format"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// update has what is a copy made anew: go.mod and go.sum of the application, by "go mod tidy",
// and the components of example/ui.
//
//	go test ./cmd/liveview -update
var update = flag.Bool("update", false, "make go.mod, go.sum and the components of the starter anew")

// call runs the command and returns its exit code and what it says.
func call(args ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	code = run(args, &o, &e)
	return code, o.String(), e.String()
}

// wrote returns the files of a folder, with their contents.
func wrote(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		files[filepath.ToSlash(rel)] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// newApp writes an application into a folder of that name, and returns the folder.
func newApp(t *testing.T, name string, flags ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if code, _, errs := call(append(append([]string{"new"}, flags...), dir)...); code != 0 {
		t.Fatalf("new %v: exit code %d: %s", flags, code, errs)
	}
	return dir
}

// variants are the flags of each application that can be written.
var variants = [][]string{{}, {"-postgres"}, {"-templ"}, {"-postgres", "-templ"}}

// variantWith is the one of these flags.
func variantWith(flags []string) variant {
	return variant{Postgres: slices.Contains(flags, "-postgres"), Templ: slices.Contains(flags, "-templ")}
}

// In an application nothing is left of the names of the one that it is made from, and Go files
// are formatted, however long its own are.
func TestNewNames(t *testing.T) {
	ofShop := regexp.MustCompile(`(?i)\bshops?\b|\bshop_`)
	unfilled := regexp.MustCompile(`[«»]|\.tmpl\b`)
	for i, name := range []string{"ledger", "a-quite-long-name-of-an-application", "x", "book-shelf"} {
		flags := variants[i%len(variants)]
		dir := newApp(t, name, append([]string{"-module", "git.example.org/we/" + name}, flags...)...)
		for file, text := range wrote(t, dir) {
			if file == "go.sum" {
				continue
			}
			if left := ofShop.FindString(file + "\n" + text); left != "" {
				t.Errorf("%s %v: %s has %q", name, flags, file, left)
			}
			if strings.HasSuffix(file, ".go") {
				if formatted, err := format.Source([]byte(text)); err != nil || string(formatted) != text {
					t.Errorf("%s %v: %s isn't formatted: %v", name, flags, file, err)
				}
			}
			if strings.Contains(text, "example.com/"+name) || strings.Contains(text, shopModule) {
				t.Errorf("%s %v: %s names another module", name, flags, file)
			}
			if left := unfilled.FindString(file + "\n" + text); left != "" {
				t.Errorf("%s %v: %s has %q", name, flags, file, left)
			}
		}
	}
}

// What comments and the README of an application name is there: components, and files.
func TestNewNamesWhatIsThere(t *testing.T) {
	declared := regexp.MustCompile(`(?m)^(?:func|type|templ) (\w+)`)
	defined := regexp.MustCompile(`{{define "(ui\.[\w.-]+)`)
	component := regexp.MustCompile(`\bui\.[A-Za-z][\w-]*(?:\.[\w-]+)*`)
	call := regexp.MustCompile(`{{[a-z]\w* `)
	file := regexp.MustCompile(`(?:^|[\s\x60"(])([\w./-]*\w\.(?:go|html|templ|css|js|sql|md|yml))\b`)
	elsewhere := []string{"deployment.md", "this.js"} // of the library, and in JavaScript
	for _, flags := range variants {
		files := wrote(t, newApp(t, "ledger", flags...))
		there := map[string]bool{}
		for name, text := range files {
			there[path.Base(name)] = true
			for _, m := range defined.FindAllStringSubmatch(text, -1) {
				there[m[1]] = true
			}
			if path.Dir(name) == "web/ui" {
				for _, m := range declared.FindAllStringSubmatch(text, -1) {
					there["ui."+m[1]] = true
				}
			}
		}
		for name, text := range files {
			if name == "go.sum" {
				continue
			}
			named := component.FindAllString(text, -1)
			if variantWith(flags).Templ {
				named = append(named, call.FindAllString(text, -1)...)
			}
			for _, m := range file.FindAllStringSubmatch(text, -1) {
				if named = append(named, path.Base(m[1])); strings.HasPrefix(m[1], "../") {
					named = append(named, m[1])
				}
			}
			for _, what := range named {
				if !there[what] && !slices.Contains(elsewhere, what) {
					t.Errorf("%v: %s names %s, which isn't there", flags, name, what)
				}
			}
		}
	}
}

func TestNewFiles(t *testing.T) {
	dir := newApp(t, "ledger")
	files := wrote(t, dir)
	for _, name := range []string{
		"main.go", "go.mod", "go.sum", "README.md", "Dockerfile", ".gitignore", ".dockerignore", ".golangci.yml", ".github/workflows/ci.yml",
		"deploy/ledger.service", "deploy/ledger.socket", "data/migrations/00001_users.sql", "web/products.html", "web/components/field.html",
	} {
		if files[name] == "" {
			t.Errorf("there is no %s", name)
		}
	}
	checkout, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if mod := files["go.mod"]; !strings.Contains(mod, "module example.com/ledger\n") || !strings.Contains(mod, "\nreplace "+library+" => "+checkout+"\n") {
		t.Errorf("go.mod is\n%s", mod)
	}
	if !strings.Contains(files["web/web.go"], menuEnd) {
		t.Error("web/web.go has no place for further pages")
	}
}

// With a database of PostgreSQL nothing is left of SQLite, and the other way round.
func TestNewDatabase(t *testing.T) {
	for _, test := range []struct {
		flags, words, others []string
	}{
		{nil, []string{"SQLite", "libtnb"}, []string{"postgres", "pgx", "createdb"}},
		{[]string{"-postgres"}, []string{"postgres", "pgx", "createdb"}, []string{"sqlite", "libtnb", `\bledger\.db\b`, `mkdir /data`}},
	} {
		all := ""
		for file, text := range wrote(t, newApp(t, "ledger", test.flags...)) {
			if file == "go.sum" || file == "go.mod" { // which list what dependencies name
				text = regexp.MustCompile(`(?m)^.*( // indirect|/go.mod h1:.*| h1:.*)$`).ReplaceAllString(text, "")
			}
			all += file + "\n" + strings.ReplaceAll(text, "example.com/ledger/data", "") + "\n"
		}
		for _, word := range test.words {
			if !regexp.MustCompile(`(?i)` + word).MatchString(all) {
				t.Errorf("%v: nowhere is %s", test.flags, word)
			}
		}
		for _, word := range test.others {
			if left := regexp.MustCompile(`(?i).*` + word + `.*`).FindString(all); left != "" {
				t.Errorf("%v: left is %s", test.flags, left)
			}
		}
	}
}

// What a release of the library writes names that release, and no folder of this machine.
func TestNewOfARelease(t *testing.T) {
	files, err := application{name: "ledger", module: "example.com/ledger", version: "v1.2.3"}.files()
	if err != nil {
		t.Fatal(err)
	}
	if mod := string(files["go.mod"]); strings.Contains(mod, "replace") || !strings.Contains(mod, library+" v1.2.3\n") {
		t.Errorf("go.mod is\n%s", mod)
	}
}

// What can't be done is refused with what would be better, and nothing is written.
func TestNewRefuses(t *testing.T) {
	full := filepath.Join(t.TempDir(), "full")
	if err := os.Mkdir(full, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(full, "notes"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	parent := t.TempDir()
	for want, args := range map[string][]string{
		"2 new wants the folder":                        {},
		"2 new wants the folder ":                       {filepath.Join(parent, "a"), "-module"},
		"2 flag provided but":                           {"-mysql", filepath.Join(parent, "a")},
		"1 " + full + " isn't emp":                      {"-module", "example.com/full", full},
		"1 the application would be called \"My Shop\"": {filepath.Join(parent, "My Shop")},
		"1 the application would be called \"1shop\"":   {filepath.Join(parent, "1shop")},
		"1 web is the name of something":                {filepath.Join(parent, "web")},
		"1 \"shop\" is no path of a module":             {"-module", "shop", filepath.Join(parent, "shop")},
		"1 \"a.b/ c\" is no path of a module":           {"-module", "a.b/ c", filepath.Join(parent, "shop")},
	} {
		code, out, errs := call(append([]string{"new"}, args...)...)
		wantCode, sentence, _ := strings.Cut(strings.TrimSpace(want), " ")
		if sentence = "liveview: " + sentence; code != int(wantCode[0]-'0') || out != "" {
			t.Errorf("new %q: exit code %d, output %q", args, code, out)
		}
		if !strings.HasPrefix(errs, sentence) {
			t.Errorf("new %q says %q, want %q", args, errs, sentence)
		}
	}
	if entries, err := os.ReadDir(parent); err != nil || len(entries) > 0 {
		t.Errorf("written are %v, %v", entries, err)
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"help"}, {"-h"}, {"help", "new"}, {"new", "-h"}, {"help", "gen"}, {"gen", "-h"}} {
		if code, out, errs := call(args...); code != 0 || !strings.HasPrefix(out, "usage: liveview") || errs != "" {
			t.Errorf("%q: exit code %d, %q, %q", args, code, out, errs)
		}
	}
	for _, args := range [][]string{{}, {"old"}, {"help", "old"}, {"gen"}, {"gen", "model", "a", "b", "c"}} {
		if code, out, errs := call(args...); code != 2 || out != "" || errs == "" {
			t.Errorf("%q: exit code %d, %q, %q", args, code, out, errs)
		}
	}
}

// The components of an application are those of example/ui, and its linter's settings those of
// this repository.
func TestCopies(t *testing.T) {
	copies := map[string]string{"../../.golangci.yml": "_app/golangci.yml", "../../example/ui/ui.css": "_app/web/assets/ui.css", "../../example/ui/ui.js": "_app/web/assets/ui.js"}
	components, err := filepath.Glob("../../example/ui/components/*.html")
	if err != nil || len(components) == 0 {
		t.Fatalf("there are no components, %v", err)
	}
	for _, name := range components {
		copies[name] = path.Join("_app/web/components", filepath.Base(name))
	}
	for _, pattern := range []string{"*.templ", "attrs.go"} {
		names, err := filepath.Glob("../../example/ui/templui/" + pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("there is no %s, %v", pattern, err)
		}
		for _, name := range names {
			copies[name] = path.Join("_templ/web/ui", filepath.Base(name))
		}
	}
	for from, to := range copies {
		want, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(to, "_templ/") {
			want = inPackageUI(want)
		} else if strings.HasSuffix(to, ".html") {
			want = withoutPackageUI(want)
		}
		if *update {
			if err := os.WriteFile(to, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(to); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs from %s: go test ./cmd/liveview -update", to, from)
		}
	}
}

// inPackageUI has a file of example/ui/templui be one of a package ui that needs no other.
func inPackageUI(text []byte) []byte {
	return []byte(strings.NewReplacer(
		"package templui\n", "package ui\n",
		"\t\"github.com/gin-liveview/liveview/example/ui\"\n", "",
		"\n\n\t\"github.com/gin-liveview/liveview/example/ui\"\n", "\n",
		"ui.Describe(", "describe(", "ui.IsImage(", "isImage(", "ui.Option", "Option", "ui.Pages", "Pages",
	).Replace(string(text)))
}

// withoutPackageUI has the comments of example/ui/components name types that an application has.
func withoutPackageUI(text []byte) []byte {
	return []byte(strings.NewReplacer("[]ui.Option", "[]liveview.Option", "a ui.Pages", "a Pages").Replace(string(text)))
}

// Where go.mod and go.sum of each variant come from. That they are right is seen where it is
// compiled, in e2e/starter_test.go.
func TestModule(t *testing.T) {
	versions := map[string]string{}
	for _, flags := range variants {
		folder := filepath.FromSlash(variantWith(flags).module())
		if *update {
			updateModule(t, folder, flags)
			if slices.Equal(flags, []string{"-templ"}) {
				updateGenerated(t)
			}
		}
		mod, err := os.ReadFile(filepath.Join(folder, "go.mod.txt"))
		if err != nil || !strings.Contains(string(mod), "\n"+replacement) || !strings.Contains(string(mod), "// indirect") {
			t.Errorf("%s/go.mod, %v: go test ./cmd/liveview -update\n%s", folder, err, mod)
		}
		if got := variantOf(mod); got != variantWith(flags) {
			t.Errorf("%s/go.mod is taken for that of %+v", folder, got)
		}
		for _, m := range regexp.MustCompile(`(?m)^\t(\S+) (v\S+)`).FindAllStringSubmatch(string(mod), -1) {
			if other := versions[m[1]]; other != "" && other != m[2] {
				t.Errorf("%s/go.mod has %s %s, where another one has %s", folder, m[1], m[2], other)
			}
			versions[m[1]] = m[2]
		}
	}
}

// updateGenerated makes Go of the files of templ, by the version of templ that the application has.
func updateGenerated(t *testing.T) {
	t.Helper()
	dir := newApp(t, "shop", "-templ")
	if err := os.RemoveAll(filepath.Join(dir, "web")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, os.DirFS("_templ")); err != nil { // as it is by now, and not as it is embedded
		t.Fatal(err)
	}
	for _, args := range [][]string{{"mod", "tidy"}, {"tool", "templ", "generate"}} {
		goTool := exec.Command("go", args...)
		goTool.Dir = dir
		if out, err := goTool.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	for _, pattern := range []string{"web/*_templ.go", "web/ui/*_templ.go"} {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(names) == 0 {
			t.Fatalf("there is no %s, %v", pattern, err)
		}
		for _, name := range names {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			to, err := filepath.Rel(dir, name)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join("_templ", to), content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// updateModule makes go.mod and go.sum of a variant anew.
func updateModule(t *testing.T, folder string, flags []string) {
	t.Helper()
	dir := newApp(t, "ledger", append([]string{"-module", shopModule}, flags...)...)
	tidy := exec.Command("go", "mod", "tidy")
	tidy.Dir = dir
	if out, err := tidy.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	mod = regexp.MustCompile(`(?m)^// Until there is(?s:.*?)^replace .*\n`).ReplaceAll(mod, []byte(replacement))
	sum, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"go.mod.txt": mod, "go.sum": sum} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
