package liveview_test

import "testing"

// Each piece of code in docs/components.md is of the gallery's board, or of a test, and
// runs.
func TestDocumentedComponents(t *testing.T) {
	documented(t, "docs/components.md", 10, "components_example_test.go", "example/board/board.go", "example/board/board.html", "example/board/card.go", "example/board/card.html", "example/board/board_test.go", "example/board/parts_test.go")
}
