package liveviewtest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/protocol"
)

// File is one that a user chooses in a file input. The official client never
// finishes sending an empty one, and so this package doesn't.
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
	// a slow connection does. What waits for them, such as a submit, waits.
	Held bool

	ref string // of its entry, once chosen
}

func (f File) size() int {
	if f.Size != 0 {
		return f.Size
	}
	return len(f.Content)
}

// upload is the transfer of one file.
type upload struct {
	file    File
	joinRef string
	topic   string
	percent int    // of the file that may be sent; counts if it is held
	next    func() // sends on; nil while an answer is awaited
}

// allowed is how many bytes may be sent.
func (up *upload) allowed() int {
	if !up.file.Held || up.percent == 100 {
		return len(up.file.Content)
	}
	return len(up.file.Content) * up.percent / 100
}

// Choose chooses files in the file input that the selector matches, in addition
// to those already chosen where it takes several. What an auto upload then
// transfers has arrived when Choose returns; all else is transferred when its
// form is submitted.
func (v *View) Choose(selector string, files ...File) {
	v.t.Helper()
	v.ready("Choose", selector)
	n := v.element("Choose", selector, nil)
	switch {
	case kind(n) != "file":
		v.t.Fatalf("liveviewtest: Choose(%q): %s takes no files", selector, tag(n))
	case disabled(n):
		v.t.Fatalf("liveviewtest: Choose(%q): %s is disabled", selector, tag(n))
	case len(files) > 1 && !hasAttr(n, "multiple"):
		v.t.Fatalf("liveviewtest: Choose(%q): %s takes one file, and %d are given", selector, tag(n), len(files))
	}
	v.moveFocus(n)
	chosen := slices.Clone(files)
	for i := range chosen {
		chosen[i].ref = strconv.Itoa(v.entries)
		v.entries++
	}
	if s := v.doc.of(n); hasAttr(n, "multiple") {
		s.files = append(s.files, chosen...)
	} else {
		s.files = chosen
	}
	v.fieldChanged(n)
	v.settle()
}

// Upload has some more of a file reach the server, and returns when the page
// shows how far it has come: percent of the whole, in addition to what went
// before. The file is one by that name that was chosen, with [File].Held, in
// the file input that the selector matches, and whose transfer has begun: by
// its choice if that is an auto upload, else by its form's submit.
func (v *View) Upload(selector, name string, percent int) {
	v.t.Helper()
	v.ready("Upload", selector)
	n := v.element("Upload", selector, nil)
	var up *upload
	for _, f := range v.doc.look(n).files {
		if f.Name == name && (up == nil || up.percent == 100) && v.uploads[protocol.TopicUpload+f.ref] != nil {
			up = v.uploads[protocol.TopicUpload+f.ref]
		}
	}
	switch {
	case up == nil:
		v.t.Fatalf("liveviewtest: Upload(%q, %q): no such file is on its way; Choose it first, and Submit its form unless it is an auto upload", selector, name)
	case !up.file.Held:
		v.t.Fatalf("liveviewtest: Upload(%q, %q): the file was sent without waiting; choose it with Held", selector, name)
	case percent <= 0 || up.percent+percent > 100:
		v.t.Fatalf("liveviewtest: Upload(%q, %q): %d%% more can't be sent after %d%%", selector, name, percent, up.percent)
	}
	up.percent += percent
	if next := up.next; next != nil {
		up.next = nil
		next()
	}
	v.settle()
}

func refs(n *html.Node, name string) []string {
	return strings.FieldsFunc(attrOf(n, name), func(r rune) bool { return r == ',' })
}

// chosenFiles is what a change event says of the files in an input.
func (v *View) chosenFiles(n *html.Node) diff {
	ref := attrOf(n, "data-phx-upload-ref")
	if kind(n) != "file" || ref == "" {
		return diff{}
	}
	files := v.doc.look(n).files
	if len(files) == 0 {
		return diff{}
	}
	entries := make([]diff, len(files))
	for i, f := range files {
		entries[i] = entry(f)
		entries[i]["path"], entries[i]["relative_path"] = attrOf(n, "name"), f.RelativePath
	}
	return diff{ref: entries}
}

func entry(f File) diff {
	modified := int64(0)
	if !f.LastModified.IsZero() {
		modified = f.LastModified.UnixMilli()
	}
	return diff{"ref": f.ref, "name": f.Name, "type": f.Type, "size": f.size(), "last_modified": modified}
}

// uploadAll transfers what is chosen in a form, and then calls done. If the
// server has said that something is wrong with it, or says so now, it doesn't.
func (v *View) uploadAll(form *html.Node, cid *int, done func()) {
	v.t.Helper()
	waiting := 1
	one := func() {
		if waiting--; waiting == 0 {
			done()
		}
	}
	for _, n := range v.doc.controls(form) {
		if kind(n) != "file" || !hasAttr(n, "data-phx-upload-ref") {
			continue
		}
		if len(refs(n, "data-phx-error-refs")) > 0 {
			return
		}
		if len(v.awaiting(n)) > 0 {
			waiting++
			v.startUploads(n, cid, one)
		}
	}
	one()
}

