package dom

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// Invalid says why the browser wouldn't submit a form because of this field, as
// a predicate to it, such as "is required"; "" if it would. A pattern with a
// fault, see [PatternFault], is no reason.
func (d *Document) Invalid(n *html.Node) string {
	if !validated(n) {
		return ""
	}
	if HasAttr(n, "required") && !d.filled(n) {
		return "is required"
	}
	value := d.Value(n)
	if value == "" || !IsTextual(n) {
		return ""
	}
	if m := measureOf(n); m != nil {
		if Kind(n) == "range" {
			return "" // it holds no other value than one of its own
		}
		return m.invalid(n, value)
	}
	addresses := []string{value}
	switch Kind(n) {
	case "email":
		if HasAttr(n, "multiple") {
			addresses = strings.Split(value, ",")
		}
		for _, address := range addresses {
			if !email.MatchString(address) {
				return fmt.Sprintf("holds %q, which is no e-mail address", address)
			}
		}
	case "url":
		if !isURL(value) {
			return fmt.Sprintf("holds %q, which is no URL", value)
		}
	}
	// Only what a user has typed can be too short.
	if d.Look(n).Value != nil {
		if least, err := strconv.Atoi(Attr(n, "minlength")); err == nil && Length(value) < least {
			return fmt.Sprintf("holds %q, which is shorter than %d", value, least)
		}
	}
	if pattern, ok := patternOf(n); ok {
		for _, part := range addresses {
			if !matches(pattern, part) {
				return fmt.Sprintf("holds %q, which doesn't match its pattern %q", part, pattern)
			}
		}
	}
	return ""
}

// validated reports whether the browser looks at a field before it submits its
// form.
func validated(n *html.Node) bool {
	return !Disabled(n) && !IsButton(n) && Kind(n) != "hidden" && Closest(n, Named("datalist")) == nil &&
		(Kind(n) == "select" || !HasAttr(n, "readonly"))
}

// Length is how long a text is by minlength and maxlength, which go by
// JavaScript's: in units of UTF-16.
func Length(text string) int { return len(utf16.Encode([]rune(text))) }

// Fitting is as much of a text as its maxlength lets a user type into n.
func Fitting(n *html.Node, text string) string {
	limit, err := strconv.Atoi(Attr(n, "maxlength"))
	if err != nil || limit < 0 || !isText(n) && !Is(n, "textarea") {
		return text
	}
	for Length(text) > limit {
		_, last := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-last]
	}
	return text
}

// invalid is [Document.Invalid] for what can be counted.
func (m *measure) invalid(n *html.Node, value string) string {
	x, ok := m.parse(value)
	if !ok {
		return fmt.Sprintf("holds %q, and should hold %s", value, m.form)
	}
	least, most := m.limit(n, "min"), m.limit(n, "max")
	under, over := least != nil && x.Cmp(least) < 0, most != nil && x.Cmp(most) > 0
	if Kind(n) == "time" && least != nil && most != nil && least.Cmp(most) > 0 {
		// The hours around midnight.
		if under && over {
			return fmt.Sprintf("holds %s, which is between %s and %s", value, Attr(n, "max"), Attr(n, "min"))
		}
		under, over = false, false
	}
	switch {
	case under:
		return fmt.Sprintf("holds %s, which is less than %s", value, Attr(n, "min"))
	case over:
		return fmt.Sprintf("holds %s, which is more than %s", value, Attr(n, "max"))
	case m.offStep(n, x):
		return fmt.Sprintf("holds %s, which is between two steps; %s", value, m.stepsSaid(n))
	}
	return ""
}

// stepsSaid says which steps a field has.
func (m *measure) stepsSaid(n *html.Node) string {
	_, step := m.steps(n)
	unit := map[string]string{"date": " days", "week": " weeks", "month": " months", "time": " seconds", "datetime-local": " seconds"}[Kind(n)]
	said := "a step is " + text(new(big.Rat).Quo(step, whole(m.unit))) + unit
	for _, name := range []string{"min", "value"} {
		if _, ok := m.parse(Attr(n, name)); ok {
			return said + ", counted from " + Attr(n, name)
		}
	}
	if !HasAttr(n, "step") {
		said += ` unless the attribute step says otherwise, "any" for all values`
	}
	return said
}

// filled reports whether a required field has what is required.
func (d *Document) filled(n *html.Node) bool {
	switch Kind(n) {
	case "checkbox":
		return d.Checked(n)
	case "radio":
		return slices.ContainsFunc(d.group(n), d.Checked)
	case "file":
		return len(d.Look(n).Files) > 0
	case "select":
		chosen := d.SelectedOptions(n)
		return len(chosen) > 0 && chosen[0] != placeholder(n)
	}
	return d.Value(n) != ""
}

// Refused says why a user can't enter value into a field, as what follows its
// name, such as `takes a date such as 2006-01-02, and not "tomorrow"`; "" if one
// can. It may still be one that the form isn't submitted with, see
// [Document.Invalid].
func Refused(n *html.Node, value string) string {
	switch kind := Kind(n); {
	case kind == "color" && !longColor.MatchString(value):
		return fmt.Sprintf("takes a color such as #ff8800, and not %q", value)
	case kind == "range":
		m := measureOf(n)
		x, ok := m.parse(value)
		if !ok {
			return fmt.Sprintf("takes %s, and not %q", m.form, value)
		}
		if m.inRange(n, x).Cmp(x) != 0 {
			least, most := m.rangeLimits(n)
			steps := ""
			if _, step := m.steps(n); step != nil {
				steps = " in steps of " + text(step)
			}
			return fmt.Sprintf("goes from %s to %s%s, and can't be %s", text(least), text(most), steps, value)
		}
	case value == "":
	case measureOf(n) != nil:
		if m := measureOf(n); sanitized(n, value) == "" {
			return fmt.Sprintf("takes %s, and not %q", m.form, value)
		}
	case isText(n) && strings.ContainsAny(value, "\r\n"):
		return fmt.Sprintf("is one line, and takes no line break as in %q", value)
	}
	return ""
}
