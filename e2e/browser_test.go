package e2e

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/gin-gonic/gin"
)

// patience is how long a condition may take to hold in a page: long, as the
// machine may be busy, and never waited for in full when all is well.
const patience = 30 * time.Second

// slow is for what a release needs and a change seldom: more of the same, for
// longer.
var slow = flag.Bool("slow", false, "run the slow proofs as well")

// raced says that the programs which tests start have the race detector. It makes a join cost
// several times as much, so that times are told, and held to what is promised, without it.
var raced = flag.Bool("raced", true, "build the programs with the race detector")

// longPoll is for what people have whose network lets no WebSocket through.
var longPoll = flag.Bool("longpoll", false, "have no WebSocket in any page")

// browser is the one Chromium of all tests; each person has a profile in it.
var browser context.Context

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	flag.Parse()
	path := findChromium()
	if path == "" {
		fmt.Fprintln(os.Stderr, "these tests need Chromium: apt-get install chromium-headless-shell")
		return 1
	}
	if _, err := os.Stat(npmPackages); err != nil {
		fmt.Fprintln(os.Stderr, "these tests need the official client: npm ci --prefix example")
		return 1
	}
	// Tests mostly wait, for pages and for processes, so more of them run at a
	// time than there are processors, unless -parallel says how many.
	if parallel := flag.Lookup("test.parallel"); parallel.Value.String() == parallel.DefValue {
		if err := parallel.Value.Set(strconv.Itoa(3 * runtime.GOMAXPROCS(0))); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	var err error
	if programs, err = os.MkdirTemp("", "liveview-e2e"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(programs) }()
	gin.SetMode(gin.TestMode)

	allocator, cancel := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.WindowSize(1200, 800))...)
	defer cancel()
	var done context.CancelFunc
	browser, done = chromedp.NewContext(allocator) //nolint:fatcontext // it is all tests'
	defer done()
	if err := chromedp.Do(browser); err != nil {
		fmt.Fprintln(os.Stderr, "starting Chromium:", err)
		return 1
	}
	failed := m.Run()
	if err := stopSharedGallery(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		failed = 1
	}
	return failed
}

// findChromium returns a browser's program. What Debian calls the headless shell
// has all of Chromium but its windows, and opens a tab with a quarter of the work.
func findChromium() string {
	for _, name := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// npmPackages is where npm ci puts the official client.
var npmPackages = filepath.Join("..", "example", "node_modules")

// person has a browser profile, and so cookies, of their own.
type person struct {
	t   *testing.T
	ctx context.Context
	end context.CancelFunc
	has bool // a tab, of which the first makes the profile
}

func newPerson(t *testing.T) *person {
	t.Helper()
	ctx, end := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(end)
	return &person{t: t, ctx: ctx, end: end}
}

// tab is one tab of a person's. To close the first one is to close all.
type tab struct {
	t     *testing.T
	ctx   context.Context
	close context.CancelFunc

	mu       sync.Mutex // guards the fields below
	problems []string   // errors on the console, exceptions
	expected []string   // parts of those a test provokes
	frames   []string   // what the server sent over WebSockets
	loads    int        // of whole documents
}

// open opens url in a new tab and waits until its page is live.
func (p *person) open(url string) *tab {
	p.t.Helper()
	tb := p.visit(url)
	tb.live()
	return tb
}

// visit opens url in a new tab.
func (p *person) visit(url string) *tab {
	p.t.Helper()
	ctx, cancel := p.ctx, p.end
	if p.has {
		ctx, cancel = chromedp.NewContext(p.ctx)
	}
	p.has = true
	tb := &tab{t: p.t, ctx: ctx, close: cancel}
	if err := chromedp.Listen(ctx, tb.note); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		cancel()
		tb.mu.Lock()
		defer tb.mu.Unlock()
		for _, problem := range tb.problems {
			p.t.Errorf("the browser complained: %s", problem)
		}
	})
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		p.t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: noteJoin}); err != nil {
		p.t.Fatal(err)
	}
	if *longPoll {
		if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: onlyPolls}); err != nil {
			p.t.Fatal(err)
		}
	}
	if _, err := chromedp.Call(ctx, log.Enable, cdp.Empty{}); err != nil {
		p.t.Fatal(err)
	}
	tb.run(chromedp.Navigate(url))
	return tb
}

// expect says what the browser may complain about in this test.
func (tb *tab) expect(parts ...string) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	tb.expected = append(tb.expected, parts...)
	tb.problems = nil
}

