package dom

import (
	"math/big"
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// sanitized is what an input holds if it is given value.
//
// Source: each type's "value sanitization algorithm" in the HTML standard.
func sanitized(n *html.Node, value string) string {
	switch kind := Kind(n); kind {
	case "text", "search", "tel", "password":
		return noBreaks.Replace(value)
	case "url":
		return trim(noBreaks.Replace(value))
	case "email":
		if !HasAttr(n, "multiple") {
			return asciiEmail(trim(noBreaks.Replace(value)))
		}
		all := strings.Split(noBreaks.Replace(value), ",")
		for i, address := range all {
			all[i] = asciiEmail(trim(address))
		}
		return strings.Join(all, ",")
	case "range":
		return sanitizedRange(n, value)
	case "color":
		return sanitizedColor(value)
	case "number", "date", "month", "week", "time", "datetime-local":
		if _, ok := measures[kind].parse(value); !ok {
			return ""
		}
		if kind == "datetime-local" {
			return shortDateTime(value)
		}
	}
	return value
}

var noBreaks = strings.NewReplacer("\r", "", "\n", "")

// trim takes HTML's white space from both ends.
func trim(s string) string { return strings.Trim(s, " \t\n\f\r") }

func sanitizedRange(n *html.Node, value string) string {
	m := measureOf(n)
	x, ok := m.parse(value)
	if !ok {
		least, most := m.rangeLimits(n)
		x = new(big.Rat).Add(least, most)
		x.Quo(x, whole(2))
		value = ""
	}
	held := m.inRange(n, x)
	if ok && held.Cmp(x) == 0 {
		return value
	}
	return text(held)
}

var (
	longColor  = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	shortColor = regexp.MustCompile(`^#[0-9a-fA-F]{3}$`)
	namedColor = regexp.MustCompile(`^[a-zA-Z]+(?:\(.*\))?$`)
)

// sanitizedColor leaves the names of colors as they are, which a browser turns
// into numbers.
func sanitizedColor(value string) string {
	value = trim(value)
	switch {
	case longColor.MatchString(value):
		return strings.ToLower(value)
	case shortColor.MatchString(value):
		r, g, b := value[1:2], value[2:3], value[3:]
		return strings.ToLower("#" + r + r + g + g + b + b)
	case namedColor.MatchString(value):
		return value
	}
	return "#000000"
}

// shortDateTime is the shortest form of a date and time.
func shortDateTime(value string) string {
	date, clock, _ := cutDateTime(value)
	if main, fraction, ok := strings.Cut(clock, "."); ok {
		if clock = main; strings.Trim(fraction, "0") != "" {
			clock += "." + strings.TrimRight(fraction, "0")
		}
	}
	if len(clock) == len("15:04:05") {
		clock = strings.TrimSuffix(clock, ":00")
	}
	return date + "T" + clock
}
