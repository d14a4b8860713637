package circle

// Two is passed to a function of three.go.
type Two struct{ value int }

func (t Two) show() string { return format(t.value) }
