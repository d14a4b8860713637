package liveview

import (
	"fmt"
	"sync"

	"github.com/gin-gonic/gin"
)

// A view may stand in another one's page, with a channel of its own: it is nested
// ([Nest]), or it is sticky ([NewSticky]). It is a guest on the page. Its join runs
// through the router as a page's does, to the route that the page is at, which is its
// host: what guards the page guards its guests.

// nesting is what a view has to do with others on its page; most have nothing to do
// with any.
type nesting struct {
	family *family           // the nested views that it shows; nil for none
	parent *family           // those that it is one of; nil for a view that isn't nested
	host   *route            // of a guest
	sticky bool              // it stays when the page's own view goes
	tokens map[string]string // of the sticky views that it shows, by their ids
}

// isGuest reports whether the view isn't its page's own.
func (n *nesting) isGuest() bool { return n != nil && n.host != nil }

// staticOf is what the static token of a nested view is signed for: its id alone may be
// that of another page's too.
func staticOf(parent, id string) string { return parent + " " + id }

// place is where a view is, and who is there: what those nested in it go by.
type place struct {
	url         pageURL
	host        *route
	pattern     string
	user, group string
	document    document
	nobody      bool // the route names no user
}

// admits reports whether a route that a visit has reached is the one that this is
// about, for the same user.
func (p place) admits(r *route, pattern, group, user string, in document) bool {
	return p.host.isOf(r) && pattern == p.pattern && group == p.group && in == p.document && (user == p.user || user == "" && p.nobody)
}

// family is the nested views that one joined view, the parent, shows. The parent's
// goroutine notes in it what it renders; a child finds in it what it is, without
// waiting for the parent.
type family struct {
	parent  *mailbox // nil on the HTTP render
	posting *posting // of the parent's page; nil for none
	above   *family  // which the parent is one of itself; nil for none
	name    string   // of the parent's view
	hears   bool     // the parent has a HandleInfo
	id      string   // of the parent's element
	token   string   // data-phx-session of all its children
	before  uint32   // of the parent's past, and so of its children's; written before the first may join

	mu       sync.Mutex // guards the fields below. Nothing is locked under it.
	place    place      // of the parent, where that isn't nested itself
	round    int        // renders of the parent's so far
	children map[string]*child
	over     bool // the parent has ended
}

// child is one nested view: what its client may join, and who has. Its fields are
// guarded by its family's lock.
type child struct {
	id       string
	view     nestedView
	linked   bool
	round    int      // of the render that it was last shown by
	times    int      // how often it has come to the page
	joined   *mailbox // nil while nobody has
	failures int      // joins in a row that came to no view
}

// nestedView is a view that can be nested, whatever its state's type.
type nestedView interface{ own() *route }

// begin says that the parent, at that place, is about to render.
func (f *family) begin(at place) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.round++
	f.place = at
}

// show notes that the parent shows view under id. most is how many it may keep that
// nobody has joined and that it doesn't show any more.
func (f *family) show(id string, view nestedView, linked bool, most int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.children[id]
	switch {
	case c == nil:
		if len(f.children) >= most {
			f.forget()
		}
		c = &child{id: id, times: 1}
		if f.children == nil {
			f.children = make(map[string]*child)
		}
		f.children[id] = c
	case c.round == f.round:
		return fmt.Errorf("liveview: two views with the id %q are nested in %s; each needs an id of its own on the page", id, f.name)
	case c.round != f.round-1:
		c.times++ // it was away in between
	}
	c.view, c.linked, c.round = view, linked, f.round
	return nil
}

// forget drops what wasn't shown lately and isn't joined: a page of the official client's
// joins what it shows, and leaves what is gone. mu is held.
func (f *family) forget() {
	for id, c := range f.children {
		if c.joined == nil && c.round < f.round-1 {
			delete(f.children, id)
		}
	}
}

// stay is one child's time on the page.
type stay struct {
	family *family
	child  *child
	view   nestedView
	times  int
	place  place // of the parent, as the child joined

	failures int
}

// join returns the child called id for the view behind b to become; ok is false if the
// parent shows none, or has ended. A child that was joined before is b's from now on:
// its topic is the same, so the one before has ended.
func (f *family) join(id string, b *mailbox) (s stay, ok bool) {
	at := f.now()
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.children[id]
	if c == nil || f.over {
		return stay{}, false
	}
	c.joined = b
	return stay{f, c, c.view, c.times, at, c.failures}, true
}

// now returns where the parent is, which is where its page is: one that is nested itself
// needn't have heard of that.
func (f *family) now() place {
	for f.above != nil {
		f = f.above
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.place
}

// leave says that b's view has ended. What the client has left, as the page doesn't show
// it any more, is forgotten. All else it joins again: also where the parent's newest
// render didn't come to it, as that was of a live component beside it alone, or as it
// stands in the entry of a stream, which is rendered once.
func (s stay) leave(b *mailbox, left bool) {
	f, c := s.family, s.child
	f.mu.Lock()
	defer f.mu.Unlock()
	if c.joined != b {
		return
	}
	c.joined = nil
	if left && c.times == s.times && c.round != f.round && f.children[c.id] == c {
		delete(f.children, c.id)
	}
}

// failed notes whether the child's join came to no view.
func (s stay) failed(failed bool) {
	s.family.mu.Lock()
	defer s.family.mu.Unlock()
	if s.child.failures++; !failed {
		s.child.failures = 0
	}
}

// linked reports whether the child takes its parent along when it crashes.
func (s stay) linked() bool {
	s.family.mu.Lock()
	defer s.family.mu.Unlock()
	return s.child.linked
}

// member returns the mailbox of the child called id, nil if it isn't joined, and
// whether it can be sent something.
func (f *family) member(id string) (b *mailbox, view nestedView) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.children[id]
	if c == nil {
		return nil, nil
	}
	return c.joined, c.view
}

// end says that the parent has ended, and ends its children.
func (f *family) end(e ending) {
	for _, b := range f.disband() {
		b.endNow(ending{cause: endParent, gone: e.isForGood()})
	}
}

// depart has the children depart with their parent, as their page is to find them again
// within the next one.
func (f *family) depart() {
	for _, b := range f.disband() {
		_ = b.postOwn(message{kind: messageDepart}) // one that has ended doesn't depart
	}
}

// disband returns the children that have joined. They are the family's no more, and no
// others come to be.
func (f *family) disband() (joined []*mailbox) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.over = true
	for _, c := range f.children {
		if c.joined != nil {
			joined = append(joined, c.joined)
		}
	}
	f.children = nil
	return joined
}

// Where the middleware of a group of routes leaves which sticky views their pages may
// show.
const stickiesKey = "github.com/gin-liveview/liveview.stickies"

// stickies are views by their ids, in a list.
type stickies struct {
	id   string
	view nestedView
	more *stickies
}

// mayShow says that the page of c's route may show view as a sticky one.
func mayShow(c *gin.Context, id string, view nestedView) {
	v, _ := c.Get(stickiesKey)
	before, _ := v.(*stickies)
	c.Set(stickiesKey, &stickies{id, view, before})
}

// stickyCalled returns the one that c's route may show under id, nil for none.
func stickyCalled(c *gin.Context, id string) nestedView {
	v, _ := c.Get(stickiesKey)
	for s, _ := v.(*stickies); s != nil; s = s.more {
		if s.id == id {
			return s.view
		}
	}
	return nil
}
