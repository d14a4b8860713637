package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/liveviewtest"
)

// The pages of the gallery do without JavaScript what makes sense there: what they are
// told is in the answer, or kept on the server.
func TestGalleryWithoutJavaScript(t *testing.T) {
	r, _ := newGallery("a secret of the test's own, 32 bytes", nil)
	open := func(t *testing.T, path string) *liveviewtest.View {
		t.Helper()
		return liveviewtest.OpenPlain(t, r, path)
	}
	has := func(t *testing.T, v *liveviewtest.View, selector, want string) {
		t.Helper()
		if got := v.Text(selector); !strings.Contains(got, want) {
			t.Errorf("%s shows %q, want %q", selector, got, want)
		}
	}
	t.Run("account", func(t *testing.T) {
		v := liveviewtest.NewSession(t, r).OpenPlain("/account")
		has(t, v, "main", "Please log in first.")
		v.Submit("#login", "name", "ann", "password", "wrong")
		has(t, v, "main", "Name and password don't match.")
		if got := v.Value("[name=name]"); got != "ann" {
			t.Errorf("the name is %q", got)
		}
		v.Submit("#login", "name", "ann", "password", "open sesame")
		has(t, v, "main", "Welcome, ann.")
		v.Submit("#note", "note", "milk & <bread>")
		if got := v.Value("#note [name=note]"); got != "milk & <bread>" {
			t.Errorf("the note is %q", got)
		}
		v.Click("#logout")
		has(t, v, "main", "You are logged out.")
		if strings.Contains(v.Response().Request.URL.RawQuery, "password") {
			t.Errorf("the URL is %s", v.Response().Request.URL)
		}
	})
	t.Run("album", func(t *testing.T) {
		v := open(t, "/album")
		v.Choose("#add input[type=file]", liveviewtest.File{Name: "a.png", Type: "image/png", Content: []byte("\x89PNG\r\n\x1a\n" + strings.Repeat("x", 100))})
		v.Submit("#add")
		has(t, v, "#album", "a.png")
	})
	t.Run("board", func(t *testing.T) {
		v := open(t, "/board")
		v.Click("#card-2 [aria-label='Move to the right']")
		has(t, v, "#board", "Call the plumber")
		v.Click("#card-1 button", "Edit")
		v.Submit("#edit-1", "text", "")
	})
	t.Run("catalog", func(t *testing.T) {
		v := open(t, "/catalog")
		v.Submit("#filter", "q", "no such thing at all")
		if v.Response().Request.Method != http.MethodGet {
			t.Errorf("the search isn't in the URL: %s %s", v.Response().Request.Method, v.Response().Request.URL)
		}
	})
	t.Run("chat", func(t *testing.T) {
		v := open(t, "/chat")
		v.Submit("#message-form", "name", "Ada", "text", "hello there")
		has(t, v, "main", "hello there")
	})
	t.Run("counter", func(t *testing.T) {
		v := open(t, "/counter")
		v.Click("#inc")
		has(t, v, "#count", "1")
	})
	t.Run("dashboard", func(t *testing.T) {
		v := open(t, "/dashboard")
		v.Click("#more")
	})
	t.Run("form", func(t *testing.T) {
		v := open(t, "/form")
		v.Submit("#order", "order[email]", "ada", "order[name]", "Ada")
		if !v.Has("#order_email-error") || v.Has("#order_name-error") || v.Value("#order_name") != "Ada" {
			t.Errorf("the form shows %s", v.Text("#order"))
		}
		v.Submit("#order", "order[seats]", "1", "order[name]", "Ada", "order[email]", "ada@example.com", "order[type]", "box", "order[extras][]", "champagne")
		has(t, v, "#done", "Thank you, Ada.")
	})
	t.Run("player", func(t *testing.T) {
		v := open(t, "/player/rain")
		v.Click("Downpour")
	})
	t.Run("poll", func(t *testing.T) {
		v := open(t, "/poll")
		before := v.Text("#total")
		v.Click("#bars li:first-child button")
		if after := v.Text("#total"); after == before {
			t.Errorf("after a vote there are %s", after)
		}
	})
	t.Run("ui", func(t *testing.T) {
		v := open(t, "/ui")
		rows := v.Count(".ui-row")
		v.Submit("#workshop", "workshop[speakers_sort][]", true)
		if got := v.Count(".ui-row"); got != rows+1 {
			t.Errorf("there are %d speakers, want %d", got, rows+1)
		}
		if !v.Has("#workshop_email-error") || v.Value("#workshop_title") == "" {
			t.Errorf("the form shows %s", v.Text("#workshop"))
		}
	})
	t.Run("products", func(t *testing.T) {
		v := open(t, "/products")
		v.Submit("#search", "q", "zzz")
		v = open(t, "/products/new")
		v.Submit("#product", "name", "", "price", "12")
		if v.Value("#price") != "12" || !v.Has("#name[aria-invalid]") {
			t.Errorf("the dialog shows %s", v.Text("#dialog"))
		}
		v.Submit("#product", "name", "Plain thing", "price", "12")
		has(t, v, "main", "Plain thing is saved.")
	})
	t.Run("search", func(t *testing.T) {
		v := open(t, "/search")
		v.Submit("#search", "q", "switz")
		has(t, v, "main", "Zurich")
	})
	t.Run("table", func(t *testing.T) {
		v := open(t, "/table")
		v.Submit("#filter", "q", "brass")
		if v.Text("#shown") == "1000 rows" {
			t.Error("the table isn't filtered")
		}
		v.Click("Article")
	})
	t.Run("clock", func(t *testing.T) {
		v := open(t, "/clock")
		v.Submit("#zone-form", "zone", "Asia/Tokyo")
		if v.Value("[name=zone]") != "Asia/Tokyo" {
			t.Errorf("the zone is %s", v.Value("[name=zone]"))
		}
	})
}
