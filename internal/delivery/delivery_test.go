package delivery

import "testing"

func deep(n int, fn func()) {
	if n > 0 {
		deep(n-1, fn)
		return
	}
	fn()
}

// A goroutine is within a delivery however deep, until that returns; those that
// it starts aren't.
func TestRunning(t *testing.T) {
	if Running() {
		t.Error("before any delivery")
	}
	for _, depth := range []int{0, 1, 61, 62, 63, 64, 65, 1000} {
		Run(func() {
			deep(depth, func() {
				if !Running() {
					t.Errorf("not %d calls deep", depth)
				}
			})
			elsewhere := make(chan bool)
			go func() { elsewhere <- Running() }()
			if <-elsewhere {
				t.Error("in another goroutine")
			}
		})
	}
	func() {
		defer func() { _ = recover() }()
		Run(func() { panic("as asked") })
	}()
	if Running() {
		t.Error("after the deliveries")
	}
}

func BenchmarkRunning(b *testing.B) {
	deep(30, func() {
		for b.Loop() {
			Running()
		}
	})
}
