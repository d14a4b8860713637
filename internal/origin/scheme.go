package origin

import (
	"net/http"
	"regexp"
	"strings"
)

// Scheme returns the scheme that the browser sent r by, "" where that
// isn't known: behind a proxy that ends TLS only its header tells, and without
// that either is possible.
func Scheme(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	// Of several proxies the first one had the browser's request.
	first, _, _ := strings.Cut(r.Header.Get("X-Forwarded-Proto"), ",")
	switch scheme := pageScheme(strings.TrimSpace(first)); scheme {
	case "http", "https":
		return scheme
	}
	return ""
}

// pageScheme returns the scheme of the page whose socket has the given one: some
// proxies forward a socket's request with ws or wss.
func pageScheme(scheme string) string {
	switch strings.ToLower(scheme) {
	case "ws", "http":
		return "http"
	case "wss", "https":
		return "https"
	}
	return scheme
}

var (
	socketScheme   = regexp.MustCompile(`(?i)\bwss?\b`)
	forwardedProto = regexp.MustCompile(`(?i)\bproto="?wss?\b`)
)

// PageHeader returns what a field of a socket's request reads in the request of a
// page: the schemes that proxies forward differ.
func PageHeader(name string, values []string) []string {
	switch name {
	case "X-Forwarded-Proto", "X-Forwarded-Protocol", "X-Forwarded-Scheme", "X-Scheme", "X-Url-Scheme":
	case "Forwarded": // RFC 7239, section 5.4
		return replaced(values, forwardedProto)
	default:
		return values
	}
	return replaced(values, socketScheme)
}

// replaced returns values with ws and wss in what matches put right.
func replaced(values []string, where *regexp.Regexp) []string {
	fixed := make([]string, len(values))
	for i, v := range values {
		fixed[i] = where.ReplaceAllStringFunc(v, func(match string) string {
			return socketScheme.ReplaceAllStringFunc(match, pageScheme)
		})
	}
	return fixed
}
