package liveview

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/client"
)

// checkScripts sees once, with the first page, whether its scripts can be had
// where it says: the requests for them have to come to this Middleware. page is
// the page's request, answered.
func checkScripts(a *app, page *gin.Context) {
	handler, own := a.handlerFor(page.Request.Context())
	if handler == nil || !a.checked.CompareAndSwap(false, true) {
		return
	}
	at := a.config.Path + "/" + client.StartScript
	if own {
		takenOff := mountedAt(page.Request)
		if at = takenOff + at; takenOff != "" && a.config.BasePath == "" {
			a.config.Logger.Error("liveview: a path is taken off the requests before the router sees them, so pages look for scripts and socket in vain: "+
				"set Config.BasePath to it", "path", takenOff)
		}
	}
	// Of the page's context only what the server put there: a router in front may
	// keep its place in it.
	r := page.Request.Clone(connectionValues(page.Request.Context()))
	r.Method, r.URL, r.RequestURI, r.Body = http.MethodGet, &url.URL{Path: at}, at, http.NoBody
	for _, name := range []string{"Accept-Encoding", "If-None-Match", "If-Modified-Since", "Range"} {
		r.Header.Del(name)
	}
	w := &response{header: make(http.Header)}
	err := guard("middleware", func() error { handler.ServeHTTP(w, r); return nil })
	got := w.sent()
	if err == nil && got.status == http.StatusOK && got.contentType == client.ContentType {
		return
	}
	a.config.Logger.Error("liveview: the client's scripts can't be had, so no page becomes live: "+
		"use liveview.Middleware on the engine, not on a group of routes, and ahead of what refuses visitors without a log-in",
		"path", at, "status", got.status, "err", err)
}
