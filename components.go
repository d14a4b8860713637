package liveview

import (
	"fmt"
	"reflect"
	"slices"

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
	failed   func(c liveComponent, err error) // tells the operator
	info     func(of partInfo) pageInfo       // what a component's template learns of the page, where that is more; or nil
	unshow   func()                           // drops what was noted of the guests that a failed rendering has shown
	*liveSet                                  // nil as long as there was none
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
	if created || anew && core.lacks || core.sum == 0 && p.Props.IsValid() || core.sum != p.Sum {
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

// changedUploads has those rendered that show an upload which has changed.
func (cs *components) changedUploads() {
	if cs.liveSet == nil {
		return
	}
	for _, u := range cs.page.uploads {
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

// failing notes that c's rendering has failed: what it has placed that is new will never
// be on the page.
func (cs *components) failing(c liveComponent) {
	cs.unshow()
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

// waits reports whether some are to be rendered.
func (cs *components) waits() bool {
	return cs.liveSet != nil && (len(cs.queue) > 0 || len(cs.updates) > 0)
}

// settle gives components the props that they were placed with.
func (cs *components) settle() error {
	if cs.err != nil {
		return cs.err
	}
	for len(cs.updates) > 0 {
		list := cs.updates
		kind := list[0].to.kindOf()
		var same, rest []update
		for _, u := range list {
			if u.to.kindOf() == kind {
				same = append(same, u)
			} else {
				rest = append(rest, u)
			}
		}
		cs.updates = rest
		if err := kind.update(same, cs.contain); err != nil {
			return err
		}
		for _, u := range same {
			cs.changed(u.to)
		}
	}
	return nil
}

// contain deals with the failure of a component: it is its own, or else the view's,
// which then ends with what contain returns.
func (cs *components) contain(c liveComponent, err error) error {
	if err == nil {
		return nil
	}
	if !c.containsFailure() {
		return fmt.Errorf("the live component %s: %w", c.kindOf().label(), err)
	}
	cs.failed(c, err)
	c.breakDown(err)
	cs.stopOwned(c)
	cs.enqueue(c)
	return nil
}

// appendDiff appends the member "c" of a diff, what the client lacks of the components
// that are to be rendered; nothing if it lacks nothing. among says that the page itself has
// changed as well.
func (cs *components) appendDiff(dst []byte, among bool) ([]byte, error) {
	mark := len(dst)
	dst = append(dst, `"c":{`...)
	opened := len(dst)
	cs.shared.Begin()
	cs.sent, cs.among = cs.sent[:0], among
	defer func() { cs.among, cs.anew = true, false }()
	var later []liveComponent // a component goes once in a message
	for cs.waits() {
		if err := cs.settle(); err != nil {
			return dst[:mark], err
		}
		queue := cs.queue
		cs.queue = nil
		for _, c := range queue {
			core := c.core()
			switch {
			case cs.numbered(core.cid) != c: // it has ended
				continue
			case core.held.IsSent(&cs.shared):
				later = append(later, c)
				continue
			}
			core.queued = false
			var err error
			if dst, err = cs.appendComponent(dst, c); err != nil {
				return dst[:mark], err
			}
		}
	}
	cs.queue = later
	if cs.err != nil {
		return dst[:mark], cs.err
	}
	if len(dst) == opened {
		return dst[:mark], nil
	}
	if among {
		dst = cs.appendAround(dst)
	}
	dst[len(dst)-1] = '}'
	return dst, nil
}

// appendAround appends those that contain what has changed: the client, showing the whole
// page anew, leaves a component as it is that a diff doesn't mention, with all in it.
func (cs *components) appendAround(dst []byte) []byte {
	for _, c := range cs.sent {
		if !c.core().held.IsSent(&cs.shared) {
			continue
		}
		for {
			c = cs.numbered(c.core().parent)
			if c == nil || !c.core().held.Holds() || c.core().held.IsSent(&cs.shared) {
				break
			}
			dst = c.core().held.Touch(dst, &cs.shared)
		}
	}
	return dst
}

// appendComponent appends what the client lacks of c.
func (cs *components) appendComponent(dst []byte, c liveComponent) ([]byte, error) {
	core := c.core()
	core.dirty = false
	cs.sent = append(cs.sent, c)
	out, err := cs.appendRendered(dst, c)
	if err != nil {
		cs.failing(c)
		if err = cs.contain(c, err); err != nil {
			return dst, err
		}
		cs.dequeue(c)
		out, err = cs.appendRendered(dst, c)
	}
	return out, err
}

func (cs *components) appendRendered(dst []byte, c liveComponent) ([]byte, error) {
	r, err := c.render()
	if err != nil {
		return dst, err
	}
	core := c.core()
	cs.anew = !cs.among && !core.held.Holds()
	err = cs.page.guard("Render", func() (err error) {
		dst, err = r.appendPart(dst, &core.held, cs.metaOf(core), cs.around(core.cid), &cs.shared)
		return err
	})
	return dst, err
}

// metaOf returns what the template of a component is rendered with.
func (cs *components) metaOf(core *liveCore) *Meta {
	of := partInfo{cs.page, &core.part}
	if cs.info == nil {
		return &Meta{page: of}
	}
	return &Meta{page: cs.info(of)}
}

// released carries out what TempAssign asked for, of what the last cycle rendered.
func (cs *components) released() error {
	if cs.liveSet == nil {
		return nil
	}
	for _, c := range cs.sent {
		core := c.core()
		if err := cs.contain(c, c.release(&core.held.Tree, core.held.Template(), cs.around(core.cid))); err != nil {
			return err
		}
	}
	clear(cs.sent)
	if cs.sent = cs.sent[:0]; cap(cs.sent) > keepSent {
		cs.sent = nil
	}
	return nil
}

// keepSent is how many components a cycle may have rendered for its list to be kept for
// the next.
const keepSent = 16

// expand returns a page's HTML with that of its components, on the HTTP render.
func (cs *components) expand(html []byte) ([]byte, error) {
	if cs.liveSet == nil {
		return html, nil
	}
	content := map[int][]byte{}
	for cs.waits() {
		if err := cs.settle(); err != nil {
			return nil, err
		}
		queue := cs.queue
		cs.queue = nil
		for _, c := range queue {
			core := c.core()
			core.queued, core.dirty = false, false
			own, err := cs.html(c)
			if err != nil {
				cs.failing(c)
				core.queued = true // it is shown right now, and isn't to be shown twice
				if err = cs.contain(c, err); err == nil {
					cs.dequeue(c)
					own, err = cs.html(c)
				}
				core.queued = false
				if err != nil {
					return nil, err
				}
			}
			content[core.cid] = own
		}
	}
	if cs.err != nil {
		return nil, cs.err
	}
	return engine.AppendExpanded(nil, html, func(cid int) []byte { return content[cid] }), nil
}

func (cs *components) html(c liveComponent) (html []byte, err error) {
	r, err := c.render()
	if err != nil {
		return nil, err
	}
	core := c.core()
	err = cs.page.guard("Render", func() (err error) {
		if r.template != nil {
			if err := r.template.OneElement(); err != nil {
				return err
			}
		}
		html, err = r.appendHTML(nil, cs.metaOf(core), cs.around(core.cid))
		return err
	})
	return html, err
}

// forgetAll notes that the client has dropped what it knew of all components: those that
// the page shows now go in full.
func (cs *components) forgetAll() {
	if cs.liveSet == nil {
		return
	}
	for _, c := range cs.all {
		c.core().held.Forget()
		if c.core().placed == cs.round {
			cs.enqueue(c)
		}
	}
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
	core.held.Marked = true
	defer func() {
		if !core.failing {
			if err := c.shutdown(); err != nil {
				cs.failed(c, err)
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

// partInfo is what a live component's template learns of the page: what is its own of
// it, too.
type partInfo struct {
	*page
	part *part
}

func (p partInfo) shownUpload(name string) (*Upload, error) { return p.uploadShown(p.part, name) }
func (p partInfo) live() (engine.Host, int)                 { return p.host, p.part.cid }
