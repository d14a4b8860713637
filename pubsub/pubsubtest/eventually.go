package pubsubtest

import (
	"testing"
	"time"
)

// Eventually waits until try returns nil, for what a broker's process does in
// its own time. It ends the test with try's error after 40 seconds.
func Eventually(t testing.TB, what string, try func() error) {
	t.Helper()
	deadline := time.Now().Add(40 * time.Second)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %v", what, err)
		}
		time.Sleep(10 * time.Millisecond) // there is nothing to wait on
	}
}
