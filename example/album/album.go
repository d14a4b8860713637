// Package album is a photo album of all visitors: photos are dropped onto the
// page, show at once and, with their progress, while they are on their way.
package album

import (
	_ "embed"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

//go:embed album.html
var source string

var page = liveview.MustParse[State](source)

// State is what one visitor's page shows.
type State struct {
	Photos []Shown
	Failed string // what went wrong last, for the visitor
	mine   map[string]bool
}

// Shown is a photo on somebody's page.
type Shown struct {
	Photo
	Mine bool // and so may be removed
}

func (s *State) show(photos []Photo) {
	s.Photos = make([]Shown, len(photos))
	for i, p := range photos {
		s.Photos[i] = Shown{p, s.mine[p.ID]}
	}
}

// View shows the album in a store and adds to it.
type View struct{ Store *Store }

// Routes adds the album's page and its photos.
func (v View) Routes(r gin.IRoutes) {
	liveview.Handle(r, "/album", v)
	r.GET("/album/photos/:id", func(c *gin.Context) {
		// What visitors send is served under a name of ours, as the type that was
		// found in it, and as nothing that could run.
		p, path, ok := v.Store.Find(c.Param("id"))
		if !ok {
			c.Status(http.StatusNotFound)
			return
		}
		c.Header("Content-Type", p.Type)
		c.Header("X-Content-Type-Options", "nosniff")
		c.Header("Content-Security-Policy", "default-src 'none'; sandbox")
		c.Header("Cache-Control", "private, max-age=86400")
		c.File(path)
	})
}

// Mount allows photos to be sent, each of which goes into the album as soon as it
// is here.
func (v View) Mount(_ *gin.Context, s *liveview.Socket[State]) error {
	s.Assign(func(st *State) {
		st.mine = map[string]bool{}
		st.show(v.Store.Photos())
	})
	if _, err := s.Subscribe(topic); err != nil {
		return err
	}
	return s.AllowUpload("photos", liveview.UploadConfig{
		Accept:      []string{".jpg", ".jpeg", ".png", ".gif", ".webp"},
		MaxEntries:  12,
		MaxFileSize: 10_000_000,
		AutoUpload:  true,
	})
}

// HandleProgress keeps a photo when it is here.
func (v View) HandleProgress(s *liveview.Socket[State], e liveview.UploadEntry) error {
	if !e.Done {
		return nil
	}
	_, err := liveview.ConsumeUploadedEntry(s, e, func(path string, e liveview.UploadEntry) (struct{}, error) {
		s.Assign(func(st *State) { st.mine[e.ID] = true })
		return struct{}{}, v.Store.Add(path, Photo{ID: e.ID, Name: e.Name, Type: e.Type})
	})
	if err != nil {
		s.Assign(func(st *State) { st.Failed = e.Name + " could not be kept: " + err.Error() })
	}
	return nil
}

// HandleEvent drops a photo that is on its way, or removes one of the visitor's
// own.
func (v View) HandleEvent(s *liveview.Socket[State], e liveview.Event) error {
	switch e.Name {
	case "choose":
		s.Assign(func(st *State) { st.Failed = "" })
	case "cancel":
		return s.CancelUpload("photos", e.Value("ref"))
	case "remove":
		if id := e.Value("id"); s.State().mine[id] {
			return v.Store.Remove(id)
		}
	}
	return nil
}

// HandleInfo follows the album.
func (v View) HandleInfo(s *liveview.Socket[State], _ any) error {
	s.Assign(func(st *State) { st.show(v.Store.Photos()) })
	return nil
}

// Render shows the album.
func (View) Render(st State) liveview.Rendered { return page.Render(st) }
