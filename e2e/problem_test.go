package e2e

import (
	"fmt"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// What went wrong stands on the page until what comes next goes well, through the join
// that follows a crash.
func TestProblemsAreShown(t *testing.T) {
	t.Parallel()
	v := fragileView()
	event := v.event
	v.event = func(s *liveview.Socket[fragile], e liveview.Event) error {
		if e.Name == "info" {
			return liveview.ErrUnknownEvent
		}
		return event(s, e)
	}
	l := newLab(t, "", func(r *gin.Engine) { liveview.Handle(r, "/", v) }, func(c *liveview.Config) { c.Dev = liveview.DevOn })
	tb := newPerson(t).open(l.URL)
	tb.live()
	for _, step := range []struct{ click, shown string }{
		{"#panic", "HandleEvent panicked: on purpose"},
		{"#inc", ""},
		{"#info", "unknown event"},
		{"#error", "HandleEvent: on purpose"},
		{"#inc", ""},
		{"#render", "Render panicked"},
	} {
		if step.shown != "" {
			tb.expect("liveview: ") // which stands on the console, too
		}
		tb.live()
		tb.click(step.click)
		tb.holds(fmt.Sprintf(`(document.querySelector("#liveview-problem")?.textContent || "").includes(%q)`, step.shown))
		if step.shown == "" {
			tb.holds(`!document.querySelector("#liveview-problem")`)
		}
	}
	tb.live() // the page has joined again, and the problem is still there to be read
	tb.holds(`document.querySelector("#liveview-problem pre").textContent.includes("problem_test.go") || document.querySelector("#liveview-problem pre").textContent.includes("fault_test.go")`)
}
