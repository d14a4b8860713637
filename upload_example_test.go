package liveview_test

import (
	"os"
	"path/filepath"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

type profile struct{ Picture string }

var profilePage = liveview.MustParse[profile](`{{with upload "picture"}}
<form id="picture" phx-change="pick" phx-submit="save">{{.FileInput}} <button>Save</button></form>
{{range .Entries}}{{.Preview "alt" .Name}} {{.Progress}} % {{range .Errors}}{{.}}{{end}}{{end}}
{{end}}`)

type profileView struct{ dir string }

func (profileView) Mount(_ *gin.Context, s *liveview.Socket[profile]) error {
	return s.AllowUpload("picture", liveview.UploadConfig{Accept: []string{".jpg", ".png"}})
}

func (v profileView) HandleEvent(s *liveview.Socket[profile], e liveview.Event) error {
	if e.Name != "save" {
		return nil
	}
	pictures, err := liveview.ConsumeUploadedEntries(s, "picture", func(path string, e liveview.UploadEntry) (string, error) {
		return e.ID, os.Rename(path, filepath.Join(v.dir, e.ID))
	})
	if err != nil || len(pictures) == 0 {
		return err
	}
	s.Assign(func(p *profile) { p.Picture = pictures[0] })
	return nil
}

func (profileView) Render(p profile) liveview.Rendered { return profilePage.Render(p) }

// A picture is chosen, previewed, sent when the form is submitted, and kept under
// a name of our own.
func ExampleSocket_AllowUpload() {
	r := gin.New()
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/profile", profileView{dir: "pictures"})
}
