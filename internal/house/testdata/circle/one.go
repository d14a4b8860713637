// Package circle has three files that name each other in a circle, and one that
// stands beside it.
package circle

// One has a field of a type of two.go.
type One struct{ next *Two }
