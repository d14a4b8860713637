package liveviewtest

import (
	"strings"
	"time"

	"github.com/gin-liveview/liveview/liveviewtest/internal/client"
)

// WaitFor waits until the condition holds, looking again whenever the server
// has sent something. It ends the test if that takes longer than
// [Options].Timeout, or if the view crashes meanwhile.
func (v *View) WaitFor(condition func() bool) {
	v.t.Helper()
	v.ready("WaitFor", "")
	held := false
	v.page.Wait(func() bool {
		held = condition()
		return held || v.page.Failure() != nil
	})
	if held {
		return
	}
	v.expectNoFailure("WaitFor", "")
	v.t.Fatalf("liveviewtest: WaitFor: the condition doesn't hold after %v. The page is\n%s", v.timeout, v.HTML())
}

// WaitForText waits until the elements that match show the text, as
// [View.Text] returns it.
func (v *View) WaitForText(selector, want string) {
	v.t.Helper()
	v.ready("WaitForText", selector)
	got := ""
	v.page.Wait(func() bool {
		v.t.Helper()
		got = texts(v.query("WaitForText", selector))
		return got == want || v.page.Failure() != nil
	})
	if got == want {
		return
	}
	v.expectNoFailure("WaitForText", selector)
	v.t.Fatalf("liveviewtest: WaitForText(%q): it is %q after %v, and should be %q", selector, got, v.timeout, want)
}

// Await waits until all that the page's views load by a [liveview.Async] has come, and what they
// load upon that, and the page shows it. It ends the test if that takes longer than
// [Options].Timeout, and says what is still on its way, or if the view crashes meanwhile.
// A load that waits for its turn, by Config.MaxLoads, is waited for too; one that was
// cancelled isn't.
func (v *View) Await() {
	v.t.Helper()
	v.ready("Await", "")
	for deadline := time.Now().Add(v.timeout); ; {
		var left []string
		var begun int
		v.page.Wait(func() bool {
			left, begun = v.page.Underway()
			return len(left) == 0 || v.page.Failure() != nil || !time.Now().Before(deadline)
		})
		v.expectNoFailure("Await", "")
		if len(left) > 0 {
			v.t.Fatalf("liveviewtest: Await: after %v these are still on their way: %s", v.timeout, strings.Join(left, "; "))
		}
		// All that has begun is in the view's mailbox, and what WaitIdle sends comes
		// behind it.
		v.WaitIdle()
		v.expectNoFailure("Await", "")
		if left, now := v.page.Underway(); len(left) == 0 && now == begun {
			return
		}
	}
}

// WaitIdle waits until the view has worked off all that it has been sent,
// messages to itself included, and the page shows it. Timers and goroutines of
// the application are not waited for; [View.Await] waits for what it loads.
func (v *View) WaitIdle() {
	v.t.Helper()
	v.ready("WaitIdle", "")
	v.page.Settle()
	// A ping goes through the view's mailbox like all else. The view is idle
	// when twice nothing came in between.
	for quiet := 0; quiet < 2 && v.page.Status("") == client.Live; quiet++ {
		before := v.page.Diffs()
		v.page.Ping()
		v.page.Settle()
		if v.page.Diffs() != before {
			quiet = -1
		}
	}
}
