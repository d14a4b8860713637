// Package data is what the shop keeps: its tables, and how they are read and written.
package data

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"gorm.io/gorm"
)

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
	db, err := open(name, &gorm.Config{
		TranslateError: true,
		Logger:         newQueryLog(),
		NowFunc:        func() time.Time { return time.Now().UTC() },
	})
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	d := &DB{db}
	if err := d.migrate(ctx); err != nil {
		d.Close()
		return nil, fmt.Errorf("bringing the tables up to date: %w", err)
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
	provider, err := migrator(db, files)
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
