package liveviewtest

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Event is one that the server pushed by [liveview.Socket.PushEvent].
//
// [liveview.Socket.PushEvent]: https://pkg.go.dev/github.com/gin-liveview/liveview#Socket.PushEvent
type Event struct {
	Name    string
	Payload json.RawMessage
}

// Events returns the events that the server has pushed and that no
// [View.ExpectEvent] has taken.
func (v *View) Events() []Event {
	v.t.Helper()
	v.page.Update()
	var all []Event
	for _, e := range v.page.Events() {
		all = append(all, Event(e))
	}
	return all
}

// ExpectEvent waits for an event that the server pushed by PushEvent, takes it,
// and returns its payload. Events of other names before it stay.
func (v *View) ExpectEvent(name string) json.RawMessage {
	v.t.Helper()
	var payload json.RawMessage
	if v.page.Wait(func() bool {
		e, ok := v.page.TakeEvent(name)
		payload = e.Payload
		return ok
	}) {
		return payload
	}
	var names []string
	for _, e := range v.page.Events() {
		names = append(names, fmt.Sprintf("%q", e.Name))
	}
	v.t.Fatalf("liveviewtest: ExpectEvent(%q): the server hasn't pushed it within %v; it has pushed [%s]", name, v.timeout, strings.Join(names, " "))
	return nil
}
