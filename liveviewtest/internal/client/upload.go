package client

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
	"github.com/gin-liveview/liveview/protocol"
)

// uploads is what the client does with the files in file inputs. An input holds
// the refs of those that are chosen; the files are here.
//
// Source: live_uploader.js and uploadFiles in view.ts, both in
// phoenix_live_view/assets/js/phoenix_live_view.
type uploads struct {
	*liveSocket
	files   []File                        // all that were ever chosen; the ref is the index
	submits map[*html.Node]*waitingSubmit // by form
	lost    []cutInput                    // until their views have joined again
}

// choose chooses files in an input. In one of a live view's uploads that takes
// several they are added to those that the server knows of.
func (u *uploads) choose(n *html.Node, files []File) {
	state := u.doc.Edit(n)
	live := dom.Attr(n, "data-phx-upload-ref") != ""
	if !live || !dom.HasAttr(n, "multiple") {
		state.Files = nil
	}
	active := refs(n, "data-phx-active-refs")
	state.Files = slices.DeleteFunc(state.Files, func(f dom.File) bool { return !slices.Contains(active, f.Ref) }) // consumed, as a rule
	for _, f := range files {
		if live && f.size() == 0 {
			continue // which the client drops
		}
		state.Files = append(state.Files, dom.File{
			Name: f.Name, Ref: strconv.Itoa(len(u.files)), Path: cmp.Or(f.RelativePath, f.Name), Type: f.Type, Content: f.Content,
		})
		u.files = append(u.files, f)
	}
}

// noteEmpty tells the server of empty files, as the library's start script does.
func (u *uploads) noteEmpty(n *html.Node, files []File) {
	u.doc.t.Helper()
	var names []string
	for _, f := range files {
		if f.size() == 0 {
			names = append(names, f.Name)
		}
	}
	if ref := dom.Attr(n, "data-phx-upload-ref"); ref != "" && names != nil {
		u.owner(n).push(protocol.EventEvent, Diff{"type": "js", "event": protocol.EventEmptyFiles, "value": Diff{"ref": ref, "names": names}}, func(Diff) {})
	}
}

// file returns the file of a ref that choose gave out.
func (u *uploads) file(f dom.File) File { return u.files[number(f.Ref)] }

// release sends some percent more of a file by that name that is held.
func (u *uploads) release(n *html.Node, name string, percent int) error {
	var t *transfer // the first that isn't through, or else the last
	for _, f := range u.doc.Look(n).Files {
		if own := u.transfer(f); f.Name == name && own != nil && (t == nil || t.percent == 100) {
			t = own
		}
	}
	switch {
	case t == nil:
		return errors.New("no such file is on its way; Choose it first, and Submit its form unless it is an auto upload")
	case !t.file.Held:
		return errors.New("the file was sent without waiting; choose it with Held")
	case percent <= 0 || t.percent+percent > 100:
		return fmt.Errorf("%d%% more can't be sent after %d%%", percent, t.percent)
	}
	t.release(percent)
	return nil
}

// transfer returns the transfer of a file that is under way, nil if there is
// none.
func (u *uploads) transfer(f dom.File) *transfer {
	for _, v := range u.views() {
		if t := v.transfers[f.Ref]; t != nil && !t.over {
			return t
		}
	}
	return nil
}

// refs returns the refs that an attribute of an input lists.
func refs(n *html.Node, name string) []string {
	return strings.FieldsFunc(dom.Attr(n, name), func(r rune) bool { return r == ',' })
}

// chosen is what a change event says of the files in an input.
func (u *uploads) chosen(n *html.Node) Diff {
	ref := dom.Attr(n, "data-phx-upload-ref")
	files := u.doc.Look(n).Files
	if dom.Kind(n) != "file" || ref == "" || len(files) == 0 {
		return Diff{}
	}
	entries := u.entries(files)
	for i, f := range files {
		entries[i]["path"], entries[i]["relative_path"] = dom.Attr(n, "name"), u.file(f).RelativePath
	}
	return Diff{ref: entries}
}

func (u *uploads) entries(files []dom.File) []Diff {
	entries := make([]Diff, len(files))
	for i, chosen := range files {
		f := u.file(chosen)
		modified := int64(0)
		if !f.LastModified.IsZero() {
			modified = f.LastModified.UnixMilli()
		}
		entries[i] = Diff{"ref": chosen.Ref, "name": f.Name, "type": f.Type, "size": f.size(), "last_modified": modified}
	}
	return entries
}

