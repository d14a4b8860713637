package upload

import (
	"strings"
	"testing"
)

// Whatever a client says of its files, their names can be shown, and content is
// admitted only where the name is.
func FuzzFile(f *testing.F) {
	f.Add("image/*", "a.png", "image/png", []byte("GIF89a"))
	f.Add(".txt", "../x", "text/html", []byte("<svg"))
	f.Add("text/*", "\xff", ";", []byte{})
	f.Fuzz(func(t *testing.T, item, name, kind string, head []byte) {
		if clean := CleanName(name); clean != CleanName(clean) || len(clean) > MaxNameBytes || strings.ContainsAny(clean, "/\\\x00\n") {
			t.Errorf("CleanName(%q) = %q, and again %q", name, clean, CleanName(clean))
		}
		list, err := ParseAccept([]string{item})
		if err != nil {
			list = nil
		}
		if found, ok := list.AdmitsContent(name, CleanType(kind), head); ok && list[0].ext == "" && !list.Admits(name, CleanType(kind)) {
			t.Errorf("%q with %q is %q and admitted by %q, though its name isn't", name, kind, found, item)
		}
	})
}
