package supply_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/version"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var (
	slow   = flag.Bool("slow", false, "run the slow proofs as well")
	update = flag.Bool("update", false, "write docs/licences.md anew")
	boms   = flag.String("bom", "", "the folder to keep the bills of materials in; none by default")
)

const root = ".."

// own is what the paths of all modules of the repository begin with.
const own = "github.com/gin-liveview/liveview"

// modules returns the folders of the repository's modules.
func modules(t *testing.T) (folders []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "node_modules" || len(entry.Name()) > 2 && entry.Name()[0] == '.'):
			return fs.SkipDir
		case entry.Name() == "go.mod":
			folders = append(folders, filepath.Dir(path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(folders) < 15 {
		t.Fatalf("there are modules in %v alone", folders)
	}
	return folders
}

// run returns what a command in a folder says.
func run(t *testing.T, folder, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = folder
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s in %s: %v\n%s%s", cmd, folder, err, said.Bytes(), out)
	}
	return out
}

// tool returns where a tool of this module is, which it builds the first time.
func tool(t *testing.T, name string) string {
	t.Helper()
	return strings.TrimSpace(string(run(t, ".", "go", "tool", "-n", name)))
}

// Every dependency is what go.sum says: nobody has changed it on this machine, and there is no
// module whose go.sum doesn't name all. Those of the library are looked at each time.
func TestDependenciesAreTheirSums(t *testing.T) {
	folders := []string{root}
	if *slow {
		folders = modules(t)
	}
	for _, folder := range folders {
		run(t, folder, "go", "mod", "verify")
	}
}

// advisories returns the folder of the Go project's database of vulnerabilities, as the module
// proxy has it: it is had wherever modules are.
func advisories(t *testing.T) string {
	t.Helper()
	var of struct{ Dir, Version string }
	folder := t.TempDir() // of no module
	cmd := exec.Command("go", "mod", "download", "-json", "golang.org/x/vulndb@latest")
	cmd.Dir = folder
	out, err := cmd.Output()
	if err != nil || json.Unmarshal(out, &of) != nil {
		t.Logf("%s", out)
		t.Skipf("NOT CHECKED: the database of vulnerabilities can't be had from the module proxy: %v", err)
	}
	t.Logf("the database of vulnerabilities is golang.org/x/vulndb %s", of.Version)
	return filepath.Join(of.Dir, "data", "osv")
}

// finding is what govulncheck says of one vulnerability.
type finding struct {
	OSV          string `json:"osv"`
	FixedVersion string `json:"fixed_version"`
	Trace        []struct{ Module, Version, Package, Function string }
}

// findings returns what govulncheck finds in a module.
func findings(t *testing.T, folder, db, scan string) (all []finding) {
	t.Helper()
	args := []string{"-db", "file://" + db, "-scan", scan, "-json"}
	if scan != "module" {
		args = append(args, "./...")
	}
	dec := json.NewDecoder(bytes.NewReader(run(t, folder, tool(t, "govulncheck"), args...)))
	for {
		var message struct{ Finding *finding }
		switch err := dec.Decode(&message); {
		case errors.Is(err, io.EOF):
			return all
		case err != nil:
			t.Fatal(err)
		case message.Finding != nil && len(message.Finding.Trace) > 0:
			all = append(all, *message.Finding)
		}
	}
}

// No module requires a version of another that is known to be vulnerable: who imports it would
// get that version, unless he requires a later one himself. The standard library is the one of
// the toolchain that builds, which the line "toolchain" in go.mod and the README speak of.
func TestDependenciesAreNotVulnerable(t *testing.T) {
	db := advisories(t)
	folders, found := modules(t), 0
	for _, folder := range folders {
		for _, f := range findings(t, folder, db, "module") {
			if at := f.Trace[0]; at.Module != "stdlib" && at.Module != "toolchain" {
				t.Errorf("%s requires %s %s, which is vulnerable: https://pkg.go.dev/vuln/%s, mended in %q", folder, at.Module, at.Version, f.OSV, f.FixedVersion)
				found++
			}
		}
	}
	t.Attr("figure", fmt.Sprintf("%d modules, %d vulnerable requirements", len(folders), found))
}

