-- +goose Up
CREATE TABLE products (
	id          INTEGER PRIMARY KEY,
	name        TEXT NOT NULL COLLATE NOCASE UNIQUE,
	price       DECIMAL(12, 2) NOT NULL,
	active      BOOLEAN NOT NULL,
	description TEXT NOT NULL,
	picture     TEXT NOT NULL,
	created_at  DATETIME NOT NULL,
	updated_at  DATETIME NOT NULL
);

CREATE TABLE variants (
	id         INTEGER PRIMARY KEY,
	product_id INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
	place      INTEGER NOT NULL,
	name       TEXT NOT NULL,
	stock      INTEGER NOT NULL
);
CREATE INDEX variants_of_product ON variants (product_id);

CREATE TABLE pictures (
	product_id INTEGER PRIMARY KEY REFERENCES products (id) ON DELETE CASCADE,
	type       TEXT NOT NULL,
	content    BLOB NOT NULL
);
