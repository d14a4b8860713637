package liveview

import (
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/internal/upload"
	"github.com/gin-liveview/liveview/protocol"
)

// Whatever a client says of its files, the page stays a page, and what is kept
// of it stays small.
func FuzzUploadEntries(f *testing.F) {
	f.Add([]byte(`{"ref":"U","entries":[{"ref":"0","name":"a.png","type":"image/png","size":3}]}`), "image/*", "photo")
	f.Add([]byte(`{"ref":"U","entries":[{"ref":"0","name":"../x","type":"","size":3,"relative_path":"../../a/b","last_modified":-1}]}`), ".txt", "../x")
	f.Add([]byte(`{"ref":"U","entries":[{"ref":"0","name":"x","size":9223372036854775807},{"ref":"1","name":"\u0000\"><x","size":1}]}`), "text/*", "\xff")
	f.Fuzz(func(t *testing.T, payload []byte, item, class string) {
		accept, err := upload.ParseAccept([]string{item})
		if err != nil {
			accept = nil
		}
		p, err := protocol.Limits{}.DecodeAllowUpload(payload)
		if err != nil {
			return
		}
		u := &Upload{ref: "phx-U", accept: accept, dirty: new(bool)}
		if u.config, err = (UploadConfig{MaxEntries: 2}).withDefaults(); err != nil {
			t.Fatal(err)
		}
		u.add(p.Entries)
		u.add(p.Entries)
		html, err := u.FileInput("class", class)
		if err != nil || strings.Count(string(html), "<") != 1 || strings.Count(string(html), ">") != 1 {
			t.Errorf("FileInput = %s, %v", html, err)
		}
		for _, e := range u.Entries() {
			html, err := e.Preview("alt", e.Name)
			if err != nil || strings.Count(string(html), "<") != 1 || strings.Count(string(html), ">") != 1 {
				t.Errorf("Preview = %s, %v", html, err)
			}
			if e.Size < 0 || e.Valid != (len(e.Errors) == 0) || e.Valid && e.Size > u.config.MaxFileSize {
				t.Errorf("entry = %+v", e)
			}
		}
		if len(u.entries) > u.config.MaxEntries+excessEntries {
			t.Errorf("%d entries are kept", len(u.entries))
		}
	})
}
