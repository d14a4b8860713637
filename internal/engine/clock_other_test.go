//go:build !linux

package engine_test

import "time"

var start = time.Now()

// spent returns a time to compare with a later one.
func spent() time.Duration { return time.Since(start) }