// submit calls done when a form's files are there: it transfers those that wait for
// that, and waits for those that are on their way by themselves. Meanwhile the form is
// locked. If the server has said that something is wrong with a file, or says so now,
// the form isn't submitted.
func (u *uploads) submit(form, submitter *html.Node, to recipient, done func()) {
	u.doc.t.Helper()
	inputs := u.inputs(form)
	v := to.view
	delete(u.submits, form)
	switch {
	case slices.ContainsFunc(inputs, faulty):
		u.cancelSubmit(form)
	case slices.ContainsFunc(inputs, underWay):
		u.waitFor(form, submitter, v)
		v.locks.add(u.doc.Document, form)
		if v.scheduled == nil {
			v.scheduled = map[*html.Node]func(){}
		}
		if v.scheduled[form] == nil {
			v.scheduled[form] = func() { u.doc.t.Helper(); u.submit(form, submitter, to, done) }
		}
	case slices.ContainsFunc(inputs, u.waits):
		u.waitFor(form, submitter, v)
		v.locks.add(u.doc.Document, form)
		all := newBarrier(u.doc.t, func() {
			u.doc.t.Helper()
			delete(u.submits, form)
			if slices.ContainsFunc(inputs, u.waits) { // which the server doesn't take
				v.locks.release(form)
				return
			}
			done()
		})
		for _, n := range inputs {
			if u.waits(n) {
				u.send(n, to, all.add())
			}
		}
		all.ready()
	case !v.locks.have(form):
		done()
	}
}

// inputs returns the file inputs of a form that are a live view's.
func (u *uploads) inputs(form *html.Node) []*html.Node {
	return slices.DeleteFunc(u.doc.Controls(form), func(n *html.Node) bool {
		return dom.Kind(n) != "file" || !dom.HasAttr(n, "data-phx-upload-ref")
	})
}

// faulty reports whether the server has said that something is wrong with what is
// chosen in an input.
func faulty(n *html.Node) bool { return len(refs(n, "data-phx-error-refs")) > 0 }

// underWay reports whether files of an input are on their way.
func underWay(n *html.Node) bool {
	return dom.Attr(n, "data-phx-preflighted-refs") != dom.Attr(n, "data-phx-done-refs")
}

// waits reports whether an input has files that wait for their transfer.
func (u *uploads) waits(n *html.Node) bool { return len(u.waiting(n)) > 0 }

// cancelSubmit has a form's submit not wait for auto uploads any more.
func (u *uploads) cancelSubmit(form *html.Node) {
	delete(u.submits, form)
	for _, v := range u.views() {
		if v.scheduled[form] != nil {
			delete(v.scheduled, form)
			v.locks.release(form)
		}
	}
}

// sendChosen sends an input's files by themselves, and submits its form after that, if
// that waits for them.
func (u *uploads) sendChosen(n *html.Node, to recipient) {
	u.doc.t.Helper()
	if !u.waits(n) {
		return
	}
	form := u.doc.Form(n)
	u.send(n, to, func() {
		u.doc.t.Helper()
		if again := to.view.scheduled[form]; again != nil {
			u.cancelSubmit(form)
			again()
		}
	})
}

// patched gives up the files that the server has no longer taken note of, and submits
// that wait for files with which something is wrong now.
func (u *uploads) patched() {
	u.doc.t.Helper()
	for _, v := range u.views() {
		for _, ref := range slices.Sorted(maps.Keys(v.transfers)) {
			t := v.transfers[ref]
			if t == nil || t.ended || !u.doc.Connected(t.input) || slices.Contains(refs(t.input, "data-phx-active-refs"), ref) {
				continue
			}
			u.drop(t.input, ref)
			t.cancel()
		}
		for form := range v.scheduled {
			if slices.ContainsFunc(u.inputs(form), faulty) {
				u.cancelSubmit(form)
			}
		}
	}
}

// waiting returns the files that the server has taken note of and that haven't
// been asked for.
func (u *uploads) waiting(n *html.Node) []dom.File {
	active, asked := refs(n, "data-phx-active-refs"), refs(n, "data-phx-preflighted-refs")
	return slices.DeleteFunc(slices.Clone(u.doc.Look(n).Files), func(f dom.File) bool {
		return !slices.Contains(active, f.Ref) || slices.Contains(asked, f.Ref)
	})
}

