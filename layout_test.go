package liveview_test

import (
	"html/template"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

type crossing struct{ To []string }

// The document around a page is always that of its route: to a page with another layout
// there is a page load, by whichever move, and to one with the same layout there is none.
// What a callback put into the flash comes along, and back leads back.
func TestDocumentIsThatOfTheRoute(t *testing.T) {
	gin.SetMode(gin.TestMode)
	document := func(name string) liveview.Layout {
		return liveview.LayoutOf(template.Must(template.New("").Parse(
			`<!DOCTYPE html><html><head>{{.CSRFMeta}}{{.LiveTitle}}{{.Scripts}}</head><body><header>`+name+`</header>{{.Content}}</body></html>`)), "", nil)
	}
	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(sessions.Sessions("app", cookie.NewStore([]byte("a key of 32 bytes from settings!"))), liveview.Middleware(liveview.Config{Layout: document("site")}))
	view := &testView[crossing]{
		template: liveview.MustParse[crossing](`<h1>{{currentURL}}</h1><p>{{flash "info"}}</p>
{{range $to := .To}}<a id="navigate{{$to}}" {{navigate $to}}>n</a><a id="patch{{$to}}" {{patch $to}}>p</a>
<button id="redirect{{$to}}" phx-click="redirect" phx-value-to="{{$to}}">r</button><button id="push{{$to}}" phx-click="patch" phx-value-to="{{$to}}">pp</button>{{end}}`),
		onMount: func(_ *gin.Context, s *liveview.Socket[crossing]) error {
			s.Assign(func(st *crossing) { st.To = []string{"/a", "/b", "/shop", "/cart", "/admin"} })
			return nil
		},
		onEvent: func(s *liveview.Socket[crossing], e liveview.Event) error {
			s.PutFlash("info", e.Name)
			if e.Name == "patch" {
				return s.PushPatch(e.Value("to"), nil)
			}
			return s.PushRedirect(e.Value("to"), nil)
		},
	}
	shop := liveview.UseLayout(document("shop"))
	for path, group := range map[string]gin.IRoutes{
		"/a": r, "/b": r, "/shop": r.Group("", shop), "/cart": r.Group("", shop), "/admin": r.Group("", liveview.UseLayout(document("admin"))),
	} {
		liveview.Handle(group, path, view)
	}
	for _, test := range []struct{ from, to, document string }{
		{"/a", "/shop", "shop"}, {"/shop", "/admin", "admin"}, {"/admin", "/a", "site"}, {"/a", "/b", ""}, {"/shop", "/cart", ""},
	} {
		for _, move := range []string{"navigate", "patch", "redirect", "push"} {
			t.Run(move+" from "+test.from+" to "+test.to, func(t *testing.T) {
				v := liveviewtest.Open(t, r, test.from)
				before := v.Text("header")
				v.Click(`[id="` + move + test.to + `"]`)
				v.WaitFor(func() bool { return v.Text("h1") == test.to && v.Live() })
				want := test.document
				if want == "" {
					want = before
				}
				if got := v.Text("header"); got != want {
					t.Errorf("at %s the document is that of %s, want that of %s", test.to, got, want)
				}
				loaded := false
				for _, m := range v.Moves() {
					loaded = loaded || m.Kind == "redirect"
				}
				if loaded != (test.document != "") {
					t.Errorf("the moves were %v", v.Moves())
				}
				if flash := map[string]string{"redirect": "redirect", "push": "patch"}[move]; v.Text("p") != flash {
					t.Errorf("the flash says %q, want %q", v.Text("p"), flash)
				}
				v.Back()
				v.WaitFor(func() bool { return v.Text("h1") == test.from && v.Live() })
				if got := v.Text("header"); got != before {
					t.Errorf("back at %s the document is that of %s, want that of %s", test.from, got, before)
				}
			})
		}
	}
}
