package e2e

import (
	"errors"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// innerPage has its entries within the form, where the client disables what it
// submits.
var innerPage = liveview.MustParse[inbox](`{{with upload "files"}}
<form id="form" phx-change="pick" phx-submit="save">{{.FileInput}} <input name="note"> <button id="save">save</button>
{{range .Errors}}<p class="all">{{.}}</p>{{end}}
{{range .Entries}}<article id="entry-{{.Ref}}"><b>{{.Name}}</b>{{.Preview "alt" .Name}}
<button type="button" class="cancel" phx-click="cancel" phx-value-ref="{{.Ref}}">cancel {{.Name}}</button>
{{range .Errors}}<i>{{.}}</i>{{end}}</article>{{end}}</form>
{{end}}<button id="close" phx-click="close">close</button>
<ul id="saved">{{range .Saved}}<li>{{.}}</li>{{end}}</ul>`)

func innerView(config liveview.UploadConfig) view[inbox] {
	v := inboxView(fixed(config))
	v.page = innerPage
	save := v.event
	v.event = func(s *liveview.Socket[inbox], e liveview.Event) error {
		if e.Name == "close" {
			return s.CancelUploads("files")
		}
		return save(s, e)
	}
	return v
}

// A file whose content is refused leaves a form that can be used: the file is cancelled,
// and another one chosen and sent.
func TestRefusedContentUnlocksTheForm(t *testing.T) {
	t.Parallel()
	l := newUploadLab(t, "", "", innerView(liveview.UploadConfig{Accept: []string{".png"}}))
	file := onDisk(t, map[string][]byte{"lie.png": []byte("<html>no picture</html>"), "true.png": picture(20)})
	tb := newPerson(t).open(l.URL)
	tb.pick(file("lie.png"))
	tb.holds(`document.querySelector("article b").textContent === "lie.png"`)
	tb.click("#save")
	tb.shows("article i", "Files of this type are not accepted.")
	tb.holds(`!document.querySelector("#form").classList.contains("phx-submit-loading") && !document.querySelector(".cancel").disabled && !document.querySelector("#save").disabled`)
	tb.pick(file("true.png")) // takes its place
	tb.holds(`document.querySelector("article b").textContent === "true.png" && document.querySelector("article i") === null`)
	tb.click("#save")
	tb.holds(`document.querySelectorAll("#saved li").length === 1`)
	tb.pick(file("lie.png"))
	tb.holds(`document.querySelector("article b").textContent === "lie.png"`)
	tb.click("#save")
	tb.shows("article i", "Files of this type are not accepted.")
	tb.holds(`!document.querySelector(".cancel").disabled`)
	tb.click(".cancel")
	tb.holds(`document.querySelector("article") === null && !document.querySelector("#save").disabled`)
	l.noUploads(t)
}

// What was chosen in a dialog that is closed is gone, from the browser too.
func TestUploadsOfAClosedDialog(t *testing.T) {
	t.Parallel()
	l := newUploadLab(t, "", "", innerView(liveview.UploadConfig{MaxEntries: 3}))
	file := onDisk(t, map[string][]byte{"a.txt": []byte("a"), "b.txt": []byte("bb")})
	tb := newPerson(t).open(l.URL)
	tb.pick(file("a.txt", "b.txt"))
	tb.holds(`document.querySelectorAll("article").length === 2`)
	tb.click("#close")
	tb.holds(`document.querySelector("article") === null`)
	tb.pick(file("b.txt"))
	tb.holds(`document.querySelectorAll("article").length === 1`)
	tb.click("#save")
	tb.shows("#saved", "b.txt 2 of 2 bytes text/plain")
}

// Empty files, which the client drops, are told, chosen or dropped, alone or among others.
func TestEmptyFilesInTheBrowser(t *testing.T) {
	t.Parallel()
	l := newUploadLab(t, "", "", inboxView(fixed(liveview.UploadConfig{MaxEntries: 5})))
	file := onDisk(t, map[string][]byte{"empty.txt": nil, "a.txt": []byte("a")})
	tb := newPerson(t).open(l.URL)
	tb.pick(file("a.txt", "empty.txt"))
	tb.holds(`document.querySelectorAll("article").length === 2`)
	tb.shows("article i", "The file is empty.")
	tb.click("article:has(i) .cancel")
	tb.holds(`document.querySelectorAll("article").length === 1 && document.querySelector("article i") === null`)
	tb.drop("#drop", map[string]string{"none.txt": ""})
	tb.holds(`document.querySelectorAll("article").length === 2 && document.querySelector("article i") !== null`)
	tb.click("article:has(i) .cancel")
	tb.holds(`document.querySelector("article i") === null`)
	tb.click("#save")
	tb.shows("#saved", "a.txt 1 of 1 bytes text/plain")

	one := newUploadLab(t, "", "", inboxView(fixed(liveview.UploadConfig{})))
	tb = newPerson(t).open(one.URL)
	tb.pick(file("a.txt"))
	tb.holds(`document.querySelector("article b").textContent === "a.txt"`)
	tb.pick(file("empty.txt")) // takes its place
	tb.shows("article i", "The file is empty.")
	tb.pick(file("a.txt"))
	tb.holds(`document.querySelectorAll("article").length === 1 && document.querySelector("article i") === null`)
	tb.click("#save")
	tb.shows("#saved", "a.txt 1 of 1 bytes text/plain")
}

// A page whose view begins anew where its connection wasn't lost says that its files are.
func TestFilesThatACrashLoses(t *testing.T) {
	t.Parallel()
	v := inboxView(fixed(liveview.UploadConfig{}))
	save := v.event
	v.event = func(s *liveview.Socket[inbox], e liveview.Event) error {
		if e.Name == "crash" {
			return errors.New("on purpose")
		}
		return save(s, e)
	}
	dir := t.TempDir()
	l := newLabIn(t, dir, "", func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	file := onDisk(t, map[string][]byte{"a.txt": []byte("a")})
	tb := newPerson(t).open(l.URL)
	tb.expect("phx-", "view crashed", "Refused", "Content Security Policy")
	tb.pick(file("a.txt"))
	tb.holds(`document.querySelector("article b").textContent === "a.txt"`)
	tb.js(`liveSocket.js().push(document.querySelector("#form"), "crash")`)
	tb.shows(".all", "The files are no longer here. Please choose them again.")
	tb.pick(file("a.txt"))
	tb.holds(`document.querySelector(".all") === null && document.querySelectorAll("article").length === 1`)
	tb.click("#save")
	tb.shows("#saved", "a.txt 1 of 1 bytes text/plain")
}
