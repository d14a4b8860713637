package templui_test

import (
	"bytes"
	"go/format"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/a-h/templ/generator"
	"github.com/a-h/templ/parser/v2"
)

// The Go code is what templ makes of the components: "go generate" has been run.
func TestGeneratedCodeIsNew(t *testing.T) {
	for _, pattern := range []string{"*.templ", "page/*.templ", "errands/*.templ", "../../../e2e/templpage/*.templ", "../../../cmd/liveview/_templ/web/*.templ", "../../../cmd/liveview/_templ/web/ui/*.templ"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", pattern, files, err)
		}
		for _, file := range files {
			parsed, err := parser.Parse(file)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			var made bytes.Buffer
			if _, err := generator.Generate(parsed, &made); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			formatted, err := format.Source(made.Bytes())
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			have, err := os.ReadFile(strings.TrimSuffix(file, ".templ") + "_templ.go")
			if err != nil {
				t.Fatal(err)
			}
			if code(string(formatted)) != code(string(have)) {
				t.Errorf("%s has changed since its Go code was made: run go generate in its module, or go test ./cmd/liveview -update", file)
			}
		}
	}
}

// code is Go code without what differs by where and how it was made.
func code(text string) string {
	var kept []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "//") || strings.Contains(line, "FileName:") {
			continue
		}
		kept = append(kept, strings.Join(strings.Fields(line), " "))
	}
	return strings.Join(kept, " ")
}
