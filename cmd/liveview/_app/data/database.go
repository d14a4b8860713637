// Package data is what the shop keeps: its tables, and how they are read and written.
package data

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/libtnb/sqlite"
	"github.com/pressly/goose/v3"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// DefaultName is the database that is opened where no other is named: a file.
const DefaultName = "shop.db"

// How SQLite is opened: readers don't wait for the one who writes, who writes waits for
// others, and what refers to a row that isn't there is refused.
const options = "?_txlock=immediate&_pragma=journal_mode(wal)&_pragma=synchronous(normal)&_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)"

//go:embed migrations/*.sql
var migrations embed.FS

// Errors of the tables.
var (
	ErrNotFound = errors.New("there is no such row")
	ErrTaken    = errors.New("another row has that name")
	ErrStale    = errors.New("somebody else has saved the row meanwhile")
)

// DB is the database.
type DB struct{ gorm *gorm.DB }

// Open opens the database of that name and brings its tables up to date.
func Open(ctx context.Context, name string) (*DB, error) {
	db, err := gorm.Open(sqlite.Open("file:"+name+options), &gorm.Config{
		TranslateError: true,
		Logger:         logger.NewSlogLogger(slog.Default(), logger.Config{SlowThreshold: 200 * time.Millisecond, LogLevel: logger.Warn, IgnoreRecordNotFoundError: true, ParameterizedQueries: true}),
		NowFunc:        func() time.Time { return time.Now().UTC() },
	})
	if err != nil {
		return nil, fmt.Errorf("opening the database %s: %w", name, err)
	}
	d := &DB{db}
	if err := d.migrate(ctx); err != nil {
		d.Close()
		return nil, fmt.Errorf("bringing the tables of %s up to date: %w", name, err)
	}
	return d, nil
}

// migrate runs those of the migrations that weren't run yet, in the order of their numbers.
func (d *DB) migrate(ctx context.Context) error {
	db, err := d.gorm.DB()
	if err != nil {
		return err
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}

// Close closes the database.
func (d *DB) Close() {
	if db, err := d.gorm.DB(); err == nil {
		_ = db.Close() // everything is written already
	}
}

// Ping reports whether the database answers.
func (d *DB) Ping(ctx context.Context) error {
	db, err := d.gorm.DB()
	if err != nil {
		return err
	}
	return db.PingContext(ctx)
}
