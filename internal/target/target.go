// Package target decides where a page may be sent: every redirect, patch and
// link goes through it.
package target

import (
	"errors"
	"net/url"
	"strings"
)

// ErrNotLocal is returned for what may lead to another host.
var ErrNotLocal = errors.New(`not a path of this host: it must start with one slash, with no second one, backslash or control character behind it`)

// Local parses a path with query and fragment, and refuses whatever a browser
// may take for another host: it drops tabs and line breaks, and reads a
// backslash as a slash (WHATWG URL, section 4.4). Percent-encoded ones are
// refused as well, as proxies like to decode them.
func Local(path string) (*url.URL, error) {
	if !strings.HasPrefix(path, "/") || hasControl(path) {
		return nil, ErrNotLocal
	}
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return nil, ErrNotLocal
	}
	if strings.Contains(path[:len(path)-len(queryAndFragment(path))], `\`) {
		return nil, ErrNotLocal
	}
	plain := strings.Map(func(r rune) rune {
		if r <= ' ' || r == 0x7f {
			return -1
		}
		return r
	}, u.Path)
	if len(plain) > 1 && (plain[1] == '/' || plain[1] == '\\') {
		return nil, ErrNotLocal
	}
	return u, nil
}

// queryAndFragment is what follows the path of a URL's text.
func queryAndFragment(s string) string {
	if i := strings.IndexAny(s, "?#"); i >= 0 {
		return s[i:]
	}
	return ""
}

// External parses an absolute http or https URL of any host.
func External(target string) (u *url.URL, ok bool) {
	u, err := url.Parse(target)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || hasControl(target) {
		return nil, false
	}
	return u, true
}

// Redirected resolves the Location with which a page of host answered a
// request for base. external says that it leads to another host. Only http is
// followed: the client hands it to window.location, where a javascript: URL
// would run. An absolute URL of this host is as good as its path.
func Redirected(location string, base *url.URL, host string) (to *url.URL, external, ok bool) {
	to, err := base.Parse(location)
	if err != nil || location == "" || hasControl(location) {
		return nil, false, false
	}
	if strings.EqualFold(to.Host, host) {
		to.Scheme, to.Host = "", ""
	}
	switch {
	case to.Host == "" && to.Scheme == "":
		return to, false, true
	case to.Host != "" && to.Scheme == "" || to.Scheme == "http" || to.Scheme == "https":
		return to, true, true
	}
	return nil, false, false
}

// hasControl reports whether s has a character that a browser may drop.
func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// AddQuery adds params to u's query.
func AddQuery(u *url.URL, params url.Values) {
	if len(params) == 0 {
		return
	}
	query := u.Query()
	for name, values := range params {
		query[name] = append(query[name], values...)
	}
	u.RawQuery = query.Encode()
}
