package liveview_test

import (
	"fmt"
	"testing"
)

// figure says what a test has counted or measured, for the table of docs/reliability.md. Times
// are rounded there.
func figure(t testing.TB, format string, args ...any) {
	t.Helper()
	t.Attr("figure", fmt.Sprintf(format, args...))
}
