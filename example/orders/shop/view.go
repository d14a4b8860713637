package shop

import (
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/ui"
)

//go:embed shop.html
var source string

var page = liveview.MustParseSource[State](ui.Source(source))

// The routes, as HandleParams finds them in c.FullPath().
const (
	listRoute = "/"
	newRoute  = "/new"
	editRoute = "/orders/:id"
)

// topic is told of each order that is saved or deleted.
const topic = "orders"

// State is the list, and the order that is open.
type State struct {
	Orders []Order
	Open   bool
	Form   liveview.Form[Order]
	Theirs *Order // what somebody else has saved meanwhile
}

// Order is the one that is open, as it is in the form.
func (st State) Order() Order { return st.Form.Value }

// Labels are those that an order can have.
func (State) Labels() []ui.Option { return labels }

type view struct{ store *Store }

// Routes adds the pages to r: one view at three routes.
func (s *Store) Routes(r gin.IRoutes) {
	orders := view{s}
	liveview.Handle(r, listRoute, orders)
	liveview.Handle(r, newRoute, orders)
	liveview.Handle(r, editRoute, orders)
	r.GET("/orders/:id/picture", s.servePicture)
}

// servePicture serves what visitors have sent as the type that was found in it, and as
// nothing that could run.
func (s *Store) servePicture(c *gin.Context) {
	id, _ := strconv.ParseInt(c.Param("id"), 10, 64)
	contentType, content, err := s.Picture(c.Request.Context(), id)
	if err != nil {
		c.Status(http.StatusNotFound)
		return
	}
	c.Header("X-Content-Type-Options", "nosniff")
	c.Header("Content-Security-Policy", "default-src 'none'; sandbox")
	c.Header("Cache-Control", "private, no-cache")
	c.Data(http.StatusOK, contentType, content)
}

// Mount loads the list, and follows it.
func (v view) Mount(_ *gin.Context, s *liveview.Socket[State]) error {
	if s.Connected() {
		if _, err := s.Subscribe(topic); err != nil {
			return err
		}
	}
	if err := s.AllowUpload("picture", liveview.UploadConfig{Accept: []string{".png", ".jpg", ".jpeg"}, MaxFileSize: 2_000_000}); err != nil {
		return err
	}
	return v.load(s)
}

func (v view) load(s *liveview.Socket[State]) error {
	all, err := v.store.All(s.Context())
	s.Assign(func(st *State) { st.Orders = all })
	return err
}

// HandleParams opens and closes an order.
func (v view) HandleParams(c *gin.Context, s *liveview.Socket[State]) error {
	order, open, title := Order{}, true, ""
	switch c.FullPath() {
	case listRoute:
		open = false
	case newRoute:
		order, title = blank(), "New order"
	case editRoute:
		id, _ := strconv.ParseInt(c.Param("id"), 10, 64)
		found, err := v.store.Find(s.Context(), id)
		if errors.Is(err, ErrNoOrder) {
			c.String(http.StatusNotFound, "There is no such order.")
			return nil
		}
		if err != nil {
			return err
		}
		order, title = found, found.Number
	}
	s.PageTitle(title)
	s.Assign(func(st *State) { st.Open, st.Form, st.Theirs = open, formOf(order), nil })
	return nil
}

// HandleEvent is all that can be done on the page.
func (v view) HandleEvent(s *liveview.Socket[State], e liveview.Event) error {
	switch e.Name {
	case "check", "save":
		return v.change(s, e)
	case "cancel-picture":
		return s.CancelUpload("picture", e.Value("ref"))
	case "take-theirs":
		s.Assign(func(st *State) {
			if st.Theirs != nil {
				st.Form, st.Theirs = formOf(*st.Theirs), nil
			}
		})
		return nil
	case "delete":
		o := s.State().Order()
		if err := v.store.Delete(s.Context(), o.ID); err != nil {
			return err
		}
		return v.done(s, o.Number+" is deleted.")
	}
	return liveview.ErrUnknownEvent
}

// change shows what was typed with what is wrong about it, and saves it if nothing is and
// it was submitted.
func (v view) change(s *liveview.Socket[State], e liveview.Event) error {
	id := s.State().Order().ID
	f := s.State().Form.Apply(e)
	taken, err := v.store.Taken(s.Context(), f.Value.Number, id)
	if err != nil {
		return err
	}
	f.Check("number", !taken, "is the number of another order")
	s.Assign(func(st *State) { st.Form = f })
	if e.Name != "save" || !f.Valid() {
		return nil
	}
	return v.save(s, f)
}

func (v view) save(s *liveview.Socket[State], f liveview.Form[Order]) error {
	saved, err := v.store.Save(s.Context(), f.Value, f.Stale)
	switch {
	case errors.Is(err, ErrStale):
		s.Assign(func(st *State) { st.Theirs = &saved })
		return nil
	case errors.Is(err, ErrTaken): // between the check and now
		f.Check("number", false, "is the number of another order")
		s.Assign(func(st *State) { st.Form = f })
		return nil
	case errors.Is(err, ErrNoOrder):
		return v.done(s, f.Value.Number+" has been deleted meanwhile.")
	case err != nil:
		return err
	}
	_, err = liveview.ConsumeUploadedEntries(s, "picture", func(path string, e liveview.UploadEntry) (struct{}, error) {
		content, err := os.ReadFile(path)
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, v.store.SetPicture(s.Context(), saved.ID, e.Type, content)
	})
	if err != nil {
		return fmt.Errorf("the picture of %s: %w", saved.Number, err)
	}
	return v.done(s, saved.Number+" is saved.")
}

// done tells everybody, and goes back to the list.
func (v view) done(s *liveview.Socket[State], what string) error {
	if err := s.Publish(topic, what); err != nil {
		return err
	}
	if err := v.load(s); err != nil {
		return err
	}
	s.PutFlash("info", what)
	return s.PushPatch(listRoute, nil)
}

// HandleInfo follows the list.
func (v view) HandleInfo(s *liveview.Socket[State], _ any) error { return v.load(s) }

// Render shows the page.
func (view) Render(st State) liveview.Rendered { return page.Render(st) }
