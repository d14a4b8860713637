package liveview

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/gin-liveview/liveview/js"
	"github.com/gin-liveview/liveview/protocol"
)

// Socket is one visitor's view: its state, and what it can do to its page.
// Each visit has its own, for the HTTP render and again for the live join.
//
// Its methods are for the view's callbacks, which never run at the same time.
// Only [Socket.SendInfo] and [Socket.Publish] may be called from other
// goroutines. In Gin's debug mode another method that is called outside of a callback is
// an error in the log, with its place.
type Socket[C any] struct {
	page  *page
	part  *part
	state C
	temps *[]func(*C) // of TempAssign, for after the next render; nil for none
}

// ID returns the id of the view's element: random, unguessable, and the same
// in the HTTP render and the join that resumes it.
func (s *Socket[C]) ID() string { return s.page.id }

// Connected reports whether the page is live: false during the HTTP render,
// true from the join on.
func (s *Socket[C]) Connected() bool { return s.page.mailbox != nil }

// State returns the state. Changing what it returns doesn't change the page; use
// [Socket.Assign].
func (s *Socket[C]) State() C {
	s.page.onlyInCallbacks("State")
	return s.state
}

// Navigation returns how the page came to the URL that it is at: in HandleParams, to
// that one. Back and forward within a view look like a patch link to the server.
func (s *Socket[C]) Navigation() Navigation {
	s.page.onlyInCallbacks("Navigation")
	return s.page.navigation
}

// Value returns what the route's middleware has put into the Gin context with c.Set
// under key, on the HTTP render or the live page's newest join, patch or recheck. So it
// is never older than [Config].Recheck when a callback acts for the visitor, where what
// Mount has copied into the state grows stale: it is what an Authorize asks. The route
// needs a [KeepValues] that names key; without one it is nil, and the log says so.
func (s *Socket[C]) Value(key any) any {
	s.page.onlyInCallbacks("Value")
	return s.page.value(key)
}

// Context is for what the view's callbacks call and start: a database, another
// service, a goroutine. It ends when the view has ended or its connection is lost,
// during the HTTP render when the request has. Its values are those that the route's
// middleware has put into the request's context, on the live page of the newest join,
// patch or recheck. Call it in a callback, and give a goroutine what it returned.
func (s *Socket[C]) Context() context.Context {
	s.page.onlyInCallbacks("Context")
	if s.part.cid != 0 {
		return s.page.account().within(s.part.own().context(s.page.ownContext()))
	}
	return s.page.context()
}

// URL returns the page's current URL: path and query, no scheme, no host. One
// that a browser would read as another host's, as its path starts with two
// slashes, has "/." before it, which browsers drop.
func (s *Socket[C]) URL() *url.URL {
	s.page.onlyInCallbacks("URL")
	return pageURL(s.page.currentURL()).parse()
}

// Assign changes the state. The page follows when the callback returns. Maps, slices
// and what pointers lead to may be changed in place within change, and nowhere else.
func (s *Socket[C]) Assign(change func(state *C)) {
	s.page.onlyInCallbacks("Assign")
	s.part.dirty = true
	change(&s.state)
}

// TempAssign has change applied after the next render has gone out, without a
// render of its own: for large data that the server needn't keep once the page
// shows it. What was rendered stays on the page until one of the state's
// fields that it shows is assigned again.
func (s *Socket[C]) TempAssign(change func(state *C)) {
	s.page.onlyInCallbacks("TempAssign")
	if s.temps == nil {
		s.temps = &[]func(*C){}
	}
	*s.temps = append(*s.temps, change)
}

// PageTitle sets the text of the page's <title>; prefix and suffix of
// [Config].Title stay.
func (s *Socket[C]) PageTitle(title string) {
	s.page.onlyInCallbacks("PageTitle")
	if title != s.page.title {
		s.page.title = title
		s.page.titleChanged = true
		s.part.dirty, s.page.root.dirty = true, true // templates may show it
	}
}

