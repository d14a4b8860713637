package liveview_test

import "flag"

var slow = flag.Bool("slow", false, "run the slow proofs as well")

// oneOf returns how many of n like cases are tried: all of them with -slow, else one of so
// many, and fewer still with the race detector, which makes them ten times as slow.
func oneOf(many, n int) int {
	if *slow {
		return n
	}
	return n / many / thinned
}

// outOf is oneOf for cases that don't take long.
func outOf(n int) int { return oneOf(1, n) }
