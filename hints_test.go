package liveview_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// What a template can't print as it stands there is an error of Parse, with what to do.
func TestParseHints(t *testing.T) {
	type state struct {
		Kid    *liveview.Nested
		Player *liveview.Sticky
		Seen   greeting
		Report liveview.Async[int]
		Rest   liveview.Attrs
	}
	for text, want := range map[string]string{
		`{{.Kid}}`:                     "{{component .Card}}",
		`{{.Player}}`:                  "{{component .Card}}",
		`<p>{{.Seen}}</p>`:             "{{component .Card}}",
		`{{.Report}}`:                  "{{.Report.Value}}",
		`{{with .Report}}{{.}}{{end}}`: "{{.Report.Value}}",
		`{{if .Report}}x{{end}}`:       "always true",
		`<b {{.Rest}}></b>`:            "{{attrs .Rest}}",
		`{{component .Kid}}`:           "",
		`{{if .Kid}}x{{end}}`:          "",
		`{{with .Kid}}{{component .}}{{end}}{{component .Seen}}<b {{attrs .Rest}}></b>`:                "",
		`{{with .Report}}{{if .Loading}}…{{else}}{{.Value}}{{.Err}}{{end}}{{end}}{{if .Rest}}x{{end}}`: "",
	} {
		_, err := liveview.Parse[state](text)
		switch {
		case want == "" && err != nil:
			t.Errorf("Parse(%s) = %v", text, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "hints_test.go:")):
			t.Errorf("Parse(%s) = %v, want an error with its place and %q", text, err, want)
		}
	}
}

// A Mount that fails in a join is told with view and route, and an event that lacks its
// phx-target with what it lacks.
func TestFaultsAreToldWithTheirPlace(t *testing.T) {
	v := newBoard(boardList, cardItem{1, "one"})
	v.onMount = func(_ *gin.Context, s *liveview.Socket[board]) error {
		if s.Connected() {
			return errors.New("no board")
		}
		return nil
	}
	site := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/boards/:id", v) })
	if status, _ := site.visitor().get("/boards/7").connect().join(); status != "error" {
		t.Errorf("the join is answered %s", status)
	}
	if log := site.log.String(); !strings.Contains(log, "no board") || !strings.Contains(log, "view=*liveview_test.boardView route=/boards/:id") {
		t.Errorf("the log has %s", log)
	}
	w := newBoard(boardList, cardItem{1, "one"})
	w.onEvent = func(*liveview.Socket[board], liveview.Event) error { return liveview.ErrUnknownEvent }
	site = newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", w) })
	site.open("/").click("open", nil)
	if log := site.log.String(); !strings.Contains(log, "phx-target={{myself}}") || !strings.Contains(log, "event not handled: unknown event") {
		t.Errorf("the log has %s", log)
	}
}
