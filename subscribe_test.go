package liveview_test

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"weak"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/presence"
)

// holdingPubSub is a countingPubSub whose subscriptions hold something each, of which
// is known whether it is still there.
type holdingPubSub struct {
	*countingPubSub
	held []weak.Pointer[[64]byte] // guarded by mu
}

func (p *holdingPubSub) Subscribe(topic string, deliver func(info any)) (func(), error) {
	unsubscribe, err := p.countingPubSub.Subscribe(topic, deliver)
	if strings.HasPrefix(topic, "liveview:") {
		return unsubscribe, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	holds := new([64]byte)
	p.held = append(p.held, weak.Make(holds))
	return func() { holds[0]++; unsubscribe() }, err
}

// room is the state of a chat page that is in one room at a time.
type room struct {
	Name  string
	leave []func()
}

var roomTemplate = liveview.MustParse[room](`<b>{{.Name}}</b>`)

// A chat page that patches from room to room is subscribed to the one it is in, and
// there, alone; and what it was is forgotten.
func TestRoomToRoom(t *testing.T) {
	const rooms = 500
	ps := &holdingPubSub{countingPubSub: newCountingPubSub()}
	people := presence.New[string](ps, "rooms", presence.Options{})
	defer people.Close()
	v := &testView[room]{template: roomTemplate}
	v.onParams = func(c *gin.Context, s *liveview.Socket[room]) error {
		for _, leave := range s.State().leave {
			leave()
			leave() // again does nothing
		}
		name := c.Param("name")
		unsubscribe, err := s.Subscribe(name)
		if err != nil {
			return err
		}
		me, err := liveview.Track(s, people, name, "ann", "")
		s.Assign(func(st *room) { st.Name, st.leave = name, []func(){unsubscribe, me.Untrack} })
		return err
	}
	s := newSite(t, liveview.Config{PubSub: ps, EventRate: -1}, func(r *gin.Engine) { liveview.Handle(r, "/rooms/:name", v) })
	c := s.open("/rooms/0")
	for n := range rooms {
		if status, response := c.call("live_patch", map[string]any{"url": fmt.Sprintf("http://%s/rooms/%d", siteHost, n+1)}); status != "ok" {
			t.Fatalf("a patch to room %d is answered with %s %v", n+1, status, response)
		}
	}
	here := strconv.Itoa(rooms)
	if open := ps.now(); !maps.Equal(open, map[string]int{here: 1}) {
		t.Errorf("subscribed to %v, want only %q, once", open, here)
	}
	if there := people.List(here); len(there) != 1 {
		t.Errorf("present in the room: %v, want one", there)
	}
	if there := people.List("1"); len(there) != 0 {
		t.Errorf("present in a room that was left: %v", there)
	}
	runtime.GC()
	kept := 0
	for _, p := range ps.held {
		if p.Value() != nil {
			kept++
		}
	}
	if kept > 8 {
		t.Errorf("%d of %d subscriptions are held, of which one hasn't ended", kept, len(ps.held))
	}
	c.close()
	eventually(t, time.Minute, "the view's end", func() bool { return len(ps.now()) == 0 })
}

// After its end a subscription delivers nothing, not even what was published before
// and waits; others of the topic go on.
func TestNothingIsHandledAfterUnsubscribe(t *testing.T) {
	bus := liveview.NewPubSub()
	v := &testView[room]{template: roomTemplate}
	v.onMount = func(_ *gin.Context, s *liveview.Socket[room]) error {
		for range 2 {
			unsubscribe, err := s.Subscribe("t")
			if err != nil {
				return err
			}
			s.Assign(func(st *room) { st.leave = append(st.leave, unsubscribe) })
		}
		return nil
	}
	publish := func(infos ...any) {
		for _, info := range infos {
			if err := bus.Publish("t", info); err != nil {
				t.Error(err)
			}
		}
	}
	var heard []any // since the last event
	v.onEvent = func(s *liveview.Socket[room], e liveview.Event) error {
		leave := s.State().leave
		switch e.Name {
		case "one ends":
			publish("both have it waiting")
			leave[0]()
			publish("one is left")
		case "both end":
			return s.SendInfo(func() { publish("it waits behind the end"); leave[1](); publish("later") })
		}
		return nil
	}
	v.onInfo = func(_ *liveview.Socket[room], info any) error {
		if do, ok := info.(func()); ok {
			do()
			return nil
		}
		heard = append(heard, info)
		return nil
	}
	s := newSite(t, liveview.Config{PubSub: bus}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	c := s.open("/")
	for _, step := range []struct {
		event string
		want  []any
	}{
		{"one ends", []any{"both have it waiting", "one is left"}},
		{"both end", nil},
	} {
		heard = nil
		c.click(step.event, nil)
		c.click("", nil) // is handled behind what was published
		if !slices.Equal(heard, step.want) {
			t.Errorf("when %s, heard %q, want %q", step.event, heard, step.want)
		}
	}
}
