package liveview_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Each piece of code in docs/components.md is one of the gallery's board, which runs.
func TestDocumentedComponents(t *testing.T) {
	document, err := os.ReadFile("docs/components.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("example/board/*")
	if err != nil || len(files) < 4 {
		t.Fatalf("the board is %v, %v", files, err)
	}
	var sources string
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sources += string(source)
	}
	pieces := regexp.MustCompile("(?s)```(?:go|html)\n(.*?)```").FindAllStringSubmatch(string(document), -1)
	if len(pieces) < 8 {
		t.Errorf("%d pieces are shown, want more", len(pieces))
	}
	plain := func(code string) string { return regexp.MustCompile(`(?m)^\s+`).ReplaceAllString(code, "") }
	for _, piece := range pieces {
		if !strings.Contains(plain(sources), strings.TrimSpace(plain(piece[1]))) {
			t.Errorf("docs/components.md shows what doesn't run:\n%s", piece[1])
		}
	}
}
