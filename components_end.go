package liveview

import (
	"fmt"
	"slices"
)

// contain deals with the failure of a component: it is its own, or else the view's,
// which then ends with what contain returns.
func (cs *components) contain(c liveComponent, err error) error {
	if err == nil {
		return nil
	}
	if !c.containsFailure() {
		return fmt.Errorf("the live component %s: %w", c.kindOf().label(), err)
	}
	if err != cs.told { //nolint:errorlint // the very error, which all that are updated together have
		cs.shows.tellFailure(c, err)
		cs.told = err
	}
	c.breakDown(err)
	cs.stopOwned(c)
	cs.enqueue(c)
	return nil
}

// failing notes that c's rendering has failed: what it has placed that is new will never
// be on the page.
func (cs *components) failing(c liveComponent) {
	cs.shows.unshow()
	cs.round++
	for _, other := range slices.Clone(cs.all) {
		if core := other.core(); core.parent == c.core().cid && core.held.IsNew() {
			cs.end(other)
		}
	}
	cs.updates = slices.DeleteFunc(cs.updates, func(u update) bool {
		core := u.to.core()
		if core.parent == c.core().cid {
			core.sum = 0 // whoever shows it next gives it its props
			return true
		}
		return cs.numbered(core.cid) != u.to
	})
}

// mark notes that the client is about to forget components, as it shows them no more.
func (cs *components) mark(cids []int) {
	for _, cid := range cids {
		if c := cs.numbered(cid); c != nil {
			c.core().held.Marked = true
		}
	}
}

// look has what last showed those of the components that are marked rendered with a
// visit, upon which none is marked any more that is still shown. It reports whether that
// is to be done.
func (cs *components) look(cids []int) bool {
	for _, cid := range cids {
		c := cs.numbered(cid)
		if c == nil || !c.core().held.Marked {
			continue
		}
		cs.visit = true
		by := cs.numbered(c.core().parent)
		for by != nil && by.core().held.Marked { // what goes itself shows nothing
			by = cs.numbered(by.core().parent)
		}
		if by != nil {
			cs.enqueue(by)
		} else {
			cs.page.root.dirty = true
		}
	}
	return cs.liveSet != nil && cs.visit
}

// destroy ends those of the components that are marked, and returns their numbers.
func (cs *components) destroy(cids []int) []int {
	gone := []int{}
	if cs.liveSet != nil {
		cs.visit = false
	}
	for _, cid := range cids {
		if c := cs.numbered(cid); c != nil && c.core().held.Marked {
			cs.end(c)
			gone = append(gone, cid)
		}
	}
	return gone
}

// end ends a component.
func (cs *components) end(c liveComponent) {
	core := c.core()
	if i, ok := cs.index(core.cid); ok {
		cs.all = slices.Delete(cs.all, i, i+1)
	}
	delete(cs.byID, core.id)
	delete(cs.keys, core.cid)
	core.held.Marked = true
	defer func() {
		if !core.failing {
			if err := c.shutdown(); err != nil {
				cs.shows.tellFailure(c, err)
			}
		}
	}()
	cs.stopOwned(c)
}

func (cs *components) stopOwned(c liveComponent) {
	core := c.core()
	core.own()
	defer cs.page.endUploads(&core.dirty)
	cs.page.stopPart(&core.part)
}

// forget notes that the client knows nothing of the components any more, as its socket is
// lost. What they let go of they are given again.
func (cs *components) forget() {
	if cs.liveSet == nil {
		return
	}
	for _, c := range cs.all {
		core := c.core()
		core.held.Marked = false
		core.held.Forget()
		if core.lacks {
			core.sum = 0
		}
	}
	cs.visit = false
}

// endUnshown ends those that a page which has been rendered in full doesn't show: the
// client won't say that they are gone.
func (cs *components) endUnshown() {
	if cs.liveSet == nil {
		return
	}
	for _, c := range slices.Clone(cs.all) {
		if !c.core().held.Holds() {
			cs.end(c)
		}
	}
}

// lackData reports whether some can't have again what they let go of.
func (cs *components) lackData() bool {
	return cs.liveSet != nil && slices.ContainsFunc(cs.all, func(c liveComponent) bool { return c.lacksData() })
}

// size is about how many bytes the components' states take.
func (cs *components) size() (n int64) {
	if cs.liveSet != nil {
		for _, c := range cs.all {
			n += c.size()
		}
	}
	return n
}

// endAll ends all components, as the page has ended.
func (cs *components) endAll() {
	returned := false
	defer func() {
		if !returned && cs.liveSet != nil { // a callback called runtime.Goexit: the others are left
			cs.endAll()
		}
	}()
	if cs.liveSet != nil {
		for len(cs.all) > 0 {
			cs.end(cs.all[len(cs.all)-1])
		}
	}
	returned = true
}
