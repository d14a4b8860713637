package liveview

import "time"

// stillEntitled reports whether the route's middleware lets the view's visitor
// pass, which is asked again once the answer is older than Config.Recheck. If
// not, the client is sent where the middleware sends it, or to load the page,
// and the view ends.
func (ch *channel) stillEntitled(ref string) (bool, error) {
	every := ch.peer.config.Recheck
	now := time.Now()
	isFresh := every < 0 || now.Sub(ch.checked) < every
	if isFresh && ch.checked.UnixNano() > ch.peer.recheckAll.Load() {
		return true, nil
	}
	s := ch.view.base()
	v := &visit{channel: ch, purpose: visitCheck, began: now}
	here := s.url.parse()
	w := v.travel(here)
	if v.err != nil {
		return false, v.err
	}
	if v.arrived {
		ch.checked = now
		return true, nil
	}
	to := v.redirected(w, here)
	if to == nil {
		to = &move{kind: moveHTTP, to: here}
	}
	s.flash.add(v.takeFlash())
	return false, ch.leaveFor(ref, to)
}
