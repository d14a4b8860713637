package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/example/gallery"
)

// No page of the gallery may be framed by another site, or kept by a cache.
func TestPagesAreNotFramedNorCached(t *testing.T) {
	r, _ := newGallery("a secret of the test's own, 32 bytes", nil)
	tried := 0
	defer func() {
		t.Attr("figure", fmt.Sprintf("%d pages of the gallery, none may be framed or kept by a cache", tried))
	}()
	for _, p := range gallery.Pages {
		tried++
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/"+p.Name, nil))
		h := w.Header()
		if !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("/%s may be framed: %v", p.Name, h)
		}
		switch {
		case w.Code == http.StatusOK && h.Get("Cache-Control") == "no-store":
		case w.Code == http.StatusFound && h.Get("Location") == "/login":
		default:
			t.Errorf("/%s answers %d with %v", p.Name, w.Code, h)
		}
	}
}
