package protocol

import (
	"bytes"
	"encoding/json"
)

// Types of an [Event]. Only [TypeForm] changes how the value is read. Further
// types may appear, as may none.
//
// Source: the callers of pushWithReply in
// phoenix_live_view/assets/js/phoenix_live_view/view.ts, with theirs in
// live_socket.ts, js.js and view_hook.ts.
const (
	TypeClick   = "click"
	TypeForm    = "form"
	TypeKeydown = "keydown"
	TypeKeyup   = "keyup"
	TypeFocus   = "focus"
	TypeBlur    = "blur"
	TypeHook    = "hook"
	TypeJS      = "js"
	TypeRemove  = "remove"
)

// EventClearFlash is the [Event.Name] with which the client clears the flash: the
// kind in the value's member "key", or all of it if there is none. Other names that
// start with "lv:" are reserved.
const EventClearFlash = "lv:clear-flash"

// Events of our own start script.
const (
	// EventEmptyFiles says that empty files were chosen, which the official client
	// drops. Its value is for [Limits.DecodeEmptyFiles].
	EventEmptyFiles = "lv:empty-files"

	// EventFilesLost says that files that the page was to choose again can't be: the page
	// doesn't show their input any more. Its value is for [Limits.DecodeFilesLost].
	EventFilesLost = "lv:files-lost"

	// EventUnlock asks for nothing but an answer, with which the client unlocks
	// what it had locked before.
	EventUnlock = "lv:unlock"
)

// PushUnlock is the event pushed to the page that has it send an [EventUnlock] from
// the file input whose id is the payload's member "id".
const PushUnlock = "liveview:unlock"

// PushCommands is the event pushed to the page that has it run JS commands: its payload
// has the id of the view's element, the number of the live component, 0 for the view
// itself, and the commands as the client knows them, as "id", "cid" and "js".
const PushCommands = "liveview:js"

// Event is the payload of the event "event": something the user did.
//
// Source: handle_info for "event" in phoenix_live_view/lib/phoenix_live_view/channel.ex.
type Event struct {
	Type string // [TypeClick] and so on; "" when null
	Name string // the app's name for it, as in phx-click="inc"

	// Value is JSON as sent, or nil if it is missing. For [TypeForm] it is a
	// string holding a urlencoded form, for [Limits.DecodeForm]; otherwise any
	// value, in practice an object, for [Limits.DecodeValues].
	Value json.RawMessage

	// Meta is the object that goes with a form, for [Limits.DecodeMeta]. Nil
	// for other types.
	Meta json.RawMessage

	CID int // the live component it is for, counted from 1; 0 means the view

	// Uploads are the files selected so far, by the ref of the upload. Only a
	// form's change has them. Nil if there are none.
	Uploads map[string][]UploadEntry
}

// DecodeEvent decodes the payload of the event "event":
//
//	{"type":"click","event":"inc","value":{},"cid":2}
func (l Limits) DecodeEvent(payload []byte) (Event, error) {
	l = l.withDefaults()
	var typ, event, value, meta, cid, uploads []byte
	err := l.object("event", payload, func(name, raw []byte) error {
		switch string(name) {
		case "type":
			typ = raw
		case "event":
			event = raw
		case "value":
			value = raw
		case "meta":
			meta = raw
		case "cid":
			cid = raw
		case "uploads":
			uploads = raw
		}
		return nil
	})
	if err != nil {
		return Event{}, err
	}

	e := Event{Value: value, Meta: meta, Type: internType(typ)}
	if e.Type == "" {
		if e.Type, err = textMember("type", typ); err != nil {
			return Event{}, err
		}
	}
	if e.Name, err = requiredText("event", event); err != nil {
		return Event{}, err
	}
	if e.CID, err = cidMember(cid); err != nil {
		return Event{}, err
	}
	if !isNull(uploads) {
		if e.Uploads, err = l.uploads(uploads); err != nil {
			return Event{}, err
		}
	}
	return e, nil
}

// EventHead is what the beginning of an event's payload says. What isn't in it is "".
type EventHead struct {
	Type, Name string // of [Event]
	Upload     string // the first ref in Uploads
}

// DecodeEventHead decodes the beginning of the payload of an "event", which may end, or
// be wrong, anywhere. The client names its members in the order of type, event, value,
// meta and uploads.
func (l Limits) DecodeEventHead(payload []byte) EventHead {
	l = l.withDefaults()
	var e EventHead
	s := l.scan(payload)
	if s.peek() != '{' {
		return e
	}
	_ = s.object(func(member, value []byte) error { // which ends in an error where payload does
		if value[0] != '"' {
			return nil
		}
		switch string(member) {
		case "type":
			e.Type = unquote(value)
		case "event":
			e.Name = unquote(value)
		}
		return nil
	})
	// In no string are there quotes without a backslash.
	if _, uploads, ok := bytes.Cut(payload, []byte(`"uploads":{`)); ok {
		s := l.scan(uploads)
		if raw, err := s.raw(); err == nil && raw[0] == '"' {
			e.Upload = unquote(raw)
		}
	}
	return e
}

// internType returns the constant for the JSON string raw, or "".
func internType(raw []byte) string {
	switch string(raw) {
	case `"click"`:
		return TypeClick
	case `"form"`:
		return TypeForm
	case `"keydown"`:
		return TypeKeydown
	case `"keyup"`:
		return TypeKeyup
	case `"focus"`:
		return TypeFocus
	case `"blur"`:
		return TypeBlur
	case `"hook"`:
		return TypeHook
	case `"js"`:
		return TypeJS
	case `"remove"`:
		return TypeRemove
	}
	return ""
}

// DecodeValues decodes the value of an event that is not a form into its
// members, each raw JSON. A value that is not an object, or missing, gives nil;
// an empty object gives an empty map.
func (l Limits) DecodeValues(value json.RawMessage) (map[string]json.RawMessage, error) {
	l = l.withDefaults()
	if len(value) == 0 {
		return nil, nil
	}
	if s := l.scan(value); s.peek() != '{' {
		return nil, l.valid(value)
	}
	return l.members("value", value)
}
