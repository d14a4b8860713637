package supply_test

import (
	"encoding/json"
	"path/filepath"
	"testing"
)

// All modules require one version of what several of them use: what differs is compiled once
// for each version, and the library with it, and what is tested in one module isn't what runs
// in the next. The tools of this module are compiled by themselves.
func TestModulesAgreeOnVersions(t *testing.T) {
	type use struct{ version, folder string }
	first := make(map[string]use)
	for _, folder := range modules(t) {
		if filepath.Base(folder) == "supply" {
			continue
		}
		var mod struct {
			Require []struct{ Path, Version string }
		}
		if err := json.Unmarshal(run(t, folder, "go", "mod", "edit", "-json"), &mod); err != nil {
			t.Fatal(err)
		}
		for _, r := range mod.Require {
			if r.Path == "github.com/modern-go/reflect2" {
				continue // Kubernetes requires what has no release
			}
			if was, ok := first[r.Path]; ok && was.version != r.Version {
				t.Errorf("%s requires %s %s, and %s %s: raise the lower one by go get", folder, r.Path, r.Version, was.folder, was.version)
			} else if !ok {
				first[r.Path] = use{r.Version, folder}
			}
		}
	}
}