func (tb *tab) note(event any) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	problem := ""
	switch e := event.(type) {
	case *cdpruntime.EventExceptionThrown:
		problem = e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			problem += " " + e.ExceptionDetails.Exception.Description
		}
	case *cdpruntime.EventConsoleAPICalled:
		if e.Type == cdpruntime.ConsoleAPICalledTypeError || e.Type == cdpruntime.ConsoleAPICalledTypeWarning {
			for _, arg := range e.Args {
				problem += string(arg.Value) + arg.Description + " "
			}
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			problem = e.Entry.Text + " " + e.Entry.URL
		}
	case *network.EventWebSocketFrameReceived:
		tb.frames = append(tb.frames, string(e.Response.PayloadData))
	case *page.EventFrameNavigated:
		if e.Frame.ParentID == "" {
			tb.loads++
		}
	}
	for _, part := range tb.expected {
		if strings.Contains(problem, part) || *longPoll && strings.Contains(part, "WebSocket") && strings.Contains(problem, "/longpoll?") {
			return
		}
	}
	if problem != "" {
		tb.problems = append(tb.problems, problem)
	}
}

func (tb *tab) run(actions ...chromedp.Action[chromedp.Void]) {
	tb.t.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, 2*patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		tb.t.Fatalf("in the browser: %v", err)
	}
}

// result is run for an action with a value.
func result[T any](tb *tab, action chromedp.Action[T]) T {
	tb.t.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, 2*patience)
	defer cancel()
	v, err := chromedp.Run(ctx, action)
	if err != nil {
		tb.t.Fatalf("in the browser: %v", err)
	}
	return v
}

// noteJoin has window.joined say that the client takes the page's view for joined: until
// then clicks wait, and of two on one element one counts.
const noteJoin = `addEventListener("phx:page-loading-stop", e => { if (e.detail?.kind === "initial") window.joined = true })`

// needsSockets is for tests that are about WebSockets themselves.
func needsSockets(t *testing.T) {
	t.Helper()
	if *longPoll {
		t.Skip("this test is about WebSockets")
	}
}

// onlyPolls has a page without WebSocket, of which window.polled has what the server sent.
const onlyPolls = `delete window.WebSocket; window.polled = [];
	const send = XMLHttpRequest.prototype.send;
	XMLHttpRequest.prototype.send = function (body) {
		this.addEventListener("load", () => {
			if (this.status === 200 && this.responseText && this.responseURL.includes("/longpoll?")) window.polled.push(...(JSON.parse(this.responseText).messages || []));
		});
		send.call(this, body);
	}`

// live waits until the page's view is joined.
func (tb *tab) live() {
	tb.t.Helper()
	tb.holds(`document.querySelector("[data-phx-main].phx-connected") !== null && window.joined === true`)
}

// holds waits until a JavaScript condition holds, over loads of the page too.
// While it throws it doesn't hold.
func (tb *tab) holds(condition string) {
	tb.t.Helper()
	tb.holdsWithin(patience, condition)
}

// holdsWithin is holds for what takes its time.
func (tb *tab) holdsWithin(patience time.Duration, condition string) {
	tb.t.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	poll := chromedp.Poll[bool]("(() => { try { return "+condition+" } catch { return false } })()",
		chromedp.WithPollingInterval(10*time.Millisecond), chromedp.WithPollingTimeout(patience))
	for {
		// Asked anew each second: where the page runs no scripts, its timers don't ask again.
		asking, cancel := context.WithTimeout(ctx, time.Second)
		_, err := chromedp.Run(asking, poll)
		again := err != nil && ctx.Err() == nil && (asking.Err() != nil || !strings.Contains(err.Error(), "timeout"))
		cancel()
		if err == nil {
			return
		}
		if again {
			continue // or the page went away under the condition
		}
		tb.t.Fatalf("%s doesn't come to hold: %v\n%s", condition, err, tb.seen())
	}
}

// seen says what a page is like: where it is, what has the focus, what it has been sent last.
func (tb *tab) seen() string {
	const page = `[location.pathname + location.search, "scrolled to " + scrollY + " of " + document.documentElement.scrollHeight + ", " + innerHeight + " high",
		"the focus on " + (document.activeElement?.outerHTML || "nothing").slice(0, 200), "with the value " + document.activeElement?.value].join("; ") +
		"\n" + document.documentElement.outerHTML.slice(0, 4000)`
	text, _ := chromedp.Run(tb.ctx, chromedp.Evaluate[string](page)) // the page may be gone
	if *longPoll {
		return text
	}
	tb.mu.Lock()
	defer tb.mu.Unlock()
	for _, frame := range tb.frames[max(0, len(tb.frames)-12):] {
		text += fmt.Sprintf("\n%.300s", frame)
	}
	return text
}

