package dom

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// Entry is one name and value that a form sends.
type Entry struct{ Name, Value string }

// Entries returns what a form would send if it were submitted by the button
// submitter; nil means by none. Files aren't among it.
func (d *Document) Entries(form, submitter *html.Node) []Entry {
	return d.entries(form, submitter, func(*html.Node) []string { return nil })
}

// entries is [Document.Entries] with what files says of a file input.
func (d *Document) entries(form, submitter *html.Node, files func(*html.Node) []string) []Entry {
	var all []Entry
	for _, n := range d.Controls(form) {
		name := Attr(n, "name")
		if name == "" || Disabled(n) || IsButton(n) && n != submitter ||
			IsCheckable(n) && !d.Checked(n) || Closest(n, Named("datalist")) != nil {
			continue
		}
		if Kind(n) == "file" {
			for _, file := range files(n) {
				all = append(all, Entry{name, file})
			}
			continue
		}
		if Kind(n) == "select" {
			for _, o := range d.SelectedOptions(n) {
				if !OptionDisabled(o) {
					all = append(all, Entry{name, OptionValue(o)})
				}
			}
			continue
		}
		all = append(all, Entry{name, d.Value(n)})
	}
	return all
}

// Submitted is [Document.Entries] for a form that is submitted without a live
// view: with the line breaks of the network, and the names of files.
func (d *Document) Submitted(form, submitter *html.Node) []Entry {
	all := d.entries(form, submitter, func(n *html.Node) []string {
		var files []string
		for _, f := range d.Look(n).Files {
			files = append(files, f.Name)
		}
		if files == nil {
			return []string{""}
		}
		return files
	})
	for i, e := range all {
		all[i] = Entry{crlf(e.Name), crlf(e.Value)}
	}
	return all
}

func crlf(s string) string { return lineBreaks.Replace(lineFeeds.Replace(s)) }

var lineBreaks = strings.NewReplacer("\n", "\r\n")

// Encode returns entries as application/x-www-form-urlencoded, with the escapes
// that browsers use.
func Encode(entries []Entry) string {
	var b strings.Builder
	for i, e := range entries {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(escape(e.Name) + "=" + escape(e.Value))
	}
	return b.String()
}

func escape(s string) string { return browserEscapes.Replace(url.QueryEscape(s)) }

// browserEscapes is the difference between package url's escapes and a browser's.
var browserEscapes = strings.NewReplacer("~", "%7E", "%2A", "*")

// Action returns where a form is submitted to by a button, nil being none.
func Action(form, submitter *html.Node) string {
	if submitter != nil {
		if action, ok := LookupAttr(submitter, "formaction"); ok {
			return action
		}
	}
	return Attr(form, "action")
}

// Reset takes back what the user has entered in a form.
func (d *Document) Reset(form *html.Node) {
	for _, n := range d.Controls(form) {
		s := d.Edit(n)
		s.Value, s.Checked, s.Files = nil, nil, nil
		for _, o := range Options(n) {
			d.Edit(o).Selected = nil
		}
	}
}
