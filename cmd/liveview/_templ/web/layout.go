package web

import (
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// layout writes the document around a page.
func layout(c *gin.Context, p liveview.Page) error {
	c.Header("Content-Type", "text/html; charset=utf-8")
	return document(p).Render(c.Request.Context(), c.Writer)
}
