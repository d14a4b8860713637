// Package origin tells from whose pages a request may come.
package origin

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// Origin is a scheme, host and port as a browser states them in the Origin
// header (RFC 6454, section 7).
type Origin struct{ scheme, host, port string }

// Errors of [Check]. ErrNone is for a request that states no origin, which no
// page sends.
var (
	ErrNone   = errors.New("no Origin header")
	errForm   = errors.New(`an origin reads "https://host" or "https://host:port"`)
	errMany   = errors.New("more than one Origin header")
	errHost   = errors.New("another host: a proxy in front must pass on the Host that the browser sent")
	errScheme = errors.New("another scheme: a proxy in front that ends TLS must set X-Forwarded-Proto")
)

// Parse accepts only what a browser can have written: lower-case ASCII,
// no path, no user. "null" is refused, as it can't be told apart.
func Parse(s string) (Origin, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil,
		u.Scheme != "http" && u.Scheme != "https",
		u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "",
		s != u.Scheme+"://"+u.Host,
		s != strings.ToLower(s):
		return Origin{}, errForm
	}
	for _, b := range []byte(s) {
		if b <= ' ' || b >= 0x7f || b == '\\' || b == '%' || b == '*' {
			return Origin{}, errForm
		}
	}
	o := Origin{scheme: u.Scheme, host: u.Hostname(), port: u.Port()}
	if o.host == "" {
		return Origin{}, errForm
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

// Check reports whether the page that opened the socket may do so: it
// must come from the host that r was sent to, or from one of allowed. It returns
// the latter, as scheme and host, where it is one. A request without Origin
// isn't from a page; ErrNone lets the caller serve it without a session.
func Check(r *http.Request, allowed []string) (listed string, err error) {
	header := r.Header.Values("Origin")
	switch len(header) {
	case 0:
		return "", ErrNone
	case 1:
	default:
		return "", errMany
	}
	from, err := Parse(header[0])
	if err != nil {
		return "", err
	}
	for _, a := range allowed {
		if o, err := Parse(a); err == nil && o == from {
			return header[0], nil
		}
	}
	return "", from.isOf(r)
}

// isOf returns nil if o is the origin of the pages at the host that r was sent
// to.
func (o Origin) isOf(r *http.Request) error {
	scheme := Scheme(r)
	if scheme != "" && scheme != o.scheme {
		return errScheme
	}
	host, port := strings.ToLower(r.Host), ""
	if h, p, err := net.SplitHostPort(host); err == nil {
		host, port = h, p
	}
	host = strings.Trim(host, "[]")
	if port == "" {
		port = defaultPort(o.scheme)
	}
	if host != o.host || port != o.port {
		return errHost
	}
	return nil
}
