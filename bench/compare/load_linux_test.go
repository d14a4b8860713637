package main

import (
	"context"
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

// newServer serves a counter with all that a production application checks:
// a client that doesn't take its tokens and cookies from the page doesn't get
// in. The measured process is the test's own.
func newServer(t *testing.T) *server {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(sessions.Sessions("test", cookie.NewStore([]byte("a key of the test's"))))
	r.Use(liveview.Middleware(liveview.Config{Secret: liveview.NewSecret(strings.Repeat("a secret ", 5)), EventRate: -1}))
	liveview.Handle(r, "/counter", counter{})
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
		"broadcasts": {broadcasts("/counter", "fire", 3), 40, 70},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := c.load(t.Context(), newServer(t), 50*time.Millisecond)
			if err != nil {
				t.Fatal(err)
			}
			if f.cost <= 0 || f.bytes < c.least || f.bytes > c.most {
				t.Errorf("%+v, want a cost and %v to %v bytes", f, c.least, c.most)
			}
		})
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
		if w, err := join(t.Context(), s.address, v.path, 0, forged, cookies); err == nil {
			w.close()
			t.Errorf("a join with a %s that the page doesn't hold is no error", name)
		}
	}
	if w, err := join(t.Context(), s.address, v.path, 0, p, nil); err == nil {
		w.close()
		t.Error("a join without the page's cookies is no error")
	}

	failing := func(int) (int64, error) { return 0, context.Canceled }
	if _, err := repeat(s, 2, time.Second, failing); err == nil {
		t.Error("a load whose operations fail is no error")
	}
}

func TestProcess(t *testing.T) {
	before, err := processCPU(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for start := time.Now(); time.Since(start) < 30*time.Millisecond; {
	}
	after, err := processCPU(os.Getpid())
	if err != nil || after <= before {
		t.Errorf("processor time before work %v, after %v, %v", before, after, err)
	}
	if bytes, err := processMemory(os.Getpid()); err != nil || bytes < 1<<20 {
		t.Errorf("processMemory = %d, %v, want at least a MiB", bytes, err)
	}
	if busy, err := machineCPU(); err != nil || busy <= 0 {
		t.Errorf("machineCPU = %v, %v", busy, err)
	}
}
