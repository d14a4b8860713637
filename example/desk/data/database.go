// Package data is what the help desk keeps, and what may be done with it. Each change asks
// who makes it, is written into the audit log, and is told to those whom it concerns.
package data

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/libtnb/sqlite"
	"github.com/pressly/goose/v3"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// How SQLite is opened: readers don't wait for the one who writes, who writes waits for
// others, of other processes too.
const options = "?_txlock=immediate&_pragma=journal_mode(wal)&_pragma=synchronous(normal)&_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=cache_size(-40000)"

//go:embed migrations
var migrations embed.FS

// Errors of what is asked for.
var (
	ErrNotFound  = errors.New("there is no such row, or it isn't for this user")
	ErrForbidden = errors.New("this user may not do that")
	ErrFull      = errors.New("there are as many as there may be")
)

// DB is the help desk's database. Its methods may be called from any goroutine.
type DB struct {
	gorm     *gorm.DB
	postgres bool
	publish  func(topic string, info any) error
}

// Open opens the database of a URL, "postgres://…" or the path of a file of SQLite, and
// brings its tables up to date. publish is told of each change once it is written.
func Open(ctx context.Context, url string, publish func(topic string, info any) error) (*DB, error) {
	d := &DB{publish: publish, postgres: strings.HasPrefix(url, "postgres")}
	dialect, dialector := goose.DialectSQLite3, sqlite.Open("file:"+url+options)
	if d.postgres {
		dialect, dialector = goose.DialectPostgres, postgres.Open(url)
	}
	var err error
	if d.gorm, err = gorm.Open(dialector, &gorm.Config{
		Logger: logger.Discard, // errors are returned, and logged by whoever gets them
	}); err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	if err := d.migrate(ctx, dialect); err != nil {
		d.Close()
		return nil, fmt.Errorf("bringing the tables up to date: %w", err)
	}
	return d, nil
}

// migrate runs those of the migrations that weren't run yet, in the order of their numbers.
func (d *DB) migrate(ctx context.Context, dialect goose.Dialect) error {
	db, err := d.gorm.DB()
	if err != nil {
		return err
	}
	folder := "migrations/sqlite"
	if d.postgres {
		folder = "migrations/postgres"
	}
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(dialect, db, files)
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

// Moment is a time, in milliseconds since 1970: integers compare, group and sort alike in
// both kinds of database.
type Moment int64

// Now is the present.
func Now() Moment { return Moment(time.Now().UnixMilli()) }

// Time is the moment in UTC.
func (m Moment) Time() time.Time { return time.UnixMilli(int64(m)).UTC() }

// ISO is the moment for machines, such as the datetime of a <time>.
func (m Moment) ISO() string { return m.Time().Format(time.RFC3339) }

// String is the moment for people.
func (m Moment) String() string { return m.Time().Format("2 Jan 2006, 15:04") }

// Day is the moment's day for people.
func (m Moment) Day() string { return m.Time().Format("2 Jan 2006") }

func notFound(err error) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return ErrNotFound
	}
	return err
}
