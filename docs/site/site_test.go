package main

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/docs/site/book"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// The site of the project itself: it can be made, so that no link in it leads nowhere; it has
// all pages; and served it has the examples at work.
func TestSite(t *testing.T) {
	gin.SetMode(gin.TestMode)
	root, err := project()
	if err != nil {
		t.Fatal(err)
	}
	b, err := book.Make(root, book.Options{Examples: examples(), Served: true})
	if err != nil {
		t.Fatal(err)
	}
	guides, err := filepath.Glob("../*.md")
	if err != nil || len(guides) < 35 {
		t.Fatalf("docs has %d pages, %v", len(guides), err)
	}
	want := []string{"index.html", "guides.html", "changelog.html", "architecture.html", "packages/liveview.html", "packages/store-redis.html", "search.js"}
	for _, name := range guides {
		if base := filepath.Base(name); base != "README.md" {
			want = append(want, strings.TrimSuffix(base, ".md")+".html")
		}
	}
	for _, name := range want {
		if len(b.Files[name]) < 1000 {
			t.Errorf("%s has %d bytes", name, len(b.Files[name]))
		}
	}

	r, _, err := newSite(root, b)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(r)
	defer srv.Close()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	get := func(path string) *http.Response {
		t.Helper()
		res, err := client.Get(srv.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res
	}
	// What the page has in it is asked for with the cookie that came with the page.
	if res := get("/first-page.html"); res.StatusCode != http.StatusOK || len(res.Cookies()) != 1 {
		t.Errorf("the page comes as %s with the cookies %v, want one", res.Status, res.Cookies())
	}
	res := get("/counter")
	if policy := res.Header.Get("Content-Security-Policy"); len(res.Cookies()) != 0 || !strings.Contains(policy, "frame-ancestors 'self'") {
		t.Errorf("the example comes with the cookies %v and the policy %s", res.Cookies(), policy)
	}
	for path, status := range map[string]int{"/": 200, "/search.js": 200, "/nothing.html": 404, "/../go.mod": 404} {
		if res := get(path); res.StatusCode != status {
			t.Errorf("%s is answered with %s, want %d", path, res.Status, status)
		}
	}
	shown := 0
	s := liveviewtest.NewSession(t, r)
	for _, e := range examples() {
		if !strings.Contains(pages(b), `<iframe src="`+e.Path+`"`) {
			continue
		}
		shown++
		if v := s.Open(e.Path); !v.Live() {
			t.Errorf("%s isn't live", e.Path)
		}
	}
	if shown < 12 {
		t.Errorf("%d examples stand beside the text, want 12 at least", shown)
	}
}

// pages is the HTML of all guides, one after the other.
func pages(b *book.Book) string {
	var all strings.Builder
	for name, content := range b.Files {
		if filepath.Ext(name) == ".html" && !strings.Contains(name, "/") {
			all.Write(content)
		}
	}
	return all.String()
}

func TestWrite(t *testing.T) {
	b := &book.Book{Files: map[string][]byte{"index.html": []byte("one"), "a/b/c.html": []byte("two")}}
	dir := filepath.Join(t.TempDir(), "site")
	if err := b.Write(dir); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"index.html": "one", "a/b/c.html": "two"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); string(got) != want {
			t.Errorf("%s has %q, %v, want %q", name, got, err, want)
		}
	}
}
