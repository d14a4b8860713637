package protocol

import (
	"encoding/json"
	"fmt"
	"iter"
	"net/url"
	"strings"
	"unicode/utf8"
)

// unusedPrefix starts the last segment of the name of a marker field, which the
// client adds for each visible field the user has not touched yet:
// user[_unused_name] goes with user[name].
//
// Source: prependFormDataKey in phoenix_live_view/assets/js/phoenix_live_view/view.ts.
const unusedPrefix = "_unused_"

// Form is the content of an HTML form.
type Form struct {
	// Values holds the fields by their names as in the HTML, such as
	// "user[name]" and "tags[]". Values of one name are in the order sent.
	// Marker fields are left out.
	Values url.Values

	// Unused is the set of fields that the user has not touched, so that an
	// error need not be shown yet. Nil if there are none, as on submit.
	Unused map[string]bool
}

// FormBody is an application/x-www-form-urlencoded body, as [Limits.DecodeFormBody]
// returns it: one that can be read.
type FormBody string

// FormField is a field of a body.
type FormField struct {
	Name, Value string
	// Marker is set for a marker field; Name then is the name of the field that it
	// marks.
	Marker bool
}

// DecodeForm decodes the value of an event of [TypeForm], a JSON string that holds
// an application/x-www-form-urlencoded body:
//
//	"user%5Bname%5D=a&tags[]=x&tags[]=y&_unused_age=&age="
//
// Names are not taken apart. It returns an error wrapping [ErrMalformed] for a
// value that is not a string, a bad percent escape, or text that is not UTF-8; and
// one wrapping [ErrLimit] for more than MaxKeys fields, the client's markers not
// counted, or a name with more than MaxDepth brackets.
func (l Limits) DecodeForm(value json.RawMessage) (Form, error) {
	body, err := l.DecodeFormBody(value)
	if err != nil {
		return Form{}, err
	}
	return body.Form(), nil
}

// DecodeFormBody is [Limits.DecodeForm] that only sees to it that the body can be read,
// for who wants few of its fields.
func (l Limits) DecodeFormBody(value json.RawMessage) (FormBody, error) {
	l = l.withDefaults()
	s := l.scan(value)
	if s.peek() != '"' {
		return "", l.notA("form", "a string", value)
	}
	raw, err := s.raw()
	if err != nil {
		return "", err
	}
	if err := s.end(); err != nil {
		return "", err
	}
	body := unquote(raw)
	return FormBody(body), l.checkForm(body)
}

// checkForm returns what is wrong with a body.
func (l Limits) checkForm(body string) error {
	if strings.Count(body, "&") >= l.MaxKeys {
		if err := l.countFields(body); err != nil {
			return err
		}
	}
	for body != "" {
		var field string
		field, body, _ = strings.Cut(body, "&")
		key, value, _ := strings.Cut(field, "=")
		depth, wide, ok := scanEscapes(key)
		if ok && strings.IndexByte(value, '%') >= 0 {
			_, wideValue, okValue := scanEscapes(value)
			wide, ok = wide || wideValue, okValue
		}
		if !ok || wide {
			// Rare, so what is wrong is found out by doing it.
			for _, part := range []string{key, value} {
				if _, err := unescapeForm(part); err != nil {
					return err
				}
			}
		}
		if depth > l.MaxDepth {
			return fmt.Errorf("%w: form field with %d brackets, at most %d", ErrLimit, depth, l.MaxDepth)
		}
	}
	return nil
}

// scanEscapes goes through an escaped text: how many opening brackets it has, whether
// any byte beyond ASCII is escaped, and whether all escapes are well-formed.
func scanEscapes(text string) (brackets int, wide, ok bool) {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '[':
			brackets++
		case '%':
			if i+2 >= len(text) || !isHex(text[i+1]) || !isHex(text[i+2]) {
				return brackets, wide, false
			}
			wide = wide || text[i+1] >= '8'
			if text[i+1] == '5' && (text[i+2] == 'B' || text[i+2] == 'b') {
				brackets++
			}
			i += 2
		}
	}
	return brackets, wide, true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// countFields refuses a body of too many fields. The client's markers don't count.
func (l Limits) countFields(body string) error {
	n := 0
	for field := range strings.SplitSeq(body, "&") {
		key, _, _ := strings.Cut(field, "=")
		if field == "" {
			continue
		}
		key, err := unescapeForm(key)
		if err != nil {
			return err
		}
		if _, marker := unmarked(key); marker {
			continue
		}
		if n++; n > l.MaxKeys {
			return fmt.Errorf("%w: form of more than %d fields", ErrLimit, l.MaxKeys)
		}
	}
	return nil
}

// All returns the fields in their order, with the markers.
func (b FormBody) All() iter.Seq[FormField] {
	return func(yield func(FormField) bool) {
		for body := string(b); body != ""; {
			var field string
			field, body, _ = strings.Cut(body, "&")
			if field == "" {
				continue
			}
			key, value, _ := strings.Cut(field, "=")
			f := FormField{Name: unescaped(key), Value: unescaped(value)}
			if name, ok := unmarked(f.Name); ok {
				f.Name, f.Marker = name, true
			}
			if !yield(f) {
				return
			}
		}
	}
}

