// Package target decides where a page may be sent, and how a browser is told:
// every redirect, patch and link goes through it, in by [Local], [External] or
// [Redirected], out by [Text] or [Path].
package target

import (
	"errors"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// ErrNotLocal is returned for what may lead to another host.
var ErrNotLocal = errors.New(`not a path of this host: it must start with one slash, with no second one, backslash or control character behind it`)

// Local parses a path with query and fragment, and refuses whatever a browser
// may take for another host: it drops tabs and line breaks, and reads a
// backslash as a slash (WHATWG URL, section 4.4). Percent-encoded ones are
// refused as well, as proxies like to decode them.
func Local(path string) (*url.URL, error) {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || hasControl(path) {
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

// Redirected resolves the Location with which one of our pages answered a
// request for base. external says that it leads to a host that isn't one of own.
// Only http is followed: the client hands it to window.location, where a
// javascript: URL would run. An absolute URL of one of our hosts is as good as
// its path.
func Redirected(location string, base *url.URL, own ...string) (to *url.URL, external, ok bool) {
	to, err := base.Parse(location)
	if err != nil || location == "" || hasControl(location) {
		return nil, false, false
	}
	if slices.ContainsFunc(own, func(host string) bool { return host != "" && strings.EqualFold(to.Host, host) }) {
		to.Scheme, to.User, to.Host = "", nil, ""
	}
	switch {
	case to.Host == "" && to.Scheme == "":
		return to, false, true
	case to.Host != "" && (to.Scheme == "" || to.Scheme == "http" || to.Scheme == "https"):
		return to, true, true
	}
	return nil, false, false
}

// Text is what a browser is told to get to u: a path of the host that the page
// is of, with query and fragment, or an absolute URL.
func Text(u *url.URL) string {
	if u.Scheme != "" || u.Host != "" {
		return u.String()
	}
	text := u.EscapedPath()
	if u.ForceQuery || u.RawQuery != "" {
		text += "?" + u.RawQuery
	}
	if u.Fragment != "" {
		text += "#" + u.EscapedFragment()
	}
	return Path(text)
}

// Path is [Text] for a path that is text already, with what follows it.
//
// A visitor may ask for a path that starts with two slashes. Told so, a browser
// would take the first name in it for a host (WHATWG URL, section 4.4): "/." goes
// before it, which the browser drops again. What a proxy may decode to a second
// slash is treated like one.
func Path(text string) string {
	if !strings.HasPrefix(text, "/") {
		text = "/" + text
	}
	if len(text) > 1 && mayBeDropped(text[1:]) {
		return "/." + text
	}
	return text
}

// mayBeDropped reports whether s starts with a slash, or with what may become
// one, or nothing, on its way: a backslash, a space, a control character, or the
// code of one.
func mayBeDropped(s string) bool {
	c := s[0]
	if c == '%' && len(s) >= 3 {
		n, err := strconv.ParseUint(s[1:3], 16, 8)
		if err != nil {
			return false
		}
		c = byte(n)
	}
	return c == '/' || c == '\\' || c <= ' ' || c == 0x7f
}

// SetPath gives u the path that reads escaped, which need not be a good one.
func SetPath(u *url.URL, escaped string) {
	u.Path, u.RawPath = escaped, ""
	if plain, err := url.PathUnescape(escaped); err == nil && plain != escaped {
		u.Path, u.RawPath = plain, escaped
	}
}

// hasControl reports whether s has a character that a browser may drop.
func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// SetQuery has u's query say of each of params' names what params does: values take
// the place of the first that is there, a name without values goes. All else stays
// as it is written, also what isn't good, as it is the application's.
func SetQuery(u *url.URL, params url.Values) {
	if len(params) == 0 {
		return
	}
	var pairs []string
	written := make(map[string]bool, len(params))
	write := func(name string) {
		if !written[name] {
			written[name] = true
			for _, value := range params[name] {
				pairs = append(pairs, url.QueryEscape(name)+"="+url.QueryEscape(value))
			}
		}
	}
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		name := nameOf(pair)
		if _, given := params[name]; given {
			write(name)
		} else if pair != "" {
			pairs = append(pairs, pair)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		write(name)
	}
	u.RawQuery = strings.Join(pairs, "&")
}

// nameOf returns the name of a query's pair, decoded if that can be.
func nameOf(pair string) string {
	name, _, _ := strings.Cut(pair, "=")
	if plain, err := url.QueryUnescape(name); err == nil {
		return plain
	}
	return name
}
