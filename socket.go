package liveview

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/engine"
	"github.com/gin-liveview/liveview/protocol"
)

// Socket is one visitor's view: its state, and what it can do to its page.
// Each visit has its own, for the HTTP render and again for the live join.
//
// Its methods are for the view's callbacks, which never run at the same time.
// Only [Socket.SendInfo] and [Socket.Publish] may be called from other
// goroutines.
type Socket[C any] struct {
	socketBase
	live  *liveRoute[C]
	state C
	temps []func(*C) // of TempAssign, for after the next render
}

// liveView is what a channel drives: a Socket, whatever its state's type.
// Errors are those of the application's callbacks, panics included.
type liveView interface {
	base() *socketBase
	mount(c *gin.Context) error
	handleParams(c *gin.Context) error
	authorize(e Event) error
	handleEvent(e Event) error
	handleInfo(info any) error
	shutdown() error
	render() (Rendered, error)
	release(tree *engine.Tree, t *engine.Template) error
}

// socketBase is what sockets of all types share.
type socketBase struct {
	id       string
	route    *route
	pattern  string // Gin's pattern of the route
	endpoint *endpoint
	channel  *channel // nil during the HTTP render
	url      pageURL
	user     string // that Identify named
	group    string // of LiveSession
	meta     Meta

	dirty    bool // the state may have changed since the last render
	rendered bool // since the last afterRender

	move  *move // that the callback which runs asks for
	flash flash

	title        string
	titleChanged bool
	events       []byte // elements of the diff's "e", each but the first after a comma
	reply        []byte // JSON for the hook that pushed the event; nil for none

	unsubscribe []func()
	tickers     []*ticker
	uploads     []*Upload
}

// ID returns the id of the view's element: random, unguessable, and the same
// in the HTTP render and the join that resumes it.
func (s *Socket[C]) ID() string { return s.id }

// Connected reports whether the page is live: false during the HTTP render,
// true from the join on.
func (s *Socket[C]) Connected() bool { return s.channel != nil }

// Context returns the state. Changing what it returns doesn't change the page;
// use [Socket.Assign].
func (s *Socket[C]) Context() C { return s.state }

// URL returns the page's current URL: path and query, no scheme, no host.
func (s *Socket[C]) URL() *url.URL {
	return s.url.parse()
}

// Done is closed when the view has ended or its connection is lost: pass it on
// to work that should then stop. It is nil, and so never ready, during the
// HTTP render.
func (s *Socket[C]) Done() <-chan struct{} {
	if s.channel == nil {
		return nil
	}
	return s.channel.ctx.Done()
}

// Assign changes the state. The page follows when the callback returns.
func (s *Socket[C]) Assign(change func(state *C)) {
	s.dirty = true
	change(&s.state)
}

// TempAssign has change applied after the next render has gone out, without a
// render of its own: for large data that the server needn't keep once the page
// shows it. What was rendered stays on the page until one of the state's
// fields that it shows is assigned again.
func (s *Socket[C]) TempAssign(change func(state *C)) {
	s.temps = append(s.temps, change)
}

// PageTitle sets the text of the page's <title>; prefix and suffix of
// [Config].Title stay.
func (s *Socket[C]) PageTitle(title string) {
	if title != s.title {
		s.title = title
		s.titleChanged = true
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
	if s.channel == nil {
		return nil
	}
	detail, err := json.Marshal(payload)
	if err != nil {
		return fmt.Errorf("liveview: payload of event %q: %w", name, err)
	}
	if len(s.events) > 0 {
		s.events = append(s.events, ',')
	}
	s.events = append(s.events, '[')
	s.events = protocol.AppendString(s.events, name)
	s.events = append(s.events, ',')
	s.events = append(s.events, detail...)
	s.events = append(s.events, ']')
	return nil
}

// Reply answers the hook whose pushEvent is being handled: value is what the
// hook's callback, or its promise, gets. It may be anything that encoding/json
// marshals; its error is returned. The last Reply of a callback counts, and
// outside of HandleEvent nothing is done.
func (s *Socket[C]) Reply(value any) error {
	b, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("liveview: reply: %w", err)
	}
	s.reply = b
	return nil
}

// SendInfo has info delivered to the view's HandleInfo after the render that
// is under way has gone out, in the order sent. It may be called from any
// goroutine and never blocks. It returns [ErrNotConnected] during the HTTP
// render, [ErrEnded] when the view is gone, and [ErrMailboxFull].
func (s *Socket[C]) SendInfo(info any) error {
	if s.channel == nil {
		return ErrNotConnected
	}
	return s.channel.post(message{kind: messageInfo, info: info})
}

