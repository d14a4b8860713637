package supply_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// component is one dependency in a bill of materials of CycloneDX.
type component struct {
	Name, Version string
	Licenses      []licence
	Evidence      struct{ Licenses []licence }
}

type licence struct {
	License struct{ ID, Name string }
}

// materials returns what a module is made of, its own modules left out.
func materials(t *testing.T, folder string) (all []component) {
	t.Helper()
	keep := *boms
	if keep == "" {
		keep = t.TempDir()
	}
	name := strings.ReplaceAll(strings.Trim(strings.TrimPrefix(folder, root), "/"), "/", "-")
	file := filepath.Join(keep, "bom-"+cmp.Or(name, "root")+".json")
	run(t, folder, tool(t, "cyclonedx-gomod"), "mod", "-json", "-licenses", "-noserial", "-notimestamp", "-type", "library", "-output", file)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var bom struct {
		BOMFormat  string
		Components []component
	}
	if err := json.Unmarshal(data, &bom); err != nil || bom.BOMFormat != "CycloneDX" {
		t.Fatalf("the bill of %s is none: %v, %q", folder, err, bom.BOMFormat)
	}
	return slices.DeleteFunc(bom.Components, func(c component) bool { return strings.HasPrefix(c.Name, own) })
}

// may are the licences that a dependency may have: whoever uses the library may have it in a
// program that he sells without its source.
var may = []string{"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSD-3-Clause-Clear", "ISC", "MIT", "MPL-2.0"}

// misread are licences of which the tool names another, with what the file is.
var misread = map[string]string{"BSD-Source-Code": "BSD-3-Clause"} // of golang.org/x, that has a third clause in other words

// unread are the licences of modules whose files the tool makes nothing of: read by hand.
var unread = map[string]string{"github.com/pressly/goose/v3": "MIT"} // with two holders of the copyright

// licence returns that of a dependency, "" where it isn't known.
func (c component) licence() string {
	for _, l := range append(c.Licenses, c.Evidence.Licenses...) {
		id := cmp.Or(l.License.ID, l.License.Name)
		return cmp.Or(misread[id], id)
	}
	return unread[c.Name]
}

const licencesDoc = "docs/licences.md"

// Every dependency has a licence that a dependency may have, and docs/licences.md names it.
func TestLicences(t *testing.T) {
	if !*slow && !*update && *boms == "" {
		t.Skip("makes a bill of materials of each module; -slow")
	}
	type row struct {
		licence string
		by      []string
	}
	rows := make(map[string]*row)
	for _, folder := range modules(t) {
		by := strings.Trim(strings.TrimPrefix(folder, root), "/")
		if by == "supply" {
			continue // tools, that are in no program
		}
		for _, c := range materials(t, folder) {
			if !slices.Contains(may, c.licence()) {
				t.Errorf("%s %s, which %s requires, has the licence %q", c.Name, c.Version, folder, c.licence())
			}
			if rows[c.Name] == nil {
				rows[c.Name] = &row{licence: c.licence()}
			}
			rows[c.Name].by = append(rows[c.Name].by, by)
		}
	}
	var doc strings.Builder
	doc.WriteString(licencesHead)
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		r := rows[name]
		by := "the library"
		if !slices.Contains(r.by, "") {
			by = "`" + strings.Join(r.by, "`, `") + "`"
		}
		fmt.Fprintf(&doc, "| %s | %s | %s |\n", name, r.licence, by)
	}
	doc.WriteString(npmHead)
	for _, row := range npmRows(t) {
		doc.WriteString(row)
	}
	path := filepath.Join(root, licencesDoc)
	if *update {
		if err := os.WriteFile(path, []byte(doc.String()), 0o644); err != nil { //nolint:gosec // a document
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(path); err != nil || string(have) != doc.String() {
		t.Errorf("%s isn't as the modules are (%v): cd supply && go test . -update", licencesDoc, err)
	}
}

const licencesHead = `# Licences of what the library depends on

Written by ` + "`cd supply && go test . -update`" + `, from the bills of materials of all modules; the slow tests hold it to them. "The library" is what every user gets; the others are what one adapter, one example or the tests take. None has a licence that asks for the source of your program.

| Go module | licence | who takes it |
|---|---|---|
`

const npmHead = `
From npm, by lockfile; what pages load are the first two, and nothing of either is in this repository:

| npm package | licence | who takes it |
|---|---|---|
`

// npmRows returns the npm packages of all lockfiles.
func npmRows(t *testing.T) (rows []string) {
	t.Helper()
	for _, folder := range []string{"example", "e2e"} {
		data, err := os.ReadFile(filepath.Join(root, folder, "package-lock.json"))
		if err != nil {
			t.Fatal(err)
		}
		var lock struct {
			Packages map[string]struct{ Version, License string }
		}
		if err := json.Unmarshal(data, &lock); err != nil {
			t.Fatal(err)
		}
		for _, path := range slices.Sorted(maps.Keys(lock.Packages)) {
			_, name, ok := strings.Cut(path, "node_modules/")
			if !ok {
				continue
			}
			license := lock.Packages[path].License
			if !slices.Contains(may, license) {
				t.Errorf("%s of %s has the licence %q", name, folder, license)
			}
			rows = append(rows, fmt.Sprintf("| %s | %s | `%s` |\n", name, license, folder))
		}
	}
	return rows
}
