package protocol

import (
	"strconv"
	"time"
)

// Events of our own, by which a server that is about to end leaves what its views are to
// the page. The official client passes over events that it doesn't know
// (phoenix/assets/js/phoenix/channel.js, trigger).
const (
	// EventHold, of the server, says that a view is about to be closed: the page sends it
	// nothing more, and answers with EventHeld once all that it had sent is on its way. Its
	// payload is a HoldPush.
	EventHold = "lv:hold"
	EventHeld = "lv:held"

	// EventState, of the server, has the page bring along what its payload holds when it
	// joins again; see [Join.State].
	EventState = "lv:state"
)

// HoldPush is the payload of [EventHold]. Source: our start script.
type HoldPush struct {
	For time.Duration // after which the socket isn't about to be closed any more; in milliseconds on the wire
}

// AppendJSON appends {"for":…}.
func (p HoldPush) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"for":`...)
	dst = strconv.AppendInt(dst, p.For.Milliseconds(), 10)
	return append(dst, '}')
}

// StatePush is the payload of [EventState]. Source: our start script.
type StatePush struct {
	State string // sealed; "" where it is too large, or can't be saved
}

// AppendJSON appends {"state":"…"}.
func (p StatePush) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"state":`...)
	dst = AppendString(dst, p.State)
	return append(dst, '}')
}
