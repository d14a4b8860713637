package e2e

import (
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// guest is a row of a form whose rows have no id, and whose fields have none either: only the
// key tells the rows apart.
type guest struct {
	Name string `form:"name"`
}

type party struct {
	Guests []guest `form:"guests"`
}

type partyState struct{ Form liveview.Form[party] }

var partyPage = liveview.MustParse[partyState](`<form id="f" phx-change="change" phx-submit="save"><ul>{{range .Form.List "guests"}}<li>
{{with .Sort}}<input type="hidden" name="{{.Name}}" value="{{.Value}}">{{end}}{{with .Field "name"}}<input class="name" name="{{.Name}}" value="{{.Value}}">{{end}}
{{with .Drop}}<input type="checkbox" class="drop" name="{{.Name}}" value="{{.Value}}">{{end}}{{if not .Last}}<u>and</u>{{end}}</li>{{end}}</ul></form>`)

// A row that goes leaves the focus, and what is being typed, in the row that has it: rows of
// a form are told apart by themselves.
func TestRowsKeepTheFocus(t *testing.T) {
	t.Parallel()
	v := view[partyState]{page: partyPage}
	v.mount = func(_ *gin.Context, s *liveview.Socket[partyState]) error {
		s.Assign(func(st *partyState) {
			st.Form = liveview.FormOf(party{Guests: []guest{{"Ada"}, {"Grace"}, {"Joan"}}})
		})
		return nil
	}
	v.event = func(s *liveview.Socket[partyState], e liveview.Event) error {
		s.Assign(func(st *partyState) { st.Form = st.Form.Apply(e) })
		return nil
	}
	l := newLab(t, "", func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	tb := newPerson(t).open(l.URL)
	tb.live()
	tb.holds(`document.querySelectorAll("u").length === 2`)
	tb.js(`window.second = document.querySelectorAll(".name")[1]; second.focus(); second.value = "Grace H"; second.setSelectionRange(2, 2)`)
	tb.js(`document.querySelector(".drop").click()`)
	tb.holds(`document.querySelectorAll(".name").length === 2`)
	tb.holds(`document.querySelectorAll(".name")[0] === second && document.activeElement === second && second.value === "Grace H" && second.selectionStart === 2`)
	tb.holds(`document.querySelectorAll(".name")[1].value === "Joan" && document.querySelectorAll("u").length === 1`)
	tb.js(`second.dispatchEvent(new Event("input", {bubbles: true}))`)
	tb.holds(`document.querySelectorAll(".name")[0].value === "Grace H" && document.activeElement === second`)
}
