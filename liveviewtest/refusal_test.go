package liveviewtest_test

import (
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// letter is a form that shows what the server has of it, and how often it was
// refused.
type letter struct {
	A, T    string
	Refused int
	On      bool
}

// counting counts the forms that were refused.
type counting struct{ view[letter] }

func (counting) HandleRefusal(s *liveview.Socket[letter], _ liveview.Event, _ *liveview.LimitError) error {
	s.Assign(func(l *letter) { l.Refused++ })
	return nil
}

func openLetter(t testing.TB) *liveviewtest.View {
	t.Helper()
	v := counting{view[letter]{page: liveview.MustParse[letter](`<p id="refused">{{.Refused}}</p>
		<form id="f" phx-submit="save"><input name="a" value="{{.A}}"><textarea name="t">{{.T}}</textarea>
		<select name="s"><option value="1">one</option><option value="2">two</option></select>
		<select name="m" multiple><option value="1">one</option><option value="2">two</option><option value="3">three</option></select>
		<input type="checkbox" name="c" {{if .On}}checked{{end}}><input type="radio" name="r" value="1" {{if not .On}}checked{{end}}><input type="radio" name="r" value="2" {{if .On}}checked{{end}}>
		<button id="go" name="b" value="{{.Refused}}">Go</button></form>
		<form id="other"><input name="o" value="{{.Refused}}"></form>`)}}
	v.event = func(s *liveview.Socket[letter], e liveview.Event) error {
		s.Assign(func(l *letter) { l.A, l.T = e.Value("a"), "saved" })
		return nil
	}
	c := quiet()
	c.MaxFrame = 4096
	return liveviewtest.Open(t, app(func(r *gin.Engine) { liveview.Handle(r, "/", v) }, c), "/")
}

// What the user entered stays when its form is too large to be sent, as patches come
// and the page joins again, until the form is small enough.
func TestFormThatIsTooLargeKeepsWhatWasEntered(t *testing.T) {
	v := openLetter(t)
	long := strings.Repeat("x", 5000)
	v.Change("#f", "a", "Ada", "t", long, "s", "2", "m", []string{"1", "3"}, "c", true, "r", "2")
	shows := func(when, refused string) {
		t.Helper()
		if v.Text("#refused") != refused {
			t.Errorf("%s: %s forms were refused, want %s", when, v.Text("#refused"), refused)
		}
		if v.Value("[name=a]") != "Ada" || v.Value("[name=t]") != long || v.Value("[name=s]") != "2" ||
			!v.Checked("[name=c]") || !v.Checked("[name=r][value='2']") || v.Checked("[name=r][value='1']") {
			t.Errorf("%s: the form has lost what was entered: %.200s", when, v.HTML())
		}
		if got := strings.Join(v.Values("[name=m]"), " "); got != "1 3" {
			t.Errorf("%s: chosen are %q, want 1 and 3", when, got)
		}
		if got := v.Value("[name=o]"); got != refused {
			t.Errorf("%s: another form shows %q, want what the server rendered", when, got)
		}
		if got := v.Find("#go").AttrOr("value", ""); got != refused {
			t.Errorf("%s: the button stands for %q, want what the server rendered", when, got)
		}
	}
	v.Click("Go")
	shows("refused", "1")
	v.Click("Go")
	shows("refused again", "2")
	v.Reconnect()
	shows("joined again", "2")
	v.Change("[name=t]", "short")
	v.Click("Go")
	if v.Value("[name=a]") != "Ada" || v.Value("[name=t]") != "saved" {
		t.Errorf("a form that was sent shows %q and %q, want what the server rendered", v.Value("[name=a]"), v.Value("[name=t]"))
	}
}
