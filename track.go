package liveview

import (
	"fmt"

	"github.com/gin-liveview/liveview/presence"
)

// Track makes the view's visitor present on topic, as key and with meta, until
// the view ends, however it does; by the Handle meta can be changed, and the
// presence ended before ([presence.Handle.Untrack]). Views that subscribe to topic hear of it by a
// [presence.Change]; [presence.Tracker.List] has all who are there. During the
// HTTP render nothing is done, and the Handle is nil, whose methods do nothing. It
// returns [ErrEnded] when the view has ended, as in Shutdown, an error for a topic
// whose name starts with "liveview:", one for a Tracker that talks over another
// PubSub than [Config].PubSub, and those of [presence.Tracker.Track].
func Track[C, M any](s *Socket[C], t *presence.Tracker[M], topic, key string, meta M) (*presence.Handle[M], error) {
	s.page.onlyInCallbacks("Track")
	if s.page.mailbox == nil {
		return nil, nil //nolint:nilnil // as said above
	}
	if t == nil {
		return nil, fmt.Errorf("liveview: Track(%q): the Tracker is nil; make one by presence.New", topic)
	}
	if err := refuseOwnTopic(topic); err != nil {
		return nil, err
	}
	if !t.Uses(s.page.app.config.PubSub) {
		return nil, fmt.Errorf("liveview: Track(%q): the Tracker talks over another PubSub than Config.PubSub, so no view would hear of it; give presence.New that one", topic)
	}
	if s.part.hasEnded() {
		return nil, ErrEnded
	}
	h, err := t.Track(topic, key, meta)
	if err != nil {
		return nil, err
	}
	return h, s.part.onEnd(tracked[M]{h})
}

// tracked is a presence of a view. It is an ender.
type tracked[M any] struct{ handle *presence.Handle[M] }

func (t tracked[M]) end()         { t.handle.Untrack() }
func (t tracked[M]) isOver() bool { return t.handle.Untracked() }
