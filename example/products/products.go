// Package products is a list with dialogs that have URLs of their own: one view at
// three routes. The list stays as it is while a dialog opens and closes, a dialog can
// be bookmarked, and the back button closes it.
package products

import (
	_ "embed"
	"errors"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

//go:embed products.html
var source string

var page = liveview.MustParse[State](source)

// The routes, as HandleParams finds them in c.FullPath().
const (
	listRoute = "/products"
	newRoute  = "/products/new"
	editRoute = "/products/:id/edit"
)

// State is the list and the dialog before it.
type State struct {
	Query    string
	Products []Product

	Dialog string // its title, "" for none
	Form   liveview.Form[Product]
}

type view struct{ store *Store }

// Routes adds the pages to r. All three have the same view: so it is one page, whose
// URL says what is open.
func (s *Store) Routes(r gin.IRoutes) {
	products := view{s}
	liveview.Handle(r, listRoute, products)
	liveview.Handle(r, newRoute, products)
	liveview.Handle(r, editRoute, products)
}

// Mount loads the list. It isn't run again when the URL changes.
func (v view) Mount(_ *gin.Context, s *liveview.Socket[State]) error {
	v.load(s)
	return nil
}

func (v view) load(s *liveview.Socket[State]) {
	s.Assign(func(st *State) { st.Products = v.store.Search(st.Query) })
}

// HandleParams opens and closes the dialog.
func (v view) HandleParams(c *gin.Context, s *liveview.Socket[State]) error {
	dialog, product := "", Product{}
	switch c.FullPath() {
	case newRoute:
		dialog = "New product"
	case editRoute:
		id, _ := strconv.Atoi(c.Param("id"))
		p, ok := v.store.Find(id)
		if !ok {
			c.String(http.StatusNotFound, "There is no such product.")
			return nil
		}
		dialog, product = p.Name, p
	}
	s.PageTitle(dialog)
	s.Assign(func(st *State) { st.Dialog, st.Form = dialog, liveview.FormOf(product) })
	return nil
}

// HandleEvent is all that can be done on the page.
func (v view) HandleEvent(s *liveview.Socket[State], e liveview.Event) error {
	switch e.Name {
	case "search":
		s.Assign(func(st *State) { st.Query = e.Value("q") })
		v.load(s)
	case "delete":
		v.store.Delete(e.Int("id"))
		v.load(s)
	case "close":
		if s.State().Dialog != "" {
			return s.PushPatch(listRoute, nil)
		}
	case "check", "save":
		return v.form(s, e)
	}
	return nil
}

// form shows what was typed with what is wrong about it, and saves it if nothing is
// and it was submitted.
func (v view) form(s *liveview.Socket[State], e liveview.Event) error {
	f := s.State().Form.Apply(e)
	if e.Name == "save" && f.Valid() {
		p, err := v.store.Save(f.Value)
		if err == nil {
			v.load(s)
			s.PutFlash("info", p.Name+" is saved.")
			return s.PushPatch(listRoute, nil) // closes the dialog, and the list is where it was
		}
		if !errors.Is(err, ErrTaken) {
			return err
		}
		f.Check("name", false, "There is a product of that name.")
	}
	s.Assign(func(st *State) { st.Form = f })
	return nil
}

// Render shows the page.
func (view) Render(st State) liveview.Rendered { return page.Render(st) }
