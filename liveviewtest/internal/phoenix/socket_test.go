package phoenix

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview/internal/memnet"
)

// server is the other end of a socket.
type server struct {
	t   *testing.T
	ws  *websocket.Conn
	got chan string // what the client has sent
}

// pair returns a socket and its server.
func pair(t *testing.T) (*Socket, *server) {
	t.Helper()
	l := memnet.Listen()
	accepted := make(chan *websocket.Conn, 1)
	web := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
		}
		accepted <- ws
	})}
	var ended sync.WaitGroup // the cleanup waits for both goroutines
	ended.Go(func() { _ = web.Serve(l) })
	d := websocket.Dialer{NetDialContext: l.DialContext}
	ws, _, err := d.Dial("ws://example.com/", nil)
	if err != nil {
		t.Fatal(err)
	}
	s, peer := NewSocket(ws, &Log{}), &server{t, <-accepted, make(chan string, 100)}
	ended.Go(func() {
		for {
			_, data, err := peer.ws.ReadMessage()
			if err != nil {
				return
			}
			peer.got <- string(data)
		}
	})
	t.Cleanup(func() {
		_ = peer.ws.Close()
		s.Cut()
		_ = web.Close()
		ended.Wait()
	})
	return s, peer
}

// tell sends a message to the client.
func (s *server) tell(text string) {
	s.t.Helper()
	if err := s.ws.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		s.t.Fatal(err)
	}
}

// hears checks what the client sends next.
func (s *server) hears(want string) {
	s.t.Helper()
	if got := <-s.got; got != want {
		s.t.Errorf("the client sent %q, want %q", got, want)
	}
}

// next returns the next message for the client.
func next(t *testing.T, s *Socket) Message {
	t.Helper()
	for {
		m, ok, err := s.Next()
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			return m
		}
		<-s.Wake()
	}
}

// Channels share a socket: each gets what is for it, and nothing of what was for
// an earlier join of its topic or for a channel that was left.
func TestChannelsShareASocket(t *testing.T) {
	s, peer := pair(t)
	var got []string
	channel := func(name, topic string) *Channel {
		return s.Channel(topic, func(event string, payload Payload) {
			got = append(got, fmt.Sprint(name, " ", event, " ", payload["n"]))
		})
	}
	reply := func(name string) Reply {
		return func(status string, response Payload) {
			got = append(got, fmt.Sprint(name, " ", status, " ", response["n"]))
		}
	}
	first, second := channel("first", "lv:a"), channel("second", "lv:b")
	for _, join := range []error{first.Join(Payload{}, reply("join")), second.Join(Payload{}, reply("join")), first.Push("event", Payload{}, reply("push"))} {
		if join != nil {
			t.Fatal(join)
		}
	}
	peer.hears(`["1","1","lv:a","phx_join",{}]`)
	peer.hears(`["2","2","lv:b","phx_join",{}]`)
	peer.hears(`["1","3","lv:a","event",{}]`)
	if event, waiting := s.Unanswered(); !waiting || event != "phx_join" {
		t.Errorf("unanswered is %q (%v)", event, waiting)
	}
	handle := func(m Message) {
		if m.Reply != nil {
			m.Reply(m.Status, m.Response)
		} else {
			m.Receive(m.Event, m.Payload)
		}
	}
	peer.tell(`["2",null,"lv:b","diff",{"n":1}]`)
	peer.tell(`["9",null,"lv:a","diff",{"n":2}]`) // of another join
	peer.tell(`["1",null,"lv:c","diff",{"n":3}]`) // of no topic here
	peer.tell(`["1","3","lv:a","phx_reply",{"status":"ok","response":{"n":4}}]`)
	peer.tell(`["1","3","lv:a","phx_reply",{"status":"ok","response":{"n":5}}]`) // again
	peer.tell(`["2","2","lv:b","phx_reply",{"status":"ok","response":{"n":6}}]`)
	peer.tell(`["1","1","lv:a","phx_reply",{"status":"error","response":{"n":7}}]`)
	for range 4 {
		handle(next(t, s))
	}
	if want := []string{"second diff 1", "push ok 4", "join ok 6", "join error 7"}; !slices.Equal(got, want) {
		t.Errorf("the channels got %q, want %q", got, want)
	}
	if event, waiting := s.Unanswered(); waiting {
		t.Errorf("unanswered is %q", event)
	}

	got = nil
	first.Leave()
	peer.hears(`["1","4","lv:a","phx_leave",{}]`)
	again := channel("again", "lv:a")
	if err := again.Join(Payload{}, reply("again")); err != nil {
		t.Fatal(err)
	}
	if err := first.Push("event", Payload{}, reply("left")); err != nil {
		t.Error(err)
	}
	second.PushBytes("chunk", []byte("data"), reply("bytes"))
	peer.hears(`["5","5","lv:a","phx_join",{}]`)
	peer.hears("\x00\x01\x01\x04\x0526lv:bchunkdata")
	peer.tell(`["1","4","lv:a","phx_reply",{"status":"ok","response":{}}]`)
	peer.tell(`["1",null,"lv:a","phx_close",{"n":8}]`)
	peer.tell(`["5","5","lv:a","phx_reply",{"status":"ok","response":{"n":9}}]`)
	handle(next(t, s))
	if want := []string{"again ok 9"}; !slices.Equal(got, want) {
		t.Errorf("after the topic was left and joined again the channels got %q, want %q", got, want)
	}
}

// When the server closes the socket, what it had sent is still there, and then
// the code says why.
func TestSocketsEnd(t *testing.T) {
	s, peer := pair(t)
	s.Channel("lv:a", nil)
	peer.tell(`[null,null,"lv:a","diff",{}]`)
	if err := peer.ws.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(1012, "")); err != nil {
		t.Fatal(err)
	}
	if m := next(t, s); m.Event != "diff" {
		t.Errorf("the last message is %+v", m)
	}
	for {
		if _, _, err := s.Next(); err != nil {
			if code := CloseCode(err); code != 1012 {
				t.Errorf("the code is %d, want 1012", code)
			}
			break
		}
		<-s.Wake()
	}
	if code := CloseCode(nil); code != 1006 {
		t.Errorf("without a close message the code is %d, want 1006", code)
	}
}
