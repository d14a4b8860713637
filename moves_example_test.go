package liveview_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
	"github.com/gin-liveview/liveview/presence"
)

// pantryView is a list, and the thing of it that its URL names.
type pantryView struct{}

type pantry struct{ Open string }

func (pantryView) HandleParams(c *gin.Context, s *liveview.Socket[pantry]) error {
	s.Assign(func(st *pantry) { st.Open = c.Param("name") })
	return nil
}

var pantryPage = liveview.MustParse[pantry](`<a {{patch "/pantry/tea"}}>tea</a> <p>{{with .Open}}{{.}} is open{{else}}all is shut{{end}}</p>`)

func (pantryView) Render(st pantry) liveview.Rendered { return pantryPage.Render(st) }

// One view at two routes: a patch takes the page from one to the other, with its state.
func ExampleHandle() {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/pantry", pantryView{})
	liveview.Handle(r, "/pantry/:name", pantryView{})

	v := liveviewtest.Open(exampleTB{}, r, "/pantry")
	fmt.Println(v.Text("p"))
	v.Click("tea")
	fmt.Println(v.URL(), v.Text("p"))
	v.Back()
	fmt.Println(v.URL(), v.Text("p"))
	// Output:
	// all is shut
	// /pantry/tea tea is open
	// /pantry all is shut
}

// Another view takes this one's place, over the same socket, and the message goes along.
func ExampleSocket_PushRedirect() {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/order", liveview.ViewFuncs[sum]{
		Template: liveview.MustParse[sum](`<button phx-click="send">send</button>`),
		Events: liveview.Events[sum]{"send": func(s *liveview.Socket[sum], _ liveview.Event) error {
			s.PutFlash("info", "Thank you.")
			return s.PushRedirect("/orders", nil)
		}},
	})
	liveview.Handle(r, "/orders", liveview.ViewFuncs[sum]{Template: liveview.MustParse[sum](`<p>{{flash "info"}}</p>`)})

	v := liveviewtest.Open(exampleTB{}, r, "/order")
	v.Click("send")
	fmt.Println(v.URL(), v.Text("p"))
	// Output: /orders Thank you.
}

// A log-in writes the session, which a live event can't: an action does.
func ExampleSocket_RedirectAction() {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	store := cookie.NewStore([]byte("a key of 32 bytes from settings!"))
	store.Options(sessions.Options{Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	r.Use(sessions.Sessions("app", store), liveview.Middleware())
	liveview.Handle(r, "/login", liveview.ViewFuncs[sum]{
		Template: liveview.MustParse[sum](`<form id="login" phx-submit="login"><input name="name"><button>Log in</button></form>`),
		Events: liveview.Events[sum]{"login": func(s *liveview.Socket[sum], e liveview.Event) error {
			// … check the password …
			return s.RedirectAction("/login/done", e.Value("name"), "/account")
		}},
	})
	liveview.HandleAction(r, "/login/done", func(c *gin.Context, name string) error {
		session := sessions.Default(c)
		session.Set("user", name)
		return errors.Join(session.Save(), liveview.AppOf(c).Renew(c))
	})
	liveview.Handle(r, "/account", liveview.ViewFuncs[counterOf]{
		Template: liveview.MustParse[counterOf](`<p>{{.Name}}</p>`),
		Mount: func(c *gin.Context, s *liveview.Socket[counterOf]) error {
			s.Assign(func(st *counterOf) { st.Name, _ = sessions.Default(c).Get("user").(string) })
			return nil
		},
	})

	v := liveviewtest.Open(exampleTB{}, r, "/login")
	v.Submit("#login", "name", "ann")
	fmt.Println(v.URL(), v.Text("p"))
	// Output: /account ann
}

type counterOf struct{ Name string }

// Pages of a group apart from all others: between them and these the page is loaded.
func ExampleLiveSession() {
	requireAdmin := func(c *gin.Context) { liveview.Identify(c, "root") } // of the session
	r := gin.New()
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/", pantryView{})
	admin := r.Group("/admin", requireAdmin, liveview.LiveSession("admin"))
	liveview.Handle(admin, "", pantryView{})
}

// The browser says in which time zone it is.
func ExampleConnectParamsOf() {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/", liveview.ViewFuncs[counterOf]{
		Template: liveview.MustParse[counterOf](`<p>{{.Name}}</p>`),
		Mount: func(c *gin.Context, s *liveview.Socket[counterOf]) error {
			s.Assign(func(st *counterOf) { st.Name = liveview.ConnectParamsOf(c).Value("time_zone") })
			return nil
		},
	})
	// window.liveview = {options: {params: {time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone}}}
	v := liveviewtest.Open(exampleTB{}, r, "/", liveviewtest.Options{Params: map[string]any{"time_zone": "Europe/Zurich"}})
	fmt.Println(v.Text("p"))
	// Output: Europe/Zurich
}