// awaiting returns the files that the server has taken note of and that
// haven't been asked for.
func (v *View) awaiting(n *html.Node) []File {
	active, asked := refs(n, "data-phx-active-refs"), refs(n, "data-phx-preflighted-refs")
	return slices.DeleteFunc(slices.Clone(v.doc.look(n).files), func(f File) bool {
		return !slices.Contains(active, f.ref) || slices.Contains(asked, f.ref)
	})
}

// startUploads asks for the transfer of an input's files and carries it out.
//
// Source: uploadFiles in phoenix_live_view/assets/js/phoenix_live_view/view.ts.
func (v *View) startUploads(n *html.Node, cid *int, done func()) {
	v.t.Helper()
	files := v.awaiting(n)
	if len(files) == 0 {
		done()
		return
	}
	entries := make([]diff, len(files))
	for i, f := range files {
		entries[i] = entry(f)
	}
	payload := diff{"ref": attrOf(n, "data-phx-upload-ref"), "entries": entries}
	if cid != nil {
		payload["cid"] = *cid
	}
	v.push(protocol.EventAllowUpload, payload, func(response diff) {
		v.t.Helper()
		tokens, _ := response["entries"].(diff)
		config, _ := response["config"].(diff)
		chunk := atoi(fmt.Sprint(config["chunk_size"]))
		if response["error"] != nil || len(tokens) == 0 || chunk <= 0 {
			v.doc.of(n).files = nil
			return
		}
		waiting := 1
		one := func() {
			if waiting--; waiting == 0 {
				done()
			}
		}
		for _, f := range files {
			token, ok := tokens[f.ref].(string)
			if !ok {
				v.forget(n, f.ref)
				continue
			}
			waiting++
			v.transfer(n, f, token, chunk, cid, one)
		}
		one()
	})
}

// forget drops a file that the server doesn't take.
func (v *View) forget(n *html.Node, ref string) {
	s := v.doc.of(n)
	s.files = slices.DeleteFunc(s.files, func(f File) bool { return f.ref == ref })
}

// transfer sends one file, a chunk after the other.
//
// Source: phoenix_live_view/assets/js/phoenix_live_view/entry_uploader.js.
func (v *View) transfer(n *html.Node, f File, token string, chunk int, cid *int, done func()) {
	v.t.Helper()
	up := &upload{file: f, topic: protocol.TopicUpload + f.ref, joinRef: v.conn.next()}
	if v.uploads == nil {
		v.uploads = map[string]*upload{}
	}
	v.uploads[up.topic] = up
	progress := func(value any, then func()) {
		payload := diff{"event": nil, "ref": attrOf(n, "data-phx-upload-ref"), "entry_ref": f.ref, "progress": value}
		if event, ok := attr(n, "phx-progress"); ok {
			payload["event"] = event
		}
		if cid != nil {
			payload["cid"] = *cid
		}
		v.push(protocol.EventProgress, payload, func(diff) { then() })
	}
	failed := func(response diff) {
		v.t.Helper()
		delete(v.uploads, up.topic)
		if err := v.conn.push(up.joinRef, v.conn.next(), up.topic, protocol.EventLeave, diff{}); err != nil {
			v.t.Fatalf("liveviewtest: %v", err)
		}
		reason, _ := response["reason"].(string)
		if reason == protocol.ReasonWriterError {
			return // which the server knows better
		}
		progress(diff{"error": reason}, func() {})
		if !hasAttr(n, "data-phx-auto-upload") {
			v.doc.of(n).files = nil
		}
	}
	sent, told := 0, 0
	var next func()
	next = func() {
		if v.uploads[up.topic] != up {
			return
		}
		if f.Held && (up.percent == 0 || sent == up.allowed() && up.percent < 100) {
			up.next = next
			return
		}
		part := f.Content[sent:min(up.allowed(), sent+chunk)]
		ref := v.conn.next()
		v.pending[ref] = pendingPush{protocol.EventChunk, func(status string, response diff) {
			if status != "ok" {
				failed(response)
				return
			}
			// Of an empty file the official client never says that it is done.
			if sent += len(part); f.size() == 0 || len(part) == 0 {
				return
			}
			then := next
			if sent >= f.size() {
				then = done
			}
			percent := min(100, sent*100/f.size())
			if percent <= told {
				then()
				return
			}
			told = percent
			progress(percent, then)
		}}
		v.conn.sendBinary(binaryPush(up.joinRef, ref, up.topic, protocol.EventChunk, part))
	}
	v.pending[up.joinRef] = pendingPush{protocol.EventJoin, func(status string, response diff) {
		if status != "ok" {
			failed(response)
			return
		}
		next()
	}}
	if err := v.conn.push(up.joinRef, up.joinRef, up.topic, protocol.EventJoin, diff{"token": token}); err != nil {
		v.t.Fatalf("liveviewtest: %v", err)
	}
}

// uploadEnded is called when the server closes the channel of a transfer.
func (v *View) uploadEnded(f frame) {
	if up := v.uploads[f.topic]; up != nil && (f.joinRef == "" || f.joinRef == up.joinRef) {
		delete(v.uploads, f.topic)
	}
}

// binaryPush is a message with bytes for a payload.
//
// Source: binaryEncode in phoenix/assets/js/phoenix/serializer.js.
func binaryPush(joinRef, ref, topic, event string, payload []byte) []byte {
	b := []byte{0, byte(len(joinRef)), byte(len(ref)), byte(len(topic)), byte(len(event))}
	b = append(b, joinRef+ref+topic+event...)
	return append(b, payload...)
}
