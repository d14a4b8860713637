package liveview_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// FuzzPollToken sends polls and messages with tokens and bodies that nobody was given: all are
// told that their connection is gone, and none is opened.
func FuzzPollToken(f *testing.F) {
	gin.SetMode(gin.TestMode)
	app := liveview.New(liveview.Config{Logger: slog.New(slog.DiscardHandler)})
	r := gin.New()
	r.Use(app.Middleware())
	liveview.Handle(r, "/", counterView())
	for _, seed := range []string{"x", ".", "x.0", ".18446744073709551616", strings.Repeat("A", 300) + ".1"} {
		f.Add(seed, "[1]\n")
	}
	f.Fuzz(func(t *testing.T, token, body string) {
		if token == "" {
			return
		}
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			req := httptest.NewRequest(method, "http://example.com/live/longpoll?vsn=2.0.0&token="+url.QueryEscape(token), strings.NewReader(body))
			req.Header.Set("Origin", "http://example.com")
			w := httptest.NewRecorder()
			r.ServeHTTP(w, req)
			if w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), `{"status":410,"token":"",`) {
				t.Errorf("%s with %q: %d %s", method, token, w.Code, w.Body)
			}
		}
		if n := app.Stats().Sockets; n != 0 {
			t.Fatalf("%d sockets", n)
		}
	})
}
