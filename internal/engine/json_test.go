package engine_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// decodeJSON decodes as encoding/json does into an any with UseNumber, but
// refuses objects in which a member appears twice.
func decodeJSON(source string) (any, error) {
	if !json.Valid([]byte(source)) {
		return nil, errors.New("no JSON")
	}
	d := jsonDecoder{source}
	return d.value()
}

// jsonDecoder decodes valid JSON.
type jsonDecoder struct{ rest string }

// next drops space and returns the next byte.
func (d *jsonDecoder) next() byte {
	d.rest = strings.TrimLeft(d.rest, " \t\r\n")
	return d.rest[0]
}

// skip drops the next byte if it is c.
func (d *jsonDecoder) skip(c byte) bool {
	if d.next() != c {
		return false
	}
	d.rest = d.rest[1:]
	return true
}

func (d *jsonDecoder) value() (any, error) {
	switch d.next() {
	case '{':
		d.skip('{')
		object := map[string]any{}
		for first := true; !d.skip('}'); first = false {
			if !first {
				d.skip(',')
			}
			key, err := d.string()
			if err != nil {
				return nil, err
			}
			if _, twice := object[key]; twice {
				return nil, fmt.Errorf("member %q appears twice", key)
			}
			d.skip(':')
			if object[key], err = d.value(); err != nil {
				return nil, err
			}
		}
		return object, nil
	case '[':
		d.skip('[')
		array := []any{}
		for first := true; !d.skip(']'); first = false {
			if !first {
				d.skip(',')
			}
			v, err := d.value()
			if err != nil {
				return nil, err
			}
			array = append(array, v)
		}
		return array, nil
	case '"':
		return d.string()
	}
	end := strings.IndexAny(d.rest, ",]} \t\r\n")
	if end < 0 {
		end = len(d.rest)
	}
	word := d.rest[:end]
	d.rest = d.rest[end:]
	switch word {
	case "null":
		return nil, nil
	case "true", "false":
		return word == "true", nil
	}
	return json.Number(word), nil
}

func (d *jsonDecoder) string() (string, error) {
	d.next()
	end := 1
	for d.rest[end] != '"' {
		if d.rest[end] == '\\' {
			end++
		}
		end++
	}
	quoted := d.rest[:end+1]
	d.rest = d.rest[end+1:]
	if !strings.Contains(quoted, `\`) {
		return quoted[1:end], nil
	}
	var s string
	err := json.Unmarshal([]byte(quoted), &s)
	return s, err
}

// The client of the tests reads JSON as encoding/json does.
func TestDecodeJSON(t *testing.T) {
	for _, source := range []string{`{}`, ` { "a" : [ 1 , -2.5e3 , "b\"\\\u00e9" , true , false, null ] , "c":{"":[]} } `, `"x"`, `7`} {
		d := json.NewDecoder(strings.NewReader(source))
		d.UseNumber()
		var want any
		if err := d.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if got, err := decodeJSON(source); err != nil || fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", want) {
			t.Errorf("%s is %#v, %v, want %#v", source, got, err, want)
		}
	}
	for _, source := range []string{`{"a":1,"a":1}`, `{"x":{"b":1,"c":2,"b":3}}`, `{`, `{"a":1,}`, `[1 2]`} {
		if got, err := decodeJSON(source); err == nil {
			t.Errorf("%s is %#v, want an error", source, got)
		}
	}
}
