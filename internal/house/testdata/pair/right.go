package pair

type right struct{ size int }

func (r right) turn() left { return left{size: r.size} }
