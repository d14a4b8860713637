package presence

import (
	"encoding/json"

	"github.com/gin-liveview/liveview/internal/shape"
	"github.com/gin-liveview/liveview/pubsub"
)

// message is what processes tell each other. Each numbers what it tells of its
// presences: the clock is how many messages of changes it has sent, and with the
// same clock everybody knows the same of it.
type message struct {
	Node  string
	Kind  messageKind
	Shape [shape.HashBytes]byte // of what is told of a presence

	To    string `json:",omitempty"` // of an ask: one process, "" for all
	From  uint64 `json:",omitempty"` // of a change: the clock before it
	Clock uint64 `json:",omitempty"`

	Joined []json.RawMessage `json:",omitempty"` // of a change, or of a state: records
	Left   []uint64          `json:",omitempty"` // of a change

	Telling uint64 `json:",omitempty"` // of a state: counts them
	Part    int    `json:",omitempty"` // of a state: from 0
	Parts   int    `json:",omitempty"` // of a state: how many there are
}

func init() { pubsub.Register[message]("liveview.presence") }

type messageKind string

const (
	kindBeat   messageKind = "beat"   // the process lives, and its clock
	kindChange messageKind = "change" // who came, who left, what is otherwise
	kindState  messageKind = "state"  // a part of all there is
	kindPoll   messageKind = "poll"   // everybody say your clock
	kindAsk    messageKind = "ask"    // say all there is
	kindBye    messageKind = "bye"
)

// record is a presence as it travels.
type record[M any] struct {
	ID         uint64
	Topic, Key string
	Meta       M
}

const (
	// MaxEntry is how much may be told of one presence, in bytes: topic, key and
	// meta, as JSON.
	MaxEntry = pubsub.MaxMessage / 4

	// partBytes is how much of many presences goes into one message.
	partBytes = pubsub.MaxMessage / 4
)

// cut divides records into parts that are small enough for a message; there is
// one at least.
func cut(records []json.RawMessage) [][]json.RawMessage {
	parts := [][]json.RawMessage{nil}
	size := 0
	for _, r := range records {
		last := len(parts) - 1
		if size += len(r) + 1; size > partBytes && len(parts[last]) > 0 {
			parts = append(parts, nil)
			last, size = last+1, len(r)+1
		}
		parts[last] = append(parts[last], r)
	}
	return parts
}
