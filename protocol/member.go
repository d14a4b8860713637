package protocol

import (
	"encoding/json"
	"fmt"
)

// object validates data, which must be one JSON object called what in errors,
// and calls member with each name, unquoted, and value, raw.
func (l Limits) object(what string, data []byte, member func(name, value []byte) error) error {
	s := l.scan(data)
	if s.peek() != '{' {
		return l.notA(what, "an object", data)
	}
	if err := s.object(member); err != nil {
		return err
	}
	return s.end()
}

// array validates data, which must be one JSON array called what in errors, and
// calls element with each element, raw.
func (l Limits) array(what string, data []byte, element func(value []byte) error) error {
	s := l.scan(data)
	if s.peek() != '[' {
		return l.notA(what, "an array", data)
	}
	if err := s.array(element); err != nil {
		return err
	}
	return s.end()
}

// members returns the members of data, which must be one JSON object called what
// in errors.
func (l Limits) members(what string, data []byte) (map[string]json.RawMessage, error) {
	m := make(map[string]json.RawMessage)
	err := l.object(what, data, func(name, value []byte) error {
		m[string(name)] = value
		return nil
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// onlyText returns the one string member of an object that matters.
func (l Limits) onlyText(payload []byte, member string) (string, error) {
	var raw []byte
	err := l.object("payload", payload, func(name, value []byte) error {
		if string(name) == member {
			raw = value
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return requiredText(member, raw)
}

// valid checks that data is one JSON value.
func (l Limits) valid(data []byte) error {
	s := l.scan(data)
	if err := s.value(s.peek()); err != nil {
		return err
	}
	return s.end()
}

// notA returns the error for data of the wrong type: what is wrong with the
// JSON, if anything, else that its type is.
func (l Limits) notA(what, want string, data []byte) error {
	if err := l.valid(data); err != nil {
		return err
	}
	return wrongType(what, want)
}

// isNull reports whether a member is absent or null.
func isNull(raw []byte) bool {
	return len(raw) == 0 || raw[0] == 'n'
}

// textMember returns the string that raw, a valid JSON value, holds. A member that
// is absent or null gives "".
func textMember(name string, raw []byte) (string, error) {
	if isNull(raw) {
		return "", nil
	}
	if raw[0] != '"' {
		return "", wrongType(name, "a string")
	}
	return unquote(raw), nil
}

// requiredText is textMember for a member that must be there.
func requiredText(name string, raw []byte) (string, error) {
	if isNull(raw) {
		return "", fmt.Errorf("%w: %s is missing", ErrMalformed, name)
	}
	return textMember(name, raw)
}
