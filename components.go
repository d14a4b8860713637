package liveview

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"github.com/gin-liveview/liveview/internal/engine"
)

// components are the live components of a page. They are its channel's alone, or,
// during the HTTP render, the request's. It is an engine.Host.
//
// A render cycle goes from the outside in: the page, or the components that changed,
// are rendered first, and place those that they show. These are then given their
// props, all of a kind at once, and rendered in turn, which may place others.
type components struct {
	page     *page
	shows    componentsPage
	*liveSet // nil as long as there was none
}

// componentsPage is what the components of a page ask of whoever renders it.
type componentsPage interface {
	// tellFailure tells the operator of a component that has failed, and lives on.
	tellFailure(c liveComponent, err error)

	// infoOf returns what the template of a component learns of the page.
	infoOf(part partInfo) pageInfo

	// unshow drops what was noted of the guests that a failed rendering has shown.
	unshow()
}

// liveSet is what a page with live components knows of them.
type liveSet struct {
	all    []liveComponent  // by their numbers, ascending
	byID   map[uint64]int32 // their numbers
	last   int              // the highest number given so far
	shared engine.Shared

	round   uint32          // counts what is rendered, to find those shown twice
	updates []update        // to be given
	queue   []liveComponent // to be rendered
	sent    []liveComponent // rendered by the last cycle
	visit   bool            // each one that is shown is to be placed, whether it may have changed or not
	among   bool            // what is rendered goes with a change of the page itself
	anew    bool            // and goes in full, with all in it
	err     error           // what is wrong with what was placed
	told    error           // what the operator was told of last

	brought map[string]savedState // what components were that are there again, by their keys, until the page is joined; nil for none

	keys map[int]string // of components by their numbers: what forms know them by on the HTTP render, and saved states
}

func (cs *components) set() *liveSet {
	if cs.liveSet == nil {
		cs.liveSet = &liveSet{byID: map[uint64]int32{}, round: 1, among: true}
	}
	return cs.liveSet
}

// Place is called for each live component that a rendering shows.
func (cs *components) Place(p engine.Placed) (cid int, created bool) {
	s := cs.set()
	kind := p.Kind.(componentKind)
	id := kind.of(p.ID)
	c := cs.named(id)
	if c == nil {
		s.last++
		c = kind.newComponent(cs.page, s.last)
		c.core().id = id
		s.all, s.byID[id] = append(s.all, c), int32(s.last)
		created = true
		if isSaved := kind.Saved(); p.Key != 0 && (isSaved || cs.page.mailbox == nil) {
			if isSaved && cs.page.mailbox != nil {
				cs.page.mailbox.noteSaved()
			}
			if s.keys == nil {
				s.keys = map[int]string{}
			}
			s.keys[s.last] = kind.label() + " " + strconv.FormatUint(p.Key, 36)
		}
	}
	core := c.core()
	if !created && core.placed == s.round && s.err == nil {
		s.err = fmt.Errorf("%s: the live component %s is shown twice with one id; give each an id of its own", p.Where(), kind.label())
	}
	if !created && core.parent != p.Parent && s.err == nil && cs.within(p.Parent, core.cid) {
		s.err = fmt.Errorf("%s: the live component %s is shown within itself", p.Where(), kind.label())
		return core.cid, false
	}
	// Among components alone, the client finds nothing that moves from one to another.
	moved := !created && !s.among && core.parent != p.Parent
	core.placed, core.parent = s.round, p.Parent
	anew := moved || s.anew || core.held.Marked // which the client is about to forget
	if anew {
		core.held.Marked = false
		core.held.Forget()
	}
	if created || !core.held.Holds() && core.lacks || core.sum == 0 && p.Props.IsValid() || core.sum != p.Sum {
		core.sum = p.Sum
		u := update{to: c}
		if p.Props.IsValid() {
			u.props = reflect.New(p.Props.Type()).Elem()
			u.props.Set(p.Props)
		}
		s.updates = append(s.updates, u)
	}
	if !core.held.Holds() {
		s.enqueue(c)
	}
	return core.cid, created
}

