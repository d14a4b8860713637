package origin

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// IsLocal reports whether r was sent on this machine, to it by a name of its own. A proxy on
// the machine isn't taken for its visitors: its headers, or the host that it passes on, tell.
func IsLocal(r *http.Request) bool {
	for name := range r.Header {
		switch {
		case strings.HasPrefix(name, "X-Forwarded-"), name == "Forwarded", name == "X-Real-Ip", name == "Via":
			return false
		}
	}
	from, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil || !net.ParseIP(from).IsLoopback() {
		return false
	}
	host := (&url.URL{Host: r.Host}).Hostname()
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || net.ParseIP(host).IsLoopback()
}
