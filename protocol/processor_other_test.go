//go:build !unix

package protocol_test

import "time"

var began = time.Now()

// processorTime stands in for the time of processors with that of the clock.
func processorTime() time.Duration { return time.Since(began) }
