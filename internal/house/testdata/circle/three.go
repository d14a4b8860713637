package circle

import "strconv"

func format(n int) string { return strconv.Itoa(n) }

// count calls a method of two.go through a field of one.go.
func count(o One) int { return len(o.next.show()) }
