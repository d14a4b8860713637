// Package attr tells attributes that data may write from those by which it would run
// scripts.
package attr

import (
	"fmt"
	"net/url"
	"strings"
)

// BadURL is what html/template puts in a bad URL's place.
const BadURL = "#ZgotmplZ"

// urls are the attributes of HTML that a browser follows.
var urls = map[string]bool{
	"action": true, "background": true, "cite": true, "data": true, "formaction": true, "href": true,
	"longdesc": true, "manifest": true, "ping": true, "poster": true, "src": true, "srcset": true, "xlink:href": true,
}

// CheckName returns what is wrong with an attribute's name.
func CheckName(name string) error {
	for i := range len(name) {
		c := name[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789-_:.", rune(c))) {
			return fmt.Errorf("%q isn't the name of an attribute", name)
		}
	}
	switch lower := strings.ToLower(name); {
	case name == "":
		return fmt.Errorf("%q isn't the name of an attribute", name)
	case strings.HasPrefix(lower, "on"), lower == "style", lower == "srcdoc":
		return fmt.Errorf("the attribute %s would let data run scripts or style; write it in the template", name)
	}
	return nil
}

// IsBadURL reports whether a browser would follow what the attribute says, to another
// scheme than http, https, mailto and tel.
func IsBadURL(name, text string) bool {
	if !urls[strings.ToLower(name)] {
		return false
	}
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil {
		return true
	}
	switch u.Scheme {
	case "", "http", "https", "mailto", "tel":
		return false
	}
	return true
}

// CommandPrefix is what the names begin with of an application's own attributes that hold
// commands, for js.Exec to run.
const CommandPrefix = "data-js-"

// TakesCommands reports whether the client may run what the attribute says where that is a
// list of commands.
func TakesCommands(name string) bool {
	lower := strings.ToLower(name)
	return strings.HasPrefix(lower, "phx-") && !strings.HasPrefix(lower, "phx-value-") || strings.HasPrefix(lower, CommandPrefix)
}

// IsCommands reports whether the client takes text for a list of commands.
func IsCommands(text string) bool { return strings.HasPrefix(strings.TrimSpace(text), "[") }
