// Package house holds tests of how the code is laid out: which file and which
// package may name which other. It has no code of its own.
package house
