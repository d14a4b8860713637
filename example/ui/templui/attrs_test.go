package templui_test

import (
	"html"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/gin-liveview/liveview/example/ui/templui"
	"github.com/gin-liveview/liveview/js"
)

// What the browser opens, or puts away, stays so while the page changes.
func TestChangesLeaveWhatTheBrowserDid(t *testing.T) {
	for name, test := range map[string]struct {
		component templ.Component
		attribute string
	}{
		"Details": {templui.Details("more", "More"), "open"},
		"Dialog":  {templui.Dialog("rename", "Rename"), "open"},
		"Confirm": {templui.Confirm("delete", "Delete?", "It can't be undone.", "Delete", nil), "open"},
		"Tooltip": {templui.Tooltip("tip", "Copies the link"), "data-dismissed"},
	} {
		var b strings.Builder
		if err := test.component.Render(t.Context(), &b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		outer, _, _ := strings.Cut(b.String(), ">")
		if want := `phx-mounted="` + js.IgnoreAttrs(js.Self, test.attribute).String() + `"`; !strings.Contains(html.UnescapeString(outer), want) {
			t.Errorf("%s begins with %s>, want %s in it", name, outer, want)
		}
	}
}
