package liveview

import (
	"github.com/gin-liveview/liveview/internal/engine"
)

// partInfo is what a live component's template learns of the page: what is its own of
// it, too.
type partInfo struct {
	*page
	part *part
}

func (p partInfo) shownUpload(name string) (*Upload, error) { return p.uploadShown(p.part, name) }
func (p partInfo) live() (engine.Host, int)                 { return p.host, p.part.cid }

func (p partInfo) signedFor() signedFor {
	bound := p.page.signedFor()
	if all, ok := p.host.(interface {
		hears(cid int) (name string, ok bool)
	}); ok {
		bound.component, _ = all.hears(p.part.cid)
	}
	return bound
}
