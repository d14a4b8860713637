// Package clock has moments that take a third of the room of a time.Time, for what
// each open page keeps.
package clock

import "time"

// Moment is a time in nanoseconds since the process began, by the clock that is never
// set. 0 is none.
type Moment int64

var began = time.Now()

// Now returns the moment that is now.
func Now() Moment { return Moment(time.Since(began)) }

// At returns the moment of a time of this process's.
func At(t time.Time) Moment { return Moment(t.Sub(began)) }

// Add returns the moment that is d later.
func (m Moment) Add(d time.Duration) Moment { return m + Moment(d) }

// Sub returns how much later m is than earlier.
func (m Moment) Sub(earlier Moment) time.Duration { return time.Duration(m - earlier) }

// In returns how long it is until m.
func (m Moment) In() time.Duration { return m.Sub(Now()) }
