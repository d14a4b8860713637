package main

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

type count struct{ N int }

var counterPage = liveview.MustParse[count](`<p>{{.N}}</p>`)

// counter counts "inc" and, for all of its views, "fire".
type counter struct{}

func (counter) Mount(_ *gin.Context, s *liveview.Socket[count]) error {
	_, err := s.Subscribe("all")
	return err
}

func (counter) HandleEvent(s *liveview.Socket[count], e liveview.Event) error {
	if e.Name == "fire" {
		return s.Publish("all", e.Name)
	}
	s.Assign(func(c *count) { c.N++ })
	return nil
}

func (counter) HandleInfo(s *liveview.Socket[count], _ any) error {
	s.Assign(func(c *count) { c.N++ })
	return nil
}

func (counter) Render(c count) liveview.Rendered { return counterPage.Render(c) }

type outer struct{ Inner *liveview.Nested }

var nestedPage = liveview.MustParse[outer](`<div>{{component .Inner}}</div>`)

// nested shows a counter.
type nested struct{}

func (nested) Mount(_ *gin.Context, s *liveview.Socket[outer]) error {
	s.Assign(func(o *outer) { o.Inner = liveview.Nest("inner", counter{}) })
	return nil
}

func (nested) Render(o outer) liveview.Rendered { return nestedPage.Render(o) }

// late holds up its first event.
type late struct{ counter }

const lateBy = 200 * time.Millisecond

func (late) Mount(*gin.Context, *liveview.Socket[count]) error { return nil }

func (late) HandleEvent(s *liveview.Socket[count], _ liveview.Event) error {
	if s.State().N == 0 {
		time.Sleep(lateBy) // what is measured is the time that it takes
	}
	s.Assign(func(c *count) { c.N++ })
	return nil
}

// newServer serves a counter with all that a production application checks:
// a client that doesn't take its tokens and cookies from the page doesn't get
// in. The measured process is the test's own.
func newServer(t *testing.T) *server {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(sessions.Sessions("test", cookie.NewStore([]byte("a key of the test's"))))
	r.Use(liveview.Middleware(liveview.Config{Secret: liveview.NewSecret(strings.Repeat("a secret ", 5)), EventRate: -1}))
	liveview.Handle(r, "/counter", counter{})
	liveview.Handle(r, "/nested", nested{})
	liveview.Handle(r, "/late", late{})
	web := httptest.NewServer(r)
	t.Cleanup(web.Close)
	return &server{
		address: strings.TrimPrefix(web.URL, "http://"),
		process: &exec.Cmd{Process: &os.Process{Pid: os.Getpid()}},
	}
}

func TestLoads(t *testing.T) {
	for name, c := range map[string]struct {
		load        load
		least, most float64 // bytes to the client for an operation
	}{
		"renders":    {renders("/counter", 2), 500, 10000},
		"visits":     {visits("/counter", 2), 1000, 20000},
		"events":     {events("/counter", "inc", 2), 70, 110},
		"joins":      {joins("/counter", 2, false), 200, 1000},
		"rejoins":    {joins("/counter", 2, true), 200, 1000},
		"nested":     {nestedJoins("/nested", "inner", 2), 200, 800},
		"spread":     {spread("/counter", "inc", 5, 2), 70, 110},
		"broadcasts": {broadcasts("/counter", "fire", 3), 40, 70},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			f, err := c.load(t.Context(), s, 50*time.Millisecond)
			for d := time.Second; errors.Is(err, errNothingDone) && d <= 16*time.Second; d *= 4 { // others have the processor
				f, err = c.load(t.Context(), s, d)
			}
			if err != nil {
				t.Fatal(err)
			}
			if f.cost <= 0 || f.bytes < c.least || f.bytes > c.most {
				t.Errorf("%+v, want a cost and %v to %v bytes", f, c.least, c.most)
			}
		})
	}
}

