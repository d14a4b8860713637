package client

import (
	"cmp"
	"slices"
	"strconv"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
	"github.com/gin-liveview/liveview/protocol"
)

// cut takes down which files are chosen, as the connection is lost.
func (u *uploads) cut() {
	u.lost = nil
	for _, v := range u.views() {
		v.arrival.again = nil
		nth := map[string]int{}
		for _, n := range u.liveInputs(v) {
			c := cutInput{view: v.id, id: dom.Attr(n, "id"), name: dom.Attr(n, "name"), listed: refs(n, "data-phx-active-refs"), submit: u.submits[u.doc.Form(n)]}
			c.nth = nth[c.name]
			nth[c.name]++
			for _, ref := range c.listed {
				if i := number(ref); i < len(u.files) { // the server gives the others, of empty files
					c.files = append(c.files, u.listedFile(i))
				}
			}
			if c.files != nil {
				u.lost = append(u.lost, c)
				v.arrival.again = append(v.arrival.again, c.name)
			}
		}
	}
}

// liveInputs returns the file inputs of a view's uploads.
func (u *uploads) liveInputs(v *view) []*html.Node {
	return dom.FindAll(u.doc.Root, func(n *html.Node) bool { return dom.HasAttr(n, "data-phx-active-refs") && u.owner(n) == v })
}

func (u *uploads) listedFile(i int) dom.File {
	f := u.files[i]
	return dom.File{Name: f.Name, Ref: strconv.Itoa(i), Path: cmp.Or(f.RelativePath, f.Name), Type: f.Type, Content: f.Content}
}

// joined chooses again what was chosen in a view that has joined, and has lost its
// connection before.
func (c *commands) joined(v *view) {
	c.t.Helper()
	u := c.uploads
	for form, s := range u.submits {
		if s.view.id == v.id {
			delete(u.submits, form)
		}
	}
	var gone []string
	lost := u.lost
	u.lost = slices.DeleteFunc(slices.Clone(lost), func(o cutInput) bool { return o.view == v.id })
	v.arrival.again = nil
	for _, o := range lost {
		if o.view != v.id {
			continue
		}
		if n := u.counterpart(v, o); n != nil {
			c.chooseAgain(v, n, o)
		} else if !slices.Contains(gone, o.name) {
			gone = append(gone, o.name)
		}
	}
	if gone != nil {
		v.push(protocol.EventEvent, Diff{"type": "js", "event": protocol.EventFilesLost, "value": Diff{"names": gone}}, nil)
	}
	c.submitReady()
}

// counterpart returns the input that stands for one that was cut; nil for none.
func (u *uploads) counterpart(v *view, o cutInput) *html.Node {
	var named []*html.Node
	for _, n := range u.liveInputs(v) {
		if dom.Attr(n, "id") == o.id {
			return n
		}
		if dom.Attr(n, "name") == o.name {
			named = append(named, n)
		}
	}
	if o.nth < len(named) {
		return named[o.nth]
	}
	return nil
}

func (c *commands) chooseAgain(v *view, n *html.Node, o cutInput) {
	c.t.Helper()
	u := c.uploads
	kept := dom.Attr(n, "id") == o.id
	listed, done := refs(n, "data-phx-active-refs"), refs(n, "data-phx-done-refs")
	var chosen []dom.File
	for _, f := range o.files {
		switch {
		case kept && slices.Contains(listed, f.Ref):
			if !slices.Contains(done, f.Ref) {
				chosen = append(chosen, f)
			}
		case kept && slices.Contains(o.listed, f.Ref): // the view has made use of it meanwhile
		default:
			u.files = append(u.files, u.file(f))
			chosen = append(chosen, u.listedFile(len(u.files)-1))
		}
	}
	form := c.doc.Form(n)
	if o.submit != nil && form != nil {
		s := u.submits[form]
		if s == nil || !s.again {
			s = &waitingSubmit{view: v, submitter: o.submit.submitter, entered: o.submit.entered, again: true}
			u.submits[form] = s
		}
		s.inputs, s.files = append(s.inputs, n), append(s.files, chosen)
	}
	if chosen == nil {
		return
	}
	c.doc.Edit(n).Files = slices.Clone(chosen)
	if form != nil {
		dom.SetAttr(form, "phx-value-_lv_recover", "1")
		defer dom.RemoveAttr(form, "phx-value-_lv_recover")
	}
	if err := c.user.change(n); err != nil {
		c.warn("%v", err)
	}
}
