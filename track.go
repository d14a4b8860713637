package liveview

import "github.com/gin-liveview/liveview/presence"

// Track makes the view's visitor present on topic, as key and with meta, until
// the view ends, however it does. Views that subscribe to topic hear of it by a
// [presence.Change]; [presence.Tracker.List] has all who are there. During the
// HTTP render nothing is done. It returns [ErrEnded] when the view has ended, as in
// Shutdown, and an error for a topic whose name starts with "liveview:".
func Track[C, M any](s *Socket[C], t *presence.Tracker[M], topic, key string, meta M) error {
	if s.mailbox == nil {
		return nil
	}
	if err := refuseOwnTopic(topic); err != nil {
		return err
	}
	if s.hasEnded() {
		return ErrEnded
	}
	return s.onEnd(t.Track(topic, key, meta))
}