// TestRejoinFindsItsView: what is measured as the rejoin of a kept page is one.
func TestRejoinFindsItsView(t *testing.T) {
	s := newServer(t)
	v := &visitor{address: s.address, path: "/counter"}
	defer v.close()
	body, cookies, _, err := v.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p, err := parsePage(body)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		joined, err := v.join(t.Context(), p, cookies, "a page")
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf(`"0":"%d"`, i); !strings.Contains(joined.joined, want) {
			t.Errorf("join %d shows %s, want %s", i, joined.joined, want)
		}
		if _, err := joined.click("inc"); err != nil {
			t.Fatal(err)
		}
		joined.cut()
	}
}

// TestOpenLoopOmitsNothing: an event that a server holds up makes those late that were due
// meanwhile, though a client that waits for its replies wouldn't have sent them.
func TestOpenLoopOmitsNothing(t *testing.T) {
	s := newServer(t)
	views, err := openViews(t.Context(), s, "/late", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer closeViews(views)
	o, err := openLoop(s, views, 1000, 2*lateBy)
	if err != nil {
		t.Fatal(err)
	}
	if len(o.took) != 400 || o.took[0] <= 0 || o.busy <= 0 {
		t.Errorf("%d events, the quickest in %v, of %v cores", len(o.took), o.took[0], o.busy)
	}
	slow := 0
	for _, took := range o.took {
		if took > lateBy/4 {
			slow++
		}
	}
	if slow < 100 { // three quarters of those due in that time
		t.Errorf("%d events took more than %v, want 150 or so", slow, lateBy/4)
	}
}

// TestClickUpdates: a click is over when its own reply is there, with the diff
// of the change.
func TestClickUpdates(t *testing.T) {
	s := newServer(t)
	v := &visitor{address: s.address, path: "/counter"}
	defer v.close()
	joined, err := v.visit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer joined.close()
	if _, err := joined.send("inc"); err != nil { // whose reply isn't the next click's
		t.Fatal(err)
	}
	for _, want := range []string{`"0":"2"`, `"0":"3"`} {
		n, err := joined.click("inc")
		if err != nil {
			t.Fatal(err)
		}
		if got := joined.buffer.String(); !strings.Contains(got, want) || n < int64(len(got)) {
			t.Errorf("%d bytes, the last message %s, want one with %s", n, got, want)
		}
	}
}

// TestRefusals: a run that doesn't do what it measures must fail.
func TestRefusals(t *testing.T) {
	s := newServer(t)
	v := &visitor{address: s.address, path: "/nowhere"}
	defer v.close()
	if _, err := v.visit(t.Context()); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("a visit to a page that isn't there: %v, want 404", err)
	}

	v = &visitor{address: s.address, path: "/counter"}
	defer v.close()
	body, cookies, _, err := v.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p, err := parsePage(body)
	if err != nil {
		t.Fatal(err)
	}
	for name, forge := range map[string]func(*page){
		"CSRF token": func(p *page) { p.csrf = "x" },
		"session":    func(p *page) { p.session = "x" },
		"id":         func(p *page) { p.id = "x" },
	} {
		forged := p
		forge(&forged)
		if w, err := join(t.Context(), s.address, v.path, 0, forged, cookies, false, ""); err == nil {
			w.close()
			t.Errorf("a join with a %s that the page doesn't hold is no error", name)
		}
	}
	if w, err := join(t.Context(), s.address, v.path, 0, p, nil, false, ""); err == nil {
		w.close()
		t.Error("a join without the page's cookies is no error")
	}

	failing := func(int) (int64, error) { return 0, context.Canceled }
	if _, err := repeat(s, 2, time.Second, failing); err == nil {
		t.Error("a load whose operations fail is no error")
	}
}

// A crowd loses nothing, and comes back.
func TestCrowd(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := build(t.Context(), folder); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := crowd(t.Context(), programs{folder: folder}, 150, 2*time.Second, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| numbers, answers and heartbeats lost | 0 | 0 |", "After a restart all 150 were back"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it doesn't say %q:\n%s", want, out.String())
		}
	}
	for _, mustNot := range []string{"| clicks answered | 0 ", "| numbers heard | 0 "} {
		if strings.Contains(out.String(), mustNot) {
			t.Errorf("nothing was done:\n%s", out.String())
		}
	}
}
