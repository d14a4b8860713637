package liveview

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/gin-liveview/liveview/internal/sign"
)

// signedMark is what a signed value begins with as it travels, in characters that neither
// JSON nor a form escapes. The signature follows, a point, and the value.
const signedMark = "lv-signed."

// errSignature is returned for a value that nobody signed for who is to handle it.
var errSignature = errors.New("a signed value isn't what was signed for this view or live component, name and visitor")

// signedFor is what a signed value is bound to, besides its name.
type signedFor struct {
	view      string // its type
	component string // the live component's label; "" for the view itself
	browser   string
	user      string // that Identify named
}

func (f signedFor) fields(name, value string) []string {
	return []string{f.view, f.component, f.browser, f.user, name, value}
}

func (f signedFor) sign(s *sign.Signer, name, value string) string {
	return signedMark + s.Mark(sign.Value, f.fields(name, value)...) + "." + value
}

// open returns the value of what sign has made, and text itself where that isn't signed.
func (f signedFor) open(s *sign.Signer, name, text string) (value string, signed bool, err error) {
	rest, signed := strings.CutPrefix(text, signedMark)
	if !signed {
		return text, false, nil
	}
	mark, value, _ := strings.Cut(rest, ".")
	if !s.IsMark(mark, sign.Value, f.fields(name, value)...) {
		return "", true, fmt.Errorf("%.100q: %w", name, errSignature)
	}
	return value, true, nil
}

// openPayload returns the payload of an event with each signed value in it as that was
// before it was signed, and what these are, by name. Nothing else of it changes.
func (f signedFor) openPayload(s *sign.Signer, payload []byte) ([]byte, map[string]string, error) {
	var event map[string]json.RawMessage
	if json.Unmarshal(payload, &event) != nil {
		return payload, nil, nil //nolint:nilerr // which is found out elsewhere
	}
	signed, plain := map[string]string{}, map[string]bool{}
	for _, member := range []string{"meta", "value"} { // as Event.Value prefers them
		opened, err := f.openJSON(s, event[member], signed, plain)
		if err != nil {
			return nil, nil, err
		}
		if opened != nil {
			event[member] = opened
		}
	}
	if len(signed) == 0 {
		return payload, nil, nil
	}
	for name := range signed {
		if plain[name] {
			return nil, nil, fmt.Errorf("%.100q: beside the signed value there is one of that name that isn't signed: %w", name, errSignature)
		}
	}
	opened, err := json.Marshal(event)
	return opened, signed, err
}

// openJSON is openPayload for an object of values, or a form in a string. The names of
// values that aren't signed go into plain.
func (f signedFor) openJSON(s *sign.Signer, raw json.RawMessage, signed map[string]string, plain map[string]bool) (json.RawMessage, error) {
	var form string
	if json.Unmarshal(raw, &form) == nil {
		opened, err := f.openForm(s, form, signed, plain)
		if err != nil {
			return nil, err
		}
		return json.Marshal(opened)
	}
	var values map[string]json.RawMessage
	if json.Unmarshal(raw, &values) != nil {
		return nil, nil //nolint:nilerr,nilnil // as above: nothing is opened
	}
	for name, value := range values {
		var text string
		if json.Unmarshal(value, &text) != nil {
			plain[name] = true
			continue
		}
		opened, isSigned, err := f.open(s, name, text)
		if err != nil {
			return nil, err
		}
		if !isSigned {
			plain[name] = true
			continue
		}
		signed[name] = opened
		if values[name], err = json.Marshal(opened); err != nil {
			return nil, err
		}
	}
	return json.Marshal(values)
}

// openForm is openPayload for an urlencoded form.
func (f signedFor) openForm(s *sign.Signer, body string, signed map[string]string, plain map[string]bool) (string, error) {
	fields := strings.Split(body, "&")
	for i, field := range fields {
		key, value, _ := strings.Cut(field, "=")
		name, err := url.QueryUnescape(key)
		if err != nil {
			return body, nil //nolint:nilerr // which is found out elsewhere
		}
		if !strings.HasPrefix(value, signedMark) {
			plain[name] = true
			continue
		}
		text, err := url.QueryUnescape(value)
		if err != nil {
			return body, nil //nolint:nilerr // as above
		}
		opened, _, err := f.open(s, name, text)
		if err != nil {
			return "", err
		}
		signed[name] = opened
		fields[i] = key + "=" + url.QueryEscape(opened)
	}
	return strings.Join(fields, "&"), nil
}

// mayBeSigned reports whether an event's payload may have signed values.
func mayBeSigned(payload []byte) bool { return bytes.Contains(payload, []byte(signedMark)) }
