package liveview

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/gin-liveview/liveview/internal/attr"
	"github.com/gin-liveview/liveview/internal/upload"
	"github.com/gin-liveview/liveview/js"
)

// Name returns the name that the upload was allowed under.
func (u *Upload) Name() string { return u.name }

// Ref returns the id of the file input: for a label's for, and for the attribute
// that makes any element a drop zone, phx-drop-target="{{.Ref}}".
func (u *Upload) Ref() string { return u.ref }

// MaxEntries is how many files are taken at once.
func (u *Upload) MaxEntries() int { return u.config.MaxEntries }

// MaxFileSize is the largest file that is taken, in bytes.
func (u *Upload) MaxFileSize() int64 { return u.config.MaxFileSize }

// Entries returns the files chosen, in the order chosen, the refused ones too.
func (u *Upload) Entries() []UploadEntry {
	entries := make([]UploadEntry, len(u.entries))
	for i, item := range u.entries {
		entries[i] = item.snapshot()
	}
	return entries
}

// Errors returns what is wrong with the upload as a whole: [UploadTooManyFiles],
// [UploadLost], or nothing.
func (u *Upload) Errors() []UploadError { return u.problems() }

// FileInput returns the upload's <input type="file">. Further attributes are
// given in pairs: {{.FileInput "class" "visually-hidden" "disabled" .Sending}}. A value
// that is true writes the name alone, false and nil nothing.
//
// Source: live_file_input in phoenix_live_view/lib/phoenix_component.ex.
func (u *Upload) FileInput(attrs ...any) (template.HTML, error) {
	var b strings.Builder
	put := func(name, value string) {
		fmt.Fprintf(&b, ` %s="%s"`, name, template.HTMLEscapeString(value))
	}
	var active, done, preflighted, failed []string
	if u.tooMany() {
		failed = append(failed, u.ref)
	}
	for _, item := range u.active() {
		active = append(active, item.Ref)
		if item.Done {
			done = append(done, item.Ref)
		}
		if item.Done || item.preflighted {
			preflighted = append(preflighted, item.Ref)
		}
		if len(item.Errors) > 0 {
			failed = append(failed, item.Ref)
		}
	}
	b.WriteString("<input")
	put("id", u.ref)
	put("type", "file")
	put("name", u.name)
	if len(u.accept) > 0 {
		put("accept", u.accept.HTML())
	}
	put("data-phx-hook", "Phoenix.LiveFileUpload")
	put("data-phx-upload-ref", u.ref)
	put("data-phx-active-refs", strings.Join(active, ","))
	put("data-phx-done-refs", strings.Join(done, ","))
	put("data-phx-preflighted-refs", strings.Join(preflighted, ","))
	if len(failed) > 0 {
		put("data-phx-error-refs", strings.Join(failed, ","))
	}
	if u.config.AutoUpload {
		b.WriteString(" data-phx-auto-upload")
	}
	if u.config.MaxEntries > 1 {
		b.WriteString(" multiple")
	}
	if err := putAttributes(&b, attrs); err != nil {
		return "", fmt.Errorf("FileInput: %w", err)
	}
	b.WriteString(">")
	return template.HTML(b.String()), nil //nolint:gosec // every value is escaped, every name checked
}

// Preview returns an <img> that shows the file, from the user's own machine. A
// Content-Security-Policy must allow it: img-src 'self' blob:. Further attributes
// are given in pairs: {{.Preview "alt" .Name}}.
//
// Source: live_img_preview in phoenix_live_view/lib/phoenix_component.ex.
func (e UploadEntry) Preview(attrs ...any) (template.HTML, error) {
	var b strings.Builder
	if e.hasFailed(UploadEmpty) { // the client doesn't have it
		fmt.Fprintf(&b, `<img id="phx-preview-%s"`, e.Ref)
	} else {
		fmt.Fprintf(&b, `<img id="phx-preview-%s" data-phx-upload-ref="%s" data-phx-entry-ref="%s"`+
			` data-phx-hook="Phoenix.LiveImgPreview" data-phx-update="ignore"`, e.Ref, e.uploadRef, e.Ref)
	}
	if err := putAttributes(&b, attrs); err != nil {
		return "", fmt.Errorf("Preview: %w", err)
	}
	b.WriteString(">")
	return template.HTML(b.String()), nil //nolint:gosec // refs are of our making or digits
}

// putAttributes writes attributes that are given as name, value, name, value….
func putAttributes(b *strings.Builder, attrs []any) error {
	if len(attrs)%2 != 0 {
		return fmt.Errorf(`attributes come in pairs, as in "class" "photo"; %q has no value`, attrs[len(attrs)-1])
	}
	for i := 0; i < len(attrs); i += 2 {
		given, isName := attrs[i].(string)
		name := strings.ToLower(given)
		if !isName || !upload.IsToken(name) || strings.HasPrefix(name, "on") || name == "id" || name == "type" || name == "name" {
			return fmt.Errorf("%q is not an attribute that can be set here", attrs[i])
		}
		switch value := attrs[i+1]; value {
		case nil, false:
		case true:
			b.WriteString(" " + name)
		default:
			text := fmt.Sprint(value)
			if _, isCommand := value.(js.Command); !isCommand && attr.TakesCommands(name) && attr.IsCommands(text) {
				return fmt.Errorf("%s is given %q, which the client would run as commands; make them by the package js", name, text)
			}
			fmt.Fprintf(b, ` %s="%s"`, name, template.HTMLEscapeString(text))
		}
	}
	return nil
}
