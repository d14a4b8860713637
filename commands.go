package liveview

import (
	"fmt"

	"github.com/gin-liveview/liveview/js"
	"github.com/gin-liveview/liveview/protocol"
)

// jsHelper is the template function js.
func jsHelper() js.Funcs { return js.Funcs{} }

// constantHelpers are the template functions whose results depend on their arguments alone.
var constantHelpers = map[string]bool{"js": true, "focusWrap": true, "focusEdge": true, "portal": true, "ignoreAttributes": true}

// commandsEvent is what a page is told to have it run c, for the element of the view with
// that id, or of its live component with that number.
func commandsEvent(viewID string, cid int, c js.Command) []byte {
	id := protocol.AppendString(nil, viewID)
	list := c.String()
	if list == "" {
		list = "[]"
	}
	return fmt.Appendf(nil, `{"id":%s,"cid":%d,"js":%s}`, id, cid, list)
}
