package errands_test

import (
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/ui/templui/errands"
	"github.com/gin-liveview/liveview/liveviewtest"
)

func open(t *testing.T, path string) *liveviewtest.View {
	t.Helper()
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(liveview.Middleware())
	errands.Routes(r)
	return liveviewtest.Open(t, r, path)
}

func expect(t *testing.T, v *liveviewtest.View, selector, want string) {
	t.Helper()
	if got := strings.Join(strings.Fields(v.Text(selector)), " "); got != want {
		t.Errorf("%s shows %q, want %q", selector, got, want)
	}
}

// A list is worked with: rows are ticked, added, deleted and filtered, and what happened is told.
func TestErrands(t *testing.T) {
	v := open(t, "/errands")
	expect(t, v, "#tasks", "Buy bread Return the library books Water the plants")
	expect(t, v, "#goal span", "1 of 2 today")

	v.Click("#done-1")
	if !v.Has("#task-1.done") || !v.Checked("#done-1") {
		t.Error("a task that is ticked isn't done")
	}
	expect(t, v, "#goal span", "2 of 2 today")
	expect(t, v, "#log", "Buy bread: done")
	v.Click("#goal [aria-label=More]")
	expect(t, v, "#goal span", "2 of 3 today")

	v.Change("#draft", "task[text]", "ab")
	expect(t, v, "#task_text-error", "must be at least 3 characters")
	v.Submit("#draft")
	expect(t, v, "#tasks", "Buy bread Return the library books Water the plants")
	v.Submit("#draft", "task[text]", "  Call <Ann> ")
	expect(t, v, "#tasks", "Buy bread Return the library books Water the plants Call <Ann>")
	expect(t, v, ".ui-toast.is-success p", "Call <Ann> is on the list.")
	if got := v.Value("#task_text"); got != "" {
		t.Errorf("the form still has %q in it", got)
	}
	v.ClearFlash("success")
	if v.Has(".ui-toast") {
		t.Error("a message that was dismissed is still there")
	}

	v.Click("nav a", "Open")
	v.ExpectPatch("/errands?only=open")
	expect(t, v, "#tasks", "Water the plants Call <Ann>")
	expect(t, v, "nav [aria-current]", "Open")
	v.Click("#task-3 .ui-icon-button")
	expect(t, v, "#tasks", "Call <Ann>")
	v.Click("nav a", "All")
	expect(t, v, "#tasks", "Buy bread Return the library books Call <Ann>")
	expect(t, v, "#log", "Water the plants: deleted Call <Ann>: added Buy bread: done")
}

// Papers go up at once, with their progress, and are told of when they are here.
func TestPapers(t *testing.T) {
	v := open(t, "/errands?only=open")
	expect(t, v, "#tasks", "Buy bread Water the plants")
	v.Choose("Papers", liveviewtest.File{Name: "receipt.txt", Type: "text/plain", Content: []byte(strings.Repeat("bread 2.40", 20)), Held: true})
	v.Upload("Papers", "receipt.txt", 50)
	if got := v.Find("progress").AttrOr("value", ""); got != "50" {
		t.Errorf("half of the file is %q %%", got)
	}
	v.Upload("Papers", "receipt.txt", 50)
	v.WaitForText("#log", "receipt.txt: 200 bytes arrived")
	expect(t, v, ".ui-toast.is-info p", "receipt.txt has arrived.")
	v.Choose("Papers", liveviewtest.File{Name: "a.exe", Content: []byte("x")})
	if got := v.Text(".ui-files"); !strings.Contains(got, "Files of this type are not accepted.") {
		t.Errorf("a program is shown as %q", got)
	}
	v.Click(".ui-files button")
	expect(t, v, ".ui-files", "")
}

// What the layout writes itself runs under the page's policy, by one nonce for each page load.
func TestLayoutHasTheNonce(t *testing.T) {
	seen := map[string]bool{}
	for range 2 {
		v := open(t, "/errands")
		policy := v.Response().Header.Get("Content-Security-Policy")
		_, rest, _ := strings.Cut(policy, "script-src 'self' 'nonce-")
		nonce, _, _ := strings.Cut(rest, "'")
		if nonce == "" || seen[nonce] {
			t.Fatalf("the policy is %q", policy)
		}
		seen[nonce] = true
	}
}
