package node

import (
	"crypto/sha256"
	"fmt"
	"os"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// What a page takes of files.
const (
	MaxFiles    = 3
	MaxFileSize = 60_000
	ChunkSize   = 6_000
)

// files is the state of a page that takes files, and says what has been in them.
type files struct{ Saved []string }

type filesView struct{}

var filesPage = liveview.MustParse[files](`<form phx-change="pick" phx-submit="save">{{with upload "files"}}<p data-ref="{{.Ref}}">{{.FileInput}}</p>
{{range .Entries}}<i>{{.Name}} {{.Progress}}{{range .Errors}} {{.}}{{end}}</i>{{end}}{{end}}</form>
<ul>{{range .Saved}}<li>{{.}}</li>{{end}}</ul>`)

func (filesView) Mount(_ *gin.Context, s *liveview.Socket[files]) error {
	return s.AllowUpload("files", liveview.UploadConfig{MaxEntries: MaxFiles, MaxFileSize: MaxFileSize, ChunkSize: ChunkSize})
}

func (filesView) HandleEvent(s *liveview.Socket[files], e liveview.Event) error {
	if e.Name != "save" {
		return nil
	}
	saved, err := liveview.ConsumeUploadedEntries(s, "files", func(path string, e liveview.UploadEntry) (string, error) {
		content, err := os.ReadFile(path)
		return Sum(e.Name, content), err
	})
	if Planted("files") {
		saved = append(saved, Sum("another", nil))
	}
	s.Assign(func(f *files) { f.Saved = saved })
	return err
}

// Sum is what the page says of a file.
func Sum(name string, content []byte) string {
	return fmt.Sprintf("%s %x", name, sha256.Sum256(content))
}

func (filesView) Render(f files) liveview.Rendered { return filesPage.Render(f) }
