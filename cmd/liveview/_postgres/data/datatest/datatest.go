// Package datatest has databases for tests.
package datatest

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // has database/sql know "pgx"

	"example.com/shop/data"
)

// Open returns a database with empty tables, which is gone when the test ends: a schema of its
// own in the database that TEST_DATABASE names. Without one the test fails, and isn't skipped.
func Open(t testing.TB) *data.DB {
	t.Helper()
	name, err := url.Parse(cmp.Or(os.Getenv("TEST_DATABASE"), "postgres:///shop-test"))
	if err != nil {
		t.Fatal(err)
	}
	server, err := sql.Open("pgx", name.String())
	if err != nil {
		t.Fatal(err)
	}
	schema := "test_" + strings.ToLower(rand.Text())
	if _, err := server.ExecContext(t.Context(), "CREATE SCHEMA "+schema); err != nil {
		t.Fatalf("tests need a database of PostgreSQL: say createdb shop-test, or set TEST_DATABASE to the URL of another: %v", err)
	}
	t.Cleanup(func() {
		_, err := server.ExecContext(context.Background(), "DROP SCHEMA "+schema+" CASCADE")
		if err := errors.Join(err, server.Close()); err != nil {
			t.Error(err)
		}
	})
	query := name.Query()
	query.Set("search_path", schema)
	name.RawQuery = query.Encode()
	db, err := data.Open(t.Context(), name.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}