// send asks for the transfer of an input's files, carries it out, and then calls
// done.
func (u *uploads) send(n *html.Node, to recipient, done func()) {
	u.doc.t.Helper()
	files := u.waiting(n)
	if len(files) == 0 {
		done()
		return
	}
	payload := Diff{"ref": dom.Attr(n, "data-phx-upload-ref"), "entries": u.entries(files)}
	if to.cid != nil {
		payload["cid"] = *to.cid
	}
	to.view.push(protocol.EventAllowUpload, payload, func(response Diff) {
		u.doc.t.Helper()
		tokens, _ := response["entries"].(Diff)
		config, _ := response["config"].(Diff)
		chunk := number(fmt.Sprint(config["chunk_size"]))
		if response["error"] != nil || len(tokens) == 0 || chunk <= 0 {
			u.doc.Edit(n).Files = nil
			delete(u.submits, u.doc.Form(n))
			to.view.locks.release(u.doc.Form(n))
			return
		}
		active := refs(n, "data-phx-active-refs")
		all := newBarrier(u.doc.t, done)
		for _, f := range files {
			token, ok := tokens[f.Ref].(string)
			if !ok || !slices.Contains(active, f.Ref) {
				u.drop(n, f.Ref)
				continue
			}
			u.start(n, f, token, chunk, to, all.add())
		}
		all.ready()
	})
}

// drop drops a file that the server doesn't take.
func (u *uploads) drop(n *html.Node, ref string) {
	state := u.doc.Edit(n)
	state.Files = slices.DeleteFunc(state.Files, func(f dom.File) bool { return f.Ref == ref })
}

// start starts the transfer of one file.
func (u *uploads) start(n *html.Node, f dom.File, token string, chunk int, to recipient, done func()) {
	u.doc.t.Helper()
	v := to.view
	report := func(progress any, then func()) {
		payload := Diff{"event": nil, "ref": dom.Attr(n, "data-phx-upload-ref"), "entry_ref": f.Ref, "progress": progress}
		if event, ok := dom.LookupAttr(n, "phx-progress"); ok {
			payload["event"] = event
		}
		if to.cid != nil {
			payload["cid"] = *to.cid
		}
		v.push(protocol.EventProgress, payload, func(Diff) { then() })
	}
	t := &transfer{file: u.file(f), input: n, chunk: chunk, done: done}
	t.progress = func(percent int, then func()) { report(percent, then) }
	t.failed = func(reason string) {
		if reason == protocol.ReasonWriterError {
			v.ping() // the view is told of it by now, and has nothing to answer: its answer to this is behind that
			return   // which the server knows better
		}
		u.cancelSubmit(u.doc.Form(n))
		report(Diff{"error": reason}, func() {})
		if !dom.HasAttr(n, "data-phx-auto-upload") {
			u.doc.Edit(n).Files = nil
		}
	}
	t.channel = u.socket.Channel(protocol.TopicUpload+f.Ref, t.closed)
	if v.transfers == nil {
		v.transfers = map[string]*transfer{}
	}
	v.transfers[f.Ref] = t
	if err := t.start(token); err != nil {
		u.doc.fatal("%v", err)
	}
}

// waitFor notes that a form's submit waits for its files.
func (u *uploads) waitFor(form, submitter *html.Node, v *view) {
	if u.submits == nil {
		u.submits = map[*html.Node]*waitingSubmit{}
	}
	u.submits[form] = &waitingSubmit{view: v, submitter: submitter, entered: u.entered(form)}
}

// entered is what the user has entered in a form, field by field.
func (u *uploads) entered(form *html.Node) []field {
	var all []field
	for _, n := range u.fields(form) {
		f := field{n: n, value: u.doc.Value(n), checked: u.doc.Checked(n)}
		for _, o := range u.doc.SelectedOptions(n) {
			f.chosen = append(f.chosen, dom.OptionValue(o))
		}
		all = append(all, f)
	}
	return all
}

// enterAgain puts back what was entered, and reports whether the form still has those fields.
func (u *uploads) enterAgain(form *html.Node, entered []field) bool {
	fields := u.fields(form)
	if !slices.EqualFunc(fields, entered, func(n *html.Node, f field) bool {
		return dom.Attr(n, "name") == dom.Attr(f.n, "name") && dom.Kind(n) == dom.Kind(f.n)
	}) {
		return false
	}
	for i, n := range fields {
		switch f := entered[i]; {
		case dom.Kind(n) == "select":
			for _, o := range dom.FindAll(n, dom.Named("option")) {
				on := slices.Contains(f.chosen, dom.OptionValue(o))
				u.doc.Edit(o).Selected = &on
			}
		case dom.IsCheckable(n):
			u.doc.Edit(n).Checked = &f.checked
		default:
			u.doc.SetValue(n, f.value)
		}
	}
	return true
}

// fields returns the fields of a form that a user enters something in, but for files.
func (u *uploads) fields(form *html.Node) []*html.Node {
	return slices.DeleteFunc(u.doc.Controls(form), func(n *html.Node) bool {
		return dom.Attr(n, "name") == "" || dom.IsButton(n) || dom.Kind(n) == "hidden" || dom.Kind(n) == "file"
	})
}
