package liveviewtest_test

import (
	"fmt"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// shelf is a filter beside a dialog.
type shelf struct {
	Query, Name, Log string
	Open             bool
	Rows             []string
}

type shelfView struct{}

var shelfPage = liveview.MustParse[shelf](`<p>{{.Log}}</p><form id="filter" phx-change="filter"><input name="q" value="{{.Query}}"></form>
<form id="wizard" phx-change="step" phx-auto-recover="again"><input name="step" value="1"></form>
{{if .Open}}<form id="dialog" phx-change="type"><input name="name" value="{{.Name}}">{{range .Rows}}<input name="row[]" value="{{.}}">{{end}}</form>{{end}}`)

func (shelfView) HandleParams(c *gin.Context, s *liveview.Socket[shelf]) error {
	s.Assign(func(st *shelf) { st.Query, st.Open = c.Query("q"), c.Query("open") != "" })
	return nil
}

func (shelfView) HandleEvent(s *liveview.Socket[shelf], e liveview.Event) error {
	s.Assign(func(st *shelf) { st.Log += fmt.Sprintf("%s %v %d;", e.Name, e.Recovered(), len(e.Values())) })
	switch e.Name {
	case "filter":
		return s.PushPatch("/shelf?q="+e.Value("q"), nil) // which closes the dialog
	case "type":
		s.Assign(func(st *shelf) { st.Name, st.Rows = e.Value("name"), e.Values()["row[]"] })
		if e.Value("name") == "two rows" {
			s.Assign(func(st *shelf) { st.Rows = []string{"a", "b"} })
		}
	}
	return nil
}

func (shelfView) Render(st shelf) liveview.Rendered { return shelfPage.Render(st) }

// Where the view is a new one upon a reconnect, what differs from what the view shows is recovered, and marked as that:
// an untouched filter stays away, and so the dialog beside it stays, with its rows.
func TestOnlyWhatDiffersIsRecovered(t *testing.T) {
	handler := app(func(r *gin.Engine) { liveview.Handle(r, "/shelf", shelfView{}) }, liveview.Config{KeepTime: -1, Logger: quiet().Logger})
	v := liveviewtest.Open(t, handler, "/shelf?q=oak&open=1")
	v.Change("#dialog", "name", "two rows")
	v.Reconnect()
	if got := v.Text("p"); got != "again true 1;type true 2;" {
		t.Errorf("upon the reconnect came %s", got)
	}
	if !v.Has("#dialog") || v.Value("[name=name]") != "two rows" || v.Count("[name='row[]']") != 2 {
		t.Errorf("the dialog holds %s", v.Text("#dialog"))
	}
	v = liveviewtest.Open(t, handler, "/shelf?q=oak&open=1")
	v.Change("#filter", "q", "ash")
	v.Reconnect()
	if got := v.Text("p"); got != "again true 1;" {
		t.Errorf("of a filter that the URL has came %s", got)
	}
}
