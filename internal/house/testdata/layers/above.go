// Package layers has files of which one names the other. Parameters of the same
// names tie nothing.
package layers

// Sum names double.
func Sum(numbers ...int) (sum int) {
	for _, n := range numbers {
		sum += double(n)
	}
	return sum
}
