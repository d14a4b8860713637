// Package house holds tests of how the code is laid out: which file and which
// package may name which other, and of what it says: docs/errors.md has each sentence. It
// has no code of its own.
package house
