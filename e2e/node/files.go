package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// files is the state of the page that takes files: it notes in a directory, which
// outlives the process, what it has made use of.
type files struct {
	Node, Note string
	Hidden     bool // the form is
	Saved      []string
}

type filesView struct {
	node, dir string
	config    liveview.UploadConfig
	closed    bool // it shows no form
}

var filesPage = liveview.MustParse[files](`<p id="node">{{.Node}}</p>
{{with upload "files"}}{{if not $.Hidden}}<form id="form" phx-change="pick" phx-submit="save" data-confirm="Send them?">{{.FileInput}} <input id="note" name="note" value="{{$.Note}}"> <button id="save" name="how" value="now">save</button></form>{{end}}
{{range .Errors}}<p class="all">{{.}}</p>{{end}}
{{range .Entries}}<article><b>{{.Name}}</b> <progress max="100" value="{{.Progress}}"></progress>{{range .Errors}}<i>{{.}}</i>{{end}}</article>{{end}}{{end}}
<ul id="saved">{{range .Saved}}<li>{{.}}</li>{{end}}</ul>`)

func (v filesView) Mount(_ *gin.Context, s *liveview.Socket[files]) error {
	s.Assign(func(f *files) { f.Node, f.Hidden = v.node, v.closed })
	return s.AllowUpload("files", v.config)
}

func (v filesView) HandleEvent(s *liveview.Socket[files], e liveview.Event) error {
	s.Assign(func(f *files) { f.Note = e.Value("note") })
	if e.Name != "save" {
		return nil
	}
	if err := v.log("submitted " + e.Value("note") + " " + e.Value("how")); err != nil {
		return err
	}
	saved, err := liveview.ConsumeUploadedEntries(s, "files", func(path string, e liveview.UploadEntry) (string, error) {
		content, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		line := fmt.Sprintf("%s %x", e.Name, sha256.Sum256(content))
		return line, v.log(line)
	})
	s.Assign(func(f *files) { f.Saved = append(f.Saved, saved...) })
	return err
}

// log adds a line to what all processes have noted.
func (v filesView) log(line string) error {
	f, err := os.OpenFile(filepath.Join(v.dir, "log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, line)
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

func (v filesView) Render(f files) liveview.Rendered { return filesPage.Render(f) }
