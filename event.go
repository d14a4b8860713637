package liveview

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/gin-liveview/liveview/internal/form"
	"github.com/gin-liveview/liveview/protocol"
)

// Event is something the user did, or a hook's pushEvent.
type Event struct {
	// Name is what the template says: phx-click="inc" has the name "inc".
	// Nothing in a form can change it.
	Name string

	// Type is how it came about: "click", "form" (change and submit),
	// "keydown", "keyup", "focus", "blur", "hook" (a hook's pushEvent), or what
	// else the client has to say. It may be empty. "upload" is what Authorize
	// sees when the page is about to send files of an upload: Name is then the
	// upload's, there are no values, and HandleEvent doesn't get it. A client
	// can't say so.
	Type string

	// Component is the live component whose element it comes from, as NewLive
	// returned it; nil for the view itself.
	Component AnyLive

	signed map[string]string // values that were signed, by name

	raw       protocol.Event
	body      *formBody                  // of forms
	meta      protocol.Meta              // of forms
	recovered bool                       // as Recovered says
	say       func(form.Problem) string  // nil: English
	locale    string                     // in which say speaks
	data      map[string]json.RawMessage // of all others
}

// formBody is what a form has sent. Its fields are taken out once they are asked for.
type formBody struct {
	text protocol.FormBody
	once sync.Once
	form protocol.Form
}

// fields returns the fields by their names; none for nil.
func (b *formBody) fields() protocol.Form {
	if b == nil {
		return protocol.Form{}
	}
	b.once.Do(func() { b.form = b.text.Form() })
	return b.form
}

// uploadEvent is the type of what Authorize is asked before an upload.
const uploadEvent = "upload"

// decodeEvent takes an event's payload, which it keeps.
func decodeEvent(limits protocol.Limits, payload []byte) (Event, error) {
	raw, err := limits.DecodeEvent(payload)
	if err != nil {
		return Event{}, err
	}
	e := Event{Name: raw.Name, Type: raw.Type, raw: raw}
	if e.Type == uploadEvent {
		e.Type = ""
	}
	if raw.Type != "form" {
		if len(raw.Value) > 0 && string(raw.Value) != "{}" {
			e.data, err = limits.DecodeValues(raw.Value)
		}
		return e, err
	}
	text, err := limits.DecodeFormBody(raw.Value)
	if err != nil {
		return e, err
	}
	e.body = &formBody{text: text}
	if len(raw.Meta) > 0 {
		e.meta, err = limits.DecodeMeta(raw.Meta)
		if _, e.recovered = e.meta.Values[recoveryMark]; e.recovered {
			delete(e.meta.Values, recoveryMark)
		}
	}
	return e, err
}

// UnmarshalJSON makes e the event that a page sends as the JSON object data, with its
// members "type", "event" (the name), "value" and "meta". A test makes one by
// liveviewtest.NewEvent. It returns an error for what no page sends.
func (e *Event) UnmarshalJSON(data []byte) error {
	decoded, err := decodeEvent(protocol.Limits{}, slices.Clone(data))
	if err != nil {
		return fmt.Errorf("liveview: an event: %w", err)
	}
	*e = decoded
	return nil
}

// Value returns one value of the event as text: of a form's field, of
// phx-value-name, "key" of a key event, "value" of the element, or a member of
// the object that a hook pushed. It returns "" for one that isn't there. Where
// a form has several fields of that name, it is the last one.
func (e Event) Value(name string) string {
	if v := e.body.fields().Values[name]; len(v) > 0 {
		return v[len(v)-1]
	}
	if raw, ok := e.data[name]; ok {
		return scalarText(raw)
	}
	if raw, ok := e.meta.Values[name]; ok {
		return scalarText(raw)
	}
	return ""
}

// Signed returns a value that the page was given by {{signed name value}} or
// [Meta.Signed], for this view or live component and this visitor, and brought back
// unchanged. ok is false for one that is missing or wasn't signed, whatever Value says of
// it. An event with a signature that isn't right never gets here.
func (e Event) Signed(name string) (value string, ok bool) {
	value, ok = e.signed[name]
	return value, ok
}

// Int is Value as a decimal integer, 0 for one that isn't there, isn't one, or is
// too large for an int.
func (e Event) Int(name string) int {
	n, err := strconv.Atoi(e.Value(name))
	if err != nil {
		return 0
	}
	return n
}