// within reports whether the component cid is outer, or stands in it.
func (cs *components) within(cid, outer int) bool {
	for c := cs.numbered(cid); c != nil; c = cs.numbered(c.core().parent) {
		if c.core().cid == outer {
			return true
		}
	}
	return false
}

// Find returns the number of a component, 0 if there is none.
func (cs *components) Find(kind engine.LiveKind, id uint64) int {
	if cs.liveSet == nil {
		return 0
	}
	return int(cs.byID[kind.(componentKind).of(id)])
}

// numbered returns the component with that number, nil if it has gone.
func (cs *components) numbered(cid int) liveComponent {
	if cs.liveSet == nil {
		return nil
	}
	if i, ok := cs.index(cid); ok {
		return cs.all[i]
	}
	return nil
}

func (cs *components) hears(cid int) (name string, ok bool) {
	if c := cs.numbered(cid); c != nil {
		return c.kindOf().label(), c.kindOf().hears()
	}
	return "", false
}

func (s *liveSet) index(cid int) (int, bool) {
	return slices.BinarySearchFunc(s.all, cid, func(c liveComponent, cid int) int { return c.core().cid - cid })
}

// key returns what a form knows the component of that number by, "" for none.
func (cs *components) key(cid int) string {
	if cs.liveSet == nil {
		return ""
	}
	return cs.keys[cid]
}

// keyed returns the component that a form knows by key; nil where there is none, or
// there are several.
func (cs *components) keyed(key string) (found liveComponent) {
	if cs.liveSet == nil {
		return nil
	}
	for _, c := range cs.all {
		if cs.keys[c.core().cid] != key {
			continue
		}
		if found != nil {
			return nil
		}
		found = c
	}
	return found
}

// named returns the component with that id, nil if there is none.
func (cs *components) named(id uint64) liveComponent {
	if cs.liveSet == nil {
		return nil
	}
	return cs.numbered(int(cs.byID[id]))
}

// enqueue has c rendered in this cycle, or the next one to come.
func (s *liveSet) enqueue(c liveComponent) {
	if core := c.core(); !core.queued {
		core.queued = true
		s.queue = append(s.queue, c)
	}
}

// dequeue notes that c is rendered right now.
func (s *liveSet) dequeue(c liveComponent) {
	c.core().queued, c.core().dirty = false, false
	s.queue = slices.DeleteFunc(s.queue, func(other liveComponent) bool { return other == c })
}

// changed has c rendered if a callback has changed it.
func (cs *components) changed(c liveComponent) {
	if c.core().dirty {
		cs.enqueue(c)
	}
}

// changedAll has all of them rendered, as their templates have changed.
func (cs *components) changedAll() {
	if cs.liveSet == nil {
		return
	}
	for _, c := range cs.all {
		c.core().dirty = true
		cs.enqueue(c)
	}
}

// changedUploads has those rendered that show an upload which has changed.
func (cs *components) changedUploads() {
	if cs.liveSet == nil {
		return
	}
	for _, u := range cs.page.uploads() {
		if u.cid != 0 && *u.dirty {
			if c := cs.numbered(u.cid); c != nil {
				cs.enqueue(c)
			}
		}
	}
}

// begin begins a render cycle.
func (cs *components) begin() {
	if cs.liveSet != nil {
		cs.round++
	}
}

// around is what surrounds the rendering of a component, or of the page, which is 0.
func (cs *components) around(cid int) engine.Live {
	return engine.Live{Host: cs, Self: cid, Visit: cs.liveSet != nil && cs.visit}
}

// hasSent reports whether the last cycle has rendered some.
func (cs *components) hasSent() bool { return cs.liveSet != nil && len(cs.sent) > 0 }

// waits reports whether some are to be rendered.
func (cs *components) waits() bool {
	return cs.liveSet != nil && (len(cs.queue) > 0 || len(cs.updates) > 0)
}
