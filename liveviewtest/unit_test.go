package liveviewtest_test

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// cart is a view whose callbacks are called below.
type cart struct{ Items []string }

type cartView struct{}

var cartPage = liveview.MustParse[cart](`{{range .Items}}<p>{{.}}</p>{{end}}`)

func (cartView) Mount(*gin.Context, *liveview.Socket[cart]) error        { return errors.New("isn't called") }
func (cartView) HandleParams(*gin.Context, *liveview.Socket[cart]) error { return nil }
func (cartView) Render(st cart) liveview.Rendered                        { return cartPage.Render(st) }

func (cartView) HandleEvent(s *liveview.Socket[cart], e liveview.Event) error {
	switch e.Name {
	case "add":
		s.Assign(func(st *cart) { st.Items = append(st.Items, e.Value("item")) })
	case "check out":
		return s.PushPatch("/?paid", nil)
	}
	return nil
}

// A view's HandleEvent is called as any function is.
func ExampleNewSocket() {
	s := liveviewtest.NewSocket(t, cartView{}, cart{Items: []string{"tea"}})
	err := cartView{}.HandleEvent(s, liveviewtest.NewEvent(t, "add", liveviewtest.EventData{
		Fields: url.Values{"item": {"milk"}},
	}))
	fmt.Println(s.State().Items, err)
	// Output: [tea milk] <nil>
}

// The socket is that of a live page.
func TestNewSocket(t *testing.T) {
	s := liveviewtest.NewSocket(t, cartView{}, cart{})
	if !s.Connected() || s.Context().Err() != nil {
		t.Errorf("connected %t, context %v", s.Connected(), s.Context().Err())
	}
	unsubscribe, err := s.Subscribe("topic")
	defer unsubscribe()
	if err := errors.Join(err, s.Publish("topic", 1), s.SendInfo(2), s.PushEvent("x", 3)); err != nil {
		t.Error(err)
	}
	out := liveviewtest.NewEvent(t, "check out", liveviewtest.EventData{})
	if err := (cartView{}).HandleEvent(s, out); err != nil {
		t.Error(err)
	}
	if err := (cartView{}).HandleEvent(s, out); err == nil {
		t.Error("it can move twice in a callback")
	}
	deaf := liveviewtest.NewSocket(t, struct{ liveview.View[cart] }{cartView{}}, cart{})
	if err := deaf.PushPatch("/x", nil); err == nil {
		t.Error("a view without HandleParams can be patched")
	}
}

// What an event is given is read as of one that a page has sent.
func TestNewEvent(t *testing.T) {
	e := liveviewtest.NewEvent(t, "save", liveviewtest.EventData{
		Values: map[string]any{"id": 7},
		Fields: url.Values{"user[name]": {"Ann"}, "tags[]": {"a", "b"}, "user[age]": {""}},
		Target: "user[name]",
		Unused: []string{"user[age]", "tags[]"},
	})
	if e.Name != "save" || e.Type != "form" {
		t.Errorf("name and type are %q and %q", e.Name, e.Type)
	}
	if e.Value("user[name]") != "Ann" || e.Int("id") != 7 || !slices.Equal(e.Values()["tags[]"], []string{"a", "b"}) {
		t.Errorf("values %v", e.Values())
	}
	if !slices.Equal(e.Target(), []string{"user", "name"}) {
		t.Errorf("target %q", e.Target())
	}
	if !e.Used("user[name]") || e.Used("user[age]") || e.Used("tags[]") {
		t.Errorf("used: name %t, age %t, tags %t", e.Used("user[name]"), e.Used("user[age]"), e.Used("tags[]"))
	}
	for event, want := range map[*liveviewtest.EventData]string{
		{}:                                   "click {}",
		{Values: map[string]any{"key": "x"}}: `click {"key":"x"}`,
		{Type: "hook", Values: map[string]any{"x": []int{1}}}: `hook {"x":[1]}`,
		{Type: "form"}: `form ""`,
	} {
		e := liveviewtest.NewEvent(t, "x", *event)
		if got := fmt.Sprintf("%s %s", e.Type, e.Payload()); got != want {
			t.Errorf("of %+v came %s, want %s", *event, got, want)
		}
	}
}
