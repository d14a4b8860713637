package liveview_test

import "flag"

var slow = flag.Bool("slow", false, "run the slow proofs as well")
