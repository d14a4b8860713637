// Package plainhtml rewrites the HTML of a page so that its forms and buttons work
// without JavaScript: as forms that are posted to the page's own URL. It has no Gin and
// no I/O.
package plainhtml

import (
	"bytes"
	"encoding/json"
	"errors"
	"html"
	"strconv"
	"strings"
	"unsafe"

	"github.com/gin-liveview/liveview/internal/attr"
)

// The names of the fields that are added to forms, and of the buttons. What is posted
// under them isn't the application's.
const (
	TokenField  = "_csrf_token"
	EventField  = "_lv_event"  // what the form's submit is
	ChangeField = "_lv_change" // what a change of the form is
	ClickField  = "_lv_click"  // what the button is
)

// PostedMark is the attribute of a form that the page answers: what it was posted for.
const PostedMark = "data-lv-posted"

// Event is something for a callback of the application's to handle, as it travels in a
// form.
type Event struct {
	Name   string
	Values json.RawMessage // a JSON object, "" for none: phx-value-*, and the value of a push
	Live   string          // the key of the live component whose it is, "" for the view
	View   string          // the id of the view within the page whose it is, "" for the page's own

	// Href is where to go, without an event: what the commands patch and navigate say.
	Href string
}

// Parse reads what a form says is to happen, a JSON list of lists. It returns an error
// for what [AppendEvents] doesn't write.
func Parse(text string) ([]Event, error) {
	var lists [][]json.RawMessage
	if err := json.Unmarshal([]byte(text), &lists); err != nil {
		return nil, err
	}
	events := make([]Event, 0, len(lists))
	for _, list := range lists {
		var e Event
		into := []any{&e.Name, &e.Values, &e.Live, &e.View, &e.Href}
		if len(list) == 0 || len(list) > len(into) {
			return nil, errMalformed
		}
		for i, raw := range list {
			if err := json.Unmarshal(raw, into[i]); err != nil {
				return nil, err
			}
		}
		if len(e.Values) > 0 && e.Values[0] != '{' {
			return nil, errMalformed
		}
		if string(e.Values) == "{}" {
			e.Values = nil
		}
		events = append(events, e)
	}
	return events, nil
}

var errMalformed = errors.New("plainhtml: not an event as a form says it")

// AppendEvents appends what [Parse] reads.
func AppendEvents(dst []byte, events []Event) []byte {
	dst = append(dst, '[')
	for i, e := range events {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(append(dst, '['), e.Name)
		values := e.Values
		if len(values) == 0 {
			values = json.RawMessage("{}")
		}
		rest := []string{e.Live, e.View, e.Href}
		for len(rest) > 0 && rest[len(rest)-1] == "" {
			rest = rest[:len(rest)-1]
		}
		if len(rest) > 0 || len(e.Values) > 0 {
			dst = append(append(dst, ','), values...)
		}
		for _, text := range rest {
			dst = appendString(append(dst, ','), text)
		}
		dst = append(dst, ']')
	}
	return append(dst, ']')
}

// appendString appends text as JSON.
func appendString(dst []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			b, _ := json.Marshal(text) // a string can't fail
			return append(dst, b...)
		}
	}
	return append(append(append(dst, '"'), text...), '"')
}

// command is one of a list of JS commands: its name, and its arguments.
type command struct {
	Event  string          `json:"event"`
	Value  json.RawMessage `json:"value"`
	Target json.RawMessage `json:"target"`
	Href   string          `json:"href"`
	Attr   string          `json:"attr"`
	To     json.RawMessage `json:"to"`
}

// binding is what an attribute such as phx-click says is to be sent.
type binding struct {
	event  string
	value  json.RawMessage // of a push; nil for none
	target string          // of a push; "" for that of the element
	href   string
}

// bindings reads the attribute text, which is the name of an event or a list of commands.
// Of those what only changes the page in the browser is left out. other returns another
// attribute of the element.
func bindings(text string, other func(name string) string) []binding {
	if !strings.HasPrefix(text, "[") {
		if text == "" {
			return nil
		}
		return []binding{{event: text}}
	}
	return commands(text, other, 0)
}

// maxExec is how deep one command may run others that stand in another attribute.
const maxExec = 3

func commands(text string, other func(name string) string, depth int) (all []binding) {
	var list [][]json.RawMessage
	if json.Unmarshal([]byte(text), &list) != nil {
		return nil
	}
	for _, entry := range list {
		var name string
		var args command
		if len(entry) != 2 || json.Unmarshal(entry[0], &name) != nil || json.Unmarshal(entry[1], &args) != nil {
			continue
		}
		switch name {
		case "push":
			if args.Event == "" {
				continue
			}
			b := binding{event: args.Event, target: targetOf(args.Target)}
			if len(args.Value) > 0 && args.Value[0] == '{' {
				b.value = args.Value
			}
			all = append(all, b)
		case "patch", "navigate":
			all = append(all, binding{href: args.Href})
		case "exec":
			if len(args.To) == 0 && depth < maxExec && attr.TakesCommands(args.Attr) { // data in another one isn't to run
				all = append(all, commands(other(args.Attr), other, depth+1)...)
			}
		}
	}
	return all
}

// targetOf returns the text of a push's target, which is the number of a component or a
// selector.
func targetOf(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var number int
	if json.Unmarshal(raw, &number) == nil {
		return strconv.Itoa(number)
	}
	return ""
}

// values returns what is sent with an event of an element: its phx-value-* attributes,
// "value" of the button, and what a push adds; "" for nothing.
func values(pairs []pair, pushed json.RawMessage) json.RawMessage {
	if len(pairs) == 0 {
		return pushed
	}
	b := appendPairs([]byte{'{'}, pairs)
	if len(pushed) > len("{}") { // of two with one name the last counts
		return append(append(b, ','), pushed[1:]...)
	}
	return append(b, '}')
}

// appendPairs appends the members of an object.
func appendPairs(dst []byte, pairs []pair) []byte {
	for i, p := range pairs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, p.name)
		dst = appendString(append(dst, ':'), p.value)
	}
	return dst
}

type pair struct{ name, value string }

// unescape returns the text of an attribute; text that has no references is a part of it.
func unescape(value []byte) string {
	if bytes.IndexByte(value, '&') >= 0 {
		return html.UnescapeString(string(value))
	}
	return text(value)
}

// text is b as a string, for as long as nobody changes b.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
