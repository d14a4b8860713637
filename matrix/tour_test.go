package matrix

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/internal/client"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// tour goes through all that a page does, and looks at the scripts and at the
// logs. enter, if not nil, is what the visitor does first.
func (o *shop) tour(enter func(s *liveviewtest.Session)) {
	t := o.t
	t.Helper()
	// As a browser does: it takes compressed answers to all of its requests.
	s := liveviewtest.NewSession(t, o.handler)
	if enter != nil {
		enter(s)
	}
	v := s.Open(o.public + "/")
	want := func(selector, text string) {
		t.Helper()
		if got := v.Text(selector); got != text {
			t.Errorf("%s shows %q, want %q", selector, got, text)
		}
	}
	o.checkScripts(s, v)

	v.Click("#add")
	want("h1", "1")
	want("#url", o.public+"/")
	v.Click("#two")
	v.ExpectPatch(o.public + "/?step=2")
	v.Click("#add")
	want("h1", "3")
	v.Click("#five")
	v.ExpectPatch(o.public + "/?step=5")
	v.Click("#add") // each event asks the middleware whether it may be
	want("h1", "8")
	want("#url", o.public+"/?step=5")
	v.Back()
	want("#step", "2")

	v.Click("#item")
	v.ExpectNavigation(o.public + "/items/7")
	want("h1", "Item 7")
	v.Click("#see")
	want("#seen", "1")
	v.Click("#back")
	v.ExpectNavigation(o.public + "/?from=item")
	want("#flash-info", "Seen")

	v.Click("#leave")
	v.ExpectRedirect(o.public + "/?from=view")
	want("#flash-info", "Left")
	v.Click("#mark-it")
	if u := v.URL(); u.String() != o.public+"/?from=action" {
		t.Errorf("the action leads to %s", u)
	}
	want("#mark", "red")
	v.Reload()
	want("#flash-info", "")

	if res := s.PostForm(o.public+"/save", url.Values{}); res.StatusCode != http.StatusOK {
		t.Errorf("saving the form ends at %s with %s", res.Request.URL, res.Status)
	} else if body, _ := io.ReadAll(res.Body); !strings.Contains(string(body), `<p id="flash-info">Saved</p>`) {
		t.Errorf("the page after the form: %s", body)
	}
	v.Disconnect()
	v.Reconnect()
	want("h1", "0")
	v.Click("#add")
	want("h1", "1")

	if text := o.log.String(); text != "" {
		t.Errorf("liveview complained:\n%s", text)
	}
	if strings.Contains(o.access.String(), "/websocket") && !strings.Contains(o.access.String(), "101 ") {
		t.Errorf("the socket's status in the access log:\n%s", o.access)
	}
	if text := o.access.String(); strings.Contains(text, "404 ") {
		t.Errorf("the access log:\n%s", text)
	}
}

var scriptSource = regexp.MustCompile(`<script defer src="([^"]*)"`)

// checkScripts loads the page's scripts as a browser does.
func (o *shop) checkScripts(s *liveviewtest.Session, v *liveviewtest.View) {
	t := o.t
	t.Helper()
	body, _ := io.ReadAll(v.Response().Body)
	sources := scriptSource.FindAllStringSubmatch(string(body), -1)
	if len(sources) != 3 {
		t.Errorf("the page has %d scripts, want 3: %s", len(sources), body)
	}
	for _, m := range sources {
		source := html.UnescapeString(m[1])
		res := s.Get(source)
		got, _ := io.ReadAll(res.Body)
		if res.StatusCode != http.StatusOK || !slices.Equal(got, script(t, source)) {
			t.Errorf("the script %s is answered with %s, %v: %.40q", source, res.Status, res.Header, got)
		}
	}
}

// script returns the file that source is the address of.
func script(t *testing.T, source string) []byte {
	t.Helper()
	u, err := url.Parse(source)
	if err != nil {
		t.Fatal(err)
	}
	name := path.Base(u.Path)
	if name == client.StartScript {
		return client.Start()
	}
	file := map[string]string{
		"phoenix.min.js":           npmPackages + "/phoenix/priv/static/phoenix.min.js",
		"phoenix_live_view.min.js": npmPackages + "/phoenix_live_view/priv/static/phoenix_live_view.min.js",
	}[name]
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
