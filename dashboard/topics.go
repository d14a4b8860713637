package dashboard

import (
	"maps"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/pubsub"
)

// listedTopics is how many topics are listed at once.
const listedTopics = 200

// topics is the page of topics and presence.
type topics struct {
	place
	Known    bool // the PubSub says what is subscribed
	Topics   []topicRow
	Own      []topicRow // the library's
	All      int
	Presence []presenceList
}

type topicRow struct {
	Topic string
	Count int
}

type presenceList struct {
	Name string
	Rows []topicRow
}

type topicsView struct{ board *Board }

var topicsTemplate = liveview.MustParseSource[topics](source("topics.html"))

func (v topicsView) Mount(c *gin.Context, s *liveview.Socket[topics]) error {
	p := open(c, s, v.board, "/topics", "Topics")
	show := func() { s.Assign(func(st *topics) { *st = v.board.topics(p) }) }
	show()
	s.Repeat(refresh, show)
	return nil
}

func (topicsView) Render(st topics) liveview.Rendered { return topicsTemplate.Render(st) }

func (b *Board) topics(p place) topics {
	st := topics{place: p}
	if ps, ok := b.lv.PubSub().(interface {
		Topics(most int) ([]pubsub.TopicStats, int)
	}); ok {
		st.Known = true
		all, n := ps.Topics(listedTopics)
		st.All = n
		for _, t := range all {
			row := topicRow{cut(t.Topic), t.Subscribers}
			if strings.HasPrefix(t.Topic, "liveview:") {
				st.Own = append(st.Own, row)
			} else {
				st.Topics = append(st.Topics, row)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.options.Presence)) {
		list := presenceList{Name: name}
		for _, t := range b.options.Presence[name].Topics(listedTopics) {
			list.Rows = append(list.Rows, topicRow{cut(t.Topic), t.Presences})
		}
		st.Presence = append(st.Presence, list)
	}
	return st
}
