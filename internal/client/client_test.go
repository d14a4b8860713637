package client_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-liveview/liveview/internal/client"
)

func scriptURL(t *testing.T, s *client.Scripts) string {
	t.Helper()
	_, rest, ok := strings.Cut(string(s.Tags), `src="/live/start.js`)
	query, _, _ := strings.Cut(rest, `"`)
	if !ok || !strings.HasPrefix(query, "?v=") {
		t.Fatalf("the tags are %s", s.Tags)
	}
	return "/live/start.js" + query
}

func TestScriptsAreServed(t *testing.T) {
	s := client.New("/live", nil, 1<<20, 1<<16, 2500*time.Millisecond)
	at := scriptURL(t, s)
	plain := httptest.NewRecorder()
	s.Serve(plain, httptest.NewRequest(http.MethodGet, at, nil), "start.js")
	want := plain.Body.String()
	etag := plain.Header().Get("Etag")
	const forGood, ask = "public, max-age=31536000, immutable", "no-cache"
	for name, test := range map[string]struct {
		method, url string
		request     http.Header
		already     http.Header // set by others
		status      int
		cache       string
		encoding    string
		vary        string
	}{
		"plain":                     {"GET", at, nil, nil, 200, forGood, "", "Accept-Encoding"},
		"compressed":                {"GET", at, http.Header{"Accept-Encoding": {"br, gzip;q=0.5"}}, nil, 200, forGood, "gzip", "Accept-Encoding"},
		"gzip refused":              {"GET", at, http.Header{"Accept-Encoding": {"gzip;q=0, identity"}}, nil, 200, forGood, "", "Accept-Encoding"},
		"another's compression":     {"GET", at, http.Header{"Accept-Encoding": {"gzip"}}, http.Header{"Content-Encoding": {"br"}}, 200, forGood, "br", "Accept-Encoding"},
		"Vary of another":           {"GET", at, nil, http.Header{"Vary": {"Origin"}}, 200, forGood, "", "Origin, Accept-Encoding"},
		"of another version":        {"GET", "/live/start.js?v=0123456789abcdef", nil, nil, 200, ask, "", "Accept-Encoding"},
		"of no version":             {"GET", "/live/start.js", nil, nil, 200, ask, "", "Accept-Encoding"},
		"known already":             {"GET", at, http.Header{"If-None-Match": {etag}}, nil, 304, forGood, "", "Accept-Encoding"},
		"known, of another version": {"GET", "/live/start.js?v=1", http.Header{"If-None-Match": {"W/" + etag}}, nil, 304, ask, "", "Accept-Encoding"},
		"HEAD":                      {"HEAD", at, nil, nil, 200, forGood, "", "Accept-Encoding"},
		"DELETE":                    {"DELETE", at, nil, nil, 405, "", "", ""},
		"POST":                      {"POST", at, nil, nil, 405, "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			for k, v := range test.already {
				w.Header()[k] = append([]string(nil), v...)
			}
			r := httptest.NewRequest(test.method, test.url, nil)
			for k, v := range test.request {
				r.Header[k] = v
			}
			if !s.Serve(w, r, "start.js") {
				t.Fatal("there is no start.js")
			}
			h := w.Result().Header
			if w.Code != test.status || h.Get("Cache-Control") != test.cache || h.Get("Content-Encoding") != test.encoding ||
				strings.Join(h["Vary"], ", ") != test.vary {
				t.Errorf("answered with %d, %v", w.Code, h)
			}
			var body io.Reader = w.Body
			if test.encoding == "gzip" {
				z, err := gzip.NewReader(body)
				if err != nil {
					t.Fatal(err)
				}
				body = z
			}
			got, err := io.ReadAll(body)
			if err != nil {
				t.Fatal(err)
			}
			if test.method == "GET" && test.status == 200 && string(got) != want {
				t.Errorf("the script is %.60q", got)
			}
			if test.status == 405 && h.Get("Allow") != "GET, HEAD" {
				t.Errorf("Allow is %q", h.Get("Allow"))
			}
		})
	}
}