// unescaped is unescapeForm of what has been checked.
func unescaped(s string) string {
	text, _ := unescapeForm(s)
	return text
}

// Form returns the fields by their names.
func (b FormBody) Form() Form {
	fields := min(strings.Count(string(b), "&")+1, usualFields)
	f := Form{Values: make(url.Values, fields)}
	// Most names have one value: the lists of all of them share one array.
	values := make([]string, 0, fields)
	for field := range b.All() {
		if field.Marker {
			if f.Unused == nil {
				f.Unused = make(map[string]bool)
			}
			f.Unused[field.Name] = true
			continue
		}
		if list, ok := f.Values[field.Name]; ok {
			f.Values[field.Name] = append(list, field.Value)
		} else {
			values = append(values, field.Value)
			f.Values[field.Name] = values[len(values)-1 : len(values) : len(values)]
		}
	}
	return f
}

// usualFields is for how many fields there is room before they have been seen: a
// client could send separators alone.
const usualFields = 64

// unescapeForm undoes the escapes of a name or value. It returns a part of s if
// there are none.
func unescapeForm(s string) (string, error) {
	text, err := url.QueryUnescape(s)
	if err != nil {
		return "", fmt.Errorf("%w: form has %w", ErrMalformed, err)
	}
	if len(text) != len(s) && !utf8.ValidString(text) {
		return "", fmt.Errorf("%w: form is not UTF-8", ErrMalformed)
	}
	return text, nil
}

// brackets checks the nesting of a field's name.
func (l Limits) brackets(name string) error {
	if n := strings.Count(name, "["); n > l.MaxDepth {
		return fmt.Errorf("%w: form field with %d brackets, at most %d", ErrLimit, n, l.MaxDepth)
	}
	return nil
}

// MarkUnused returns the name of the marker field that goes with the field called name.
func MarkUnused(name string) string {
	base := strings.TrimSuffix(name, "[]")
	base = strings.TrimSuffix(base, "]")
	i := strings.LastIndexAny(base, "[]") + 1
	return name[:i] + unusedPrefix + name[i:]
}

// unmarked returns the field that a marker stands for. It reports false if name
// is not one of a marker.
func unmarked(name string) (field string, ok bool) {
	base := strings.TrimSuffix(name, "[]")
	base = strings.TrimSuffix(base, "]")
	i := strings.LastIndexAny(base, "[]") + 1 // the last segment starts here
	rest, ok := strings.CutPrefix(name[i:], unusedPrefix)
	if !ok || len(base)-i == len(unusedPrefix) {
		return "", false
	}
	return name[:i] + rest, true
}

// Meta is what goes with a form beside its fields.
type Meta struct {
	// Target is the name of the field that changed, as in the HTML;
	// [TargetPath] takes it apart. It is "" on submit, and the text "undefined"
	// if the client does not know.
	Target string

	// Values holds the phx-value-* attributes of the form and the value of a
	// JS.push command, each raw JSON. Nil if meta is missing.
	Values map[string]json.RawMessage
}

// DecodeMeta decodes the meta of an event of [TypeForm]. Meta that is missing or
// null gives the zero value.
//
//	{"_target":"user[name]","id":"7"}
//
// A "_target" that is not a string was not set by the client and stays in Values.
func (l Limits) DecodeMeta(meta json.RawMessage) (Meta, error) {
	l = l.withDefaults()
	s := l.scan(meta)
	if len(meta) == 0 {
		return Meta{}, nil
	}
	if s.peek() == 'n' {
		return Meta{}, l.valid(meta)
	}
	values, err := l.members("meta", meta)
	if err != nil {
		return Meta{}, err
	}
	m := Meta{Values: values}
	if raw := values["_target"]; len(raw) > 0 && raw[0] == '"' {
		m.Target = unquote(raw)
		delete(values, "_target")
		if err := l.brackets(m.Target); err != nil {
			return Meta{}, err
		}
	}
	return m, nil
}

// TargetPath takes the name of a form field apart: "u[name]" gives ["u","name"],
// and "u[tags][]" gives ["u","tags"]. A name with brackets in other places is one
// segment. The result is nil for "" and "undefined", the client's way to say that it does
// not know.
//
// Source: decode_merge_target in phoenix_live_view/lib/phoenix_live_view/channel.ex.
func TargetPath(target string) []string {
	if target == "" || target == "undefined" {
		return nil
	}
	first, rest, ok := strings.Cut(target, "[")
	if !ok || first == "" || !strings.HasSuffix(rest, "]") {
		return []string{target}
	}
	path := []string{first}
	for segment := range strings.SplitSeq(rest[:len(rest)-1], "][") {
		if segment != "" {
			path = append(path, segment)
		}
	}
	return path
}
