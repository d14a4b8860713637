//go:build race

package engine_test

const (
	raceEnabled = true
	triedOf     = 7 // see tried
)
