package dashboard

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/origin"
)

// localOnly lets requests of this machine pass, for one of its own names. A proxy on it is
// told by what it adds.
func localOnly(c *gin.Context) {
	if !origin.IsLocal(c.Request) {
		c.Abort()
		c.String(http.StatusForbidden, "The dashboard has no guard, so it is shown to requests of its own machine alone: give Mount a middleware that lets operators pass.")
	}
}
