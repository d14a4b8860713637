package client

import "time"

// handedOn is the state that a view has left for the next one of its id, sealed. As the
// library's start script, the page has it for a second longer than that is as it was then.
type handedOn struct {
	seal  string
	until time.Time // zero while the view is as it was
}

// state returns what there is of the view of that id, "" for nothing.
func (d *document) state(id string) string {
	if h := d.states[id]; h.until.IsZero() || time.Now().Before(h.until) {
		return h.seal
	}
	return ""
}

// leaveState notes that the view of that id has changed.
func (d *document) leaveState(id string) {
	if h := d.states[id]; h.seal != "" && h.until.IsZero() {
		h.until = time.Now().Add(time.Second)
		d.states[id] = h
	}
}
