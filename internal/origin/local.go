package origin

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// IsLocal reports whether r was sent on this machine, to it by a name of its own. A proxy on
// the machine isn't taken for its visitors: its headers, or the host that it passes on, tell.
// So does a connection that is to be closed, as nginx asks for where it isn't told otherwise
// and browsers don't, and a page of another host that the request is from. One that adds
// nothing, keeps connections and passes on any host isn't told apart.
func IsLocal(r *http.Request) bool {
	if r.Close || r.ProtoMajor == 1 && r.ProtoMinor == 0 {
		return false
	}
	for name := range r.Header {
		switch {
		case strings.HasPrefix(name, "X-Forwarded-"), name == "Forwarded", name == "X-Real-Ip", name == "Via":
			return false
		}
	}
	from, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil || !net.ParseIP(from).IsLoopback() || !isLocalHost(r.Host) {
		return false
	}
	for _, page := range r.Header.Values("Origin") {
		if u, err := url.Parse(page); err != nil || !isLocalHost(u.Host) {
			return false
		}
	}
	return true
}

// isLocalHost reports whether host, with or without a port, is a name that only this machine
// itself has.
func isLocalHost(host string) bool {
	host = (&url.URL{Host: host}).Hostname()
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || net.ParseIP(host).IsLoopback()
}
