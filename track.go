package liveview

import "github.com/gin-liveview/liveview/presence"

// Track makes the view's visitor present on topic, as key and with meta, until
// the view ends, however it does. Views that subscribe to topic hear of it by a
// [presence.Change]; [presence.Tracker.List] has all who are there. During the
// HTTP render nothing is done.
func Track[C, M any](s *Socket[C], t *presence.Tracker[M], topic, key string, meta M) {
	if s.mailbox != nil {
		s.atEnd = append(s.atEnd, t.Track(topic, key, meta))
	}
}
