package liveview

import (
	"errors"

	"github.com/gin-gonic/gin"
)

// httpPage is a page that is being rendered over HTTP, and what its guests need for
// that.
type httpPage struct {
	*page
	*rendering
	c *gin.Context
}

// rendering is what the views of one page have in common while it is rendered over HTTP.
type rendering struct {
	shown    map[string]bool // ids of the guests so far
	depth    int             // how deep the one that is being rendered is nested
	inLayout bool            // the views are done, and the layout is being written
	moved    bool            // a guest sends the visitor elsewhere
}

// errMoved ends a rendering that nobody is to see, as a view in the page answers the
// request in another way.
var errMoved = errors.New("a view in the page sends the visitor elsewhere")

// left reports whether a guest has answered the request.
func (r *rendering) left() bool { return r.moved }
