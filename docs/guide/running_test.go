package guide_test

import (
	"embed"
	"expvar"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
	"github.com/gin-liveview/liveview/presence"
	"github.com/gin-liveview/liveview/pubsub"
)

// What docs/continuity.md shows: a view that is given back at another process.

type Board struct {
	Open  int
	Draft string
}

type cardsView struct{}

func (cardsView) HandleEvent(s *liveview.Socket[Board], e liveview.Event) error {
	s.Assign(func(b *Board) { b.Open, b.Draft = e.Int("open"), e.Value("draft") })
	return nil
}

func (cardsView) Restore(s *liveview.Socket[Board], saved Board) error {
	s.Assign(func(b *Board) { b.Open, b.Draft = saved.Open, saved.Draft })
	return nil
}

func (cardsView) Migrate(old liveview.SavedState) (Board, error) {
	var was struct{ Text string }
	err := old.Decode(&was)
	return Board{Draft: was.Text}, err
}

var cardsPage = liveview.MustParse[Board](`<p id="open">{{.Open}}: {{.Draft}}</p>
<button phx-click="edit" phx-value-open="7" phx-value-draft="half a sentence">Edit</button>`)

func (cardsView) Render(b Board) liveview.Rendered { return cardsPage.Render(b) }

func node() http.Handler {
	r := gin.New()
	r.Use(liveview.Middleware(liveview.Config{Secret: liveview.NewSecret("a secret that all processes have, of 32 bytes")}))
	liveview.Handle(r, "/cards", cardsView{})
	return r
}

func TestDeployOfTheGuide(t *testing.T) {
	v := liveviewtest.Open(t, node(), "/cards")
	v.Click("Edit")
	v.RestartAs(node())
	if got := v.Text("#open"); got != "7: half a sentence" {
		t.Errorf("after the deploy it shows %q", got)
	}
}

// What docs/deployment.md shows.

func TestProgramOfTheGuide(t *testing.T) {
	t.Setenv("SECRET", "a secret of the environment, of 32 bytes and more")
	lv := liveview.New(liveview.Config{Secret: liveview.NewSecret(os.Getenv("SECRET"))})
	r := gin.New()
	r.Use(lv.Middleware())
	r.GET("/readyz", lv.Ready)
	r.GET("/livez", lv.Healthy)

	_ = r.SetTrustedProxies([]string{"10.0.0.0/8"}) // the proxy's network; nil without a proxy

	if expvar.Get("liveview") == nil { // as a program has one App, and a test may run twice
		expvar.Publish("liveview", expvar.Func(func() any { return lv.Stats() }))
	}

	for _, path := range []string{"/readyz", "/livez"} {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != http.StatusOK {
			t.Errorf("%s answers %d", path, w.Code)
		}
	}
}

func TestBasePathOfTheGuide(t *testing.T) {
	mux := http.NewServeMux()
	r := gin.New()
	r.Use(liveview.Middleware(liveview.Config{BasePath: "/shop"}))
	liveview.Handle(r, "/items", cardsView{}) // https://www.example.com/shop/items

	mux.Handle("/shop/", http.StripPrefix("/shop", r)) // or a proxy does it
	if v := liveviewtest.Open(t, mux, "/shop/items"); !v.Live() {
		t.Error("the page isn't live")
	}
}

func TestAccessLogOfTheGuide(t *testing.T) {
	secrets := regexp.MustCompile(`([?&](?:_csrf_token|token|_action)=)[^&]*`)
	r := gin.New()
	r.Use(gin.LoggerWithFormatter(func(p gin.LogFormatterParams) string {
		return fmt.Sprintf("%s %d %s %s %s\n", p.TimeStamp.Format(time.RFC3339), p.StatusCode, p.Latency, p.Method,
			secrets.ReplaceAllString(p.Path, "${1}…"))
	}), gin.Recovery())
	r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/live?_action=x", nil))
}

func listen(addr string) (net.Listener, error) {
	if os.Getenv("LISTEN_PID") == strconv.Itoa(os.Getpid()) && os.Getenv("LISTEN_FDS") == "1" {
		return net.FileListener(os.NewFile(3, "systemd"))
	}
	return net.Listen("tcp", addr)
}

func TestListenOfTheGuide(t *testing.T) {
	l, err := listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
}

// Who is there, and who is typing.

type Who struct {
	Name   string
	Typing bool
}

type Talk struct {
	People []presence.Entry[Who]
	me     *presence.Handle[Who]
}

type talkView struct{ here *presence.Tracker[Who] }

func (v talkView) Mount(_ *gin.Context, s *liveview.Socket[Talk]) error {
	user := User{Name: s.ID()}
	me, err := liveview.Track(s, v.here, "room 1", user.Name, Who{Name: user.Name}) // in Mount, kept in the state
	s.Assign(func(st *Talk) { st.me, st.People = me, v.here.List("room 1") })
	if err != nil {
		return err
	}
	_, err = s.Subscribe("room 1")
	return err
}

