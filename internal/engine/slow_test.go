package engine_test

import "flag"

var slow = flag.Bool("slow", false, "run the slow proofs as well")

// count is how often a test repeats what is random: more often with -slow.
func count(often, slowly int) int {
	if *slow {
		return slowly
	}
	return often
}
