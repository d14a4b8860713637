package dashboard

import (
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"
)

// localOnly lets requests of this machine pass, for one of its own names. A proxy on it is
// told by what it adds.
func localOnly(c *gin.Context) {
	if !isLocal(c.Request) {
		c.Abort()
		c.String(http.StatusForbidden, "The dashboard has no guard, so it is shown to requests of its own machine alone: give Mount a middleware that lets operators pass.")
	}
}

func isLocal(r *http.Request) bool {
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Forwarded-") || name == "Forwarded" || name == "X-Real-Ip" || name == "Via" {
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
