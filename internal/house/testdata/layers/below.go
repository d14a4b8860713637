package layers

func double(n int) (sum int) {
	sum = n + n
	return sum
}