// What is vulnerable is found: the version of a module that the root had required until the
// day that this test was written.
func TestVulnerableDependenciesAreFound(t *testing.T) {
	db, folder := advisories(t), t.TempDir()
	mod := "module example.com/old\n\ngo 1.26.0\n\nrequire golang.org/x/net v0.51.0\n"
	if err := os.WriteFile(filepath.Join(folder, "go.mod"), []byte(mod), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "old.go"), []byte("package old\n\nimport _ \"golang.org/x/net/html\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, folder, "go", "mod", "tidy")
	for _, f := range findings(t, folder, db, "module") {
		if f.Trace[0].Module == "golang.org/x/net" {
			return
		}
	}
	t.Error("golang.org/x/net v0.51.0 isn't found to be vulnerable")
}

// Nothing that is vulnerable is called. The standard library is the one of the Go that runs
// this: of one that is older than the toolchain of go.mod it is said once that it is.
func TestNothingVulnerableIsCalled(t *testing.T) {
	if !*slow {
		t.Skip("reads all packages of all modules; -slow")
	}
	db := advisories(t)
	is := strings.TrimSpace(string(run(t, root, "go", "env", "GOVERSION")))
	want := toolchainOf(t, root)
	isOld, ofLibrary := version.Compare(is, want) < 0, 0
	for _, folder := range modules(t) {
		for _, f := range findings(t, folder, db, "symbol") {
			at := f.Trace[0]
			switch {
			case at.Function == "":
			case at.Module == "stdlib" && isOld:
				ofLibrary++
			default:
				t.Errorf("%s calls %s.%s of %s %s: https://pkg.go.dev/vuln/%s, mended in %q", folder, at.Package, at.Function, at.Module, at.Version, f.OSV, f.FixedVersion)
			}
		}
	}
	if ofLibrary > 0 {
		t.Errorf("the standard library of %s has vulnerabilities that are called in %d ways: run this with %s, which go.mod names, or a later one (GOTOOLCHAIN=auto fetches it)", is, ofLibrary, want)
	}
}

// toolchainOf returns the toolchain that the go.mod of a folder names.
func toolchainOf(t *testing.T, folder string) string {
	t.Helper()
	var mod struct{ Toolchain string }
	if err := json.Unmarshal(run(t, folder, "go", "mod", "edit", "-json"), &mod); err != nil {
		t.Fatal(err)
	}
	if !version.IsValid(mod.Toolchain) {
		t.Fatalf("the go.mod of %s names no toolchain: %q", folder, mod.Toolchain)
	}
	return mod.Toolchain
}

// The example's program is the same, byte for byte, wherever it is built.
func TestBuildIsReproducible(t *testing.T) {
	if !*slow {
		t.Skip("compiles the example twice; -slow")
	}
	var programs [2][]byte
	for i := range programs {
		folder := filepath.Join(t.TempDir(), "liveview")
		if err := os.CopyFS(folder, tracked(t)); err != nil {
			t.Fatal(err)
		}
		program := filepath.Join(t.TempDir(), "example")
		run(t, folder, "go", "build", "-trimpath", "-buildvcs=false", "-gcflags=", "-o", program, "./example")
		var err error
		if programs[i], err = os.ReadFile(program); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(programs[0], programs[1]) {
		t.Errorf("two folders give two programs, of %d and %d bytes", len(programs[0]), len(programs[1]))
	}
}

// tracked returns the repository without what isn't part of it.
func tracked(t *testing.T) fs.FS {
	t.Helper()
	return trackedFS{os.DirFS(root)}
}

// trackedFS leaves out folders that hold no source.
type trackedFS struct{ fs.FS }

func (f trackedFS) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(f.FS, name)
	kept := entries[:0]
	for _, entry := range entries {
		if n := entry.Name(); n != "node_modules" && n != ".git" && entry.Type()&fs.ModeSymlink == 0 {
			kept = append(kept, entry)
		}
	}
	return kept, err
}
