package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// sheet is a page with a form of very many fields.
type sheet struct {
	Fields, Options []int
	Seen            string
	Chosen          int
}

var sheetPage = liveview.MustParse[sheet](`<p id="seen">{{.Seen}} {{.Chosen}}</p><form id="sheet" phx-change="write">
{{range .Fields}}<input name="f{{.}}" value="">{{end}}
<select name="to" multiple>{{range .Options}}<option value="{{.}}"{{if $.Chosen}} selected{{end}}>{{.}}</option>{{end}}</select></form>
<div id="sorter" phx-hook="Sorter"></div>`)

func countTo(n int) []int {
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i
	}
	return numbers
}

// A form of more than a thousand fields, each of which the client marks as unused, and
// of more than a thousand chosen options is heard with each keystroke, and keeps what is
// in it when the page joins again; a hook that sends as many ids gets its answer.
func TestManyFieldsAndIDsInTheBrowser(t *testing.T) {
	t.Parallel()
	l := newLab(t, `window.liveview = {hooks: {Sorter: {mounted() { window.sort = (ids) => this.pushEvent("sort", {ids}) }}}};`, func(r *gin.Engine) {
		v := view[sheet]{page: sheetPage}
		v.mount = func(_ *gin.Context, s *liveview.Socket[sheet]) error {
			s.Assign(func(st *sheet) { st.Fields, st.Options = countTo(1100), countTo(1100) })
			return nil
		}
		v.event = func(s *liveview.Socket[sheet], e liveview.Event) error {
			if e.Name == "sort" {
				var sent struct{ IDs []int }
				if err := json.Unmarshal(e.Payload(), &sent); err != nil {
					return err
				}
				slices.Reverse(sent.IDs)
				return s.Reply(sent.IDs)
			}
			values := e.Values()
			s.Assign(func(st *sheet) { st.Seen, st.Chosen = fmt.Sprint(values.Get("f1099"), e.Used("f7")), len(values["to"]) })
			return nil
		}
		liveview.Handle(r, "/", v)
	})
	tb := newPerson(t).open(l.URL)
	tb.live()
	tb.mark()
	tb.enter(`[name="f1099"]`, "typed")
	tb.shows("#seen", "typedfalse 0")
	tb.js(`for (const o of document.querySelectorAll("option")) o.selected = true;
		document.querySelector("select").dispatchEvent(new Event("change", {bubbles: true}))`)
	tb.shows("#seen", "typedfalse 1100")
	tb.js(`window.sort(Array.from({length: 1500}, (_, i) => i)).then((ids) => { window.sorted = ids })`)
	tb.holds(`window.sorted && window.sorted.length === 1500 && window.sorted[0] === 1499`)
	tb.js(`liveSocket.disconnect(() => liveSocket.connect())`)
	tb.live()
	tb.shows("#seen", "typedfalse 1100") // the client sent the form again
	tb.holds(`document.querySelector("[name=f1099]").value === "typed" && document.querySelectorAll("option:checked").length === 1100`)
	if !tb.marked() {
		t.Error("the page was loaded anew")
	}
	if log := l.log.String(); strings.Contains(log, "handled") || strings.Contains(log, "ended") {
		t.Errorf("the log has\n%s", log)
	}
}

// long is the state of a page with a form of very much text.
type long struct {
	Form  liveview.Form[chapter]
	Saved string
}

type chapter struct {
	Lines []paragraph `form:"l"`
}

type paragraph struct {
	Text string `form:"t" binding:"required,max=3000"`
	Note string `form:"-"`
}

var longPage = liveview.MustParse[long](`<p id="saved">{{.Saved}}</p><form id="long" phx-change="write" phx-submit="save">
{{range .Form.List "l" | keyed "Key"}}{{with .Field "t"}}<input {{attrs .Attrs}}>{{if .Error}}<p id="{{.ErrorID}}">{{.Error}}</p>{{end}}{{end}}{{end}}
<button id="save">Save</button></form>`)

// A form of 900 KB, with -slow of 2,000 fields, is typed into, says what is wrong with a
// field, and is saved as it was typed, with what the page doesn't show.
func TestAFormOfVeryMuchTextInTheBrowser(t *testing.T) {
	t.Parallel()
	fields, size := 300, 3000 // the client takes its time for each field
	if *slow {
		fields, size = 2000, 440
	}
	loaded := chapter{Lines: make([]paragraph, fields)}
	for i := range loaded.Lines {
		loaded.Lines[i] = paragraph{Text: strings.Repeat(string(rune('a'+i%26)), size), Note: fmt.Sprint(i)}
	}
	saved, sent := make(chan chapter, 1), 0
	l := newLab(t, "", func(r *gin.Engine) {
		v := view[long]{page: longPage}
		v.mount = func(_ *gin.Context, s *liveview.Socket[long]) error {
			s.Assign(func(st *long) { st.Form = liveview.FormOf(loaded) })
			return nil
		}
		v.event = func(s *liveview.Socket[long], e liveview.Event) error {
			s.Assign(func(st *long) {
				sent = max(sent, len(e.Payload()))
				if st.Form = st.Form.Apply(e); e.Name == "save" && st.Form.Valid() {
					saved <- st.Form.Value
					st.Saved = "saved"
				}
			})
			return nil
		}
		liveview.Handle(r, "/", v)
	})
	tb := newPerson(t).open(l.URL)
	tb.live()
	tb.mark()
	field := fmt.Sprintf(`[name="l[%d][t]"]`, fields-1)
	tb.enter(field, "1")
	tb.enter(field, "")
	tb.shows(fmt.Sprintf("#l_%d_t-error", fields-1), "is required")
	tb.enter(field, "2")
	tb.holds(fmt.Sprintf(`!document.querySelector("#l_%d_t-error")`, fields-1))
	tb.enter(`[name="l[7][t]"]`, "7")
	tb.js(`document.querySelector("#save").click()`) // chromedp looks for what is where it clicks, among all fields
	// The client locks and unlocks each field by itself, which takes it seconds.
	tb.holdsWithin(4*patience, `document.querySelector("#saved").textContent === "saved"`)
	got := <-saved
	loaded.Lines[fields-1].Text, loaded.Lines[7].Text = "2", "7"
	if !slices.Equal(got.Lines, loaded.Lines) {
		t.Errorf("%d lines are saved, and not as they were typed", len(got.Lines))
	}
	if sent < 900_000 {
		t.Errorf("an event had %d bytes at most", sent)
	}
	if !tb.marked() {
		t.Error("the page was loaded anew")
	}
	if log := l.log.String(); strings.Contains(log, "handled") || strings.Contains(log, "ended") {
		t.Errorf("the log has\n%s", log)
	}
}