// Subscribe has everything that is published on topic from now on delivered
// to the view's HandleInfo, until the view ends. Subscribing twice to one topic
// delivers twice. During the HTTP render nothing is done.
func (s *Socket[C]) Subscribe(topic string) error {
	ch := s.channel
	if ch == nil {
		return nil
	}
	unsubscribe, err := s.endpoint.config.PubSub.Subscribe(topic, func(info any) {
		_ = ch.post(message{kind: messageInfo, info: info}) // what can go wrong ends the view, and this with it
	})
	if err != nil {
		return fmt.Errorf("liveview: subscribing to %q: %w", topic, err)
	}
	s.unsubscribe = append(s.unsubscribe, unsubscribe)
	return nil
}

// Publish hands info to every view that subscribed to topic, this one
// included if it did. It may be called from any goroutine.
func (s *Socket[C]) Publish(topic string, info any) error {
	return s.endpoint.config.PubSub.Publish(topic, info)
}

// base and the methods below make Socket a liveView.

func (s *Socket[C]) base() *socketBase { return &s.socketBase }

func (s *Socket[C]) mount(c *gin.Context) error {
	return guard("Mount", func() error { return s.live.view.Mount(c, s) })
}

func (s *Socket[C]) handleParams(c *gin.Context) error {
	if s.live.callbacks.params == nil {
		return nil
	}
	return guard("HandleParams", func() error { return s.live.callbacks.params.HandleParams(c, s) })
}

func (s *Socket[C]) handleEvent(e Event) error {
	if s.live.callbacks.event == nil {
		return fmt.Errorf("%w HandleEvent(s *liveview.Socket[%s], e liveview.Event) error", errNoHandler, reflect.TypeFor[C]())
	}
	return guard("HandleEvent", func() error { return s.live.callbacks.event.HandleEvent(s, e) })
}

func (s *Socket[C]) authorize(e Event) error {
	if s.live.callbacks.authorize == nil {
		return nil
	}
	return guard("Authorize", func() error { return s.live.callbacks.authorize.Authorize(s, e) })
}

func (s *Socket[C]) handleInfo(info any) error {
	if s.live.callbacks.info == nil {
		return fmt.Errorf("the view was sent a %T, but has no HandleInfo(s *liveview.Socket[%s], info any) error",
			info, reflect.TypeFor[C]())
	}
	return guard("HandleInfo", func() error { return s.live.callbacks.info.HandleInfo(s, info) })
}

func (s *Socket[C]) shutdown() error {
	if s.live.callbacks.shutdown == nil {
		return nil
	}
	return guard("Shutdown", func() error { s.live.callbacks.shutdown.Shutdown(s); return nil })
}

func (s *Socket[C]) render() (r Rendered, err error) {
	err = guard("Render", func() error { r = s.live.view.Render(s.state); return nil })
	return r, err
}

// release applies what TempAssign was given and has tree let go of it.
func (s *Socket[C]) release(tree *engine.Tree, t *engine.Template) error {
	if len(s.temps) == 0 {
		return nil
	}
	temps := s.temps
	s.temps = nil
	before := s.state
	err := guard("TempAssign", func() error {
		for _, change := range temps {
			change(&s.state)
		}
		return nil
	})
	if err == nil && tree != nil && t != nil {
		tree.Release(t, &before, &s.state)
	}
	return err
}

// appendPushes appends title, events and reply to the members of a diff.
func (s *socketBase) appendPushes(frame []byte, comma bool) []byte {
	member := func(name string) {
		if comma {
			frame = append(frame, ',')
		}
		comma = true
		frame = append(frame, name...)
	}
	if s.titleChanged {
		s.titleChanged = false
		member(`"t":`)
		frame = protocol.AppendString(frame, s.title)
	}
	if len(s.events) > 0 {
		member(`"e":`)
		frame = s.appendEvents(frame)
	}
	if s.reply != nil {
		member(`"r":`)
		frame = append(frame, s.reply...)
		s.reply = nil
	}
	return frame
}

// appendEvents appends the list of pushed events, nothing if there are none.
func (s *socketBase) appendEvents(frame []byte) []byte {
	if len(s.events) == 0 {
		return frame
	}
	frame = append(append(append(frame, '['), s.events...), ']')
	s.events = nil
	return frame
}

// stop ends what the view has set going.
func (s *socketBase) stop() {
	s.stopUploads()
	for _, unsubscribe := range s.unsubscribe {
		unsubscribe()
	}
	for _, t := range s.tickers {
		t.stop()
	}
}
