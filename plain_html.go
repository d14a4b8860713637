package liveview

import (
	"strconv"
	"sync/atomic"

	"github.com/gin-liveview/liveview/internal/bufpool"
	"github.com/gin-liveview/liveview/internal/plainhtml"
)

// plainHTML is what the views of one page have in common when their HTML is made to work
// without JavaScript: the page is the one that is rendered over HTTP. What the client
// renders of a join knows nothing of it, and takes it away.
type plainHTML struct {
	off    bool   // forms get their method and nothing else
	action string // of all forms
	page   string // id of the page's own view
	token  string // "" before it is needed
	posted string // the form that the page answers; "" for none

	size *atomic.Int64 // in bytes, of what was written into the last page of the route
}

// rewrite makes the forms and buttons work of a view that is rendered over HTTP; content
// is what it shows. id is that of a view in another one's page, "" for the page's own.
func (h *plainHTML) rewrite(p *page, id string, live *components, content *bufpool.Buffer, from int) {
	v := plainhtml.View{
		ID: id, Action: h.action, Posted: h.posted, MethodOnly: h.off,
		Token: func() string {
			if h.token == "" {
				h.token = postToken{page: h.page, browser: p.browser}.sign(p.app.signer)
			}
			return h.token
		},
		Target: func(target string) (string, bool) {
			cid, err := strconv.Atoi(target)
			if err != nil {
				return "", false
			}
			key := live.key(cid)
			return key, key != ""
		},
	}
	buf := bufpool.Frames.GetFor(int(h.size.Load()))
	content.B, buf.B = v.Rewrite(content.B, from, buf.B)
	h.size.Store(int64(len(buf.B)))
	bufpool.Frames.Put(buf)
}
