// Package delivery tells whether the code that runs was called by a delivery: by
// the function of a subscriber, which a publisher has called. Such code may not
// wait for deliveries to end, as it would wait for itself.
package delivery

import (
	"reflect"
	"runtime"
)

// Run calls deliver, as a delivery.
//
//go:noinline
func Run(deliver func()) { deliver() }

// run is where Run begins; it is not longer than maxRun, in bytes of code.
var run = reflect.ValueOf(Run).Pointer()

const maxRun = 4096

// Running reports whether the goroutine is within a Run. It looks through the
// stack, which takes some microseconds: ask where one would wait otherwise.
func Running() bool {
	var frames [64]uintptr
	for skip := 2; ; skip += len(frames) {
		n := runtime.Callers(skip, frames[:])
		for _, pc := range frames[:n] {
			if pc < run || pc > run+maxRun {
				continue // which costs much less than to look up whose it is
			}
			if f := runtime.FuncForPC(pc - 1); f != nil && f.Entry() == run {
				return true
			}
		}
		if n < len(frames) {
			return false
		}
	}
}
