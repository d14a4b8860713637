package house

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// ARCHITECTURE.md lists the files of the root, each once, and in an order in
// which none uses what stands behind it.
func TestArchitectureListsFiles(t *testing.T) {
	all := list(t, module)
	root := all[module]
	text, err := os.ReadFile(filepath.Join(root.Dir, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	place := placesIn(string(text))
	for _, name := range root.GoFiles {
		if _, ok := place[name]; !ok && name != "doc.go" {
			t.Errorf("ARCHITECTURE.md doesn't name %s", name)
		}
	}
	for name := range place {
		if !slices.Contains(root.GoFiles, name) {
			t.Errorf("ARCHITECTURE.md names %s, which isn't there", name)
		}
	}
	found, err := tiesOf(root, imports(all))
	if err != nil {
		t.Fatal(err)
	}
	for from, others := range found {
		for to, names := range others {
			if place[to] > place[from] {
				t.Errorf("%s uses %s (%s), which stands behind it in ARCHITECTURE.md", from, to, strings.Join(names, ", "))
			}
		}
	}
}

// placesIn returns the places of the root's files in the table of rooms. What
// has a slash in it is a package.
func placesIn(text string) map[string]int {
	_, text, _ = strings.Cut(text, "\n## Rooms")
	text, _, _ = strings.Cut(text, "\n## ")
	place := map[string]int{}
	for line := range strings.Lines(text) {
		cells := strings.Split(line, "|")
		if len(cells) < 3 || strings.Contains(cells[2], "/") {
			continue
		}
		for _, name := range strings.Fields(strings.ReplaceAll(cells[2], "`", " ")) {
			if name != "files" && strings.Trim(name, "-") != "" {
				place[name+".go"] = len(place)
			}
		}
	}
	return place
}
