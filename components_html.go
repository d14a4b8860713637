package liveview

import (
	"github.com/gin-liveview/liveview/internal/engine"
)

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