// PushEvent sends an event to the page: window.addEventListener("phx:"+name)
// gets payload as event.detail, and a hook's this.handleEvent(name) as its
// argument (for a window listener the client makes {} of null, false, 0 and
// ""). It goes out with the callback's render, after the page has changed,
// in the order pushed, also if nothing else has changed. payload may be
// anything that encoding/json marshals; its error is returned. During the HTTP
// render there is no one to hear it, and nothing is done.
func (s *Socket[C]) PushEvent(name string, payload any) error {
	s.page.onlyInCallbacks("PushEvent")
	if s.page.mailbox == nil {
		return nil
	}
	detail, err := json.Marshal(payload)
	if err != nil {
		return fmt.Errorf("liveview: payload of event %q: %w", name, err)
	}
	s.page.pushEvent(name, detail)
	return nil
}

// PushJS has the page run c: as if it stood in an attribute of the view's element, or of
// the first element of the live component whose socket it is. So js.Self is that element,
// and what c pushes goes to the view unless js.Target says otherwise, js.Target(s.Myself())
// for instance. It runs when events of [Socket.PushEvent] are heard, in their order, after
// the page has changed. During the HTTP render nothing is done.
func (s *Socket[C]) PushJS(c js.Command) {
	s.page.onlyInCallbacks("PushJS")
	if s.page.mailbox != nil {
		s.page.pushEvent(protocol.PushCommands, commandsEvent(s.page.id, s.part.cid, c))
	}
}

// Myself returns the number of the live component whose socket it is, 0 for a view's: for
// js.Target.
func (s *Socket[C]) Myself() int { return s.part.cid }

// Reply answers the hook whose pushEvent is being handled: value is what the
// hook's callback, or its promise, gets. It may be anything that encoding/json
// marshals; its error is returned. The last Reply of a callback counts, and
// outside of HandleEvent nothing is done.
func (s *Socket[C]) Reply(value any) error {
	s.page.onlyInCallbacks("Reply")
	b, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("liveview: reply: %w", err)
	}
	if s.page.inEvent {
		s.page.toPush().reply = b
	}
	return nil
}

// SendInfo has info delivered to the view's HandleInfo after the render that
// is under way has gone out, in the order sent. It may be called from any
// goroutine and never blocks. It returns [ErrNotConnected] during the HTTP
// render, unless that answers a form that was posted, [ErrEnded] when the view is gone, and [ErrMailboxFull].
func (s *Socket[C]) SendInfo(info any) error {
	return s.page.send(message{kind: messageInfo, cid: s.part.cid, info: info})
}

// Subscribe has everything that is published on topic from now on delivered
// to the view's HandleInfo, until unsubscribe is called or the view ends. After
// unsubscribe HandleInfo gets nothing of it any more, not even what was published
// before and waits for the view. It may be called from any goroutine, and again,
// when it does nothing; it is never nil. Subscribing twice to one topic delivers
// twice, and each has its own end.
//
// During the HTTP render nothing is done, unless it is for a form that was posted: then it
// holds until the page is sent. Subscribe returns [ErrEnded] when the view
// has ended, as in Shutdown, an error for a topic whose name starts with "liveview:",
// which are the library's own, and the PubSub's errors.
func (s *Socket[C]) Subscribe(topic string) (unsubscribe func(), err error) {
	s.page.onlyInCallbacks("Subscribe")
	nothing := func() {}
	page := s.page
	if page.mailbox == nil && page.posting == nil {
		return nothing, nil
	}
	if err := refuseOwnTopic(topic); err != nil {
		return nothing, err
	}
	if s.part.hasEnded() {
		return nothing, ErrEnded
	}
	sub, cid := &subscription{topic: topic}, s.part.cid
	sub.unsubscribe, err = subscribe(s.page.app.config.PubSub, topic, func(info any) {
		_ = page.send(message{kind: messageInfo, cid: cid, from: sub, info: info}) // what can go wrong ends the view, and this with it
	})
	if err != nil {
		return nothing, fmt.Errorf("liveview: subscribing to %q: %w", topic, err)
	}
	return sub.end, s.part.onEnd(sub)
}

// Publish hands info to every view that subscribed to topic, this one
// included if it did. It may be called from any goroutine. It returns an error
// for a topic whose name starts with "liveview:", and the PubSub's: of one between
// processes they say that others don't get info, while this process's views do. A
// callback that returns such an error ends its view.
func (s *Socket[C]) Publish(topic string, info any) error {
	if err := refuseOwnTopic(topic); err != nil {
		return err
	}
	return publish(s.page.app.config.PubSub, topic, info)
}
