package main

import (
	"maps"
	"slices"
	"time"
)

// profile is how much of everything there is, and for how long. Profiles differ in nothing
// else.
type profile struct {
	warm, trouble time.Duration // without trouble, and with it
	nodes         int
	visitors      int
	every         time.Duration // about so long between two acts of a visitor
	between       time.Duration // about so long between two troubles
	settles       time.Duration // what is to come to rest has so long
	strict        bool          // nothing is excused for a machine that is too slow, and no connection cut before the trouble
}

// brief is for seeing faults found.
var brief = profile{warm: 7 * time.Second, trouble: 2 * time.Second, nodes: 2, visitors: 8, every: 100 * time.Millisecond, between: 2 * time.Second, settles: 3 * time.Second, strict: true}

var profiles = map[string]profile{
	"20s": {warm: 3 * time.Second, trouble: 10 * time.Second, nodes: 2, visitors: 12, every: 250 * time.Millisecond, between: time.Second, settles: 15 * time.Second},
	"60s": {warm: 6 * time.Second, trouble: 36 * time.Second, nodes: 3, visitors: 40, every: 400 * time.Millisecond, between: 3 * time.Second, settles: 15 * time.Second},
	"10m": {warm: 20 * time.Second, trouble: 560 * time.Second, nodes: 3, visitors: 60, every: 500 * time.Millisecond, between: 4 * time.Second, settles: 15 * time.Second},
	"2h":  {warm: 30 * time.Second, trouble: 2*time.Hour - time.Minute, nodes: 4, visitors: 200, every: 800 * time.Millisecond, between: 6 * time.Second, settles: 15 * time.Second},
}

func profileNames() []string {
	return slices.SortedFunc(maps.Keys(profiles), func(a, b string) int { return int(profiles[a].trouble - profiles[b].trouble) })
}
