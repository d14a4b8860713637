package web

import (
	"log/slog"
	"regexp"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// secrets are those that stand in URLs.
var secrets = regexp.MustCompile(`([?&](?:_csrf_token|_action)=)[^&]*`)

// logRequests logs what browsers ask for.
func logRequests(c *gin.Context) {
	if liveview.IsVisit(c) {
		return // of a page that is open: no request
	}
	begin := time.Now()
	target := secrets.ReplaceAllString(c.Request.URL.RequestURI(), "${1}…")
	c.Next()
	slog.Info("request", "method", c.Request.Method, "target", target, "status", c.Writer.Status(), "took", time.Since(begin), "address", c.ClientIP())
	for _, err := range c.Errors {
		slog.Error("request failed", "method", c.Request.Method, "target", target, "err", err)
	}
}

// secureHeaders say what browsers may do with the pages: run no script but the shop's own
// and the client's, load nothing from elsewhere, and show them in no frame.
func secureHeaders(lv *liveview.App, https bool) gin.HandlerFunc {
	policy := strings.Join([]string{
		"default-src 'self'",
		"script-src " + lv.ScriptSources(),
		"img-src 'self' blob:", // blob: for previews of files
		"object-src 'none'",
		"base-uri 'none'",
		"form-action 'self'",
		"frame-ancestors 'none'",
	}, "; ")
	return func(c *gin.Context) {
		c.Header("Content-Security-Policy", policy)
		c.Header("X-Content-Type-Options", "nosniff")
		c.Header("Referrer-Policy", "same-origin")
		c.Header("Cross-Origin-Opener-Policy", "same-origin")
		if https {
			c.Header("Strict-Transport-Security", "max-age=31536000")
		}
	}
}
