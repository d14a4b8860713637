package dashboard_test

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/dashboard"
)

// A dashboard for those whom requireAdmin lets pass.
func ExampleNew() {
	requireAdmin := func(c *gin.Context) { c.AbortWithStatus(http.StatusForbidden) } // of the application
	r := gin.New()

	board := dashboard.New(dashboard.Options{})
	lv := liveview.New(liveview.Config{Telemetry: board})
	r.Use(lv.Middleware())
	board.Mount(lv, r, "/admin/dashboard", requireAdmin)
	defer board.Close()
}
