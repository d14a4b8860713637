package engine

import "reflect"

// shownStreams are the streams of a state, while components show it.
type shownStreams struct {
	all []*shownStream
	ids map[string]*shownStream // of those entries that are to be sent
}

// shownStream is a stream while components show it.
type shownStream struct {
	stream  *Stream
	change  streamChange
	entries map[string]streamEntry // that are to be sent, by their ids
	placed  bool                   // some are in a container
}

// shownIn returns the streams as components show them; nil if there are none.
func shownIn(b Bound) (*shownStreams, error) {
	if b.streams == nil {
		return nil, nil
	}
	all := &shownStreams{ids: map[string]*shownStream{}}
	var failed error
	w := streamWalk{visit: func(s *Stream, _ reflect.Type, _ string) {
		one := &shownStream{stream: s}
		if one.change, failed = s.change(); failed != nil {
			return
		}
		all.all = append(all.all, one)
		if len(one.change.inserts) > 0 {
			one.entries = map[string]streamEntry{}
		}
		for _, e := range one.change.inserts {
			one.entries[e.id], all.ids[e.id] = e, one
		}
	}}
	w.walk(b.streams.root, b.state, "")
	return all, failed
}

// mistakes returns what is wrong with how components show the streams.
func (st *shownStreams) mistakes() (list []string) {
	if st == nil {
		return nil
	}
	for _, one := range st.all {
		if log := one.stream.log; len(one.entries) > 0 && log.ranged && !one.placed && !log.shown {
			list = append(list, "the entries of the stream "+log.name+" aren't where the client looks for them: each is an element with the id that All gives it, "+
				`right in one that has an id and phx-update="stream"`)
		}
	}
	return list
}
