package form

import stdflag "flag" // this package has a flag of its own

var slow = stdflag.Bool("slow", false, "run the slow proofs as well")

// forms is how many forms are edited at random.
func forms() uint64 {
	if *slow {
		return 300
	}
	return 100
}
