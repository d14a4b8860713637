package circle

// Beside names others and is named by none.
func Beside() int { return count(One{}) }