func (v talkView) HandleEvent(s *liveview.Socket[Talk], e liveview.Event) error {
	user := User{Name: s.ID()}
	return s.State().me.Update(Who{Name: user.Name, Typing: e.Value("text") != ""}) // the same again costs nothing
}

func (v talkView) HandleInfo(s *liveview.Socket[Talk], info any) error {
	switch info.(type) {
	case presence.Change[Who]:
		s.Assign(func(st *Talk) { st.People = v.here.List("room 1") })
	}
	return nil
}

var talkPage = liveview.MustParse[Talk](`<form id="say" phx-change="type" phx-submit="say"><input name="text"></form>
<p id="typing">
{{range .People}}{{if .Meta.Typing}}{{.Meta.Name}} is typing… {{end}}{{end}}
</p>`)

func (talkView) Render(st Talk) liveview.Rendered { return talkPage.Render(st) }

func TestTypingOfTheGuide(t *testing.T) {
	bus, secret := pubsub.NewLocal(), "the same for all processes, from their settings"
	lv := liveview.New(liveview.Config{Secret: liveview.NewSecret(secret), PubSub: bus})
	here := presence.New[Who](bus, "rooms", presence.Options{})
	defer here.Close()
	r := gin.New()
	r.Use(lv.Middleware())
	liveview.Handle(r, "/talk", talkView{here})
	ann, bob := liveviewtest.Open(t, r, "/talk"), liveviewtest.Open(t, r, "/talk")
	ann.Change("#say", "text", "h")
	bob.WaitForText("#typing", ann.ID()+" is typing…")
}

// What docs/development.md shows: templates in files.

type Errand struct{ Text string }

//go:embed *.html
var files embed.FS

var page = liveview.MustParseSource[Errand](liveview.Source{
	FS: files, Dir: ".", Patterns: []string{"errand.html", "parts.html"},
})

func TestTemplatesOfTheGuide(t *testing.T) {
	r := gin.New()
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/", liveview.ViewFuncs[Errand]{Template: page})
	if v := liveviewtest.Open(t, r, "/"); !v.Has("footer") {
		t.Error("a part of the page is missing")
	}
}

// What docs/uploads.md shows: an album, and files that go elsewhere.

type Album struct{ Names []string }

type albumView struct{ dir string }

func (albumView) Mount(_ *gin.Context, s *liveview.Socket[Album]) error {
	return s.AllowUpload("photos", liveview.UploadConfig{
		Accept:     []string{".jpg", ".png"},
		MaxEntries: 5,
	})
}

func (v albumView) HandleEvent(s *liveview.Socket[Album], e liveview.Event) error {
	switch e.Name {
	case "cancel":
		return s.CancelUpload("photos", e.Value("ref"))
	case "save":
		names, err := liveview.ConsumeUploadedEntries(s, "photos",
			func(path string, e liveview.UploadEntry) (string, error) {
				return e.ID, os.Rename(path, filepath.Join(v.dir, e.ID))
			})
		s.Assign(func(st *Album) { st.Names = append(st.Names, names...) })
		return err
	}
	return nil
}

var albumPage = liveview.MustParse[Album](`
{{with upload "photos"}}
<form id="add" phx-change="pick" phx-submit="save">
  <label for="{{.Ref}}">Photos</label> {{.FileInput}} <button>Save</button>
</form>
<div phx-drop-target="{{.Ref}}">or drop them here</div>
{{range .Errors}}<p>{{.}}</p>{{end}}
{{range .Entries | keyed "Ref"}}<figure>
  {{.Preview "alt" .Name}} <progress max="100" value="{{.Progress}}"></progress>
  <button phx-click="cancel" phx-value-ref="{{.Ref}}">Cancel</button>
  {{range .Errors}}<p>{{.}}</p>{{end}}
</figure>{{end}}
{{end}}
{{range .Names}}<p class="kept">{{.}}</p>{{end}}`)

func (albumView) Render(st Album) liveview.Rendered { return albumPage.Render(st) }

func TestAlbumOfTheGuide(t *testing.T) {
	dir := t.TempDir()
	r := gin.New()
	r.Use(liveview.Middleware(liveview.Config{CompressionThreshold: 1024}))
	liveview.Handle(r, "/", albumView{dir})
	v := liveviewtest.Open(t, r, "/")
	v.Choose("#add input", liveviewtest.File{Name: "a.png", Type: "image/png", Content: []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89")})
	v.Submit("#add")
	kept, err := os.ReadDir(dir)
	if err != nil || len(kept) != 1 || v.Text(".kept") != kept[0].Name() {
		t.Errorf("%d files are kept, %v, and the page names %q", len(kept), err, v.Text(".kept"))
	}
}