// Values returns all values of the event by name, as [Event.Value] reads them:
// repeated fields ("user[tags][]") in their order in the form, objects and
// lists of a hook's payload as JSON. The map is the caller's own.
func (e Event) Values() url.Values {
	form := e.body.fields()
	values := make(url.Values, len(form.Values)+len(e.data)+len(e.meta.Values))
	for name, raw := range e.meta.Values {
		values.Set(name, scalarText(raw))
	}
	for name, raw := range e.data {
		values.Set(name, scalarText(raw))
	}
	for name, v := range form.Values {
		values[name] = append([]string(nil), v...)
	}
	return values
}

// inputs are the values of the event in their order: those of a form as they stand in
// it, others by their names.
func (e Event) inputs() iter.Seq[form.Input] {
	return func(yield func(form.Input) bool) {
		for _, named := range []map[string]json.RawMessage{e.meta.Values, e.data} {
			for _, name := range slices.Sorted(maps.Keys(named)) {
				if len(e.body.fields().Values[name]) == 0 && !yield(form.Input{Name: name, Text: scalarText(named[name])}) {
					return
				}
			}
		}
		if e.body == nil {
			return
		}
		for in := range inputsOf(e.body.text) {
			if !yield(in) {
				return
			}
		}
	}
}

// sent is the event for a form.
func (e Event) sent() form.Sent {
	s := form.Sent{Fields: e.inputs(), Target: e.meta.Target, Say: e.sentence, Locale: e.locale}
	if e.body != nil && len(e.meta.Values) == 0 {
		s.Body, s.Read = string(e.body.text), func(body string) iter.Seq[form.Input] { return inputsOf(protocol.FormBody(body)) }
	}
	return s
}

// inputsOf are the fields of a body.
func inputsOf(body protocol.FormBody) iter.Seq[form.Input] {
	return func(yield func(form.Input) bool) {
		for f := range body.All() {
			if !yield(form.Input{Name: f.Name, Text: f.Value, Marker: f.Marker}) {
				return
			}
		}
	}
}

// sentence says what is wrong with a field's value.
func (e Event) sentence(p form.Problem) string {
	if e.say != nil {
		return e.say(p)
	}
	return p.String()
}

// Recovered reports whether the page sent the event by itself, with what a form holds, as
// its view has joined anew: after a lost connection, a crash or a deployment, or for the
// first time with what was entered before. It is the form's phx-change, or its
// phx-auto-recover, and what the form holds differs from what the view shows in it. A
// view takes what it says into its state and does nothing else that a change does, such as
// to move the page.
func (e Event) Recovered() bool { return e.recovered }

// recoveryMark is how our start script marks such an event.
//
// Source: markRecovery in internal/client/start/recover.js.
const recoveryMark = "_lv_recover"

// Target returns the path of the form field whose change this is, such as
// ["user", "name"] for an input named "user[name]"; nil if it isn't a change or
// the client couldn't tell.
func (e Event) Target() []string { return protocol.TargetPath(e.meta.Target) }

// Used reports whether the user has been to the form field of that name. A form
// that validates as one types keeps quiet about the others. Once the form is
// submitted every field counts as used.
func (e Event) Used(field string) bool { return !e.body.fields().Unused[field] }

// Payload returns the event's value as the client sent it, in JSON: what a hook
// pushed. The slice is the caller's own.
func (e Event) Payload() json.RawMessage {
	return append(json.RawMessage(nil), e.raw.Value...)
}

// String returns the event as a log line wants it: short, and without its values, which
// may be secrets.
func (e Event) String() string {
	if target := e.Target(); target != nil {
		return fmt.Sprintf("%.100s %.100q of %.100s", e.Type, e.Name, strings.Join(target, "."))
	}
	return fmt.Sprintf("%.100s %.100q", e.Type, e.Name)
}

// scalarText returns a JSON string as its text, null as "" and everything else
// as its JSON.
func scalarText(raw json.RawMessage) string {
	if len(raw) > 0 && raw[0] == '"' {
		var s string
		if json.Unmarshal(raw, &s) == nil {
			return s
		}
	}
	if string(raw) == "null" {
		return ""
	}
	return string(raw)
}
