package liveview

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// origin is a scheme, host and port as a browser states them in the Origin
// header (RFC 6454, section 7).
type origin struct{ scheme, host, port string }

var (
	errOriginForm   = errors.New(`an origin reads "https://host" or "https://host:port"`)
	errOriginNone   = errors.New("no Origin header")
	errOriginMany   = errors.New("more than one Origin header")
	errOriginHost   = errors.New("another host")
	errOriginScheme = errors.New("another scheme")
)

// parseOrigin accepts only what a browser can have written: lower-case ASCII,
// no path, no user. "null" is refused, as it can't be told apart.
func parseOrigin(s string) (origin, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil,
		u.Scheme != "http" && u.Scheme != "https",
		u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "",
		s != u.Scheme+"://"+u.Host,
		s != strings.ToLower(s):
		return origin{}, errOriginForm
	}
	for _, b := range []byte(s) {
		if b <= ' ' || b >= 0x7f || b == '\\' || b == '%' {
			return origin{}, errOriginForm
		}
	}
	o := origin{scheme: u.Scheme, host: u.Hostname(), port: u.Port()}
	if o.host == "" {
		return origin{}, errOriginForm
	}
	if o.port == "" {
		o.port = defaultPort(o.scheme)
	}
	return o, nil
}

func defaultPort(scheme string) string {
	if scheme == "https" {
		return "443"
	}
	return "80"
}

// checkOrigin reports whether the page that opened the socket may do so: it
// must come from the host that r was sent to, or from one of allowed. A
// request without Origin isn't from a page; errOriginNone lets the caller
// serve it without a session.
func checkOrigin(r *http.Request, allowed []string) error {
	header := r.Header.Values("Origin")
	switch len(header) {
	case 0:
		return errOriginNone
	case 1:
	default:
		return errOriginMany
	}
	from, err := parseOrigin(header[0])
	if err != nil {
		return err
	}
	for _, a := range allowed {
		if o, err := parseOrigin(a); err == nil && o == from {
			return nil
		}
	}
	scheme := requestScheme(r)
	if scheme != "" && scheme != from.scheme {
		return errOriginScheme
	}
	host, port := strings.ToLower(r.Host), ""
	if h, p, err := net.SplitHostPort(host); err == nil {
		host, port = h, p
	}
	host = strings.Trim(host, "[]")
	if port == "" {
		port = defaultPort(from.scheme)
	}
	if host != from.host || port != from.port {
		return errOriginHost
	}
	return nil
}

// requestScheme returns the scheme that the browser sent r by, "" where that
// isn't known: behind a proxy that ends TLS only its header tells, and without
// that either is possible.
func requestScheme(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	if p := r.Header.Get("X-Forwarded-Proto"); p == "http" || p == "https" {
		return p
	}
	return ""
}
