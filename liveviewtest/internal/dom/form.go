package dom

import (
	"crypto/rand"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// Entry is a name and its value, as a form sends them.
type Entry struct {
	Name, Value string
	// File is, in a form that is submitted without a live view, the value of a file
	// input: without a name if none is chosen.
	File *File
}

// Entries returns what a form would send if it were submitted by the button
// submitter; nil means by none. Files aren't among it.
func (d *Document) Entries(form, submitter *html.Node) []Entry {
	return d.entries(form, submitter, func(*html.Node) []File { return nil })
}

// entries is [Document.Entries] with what files says of a file input.
func (d *Document) entries(form, submitter *html.Node, files func(*html.Node) []File) []Entry {
	var all []Entry
	for _, n := range d.Controls(form) {
		name := Attr(n, "name")
		if name == "" || Disabled(n) || IsButton(n) && n != submitter ||
			IsCheckable(n) && !d.Checked(n) || Closest(n, Named("datalist")) != nil {
			continue
		}
		if Kind(n) == "file" {
			for _, file := range files(n) {
				all = append(all, Entry{Name: name, Value: file.Name, File: &file})
			}
			continue
		}
		if Kind(n) == "select" {
			for _, o := range d.SelectedOptions(n) {
				if !OptionDisabled(o) {
					all = append(all, Entry{Name: name, Value: OptionValue(o)})
				}
			}
			continue
		}
		all = append(all, Entry{Name: name, Value: d.Value(n)})
	}
	return all
}

// Submitted is [Document.Entries] for a form that is submitted without a live
// view: with the line breaks of the network, and with files.
func (d *Document) Submitted(form, submitter *html.Node) []Entry {
	all := d.entries(form, submitter, func(n *html.Node) []File {
		if files := d.Look(n).Files; len(files) > 0 {
			return files
		}
		return []File{{}}
	})
	for i, e := range all {
		all[i] = Entry{crlf(e.Name), crlf(e.Value), e.File}
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

// EncodeAs returns entries in the encoding that a form asks for, which is any of
// the three, and its content type.
//
// Source: "Form submission algorithm" and "multipart form data" in the HTML standard.
func EncodeAs(encoding string, entries []Entry) (contentType, body string) {
	switch strings.ToLower(encoding) {
	case "multipart/form-data":
		boundary := "----WebKitFormBoundary" + rand.Text()[:16]
		return "multipart/form-data; boundary=" + boundary, multipart(boundary, entries)
	case "text/plain":
		var b strings.Builder
		for _, e := range entries {
			b.WriteString(e.Name + "=" + e.Value + "\r\n")
		}
		return "text/plain", b.String()
	}
	return "application/x-www-form-urlencoded", Encode(entries)
}

// multipart encodes entries, with the files' content between boundaries.
func multipart(boundary string, entries []Entry) string {
	var b strings.Builder
	for _, e := range entries {
		b.WriteString("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + quoted.Replace(e.Name) + `"`)
		if e.File != nil {
			kind := e.File.Type
			if kind == "" {
				kind = "application/octet-stream"
			}
			b.WriteString(`; filename="` + quoted.Replace(e.File.Path) + "\"\r\nContent-Type: " + kind + "\r\n\r\n")
			b.Write(e.File.Content)
		} else {
			b.WriteString("\r\n\r\n" + e.Value)
		}
		b.WriteString("\r\n")
	}
	return b.String() + "--" + boundary + "--\r\n"
}

// quoted is how names stand in the header of a part.
var quoted = strings.NewReplacer("\n", "%0A", "\r", "%0D", `"`, "%22")

// Encoding returns how a form that a button submits, nil being none, asks to be
// encoded.
func Encoding(form, submitter *html.Node) string {
	if submitter != nil {
		if encoding, ok := LookupAttr(submitter, "formenctype"); ok {
			return encoding
		}
	}
	return Attr(form, "enctype")
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
