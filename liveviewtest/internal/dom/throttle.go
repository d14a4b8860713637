package dom

import "time"

// Throttle is what the official client keeps of an element with phx-throttle.
type Throttle struct {
	Until time.Time // what comes before that is dropped
	Key   string    // the last that was pressed
}
