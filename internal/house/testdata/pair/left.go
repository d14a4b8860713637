// Package pair has two files that name each other.
package pair

type left struct{ size int }

func (l left) larger(r right) bool { return l.size > r.size }
