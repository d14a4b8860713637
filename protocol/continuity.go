package protocol

// Events of our own, by which a server that is about to end leaves what its views are to
// the page. The official client passes over events that it doesn't know
// (phoenix/assets/js/phoenix/channel.js, trigger).
const (
	// EventHold, of the server, says that a view is about to be closed: the page sends it
	// nothing more, and answers with EventHeld once all that it had sent is on its way.
	EventHold = "lv:hold"
	EventHeld = "lv:held"

	// EventState, of the server, has the page bring along what its payload holds when it
	// joins again; see [Join.State].
	EventState = "lv:state"
)

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
