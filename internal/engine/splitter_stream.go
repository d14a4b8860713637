package engine

import (
	"bytes"
	"html"
	"reflect"

	"github.com/gin-liveview/liveview/internal/htmlscan"
)

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

// Bound are the streams of a state that is about to be rendered. The zero value has
// none.
type Bound struct {
	streams *Streams
	state   pointer
}

// shown returns the streams as components show them; nil if there are none.
func (b Bound) shown() (*shownStreams, error) {
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

// look finds out whether an element, whose start tag is given, is a container of a
// stream, or in one. Outer is the element around it.
func (st *shownStreams) look(p, outer *piece, t *htmlscan.Token) {
	if st == nil {
		return
	}
	container := bytes.Contains(t.Tag, []byte("phx-update"))
	if !container && !outer.container {
		return
	}
	for a := range htmlscan.Attributes(t.Tag) {
		switch {
		case bytes.EqualFold(a.Name, []byte("id")) && p.id == "":
			p.id = html.UnescapeString(string(a.Value))
		case container && string(a.Name) == "phx-update":
			p.container = string(a.Value) == "stream"
		}
	}
}

// contained adds the content of a stream's container: the elements that aren't among its
// entries, and then these. The client puts no other node there.
func (l *layout) contained(html []byte, p *piece) {
	var others []*piece
	for _, c := range p.children {
		if c.entry == nil && (c.kind == htmlscan.StartTag || c.kind == htmlscan.Text && !c.space(html)) {
			others = append(others, c)
		}
	}
	l.content(html, p.open, p.close, others)
	l.add(dynamic{container: p, list: p.entries})
}

// place finds the entries of streams in a container.
func (st *shownStreams) place(p *piece) {
	for _, c := range p.children {
		one := st.ids[c.id]
		if c.kind != htmlscan.StartTag || c.id == "" || one == nil || p.stream != nil && p.stream != one {
			continue
		}
		p.stream, c.entry = one, one
		p.entries = append(p.entries, c)
	}
	if p.stream == nil {
		for _, one := range st.all {
			if one.stream.log != nil && p.id != "" && one.stream.log.container == p.id {
				p.stream = one
			}
		}
	}
}

// pushStream puts the entries of the stream in container onto the tape.
func (s *splitter) pushStream(container *piece, entries []*piece) {
	one := container.stream
	if one == nil || one.stream.log == nil || one.stream.log.shown { // there was nothing in it yet
		s.tape.push(item{kind: itemStream, next: int32(len(s.tape.items) + 1), at: -1})
		return
	}
	log := one.stream.log
	log.container = container.id
	one.placed = true
	change := one.change
	change.inserts = nil
	for _, p := range entries {
		change.inserts = append(change.inserts, one.entries[p.id])
	}
	if len(entries) == 0 {
		s.tape.close(s.tape.pushStream(nil, *one.stream, change))
		return
	}
	l := s.lay(entries)
	at := s.tape.pushStream(l.of, *one.stream, change)
	s.pushEntries(&l)
	s.tape.close(at)
}
