package data

import (
	"context"
	"database/sql"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

// DefaultName is the database that is opened where no other is named: one of this machine's
// server, or of that which the environment names for psql.
const DefaultName = "postgres:///shop"

// ExampleName is what a database is called in production.
const ExampleName = "postgres://shop:password@db.example.com/shop"

// maxConnections is how many a process opens. PostgreSQL allows 100 for all of them.
const maxConnections = 20

// open opens the database of a URL of PostgreSQL.
func open(url string, config *gorm.Config) (*gorm.DB, error) {
	db, err := gorm.Open(postgres.Open(url), config)
	if err != nil {
		return nil, err
	}
	pool, err := db.DB()
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(maxConnections)
	pool.SetMaxIdleConns(maxConnections)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	pool.SetConnMaxLifetime(time.Hour) // so that a server that has moved is found
	return db, nil
}

// migrator returns what runs the migrations.
func migrator(db *sql.DB, files fs.FS) (*goose.Provider, error) {
	return goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(turns{}))
}

// turns has processes that start at the same time migrate one after the other.
type turns struct{}

// SessionLock implements lock.SessionLocker of goose.
func (turns) SessionLock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock(hashtext(current_schema()))")
	return err
}

// SessionUnlock implements lock.SessionLocker of goose.
func (turns) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "SELECT pg_advisory_unlock(hashtext(current_schema()))")
	return err
}
