// Package guide holds the programs that the pages of docs/ show, and the tests that run
// them. It has no code of its own.
package guide
