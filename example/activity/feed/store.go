package feed

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Entry is a row of the database: somebody did something.
type Entry struct {
	ID              int64
	Who, What, Item string
	At              time.Time
}

// Store are all entries, in a database of SQLite's kind. The newest has the highest ID.
type Store struct{ db *sql.DB }

// Open returns the entries in db, and puts so many into it if it has none yet.
func Open(ctx context.Context, db *sql.DB, n int) (*Store, error) {
	_, err := db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS activity (id INTEGER PRIMARY KEY, who TEXT, what TEXT, item TEXT, at INTEGER)`)
	if err != nil {
		return nil, err
	}
	s := &Store{db}
	if newest, err := s.Newest(ctx); err != nil || newest > 0 {
		return s, err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	begin := time.Now().Add(-time.Duration(n) * time.Minute)
	for i := range n {
		if _, err := add(ctx, tx, i, begin.Add(time.Duration(i)*time.Minute)); err != nil {
			return nil, err
		}
	}
	return s, tx.Commit()
}

// execer is a database, or a transaction in one.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// add puts the entry number i in.
func add(ctx context.Context, to execer, i int, at time.Time) (Entry, error) {
	who := []string{"Ann", "Bob", "Chen", "Dana", "Émile", "Fatma", "Goran"}
	what := []string{"commented on", "closed", "opened", "merged", "renamed", "assigned"}
	e := Entry{Who: who[i*13%len(who)], What: what[i*7%len(what)], Item: fmt.Sprintf("issue %d", i*7919%5000+1), At: at}
	result, err := to.ExecContext(ctx, `INSERT INTO activity (who, what, item, at) VALUES (?, ?, ?, ?)`, e.Who, e.What, e.Item, at.Unix())
	if err != nil {
		return e, err
	}
	e.ID, err = result.LastInsertId()
	return e, err
}

// Add puts in one entry more.
func (s *Store) Add(ctx context.Context) (Entry, error) {
	newest, err := s.Newest(ctx)
	if err != nil {
		return Entry{}, err
	}
	return add(ctx, s.db, int(newest), time.Now())
}

// Newest returns the ID of the newest entry, 0 if there is none.
func (s *Store) Newest(ctx context.Context) (id int64, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT COALESCE(MAX(id), 0) FROM activity`).Scan(&id)
	return id, err
}

// From returns up to n entries, the newest first: the one with the ID from, if there is,
// and those before it.
func (s *Store) From(ctx context.Context, from int64, n int) ([]Entry, error) {
	return s.query(ctx, `SELECT id, who, what, item, at FROM activity WHERE id <= ? ORDER BY id DESC LIMIT ?`, from, n)
}

// After returns the n entries that came next after the one with an ID, the newest first.
func (s *Store) After(ctx context.Context, id int64, n int) ([]Entry, error) {
	list, err := s.query(ctx, `SELECT id, who, what, item, at FROM activity WHERE id > ? ORDER BY id LIMIT ?`, id, n)
	slices.Reverse(list)
	return list, err
}

func (s *Store) query(ctx context.Context, query string, args ...any) (list []Entry, err error) {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var e Entry
		var at int64
		if err := rows.Scan(&e.ID, &e.Who, &e.What, &e.Item, &at); err != nil {
			return nil, err
		}
		e.At = time.Unix(at, 0).UTC()
		list = append(list, e)
	}
	return list, rows.Err()
}

// Edge returns the ID of the entry that is n-1 before (older) or behind (newer) the one
// with an ID, or the last there is.
func (s *Store) Edge(ctx context.Context, id int64, n int, older bool) (edge int64, err error) {
	query := `SELECT COALESCE(MAX(id), 0) FROM (SELECT id FROM activity WHERE id >= ? ORDER BY id LIMIT ?)`
	if older {
		query = `SELECT COALESCE(MIN(id), 0) FROM (SELECT id FROM activity WHERE id <= ? ORDER BY id DESC LIMIT ?)`
	}
	err = s.db.QueryRowContext(ctx, query, id, n).Scan(&edge)
	return edge, err
}
