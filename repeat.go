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
	s.page.onlyInCallbacks("Repeat")
	if interval <= 0 || fn == nil {
		s.page.app.config.Logger.Error("liveview: Repeat repeats nothing: it wants a positive interval and a function",
			"interval", interval, "view", s.page.route.name, "route", s.page.pattern)
		return func() {}
	}
	if s.page.mailbox == nil {
		return func() {}
	}
	return newTicker(&s.part.own().tickers, s.page.mailbox, s.part.cid, interval, fn).stop
}
