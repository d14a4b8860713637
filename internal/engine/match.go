package engine

// matchRest finds for each new entry without a match (-1) an old one with the
// same sum that no other entry took. Without keys, what is then left takes the
// old entry at its own place.
func matchRest(match []int32, oldN int, keyed bool, oldSum, newSum func(int) uint64) {
	taken := make([]bool, oldN)
	for _, from := range match {
		if from >= 0 {
			taken[from] = true
		}
	}
	// Old entries of one sum are chained in their order.
	heads := make(map[uint64]int32, oldN)
	next := make([]int32, oldN)
	for j := oldN - 1; j >= 0; j-- {
		if taken[j] {
			continue
		}
		sum := oldSum(j)
		if head, ok := heads[sum]; ok {
			next[j] = head
		} else {
			next[j] = -1
		}
		heads[sum] = int32(j)
	}
	for j := range match {
		if match[j] >= 0 {
			continue
		}
		sum := newSum(j)
		if head, ok := heads[sum]; ok && head >= 0 {
			match[j], heads[sum] = head, next[head]
			taken[head] = true
		}
	}
	if keyed {
		return
	}
	for j := range match {
		if match[j] < 0 && j < oldN && !taken[j] {
			match[j] = int32(j)
			taken[j] = true
		}
	}
}

// unmatch takes back the matches of entries with old ones that are those of others, of
// which that is certain.
func unmatch(match []int32, oldN int, certain func(j int) bool) {
	taken := make([]bool, oldN)
	shifted := false
	for j, from := range match {
		if from >= 0 && certain(j) {
			taken[from] = true
			shifted = shifted || int(from) != j
		}
	}
	for j, from := range match {
		if shifted && from >= 0 && taken[from] && !certain(j) {
			match[j] = -1
		}
	}
}
