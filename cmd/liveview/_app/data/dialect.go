package data

import (
	"database/sql"
	"fmt"
	"io/fs"

	"github.com/libtnb/sqlite"
	"github.com/pressly/goose/v3"
	"gorm.io/gorm"
)

// DefaultName is the database that is opened where no other is named: a file.
const DefaultName = "shop.db"

// ExampleName is what a database is called in production.
const ExampleName = "/var/lib/shop/shop.db"

// How SQLite is opened: readers don't wait for the one who writes, who writes waits for
// others, and what refers to a row that isn't there is refused.
const options = "?_txlock=immediate&_pragma=journal_mode(wal)&_pragma=synchronous(normal)&_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)"

// open opens a file of SQLite.
func open(name string, config *gorm.Config) (*gorm.DB, error) {
	db, err := gorm.Open(sqlite.Open("file:"+name+options), config)
	if err != nil {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return db, err
}

// migrator returns what runs the migrations.
func migrator(db *sql.DB, files fs.FS) (*goose.Provider, error) {
	return goose.NewProvider(goose.DialectSQLite3, db, files)
}
