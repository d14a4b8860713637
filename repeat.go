package liveview

import "time"

// Repeat runs fn in the view every interval, each time followed by a render,
// until the view ends or stop is called. Ticks don't pile up: one that falls
// due while the view is busy is run when it is free, and those it was too busy
// for altogether are left out. During the HTTP render, and once the view has
// ended (in Shutdown, for instance), nothing is done. A panic of fn ends the view.
// Nor is anything done, but for a line in the log, for an interval that isn't positive
// or a nil fn.
func (s *Socket[C]) Repeat(interval time.Duration, fn func()) (stop func()) {
	s.onlyInCallbacks("Repeat")
	if interval <= 0 || fn == nil {
		s.app.config.Logger.Error("liveview: Repeat repeats nothing: it wants a positive interval and a function",
			"interval", interval, "view", s.route.name, "route", s.pattern)
		return func() {}
	}
	if s.mailbox == nil {
		return func() {}
	}
	return newTicker(&s.own().tickers, s.mailbox, s.cid, interval, fn).stop
}
