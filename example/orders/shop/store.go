package shop

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/shopspring/decimal"
)

// Store are the orders, in a database of SQLite's kind.
type Store struct{ db *sql.DB }

// Errors of the store.
var (
	ErrNoOrder = errors.New("there is no such order")
	ErrTaken   = errors.New("another order has that number")
	ErrStale   = errors.New("somebody else has saved the order meanwhile")
)

const schema = `
CREATE TABLE IF NOT EXISTS orders (
	id       INTEGER PRIMARY KEY,
	number   TEXT NOT NULL UNIQUE COLLATE NOCASE,
	customer TEXT NOT NULL,
	email    TEXT NOT NULL,
	delivery TEXT NOT NULL,
	discount TEXT NOT NULL,
	labels   TEXT NOT NULL, -- a list in JSON
	notes    TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS lines (
	order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
	place    INTEGER NOT NULL,
	article  TEXT NOT NULL,
	quantity INTEGER NOT NULL,
	price    TEXT NOT NULL,
	PRIMARY KEY (order_id, place)
);
CREATE TABLE IF NOT EXISTS pictures (
	order_id INTEGER PRIMARY KEY REFERENCES orders (id) ON DELETE CASCADE,
	type     TEXT NOT NULL,
	content  BLOB NOT NULL
)`

// Open returns the orders in db, and puts two into it if it is new.
func Open(ctx context.Context, db *sql.DB) (*Store, error) {
	s := &Store{db}
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, err
	}
	all, err := s.All(ctx)
	if err != nil || len(all) > 0 {
		return s, err
	}
	price := decimal.RequireFromString
	day := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 14)
	for _, o := range []Order{
		{
			Number: "2026-001", Customer: "Ada Lovelace", Email: "ada@example.com", Delivery: day, Discount: price("5"),
			Labels: []string{"gift"}, Lines: []Line{{"Espresso cups", 6, price("12.50")}, {"Tray", 1, price("48")}},
		},
		{
			Number: "2026-002", Customer: "Charles Babbage", Email: "charles@example.com", Delivery: day.AddDate(0, 0, 3),
			Lines: []Line{{"Brass gear", 24, price("3.95")}},
		},
	} {
		if _, err := s.Save(ctx, o, nil); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// All returns the orders by their numbers, without their lines.
func (s *Store) All(ctx context.Context) (all []Order, err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, number, customer, delivery FROM orders ORDER BY number`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var o Order
		var delivery string
		if err := rows.Scan(&o.ID, &o.Number, &o.Customer, &delivery); err != nil {
			return nil, err
		}
		if o.Delivery, err = time.Parse(time.DateOnly, delivery); err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, rows.Err()
}

// querier is a database, or a transaction in one.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Find returns an order with its lines, or ErrNoOrder.
func (s *Store) Find(ctx context.Context, id int64) (Order, error) { return find(ctx, s.db, id) }

func find(ctx context.Context, q querier, id int64) (Order, error) {
	o := Order{ID: id}
	var delivery, labels string
	err := q.QueryRowContext(ctx, `SELECT number, customer, email, delivery, discount, labels, notes,
		EXISTS (SELECT 1 FROM pictures WHERE order_id = id) FROM orders WHERE id = ?`, id).
		Scan(&o.Number, &o.Customer, &o.Email, &delivery, &o.Discount, &labels, &o.Notes, &o.Picture)
	if errors.Is(err, sql.ErrNoRows) {
		return o, ErrNoOrder
	}
	if err != nil {
		return o, err
	}
	if o.Delivery, err = time.Parse(time.DateOnly, delivery); err != nil {
		return o, err
	}
	if err := json.Unmarshal([]byte(labels), &o.Labels); err != nil {
		return o, err
	}
	rows, err := q.QueryContext(ctx, `SELECT article, quantity, price FROM lines WHERE order_id = ? ORDER BY place`, id)
	if err != nil {
		return o, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var l Line
		if err := rows.Scan(&l.Article, &l.Quantity, &l.Price); err != nil {
			return o, err
		}
		o.Lines = append(o.Lines, l)
	}
	return o, rows.Err()
}

// Taken reports whether another order has that number.
func (s *Store) Taken(ctx context.Context, number string, id int64) (taken bool, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM orders WHERE number = ? AND id <> ?)`, number, id).Scan(&taken)
	return taken, err
}

// Save saves an order, a new one if its ID is 0, and returns it. stale is asked about what
// is there now: where it reports true nothing is saved, and the error is ErrStale; nil asks
// nothing. Other errors are ErrTaken, and ErrNoOrder where it has been deleted.
func (s *Store) Save(ctx context.Context, o Order, stale func(current Order) bool) (Order, error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return o, err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	if o.ID != 0 && stale != nil {
		current, err := find(ctx, tx, o.ID)
		if err != nil {
			return o, err
		}
		if stale(current) {
			return current, ErrStale
		}
	}
	var taken bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM orders WHERE number = ? AND id <> ?)`, o.Number, o.ID).Scan(&taken); err != nil {
		return o, err
	}
	if taken {
		return o, ErrTaken
	}
	labels, err := json.Marshal(append([]string{}, o.Labels...))
	if err != nil {
		return o, err
	}
	fields := []any{o.Number, o.Customer, o.Email, o.Delivery.Format(time.DateOnly), o.Discount, string(labels), o.Notes}
	if o.ID == 0 {
		err = tx.QueryRowContext(ctx, `INSERT INTO orders (number, customer, email, delivery, discount, labels, notes)
			VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`, fields...).Scan(&o.ID)
	} else {
		_, err = tx.ExecContext(ctx, `UPDATE orders SET number = ?, customer = ?, email = ?, delivery = ?, discount = ?, labels = ?, notes = ?
			WHERE id = ?`, append(fields, o.ID)...)
	}
	if err != nil {
		return o, err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM lines WHERE order_id = ?`, o.ID); err != nil {
		return o, err
	}
	for i, l := range o.Lines {
		if _, err := tx.ExecContext(ctx, `INSERT INTO lines (order_id, place, article, quantity, price) VALUES (?, ?, ?, ?, ?)`,
			o.ID, i, l.Article, l.Quantity, written(l.Price)); err != nil {
			return o, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	return o, tx.Commit()
}

// Delete deletes an order, with its lines and its picture.
func (s *Store) Delete(ctx context.Context, id int64) error {
	_, err := s.db.ExecContext(ctx, `DELETE FROM orders WHERE id = ?`, id)
	return err
}

// SetPicture gives an order a picture, in place of the one it had.
func (s *Store) SetPicture(ctx context.Context, id int64, contentType string, content []byte) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO pictures (order_id, type, content) VALUES (?, ?, ?)
		ON CONFLICT (order_id) DO UPDATE SET type = excluded.type, content = excluded.content`, id, contentType, content)
	return err
}

// Picture returns an order's picture, or ErrNoOrder if there is none.
func (s *Store) Picture(ctx context.Context, id int64) (contentType string, content []byte, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT type, content FROM pictures WHERE order_id = ?`, id).Scan(&contentType, &content)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoOrder
	}
	return contentType, content, err
}

// written is a decimal with all its places: of 12.50 it would itself leave out the last.
func written(d decimal.Decimal) string { return d.StringFixed(max(0, -d.Exponent())) }
