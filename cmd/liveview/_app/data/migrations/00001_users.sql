-- +goose Up
CREATE TABLE users (
	id            INTEGER PRIMARY KEY,
	name          TEXT NOT NULL UNIQUE,
	password_hash BLOB NOT NULL,
	logins        INTEGER NOT NULL,
	created_at    DATETIME NOT NULL
);
