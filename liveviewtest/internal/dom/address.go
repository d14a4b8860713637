package dom

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// email is the form of an address that browsers take.
//
// Source: "valid e-mail address" in the HTML standard.
var email = regexp.MustCompile("^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@" +
	`[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$`)

// asciiEmail is an address with its host as the DNS knows it, which browsers make
// of one in another script.
func asciiEmail(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address
	}
	host, err := idna.Lookup.ToASCII(address[at+1:])
	if err != nil || !strings.ContainsFunc(address[at:], func(r rune) bool { return r > 127 }) {
		return address
	}
	return address[:at+1] + host
}

var scheme = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*:`)

// isURL reports whether s is an absolute URL.
//
// Source: the URL standard, as far as it refuses anything.
func isURL(s string) bool {
	start := scheme.FindString(s)
	switch strings.ToLower(start) {
	case "":
		return false
	case "http:", "https:", "ws:", "wss:", "ftp:":
	default:
		return true
	}
	rest := strings.TrimLeft(s[len(start):], `/\`)
	if end := strings.IndexAny(rest, `/\?#`); end >= 0 {
		rest = rest[:end]
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:] // behind user and password
	host, port := rest, ""
	if colon := strings.LastIndexByte(rest, ':'); colon > strings.LastIndexByte(rest, ']') {
		host, port = rest[:colon], rest[colon+1:]
	}
	if _, err := strconv.ParseUint(port, 10, 16); port != "" && err != nil {
		return false
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, closed := strings.CutSuffix(inner, "]")
		address, err := netip.ParseAddr(inner)
		return closed && err == nil && address.Is6() && address.Zone() == ""
	}
	return host != "" && !strings.ContainsAny(host, "<>[]^|%")
}
