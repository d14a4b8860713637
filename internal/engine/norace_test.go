//go:build !race

package engine_test

const (
	raceEnabled = false
	triedOf     = 1 // see tried
)
