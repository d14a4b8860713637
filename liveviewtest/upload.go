package liveviewtest

import (
	"time"

	"github.com/gin-liveview/liveview/liveviewtest/internal/client"
	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// File is one that a user chooses in a file input. Of an empty one a view's upload is
// only told, as the official client drops it.
type File struct {
	Name         string // without folders
	Type         string // MIME type; empty means that the browser can't tell
	Content      []byte
	LastModified time.Time // zero means the Unix epoch
	RelativePath string    // in a chosen folder; empty for single files

	// Size is what the browser says the file's length is, in bytes. Zero means
	// the length of Content: another value is a lie, to see what comes of it.
	Size int

	// Held keeps the bytes from the server until [View.Upload] lets them go, as
	// a slow connection does. What waits for them, such as a submit, waits; while it
	// does, the form's buttons and fields can't be used. After a lost connection it begins
	// anew, and nothing of it is let go.
	Held bool
}

// Choose chooses files in the file input that the selector matches or that is
// labelled so. In one of a view's uploads that takes several they are added to those
// already chosen; in any other they take their place, and are posted with their form.
// What an auto upload then transfers has arrived when Choose returns; all else is
// transferred when its form is submitted.
func (v *View) Choose(selector string, files ...File) {
	v.t.Helper()
	v.ready("Choose", selector)
	n := v.field("Choose", selector)
	switch {
	case dom.Kind(n) != "file":
		v.t.Fatalf("liveviewtest: Choose(%q): %s takes no files", selector, dom.Describe(n))
	case dom.Disabled(n):
		v.t.Fatalf("liveviewtest: Choose(%q): %s is disabled", selector, dom.Describe(n))
	case v.locked(n) != "":
		v.t.Fatalf("liveviewtest: Choose(%q): %s %s", selector, dom.Describe(n), v.locked(n))
	case len(files) > 1 && !dom.HasAttr(n, "multiple"):
		v.t.Fatalf("liveviewtest: Choose(%q): %s takes one file, and %d are given", selector, dom.Describe(n), len(files))
	}
	chosen := make([]client.File, len(files))
	for i, f := range files {
		chosen[i] = client.File(f)
	}
	if dom.Focusable(n) { // which one behind a label needn't be
		v.page.Focus(n)
	}
	if err := v.page.Choose(n, chosen); err != nil {
		v.t.Fatalf("liveviewtest: Choose(%q): %v", selector, err)
	}
	v.page.Settle()
}

// Upload has some more of a file reach the server, and returns when the page
// shows how far it has come: percent of the whole, in addition to what went
// before. The file is one by that name that was chosen, with [File].Held, in
// the file input that the selector matches, and whose transfer has begun: by
// its choice if that is an auto upload, else by its form's submit.
func (v *View) Upload(selector, name string, percent int) {
	v.t.Helper()
	v.ready("Upload", selector)
	n := v.field("Upload", selector)
	if err := v.page.Release(n, name, percent); err != nil {
		v.t.Fatalf("liveviewtest: Upload(%q, %q): %v", selector, name, err)
	}
	v.page.Settle()
}
