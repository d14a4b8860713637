package engine

import (
	"bytes"
	"context"
	"errors"
	"strconv"
)

// Part is what the client holds of one live component. Its zero value, with its
// number, is one that the client knows nothing of.
type Part struct {
	Tree
	CID int
	// Marked is whether the client is about to forget the component, or has: no other
	// may be told to begin as a copy of it.
	Marked bool
	sent   uint32 // the message that it last went with
	whole  uint32 // the last one that it went with in full
}

// Holds reports whether the client knows the component.
func (p *Part) Holds() bool { return p.root != nil || p.state != nil }

// IsNew reports whether the client has never been told of the component.
func (p *Part) IsNew() bool { return p.whole == 0 }

// shown returns the statics that the client holds of it, nil if it knows nothing of it.
func (p *Part) shown() *statics {
	switch {
	case p.root != nil:
		return p.root.statics
	case p.state != nil:
		return p.template.page.statics
	}
	return nil
}

// IsSent reports whether it goes with the message that s has begun.
func (p *Part) IsSent(s *Shared) bool { return p.sent == s.message && s.message > 0 }

// Touch has the message that s has begun tell the client that something in the component
// has changed.
func (p *Part) Touch(dst []byte, s *Shared) []byte {
	p.sent = s.message
	return append(appendKey(dst, p.CID), `{},`...)
}

// Forget makes the part one that the client knows nothing of.
func (p *Part) Forget() { p.Reset() }

// Shared is what the parts of one page have in common: a client that knows one
// component of a kind needs the statics of the next no more.
type Shared struct {
	message uint32
	samples map[*statics]*Part
	known   map[string]*statics // of what components wrote
}

// Begin begins another message to the client.
func (s *Shared) Begin() { s.message++ }

// sample returns a part of these statics that the client can begin with a copy of, and
// what stands for it in place of the statics: positive, as it is after this message, or
// negative, as it was before. Without one it is 0.
func (s *Shared) sample(root *statics) (like *Part, ref int) {
	p := s.samples[root]
	switch {
	case p == nil || p.Marked || p.shown() != root:
		return nil, 0
	case p.sent != s.message:
		return p, -p.CID
	case p.whole == s.message:
		return p, p.CID
	}
	return nil, 0
}

// note notes that p went in full.
func (s *Shared) note(root *statics, p *Part) {
	if like, _ := s.sample(root); like == nil {
		if s.samples == nil {
			s.samples = map[*statics]*Part{}
		}
		s.samples[root] = p
	}
}

var errNoRoot = errors.New("a live component shows one element, and nothing beside it: put a <div> around what it renders, " +
	"or, if that is what it is, close what HTML closes by itself, as a p before a div")

// Diff appends what the client lacks of the component, as a member of the object of
// components with a comma after it; nothing, if it lacks nothing. Otherwise it is as
// [Tree.DiffLive].
func (p *Part) Diff(dst []byte, t *Template, state, meta any, l Live, s *Shared) (out []byte, err error) {
	root := t.page.statics
	if !root.one {
		p.Reset()
		return dst, errNoRoot
	}
	mark := len(dst)
	dst = append(appendKey(dst, p.CID), '{')
	opened := len(dst)
	inside := live{host: l.Host, self: p.CID, visit: l.Visit, streams: l.Streams}
	if p.template == t && p.Holds() {
		dst, err = p.diff(dst, t, state, meta, inside, nil, nil)
		if err != nil || len(dst) == opened {
			return dst[:mark], err
		}
		p.sent = s.message
		return append(dst, '}', ','), nil
	}
	var copied *Tree
	like, ref := s.sample(root)
	if like != nil && like.template == t && (like.state != nil) == (t.pure != nil) {
		copied = &like.Tree
	} else {
		ref = 0
	}
	p.Reset()
	if dst, err = p.diff(dst, t, state, meta, inside, copied, nil); err != nil {
		return dst[:mark], err
	}
	return s.closeWhole(dst, p, root, ref), nil
}

// closeWhole closes the object of a component that goes in full. ref is what stands for the
// one that it begins as a copy of, 0 for none.
func (s *Shared) closeWhole(dst []byte, p *Part, root *statics, ref int) []byte {
	if ref != 0 {
		dst = strconv.AppendInt(append(dst, `"s":`...), int64(ref), 10)
	}
	p.sent, p.whole = s.message, s.message
	s.note(root, p)
	return append(dst, `,"r":1},`...)
}

// DiffComponent is Diff of what a component writes.
func (p *Part) DiffComponent(dst []byte, c Component, ctx context.Context, l Live, s *Shared) (out []byte, err error) {
	d := componentDiffs.Get().(*componentDiff)
	d.self = p.CID
	m, err := p.written(d, c, ctx)
	if err != nil {
		p.Reset()
		return dst, err
	}
	if p.template != components {
		p.Tree = Tree{template: components, rare: p.numbers()}
	}
	if s.known == nil || len(s.known) > maxShapes {
		s.known, s.samples = map[string]*statics{}, nil // samples of statics that won't be found again
	}
	shown, err := shownIn(l.Streams)
	if err != nil {
		p.Reset()
		return dst, err
	}
	split := splitter{tape: &d.tape, known: s.known, found: s.known}
	split.reader = reader{html: d.differ.buf, streams: shown, memo: m}
	d.numbered, d.shared, d.memo = p.numbered(), &shared{}, m
	root := split.page(p.root, true)
	if err := split.lost(); err != nil {
		p.Reset()
		return dst, err
	}
	if !root.one {
		p.Reset()
		return dst, errNoRoot
	}
	mark := len(dst)
	dst = append(appendKey(dst, p.CID), '{')
	opened := len(dst)
	if p.root != nil && p.root.statics == root {
		if dst = d.shared.append(d.members(dst, 0, p.root)); len(dst) == opened {
			dst = dst[:mark]
		} else {
			p.sent = s.message
			dst = append(trimComma(dst[:opened], dst), '}', ',')
		}
	} else {
		like, ref := s.sample(root)
		p.root = &node{statics: root}
		if like != nil && like.root != nil {
			dst = d.shared.append(d.likeMembers(dst, 0, p.root, like.root))
		} else {
			dst, ref = append(d.shared.append(d.fullMembers(dst, 0, p.root)), root.json...), 0
		}
		dst = s.closeWhole(dst, p, root, ref)
	}
	p.noteRows(m)
	p.note(append(split.mistakes(), shown.mistakes()...), nil)
	p.tell(&d.differ)
	if d.clear() {
		componentDiffs.Put(d)
	}
	return dst, nil
}

// OneElement returns an error if the template can't be a live component's, as it shows
// something else than one element.
func (t *Template) OneElement() error {
	if !t.page.statics.one {
		return errNoRoot
	}
	return nil
}

// AppendExpanded appends HTML with what stands for a live component replaced by what
// content gives for its number.
func AppendExpanded(dst, html []byte, content func(cid int) []byte) []byte {
	for {
		at := bytes.Index(html, markStart)
		if at < 0 {
			return append(dst, html...)
		}
		dst = append(dst, html[:at]...)
		html = html[at:]
		end := bytes.Index(html, []byte(markEnd)) + len(markEnd)
		dst = AppendExpanded(dst, content(markedCID(html[:end])), content)
		html = html[end:]
	}
}
