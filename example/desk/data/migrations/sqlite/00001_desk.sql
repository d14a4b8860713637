-- +goose Up
CREATE TABLE users (
	id            INTEGER PRIMARY KEY,
	name          TEXT NOT NULL UNIQUE,
	full_name     TEXT NOT NULL,
	role          TEXT NOT NULL,
	password_hash BLOB NOT NULL
);
CREATE INDEX users_by_role ON users (role);

CREATE TABLE tickets (
	id          INTEGER PRIMARY KEY,
	subject     TEXT NOT NULL,
	body        TEXT NOT NULL,
	status      TEXT NOT NULL,
	priority    INTEGER NOT NULL,
	customer_id INTEGER NOT NULL REFERENCES users (id),
	assignee_id INTEGER NOT NULL,
	created_at  INTEGER NOT NULL,
	updated_at  INTEGER NOT NULL,
	solved_at   INTEGER NOT NULL
);
CREATE INDEX tickets_updated ON tickets (updated_at, id);
CREATE INDEX tickets_created ON tickets (created_at, id);
CREATE INDEX tickets_solved ON tickets (solved_at);
CREATE INDEX tickets_status ON tickets (status, updated_at, id);
CREATE INDEX tickets_customer ON tickets (customer_id, updated_at, id);
CREATE INDEX tickets_assignee ON tickets (assignee_id, status, updated_at, id);
CREATE INDEX tickets_priority ON tickets (priority, status, updated_at, id);
CREATE VIRTUAL TABLE ticket_words USING fts5 (subject, body, content = 'tickets', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');

CREATE TABLE comments (
	id         INTEGER PRIMARY KEY,
	ticket_id  INTEGER NOT NULL REFERENCES tickets (id),
	author_id  INTEGER NOT NULL REFERENCES users (id),
	body       TEXT NOT NULL,
	internal   BOOLEAN NOT NULL,
	created_at INTEGER NOT NULL
);
CREATE INDEX comments_of_ticket ON comments (ticket_id, id);

CREATE TABLE attachments (
	id         INTEGER PRIMARY KEY,
	comment_id INTEGER NOT NULL REFERENCES comments (id),
	name       TEXT NOT NULL,
	type       TEXT NOT NULL,
	size       INTEGER NOT NULL,
	content    BLOB NOT NULL
);
CREATE INDEX attachments_of_comment ON attachments (comment_id);

CREATE TABLE notices (
	id         INTEGER PRIMARY KEY,
	user_id    INTEGER NOT NULL REFERENCES users (id),
	ticket_id  INTEGER NOT NULL REFERENCES tickets (id),
	text       TEXT NOT NULL,
	seen       BOOLEAN NOT NULL,
	created_at INTEGER NOT NULL
);
CREATE INDEX notices_of_user ON notices (user_id, seen, id);

CREATE TABLE saved_views (
	id      INTEGER PRIMARY KEY,
	user_id INTEGER NOT NULL REFERENCES users (id),
	name    TEXT NOT NULL,
	query   TEXT NOT NULL,
	UNIQUE (user_id, name)
);

CREATE TABLE entries (
	id         INTEGER PRIMARY KEY,
	ticket_id  INTEGER NOT NULL,
	actor_id   INTEGER NOT NULL REFERENCES users (id),
	text       TEXT NOT NULL,
	created_at INTEGER NOT NULL
);
CREATE INDEX entries_of_ticket ON entries (ticket_id, id);
