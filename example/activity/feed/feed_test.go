package feed_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/gin-gonic/gin"
	_ "modernc.org/sqlite" // the driver

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/activity/feed"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// open opens a feed of n entries, and returns it with those of its App.
func open(t *testing.T, n int) (*liveviewtest.Session, *feed.Store, *liveview.App) {
	t.Helper()
	gin.SetMode(gin.TestMode)
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "feed.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	store, err := feed.Open(t.Context(), db, n)
	if err != nil {
		t.Fatal(err)
	}
	lv := liveview.New(liveview.Config{})
	r := gin.New()
	r.Use(lv.Middleware())
	liveview.Handle(r, "/", feed.View{Store: store})
	return liveviewtest.NewSession(t, r), store, lv
}

// window is what the page shows: how many entries, the first and the last.
func window(v *liveviewtest.View) string {
	all := v.Find("#feed > li")
	return fmt.Sprint(all.Length(), " ", all.First().AttrOr("id", ""), " ", all.Last().AttrOr("id", ""))
}

func TestFeed(t *testing.T) {
	t.Parallel()
	session, store, lv := open(t, 1000)
	v := session.Open("/")
	shows := func(what, want string) {
		t.Helper()
		if got := window(v); got != want {
			t.Errorf("%s: the page shows %s, want %s", what, got, want)
		}
	}
	shows("at first", "30 entries-1000 entries-971")
	v.ScrollToBottom("#feed")
	v.ScrollToBottom("#feed")
	shows("after two pages", "90 entries-1000 entries-911")
	v.ScrollToBottom("#feed")
	shows("after three", "90 entries-970 entries-881")
	if got := v.URL().String(); got != "/?from=970" {
		t.Errorf("the URL is %s", got)
	}
	v.ExpectPatch("/?from=970")

	e, err := store.Add(t.Context())
	if err == nil {
		err = lv.Publish("activity", e)
	}
	if err != nil {
		t.Fatal(err)
	}
	v.WaitForText("#waiting", "31 newer")
	shows("with something new", "90 entries-970 entries-881")
	v.Reconnect()
	shows("after a lost connection", "90 entries-970 entries-881")
	v.ScrollToTop("#feed") // past the top
	shows("at the top again", "30 entries-1001 entries-972")
	v.Click("Do something")
	v.WaitForText("#feed > li:first-child b", "1002")
	shows("with an entry more", "31 entries-1002 entries-972")

	v.Change("#jump [name=at]", "500")
	v.Submit("#jump")
	shows("around an entry", "90 entries-514 entries-425")
	if got := v.Find("[aria-current]").AttrOr("id", ""); got != "entries-500" {
		t.Errorf("%q is the one that was asked for", got)
	}
	v.Change("#jump [name=at]", "1")
	v.Submit("#jump")
	shows("at the end", "15 entries-15 entries-1")
	if v.Find("#feed").Is("[phx-viewport-bottom]") {
		t.Error("the page asks for older entries than there are")
	}
}
