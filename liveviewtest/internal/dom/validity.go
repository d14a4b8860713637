package dom

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// Invalid says why the browser wouldn't submit a form because of this field, as
// a predicate to it, such as "is required"; "" if it would.
func (d *Document) Invalid(n *html.Node) string {
	if Disabled(n) || HasAttr(n, "readonly") || IsButton(n) || Kind(n) == "hidden" {
		return ""
	}
	if HasAttr(n, "required") && !d.filled(n) {
		return "is required"
	}
	value := d.Value(n)
	if value == "" || !IsTextual(n) {
		return ""
	}
	switch Kind(n) {
	case "email":
		if _, host, ok := strings.Cut(value, "@"); !ok || host == "" || strings.ContainsAny(value, " \t") || strings.HasPrefix(value, "@") {
			return fmt.Sprintf("holds %q, which is no e-mail address", value)
		}
	case "url":
		if u, err := url.Parse(value); err != nil || u.Scheme == "" {
			return fmt.Sprintf("holds %q, which is no URL", value)
		}
	case "number", "range":
		return invalidNumber(n, value)
	}
	// Only what a user has typed can be too short.
	if d.Look(n).Value != nil {
		if least, err := strconv.Atoi(Attr(n, "minlength")); err == nil && len([]rune(value)) < least {
			return fmt.Sprintf("holds %q, which is shorter than %d", value, least)
		}
	}
	if pattern, ok := LookupAttr(n, "pattern"); ok && Kind(n) != "textarea" {
		if re, err := regexp.Compile("^(?:" + pattern + ")$"); err == nil && !re.MatchString(value) {
			return fmt.Sprintf("holds %q, which doesn't match its pattern", value)
		}
	}
	return ""
}

func invalidNumber(n *html.Node, value string) string {
	x, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return fmt.Sprintf("holds %q, which is no number", value)
	}
	if least, err := strconv.ParseFloat(Attr(n, "min"), 64); err == nil && x < least {
		return fmt.Sprintf("holds %s, which is less than %s", value, Attr(n, "min"))
	}
	if most, err := strconv.ParseFloat(Attr(n, "max"), 64); err == nil && x > most {
		return fmt.Sprintf("holds %s, which is more than %s", value, Attr(n, "max"))
	}
	return ""
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
	}
	return d.Value(n) != ""
}
