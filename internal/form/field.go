package form

import (
	"strconv"
	"strings"
)

// Field is a field of a form as it is shown. The root package has a type of the same
// fields, to which it converts this one: so each is explained there. It holds numbers and
// texts alone, so that the engine can tell by its memory that it is the same as before.
type Field struct {
	Name, ID, Value, More          string
	Error, ErrorID                 string
	Type, InputMode                string
	Min, Max, Step, Pattern        string
	MinLength, MaxLength           int
	Required, Used, Changed, Multi bool
}

// Texts returns all values of a field, from its Value, its More, and whether it may
// have several.
func Texts(value, more string, multi bool) []string {
	if more == "" && !multi {
		return []string{value}
	}
	var all []string
	for more != "" {
		size, rest, _ := strings.Cut(more, ":")
		n, err := strconv.Atoi(size)
		if err != nil || n < 0 || n > len(rest) {
			break
		}
		all, more = append(all, rest[:n]), rest[n:]
	}
	if len(all) == 0 && value == "" {
		return nil
	}
	return append(all, value)
}

// join returns the Value and More of a field with these values.
func join(texts []string) (value, more string) {
	if len(texts) == 0 {
		return "", ""
	}
	last := len(texts) - 1
	if last == 0 {
		return texts[0], ""
	}
	var b strings.Builder
	for _, text := range texts[:last] {
		b.WriteString(strconv.Itoa(len(text)))
		b.WriteByte(':')
		b.WriteString(text)
	}
	return texts[last], b.String()
}
