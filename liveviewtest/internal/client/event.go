package client

import (
	"encoding/json"
	"maps"

	"github.com/gin-liveview/liveview/liveviewtest/internal/rendered"
)

// Diff is a decoded JSON object of the server's, with json.Number for numbers.
type Diff = rendered.Diff

// Event is one that the server pushed to the page's scripts.
type Event struct {
	Name    string
	Payload json.RawMessage
}

// inbox is what came for a page, whichever views it has had.
type inbox struct {
	events []Event // that the test hasn't taken
	diffs  int     // how many
}

func (i *inbox) add(events []Event) { i.events = append(i.events, events...) }

// take removes the first event of that name.
func (i *inbox) take(name string) (e Event, ok bool) {
	for at, e := range i.events {
		if e.Name == name {
			i.events = append(i.events[:at:at], i.events[at+1:]...)
			return e, true
		}
	}
	return Event{}, false
}

// eventsIn returns the events in a diff, or in the refusal of a join: those that
// come before the patch, and those after it.
func eventsIn(d Diff) (early, late []Event) {
	list, _ := d["e"].([]any)
	if list == nil {
		list, _ = d["events"].([]any)
	}
	for _, item := range list {
		parts, ok := item.([]any)
		if !ok || len(parts) < 2 {
			continue
		}
		name, _ := parts[0].(string)
		e := Event{Name: name, Payload: text(parts[1])}
		if len(parts) > 2 && parts[2] == true {
			early = append(early, e)
		} else {
			late = append(late, e)
		}
	}
	return early, late
}

// withoutExtras is d without reply, events and title.
func withoutExtras(d Diff) Diff {
	rest := maps.Clone(d)
	delete(rest, "r")
	delete(rest, "e")
	delete(rest, "t")
	return rest
}

// text is what came as JSON as JSON again.
func text(value any) json.RawMessage {
	b, err := json.Marshal(value)
	if err != nil {
		return json.RawMessage("null") // it came as JSON
	}
	return b
}