// The files that a form has brought are kept under names of our own.
func ExampleConsumeUploadedEntries() {
	dir, err := os.MkdirTemp("", "photos")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	type album struct{ Kept []string }
	v := open(liveview.ViewFuncs[album]{
		Template: liveview.MustParse[album](`{{with upload "photos"}}<form id="add" phx-change="choose" phx-submit="save">{{.FileInput}}<button>Save</button></form>{{end}}
			{{range .Kept}}<p>{{.}}</p>{{end}}`),
		Mount: func(_ *gin.Context, s *liveview.Socket[album]) error {
			return s.AllowUpload("photos", liveview.UploadConfig{Accept: []string{".txt"}, MaxEntries: 2})
		},
		Events: liveview.Events[album]{
			"choose": func(*liveview.Socket[album], liveview.Event) error { return nil },
			"save": func(s *liveview.Socket[album], _ liveview.Event) error {
				kept, err := liveview.ConsumeUploadedEntries(s, "photos", func(path string, e liveview.UploadEntry) (string, error) {
					return e.Name, os.Rename(path, filepath.Join(dir, e.ID))
				})
				s.Assign(func(st *album) { st.Kept = append(st.Kept, kept...) })
				return err
			},
		},
	})
	v.Choose("#add input", liveviewtest.File{Name: "sea.txt", Type: "text/plain", Content: []byte("blue")})
	v.Submit("#add")
	fmt.Println(v.Text("p"))
	// Output: sea.txt
}

// Who has the page open, told to all who have it open.
func ExampleTrack() {
	type who struct{ Name string }
	type room struct {
		People []presence.Entry[who]
	}
	bus := liveview.NewPubSub()
	here := presence.New[who](bus, "example", presence.Options{})
	defer here.Close()
	v := open(liveview.ViewFuncs[room]{
		Template: liveview.MustParse[room](`{{range .People | keyed "ID"}}<p>{{.Meta.Name}} is here</p>{{end}}`),
		Mount: func(_ *gin.Context, s *liveview.Socket[room]) error {
			if _, err := s.Subscribe("room 1"); err != nil {
				return err
			}
			_, err := liveview.Track(s, here, "room 1", "ann", who{Name: "Ann"}) // until the view ends
			return err
		},
		Info: func(s *liveview.Socket[room], info any) error {
			if _, ok := info.(presence.Change[who]); ok {
				s.Assign(func(st *room) { st.People = here.List("room 1") })
			}
			return nil
		},
	}, liveview.Config{PubSub: bus})
	v.WaitForText("p", "Ann is here")
	fmt.Println(v.Text("p"))
	// Output: Ann is here
}

// salute writes HTML in its own way, as what templ generates does.
type salute string

func (g salute) Render(_ context.Context, w io.Writer) error {
	_, err := fmt.Fprintf(w, "<p>Hello %s</p>", string(g))
	return err
}

// saluteView shows its state by it.
type saluteView struct{}

func (saluteView) Render(st counterOf) liveview.Rendered {
	return liveview.RenderComponent(salute("Ann" + st.Name))
}

// A page that isn't html/template's.
func ExampleRenderComponent() {
	v := open(saluteView{})
	fmt.Println(v.Text("p"))
	// Output: Hello Ann
}

// Rows of a form come and go.
func ExampleForm_List() {
	type line struct {
		Item string `form:"item" binding:"required"`
	}
	type order struct {
		Lines []line `form:"lines"`
	}
	form := liveview.FormOf(order{Lines: []line{{"tea"}, {"bread"}}}, liveview.As("order"))
	rows, err := form.List("lines")
	if err != nil {
		panic(err)
	}
	for _, row := range rows {
		item, err := row.Field("item")
		if err != nil {
			panic(err)
		}
		fmt.Println(item.Name, item.Value)
	}
	// Output:
	// order[lines][0][item] tea
	// order[lines][1][item] bread
}

// Somebody else has saved since the form was loaded.
func ExampleForm_Stale() {
	form := liveview.FormOf(booking{Name: "Ada", Seats: 2})
	fmt.Println(form.Stale(booking{Name: "Ada", Seats: 2}), form.Stale(booking{Name: "Ada", Seats: 3}))
	// Output: false true
}
