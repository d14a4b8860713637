package liveview_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// Who strips a path in front of the router is told that pages have to know it.
func TestPathTakenOffIsNamed(t *testing.T) {
	for _, test := range []struct {
		name, base, off string
		want            bool
	}{
		{"not told of", "", "/shop", true},
		{"told of", "/shop", "/shop", false},
		{"none", "", "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var log logBuffer
			r := gin.New()
			r.Use(liveview.Middleware(liveview.Config{BasePath: test.base, Logger: slog.New(slog.NewTextHandler(&log, nil))}))
			liveview.Handle(r, "/", counterView())
			srv := httptest.NewServer(http.StripPrefix(test.off, r))
			defer srv.Close()
			res, err := srv.Client().Do(newRequest(t, srv.URL+test.off+"/"))
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if got := strings.Contains(log.String(), "set Config.BasePath to it"); got != test.want {
				t.Errorf("named: %v; the log: %s", got, log.String())
			}
		})
	}
}