// shows waits until the text of the element is want.
func (tb *tab) shows(selector, want string) {
	tb.t.Helper()
	tb.holds(fmt.Sprintf(`(document.querySelector(%q)?.textContent || "").trim().replace(/\s+/g, " ") === %q`, selector, want))
}

// eval returns the value of a JavaScript expression; a promise is waited for.
func eval[T any](tb *tab, expression string) T {
	tb.t.Helper()
	return result(tb, chromedp.Evaluate[T](expression, func(p *cdpruntime.EvaluateParams) { p.AwaitPromise = new(true) }))
}

// js runs a statement.
func (tb *tab) js(statement string) {
	tb.t.Helper()
	eval[bool](tb, "(() => {"+statement+"; return true})()")
}

// click clicks what has come to rest. What moves between the press and the release of a button
// gets no click: while an image arrives, or as the focus comes back to another place of the
// page, which scrolls. What goes on moving is clicked where it is.
func (tb *tab) click(selector string) {
	tb.t.Helper()
	tb.run(chromedp.WaitVisible(chromedp.CSS(selector)))
	was, frames := "", 0
	for tries := 0; frames < 3 && tries < 20; tries++ {
		at := eval[string](tb, fmt.Sprintf(`JSON.stringify(document.querySelector(%q)?.getBoundingClientRect() || null)`, selector))
		if at != was {
			was, frames = at, 0
		}
		frames++
		time.Sleep(17 * time.Millisecond) // a frame, of pages without scripts too
	}
	tb.run(chromedp.Click(chromedp.CSS(selector)))
}

// pressed presses keys. What a key writes comes with its going down, in one, as of a keyboard:
// chromedp.KeyEvent has it follow, and a field that has the focus by then, as of a dialog that
// Enter on a link has opened, gets what was meant for the link.
func pressed(keys string, options ...chromedp.KeyOption) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		for _, r := range keys {
			events := kb.Encode(r)
			down := events[0]
			for _, event := range events {
				for _, set := range options {
					set(event)
				}
			}
			withText := down.Modifiers&^int64(chromedp.ModifierShift) == 0
			if _, isKey := kb.Keys[r]; isKey && withText && len(events) == 3 {
				down.Text, down.UnmodifiedText = events[1].Text, events[1].UnmodifiedText
			}
			for _, event := range events {
				if event.Type == kb.KeyChar && (down.Text != "" || !withText) {
					continue
				}
				if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, *event); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// enter empties a field and types text into it, key by key.
func (tb *tab) enter(selector, text string) {
	tb.t.Helper()
	tb.run(chromedp.Focus(chromedp.CSS(selector)))
	tb.js(fmt.Sprintf(`document.querySelector(%q).select()`, selector))
	tb.run(pressed("\b"), pressed(text))
}

// mark leaves a mark that a load of the page wipes out.
func (tb *tab) mark() { tb.t.Helper(); tb.js("window.marked = true") }

// marked reports whether the page has not been loaded since mark.
func (tb *tab) marked() bool { tb.t.Helper(); return eval[bool](tb, "window.marked === true") }

// sent returns the frames that the server has sent since the last call, without answers to
// heartbeats, which may come at any time.
func (tb *tab) sent() []string {
	var frames []string
	if *longPoll {
		frames = eval[[]string](tb, "window.polled.splice(0)")
	} else {
		tb.mu.Lock()
		frames, tb.frames = tb.frames, nil
		tb.mu.Unlock()
	}
	return slices.DeleteFunc(frames, func(frame string) bool { return strings.Contains(frame, `,"phoenix","phx_reply",`) })
}

// loaded returns how many documents the tab has loaded.
func (tb *tab) loaded() int {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	return tb.loads
}

// screenshot takes a picture of the window.
func (tb *tab) screenshot(path string) {
	tb.t.Helper()
	png := result(tb, chromedp.CaptureScreenshot())
	if err := os.WriteFile(path, png, 0o644); err != nil {
		tb.t.Fatal(err)
	}
}
