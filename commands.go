package liveview

import (
	"strconv"

	"github.com/gin-liveview/liveview/js"
	"github.com/gin-liveview/liveview/protocol"
)

// jsHelper is the template function js.
func jsHelper() js.Funcs { return js.Funcs{} }

// commandsEvent is what the page is told to have it run c, for the element of the view
// with that id, or of its live component with that number.
func commandsEvent(viewID string, cid int, c js.Command) []byte {
	detail := protocol.AppendString([]byte(`{"id":`), viewID)
	detail = strconv.AppendInt(append(detail, `,"cid":`...), int64(cid), 10)
	return append(append(append(append(detail, `,"js":[`...), c.Operations()...), ']'), '}')
}
