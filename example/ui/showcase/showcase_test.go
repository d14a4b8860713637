package showcase_test

import (
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/ui/showcase"
	"github.com/gin-liveview/liveview/liveviewtest"
)

func open(t *testing.T, path string) *liveviewtest.View {
	t.Helper()
	gin.SetMode(gin.TestMode)
	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/ui", showcase.View{})
	return liveviewtest.Open(t, r, path)
}

// A form says what is wrong where somebody has been, keeps what was typed, and is saved when
// nothing is.
func TestForm(t *testing.T) {
	v := open(t, "/ui")
	v.Change("#workshop", "workshop[email]", "ada")
	if !v.Has("#workshop_email-error") || v.Has("#workshop_password-error") {
		t.Errorf("after one change there are %d errors", v.Count("#workshop .ui-error"))
	}
	v.Change("#workshop", "workshop[fee]", "dear")
	if v.Value("#workshop_fee") != "dear" || !v.Has("#workshop_fee-error") {
		t.Errorf("the fee is %q", v.Value("#workshop_fee"))
	}
	v.Submit("#workshop")
	if !v.Has("#workshop_terms-error") || !v.Has(".ui-toast[role=alert]") {
		t.Errorf("after the submit there are %d errors", v.Count("#workshop .ui-error"))
	}
	for name, value := range map[string]string{
		"email": "ada@example.com", "password": "long enough", "fee": "12.50", "day": "2026-05-01", "level": "new", "terms": "true", "begins": "09:30",
	} {
		v.Change("#workshop", "workshop["+name+"]", value)
	}
	v.Submit("#workshop")
	if got := v.Text(".ui-toast.is-success"); !strings.HasPrefix(got, "Coffee from the bean is announced, with 2 speakers") {
		t.Errorf("it says %q, and of the fields %q", got, v.Text("#workshop .ui-error"))
	}
}

// Rows are added, moved and removed.
func TestRows(t *testing.T) {
	v := open(t, "/ui")
	names := func(want string) {
		t.Helper()
		var got []string
		for _, name := range []string{"0", "1", "2"} {
			if v.Has(".ui-row:nth-child(" + string(rune(name[0]+1)) + ")") {
				got = append(got, v.Value(".ui-row:nth-child("+string(rune(name[0]+1))+") [name$='[name]']"))
			}
		}
		if s := strings.Join(got, ","); s != want {
			t.Errorf("the rows are %s, want %s", s, want)
		}
	}
	names("Ada,Bela")
	v.Click(".ui-row:nth-child(2) [aria-label$=up]")
	names("Bela,Ada")
	v.Click(".ui-rows-add input")
	names("Bela,Ada,")
	v.Click(".ui-row:nth-child(1) [aria-label^=Remove]")
	names("Ada,")
}

// The URL says what is sorted, looked for, open and chosen.
func TestURL(t *testing.T) {
	v := open(t, "/ui?sort=altitude&page=2&tab=people")
	if v.Text("#panel p") != "Ada roasts, Bela grinds, Chen pours." || v.Count("#coffees tbody tr") != 6 || v.Text("[aria-current=page]") != "2" {
		t.Errorf("the page shows %s", v.HTML())
	}
	v.Click("#coffees th:nth-child(3) a")
	if !v.Has("#coffees th:nth-child(3)[aria-sort=descending]") {
		t.Error("a second press doesn't turn the order round")
	}
	v.Change("#search", "q", "no such coffee")
	if !v.Has(".ui-empty") || v.Has("#coffees") {
		t.Error("nothing found isn't told")
	}
	v.Change("#search", "q", "yemen")
	if v.Count("#coffees tbody tr") != 2 {
		t.Errorf("there are %d coffees of Yemen", v.Count("#coffees tbody tr"))
	}
	v.Click("#open-modal")
	v.Change("#note-form", "text", "Buy")
	v.Change("#workshop", "workshop[title]", "Cupping")
	if got := v.Value("#note-text"); got != "Buy" {
		t.Errorf("after a patch of the page the note says %q", got)
	}
	v.Submit("#note-form", "text", "Buy milk")
	if v.Has("#note") || !strings.Contains(v.URL().RawQuery, "q=yemen") {
		t.Errorf("after the note the page is at %s", v.URL())
	}
	v.Click("#open-modal")
	if got := v.Value("#note-text"); got != "Buy milk" {
		t.Errorf("the note says %q", got)
	}
}

// Toasts stack, five at most, and each goes by itself.
func TestToasts(t *testing.T) {
	v := open(t, "/ui")
	for range 7 {
		v.Click("#copy")
	}
	if n := v.Count(".ui-toast"); n != 5 {
		t.Errorf("there are %d toasts", n)
	}
	v.Click("#toast-5 button")
	if v.Has("#toast-5") || !v.Has("#toast-6") || v.Count(".ui-toast") != 4 {
		t.Errorf("there are left %q", v.Text("#toasts"))
	}
}
