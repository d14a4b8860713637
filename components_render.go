package liveview

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
		if err := cs.restore(same); err != nil {
			return err
		}
		for _, u := range same {
			cs.changed(u.to)
		}
	}
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
	return &Meta{page: cs.shows.infoOf(partInfo{cs.page, &core.part})}
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
