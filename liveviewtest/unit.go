package liveviewtest

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// EventData is what an event brings besides its name, for [NewEvent]. Each field may
// be left out.
type EventData struct {
	// Type is how the event comes about. Empty means "form" where there are Fields, a
	// Target or Unused, and "click" otherwise.
	Type string

	// Values are what phx-value-name and a key event bring, or the members of what a
	// hook pushes: whatever encoding/json marshals.
	Values map[string]any

	// Fields are those of the form, by name, "user[tags][]".
	Fields url.Values

	// Target is the name of the field whose change it is, "user[name]". A submit has
	// none.
	Target string

	// Unused are the names of the fields that the user hasn't been to.
	Unused []string
}

// NewEvent makes an event, as a page would send it, for a test that calls HandleEvent
// itself, with a socket of [NewSocket]'s. What can't be sent ends the test.
func NewEvent(t testing.TB, name string, data EventData) liveview.Event {
	t.Helper()
	sent := map[string]any{"event": name, "type": data.Type, "value": data.Values}
	if data.Values == nil {
		sent["value"] = struct{}{}
	}
	isForm := data.Type == "form" || data.Type == "" && (data.Fields != nil || data.Target != "" || data.Unused != nil)
	switch {
	case isForm:
		fields := url.Values{}
		for field, values := range data.Fields {
			fields[field] = values
		}
		for _, field := range data.Unused {
			i := strings.LastIndexByte(strings.TrimSuffix(field, "[]"), '[') + 1
			fields.Set(field[:i]+"_unused_"+field[i:], "")
		}
		meta := map[string]any{}
		for key, value := range data.Values {
			meta[key] = value
		}
		if data.Target != "" {
			meta["_target"] = data.Target
		}
		sent["type"], sent["value"], sent["meta"] = "form", fields.Encode(), meta
	case data.Type == "":
		sent["type"] = "click"
	}
	var e liveview.Event
	b, err := json.Marshal(sent)
	if err == nil {
		err = json.Unmarshal(b, &e)
	}
	if err != nil {
		t.Fatalf("liveviewtest: NewEvent(%q): %v", name, err)
	}
	return e
}

// NewSocket returns the socket of a live page of view's, for a test that calls view's
// callbacks itself:
//
//	s := liveviewtest.NewSocket(t, view, State{Count: 1})
//	err := view.HandleEvent(s, liveviewtest.NewEvent(t, "inc", liveviewtest.EventData{}))
//	if got := s.State().Count; err != nil || got != 2 …
//
// The page has been joined with the given state, by [Open], without view's own Mount,
// and waits within a callback until the test ends. So all of the socket's methods do
// what they do on a page; what they send stays on the way, and the page isn't rendered
// again: what a user sees is for [Open]. The socket is for the test's goroutine.
func NewSocket[C any](t testing.TB, view liveview.View[C], state C) *liveview.Socket[C] {
	t.Helper()
	l := &lender[C]{view: view, state: state, lent: make(chan *liveview.Socket[C]), back: make(chan struct{})}
	log := &untilDone{}
	r := gin.New()
	_ = r.SetTrustedProxies(nil) // nil is a list that can be parsed
	r.Use(liveview.Middleware(liveview.Config{Logger: slog.New(slog.NewTextHandler(log, nil))}))
	if _, follows := view.(liveview.ParamsHandler[C]); follows {
		liveview.Handle(r, "/", &followingLender[C]{l})
	} else {
		liveview.Handle(r, "/", l)
	}
	Open(t, r, "/")
	t.Cleanup(func() {
		log.done.Store(true)
		close(l.back)
	})
	return <-l.lent
}

// lender is a view that lends its socket to a test's goroutine. Its callback waits
// meanwhile, so that the socket has one owner at any time.
type lender[C any] struct {
	view  liveview.View[C]
	state C
	lent  chan *liveview.Socket[C]
	back  chan struct{} // closed when the test is over
}

// lend is the info upon which a lender lends its socket.
type lend struct{}

func (l *lender[C]) Mount(_ *gin.Context, s *liveview.Socket[C]) error {
	s.Assign(func(st *C) { *st = l.state })
	if !s.Connected() {
		return nil
	}
	return s.SendInfo(lend{})
}

func (l *lender[C]) HandleInfo(s *liveview.Socket[C], info any) error {
	if _, ok := info.(lend); ok {
		l.lent <- s
		<-l.back
	}
	return nil
}

func (l *lender[C]) Render(state C) liveview.Rendered { return l.view.Render(state) }

// followingLender lends the socket of a view that follows its URL.
type followingLender[C any] struct{ *lender[C] }

func (*followingLender[C]) HandleParams(*gin.Context, *liveview.Socket[C]) error { return nil }

// untilDone writes to the standard error until the test is over: what then still
// happens to the page is of no interest.
type untilDone struct{ done atomic.Bool }

func (u *untilDone) Write(p []byte) (int, error) {
	if u.done.Load() {
		return io.Discard.Write(p)
	}
	return os.Stderr.Write(p)
}
