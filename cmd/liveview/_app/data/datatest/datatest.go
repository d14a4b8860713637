// Package datatest has databases for tests.
package datatest

import (
	"path/filepath"
	"testing"

	"example.com/shop/data"
)

// Open returns a database with empty tables, which is gone when the test ends.
func Open(t testing.TB) *data.DB {
	t.Helper()
	db, err := data.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}
