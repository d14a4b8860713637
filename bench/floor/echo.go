package main

import (
	"bytes"
	"net/http"
	"sync"

	"github.com/gorilla/websocket"
)

// Frames of the protocol as a view of one number would send them.
const (
	joined = `{"status":"ok","response":{"rendered":{"0":"0","s":["<div><h1>Counter</h1><span id=\"count\">","</span><button phx-click=\"inc\">+</button></div>"]}}}]`
	done   = `{"status":"ok","response":{}}]`
	change = `{"status":"ok","response":{"diff":{"0":"12345"}}}]`
	pushed = `["1",null,"lv:phx-1","diff",{"0":"12345"}]`
)

// echo answers events and fans "fire" out to all who joined.
type echo struct {
	upgrader websocket.Upgrader

	mu          sync.Mutex // guards subscribers
	subscribers map[*subscriber]struct{}
}

// subscriber is one socket.
type subscriber struct {
	mu   sync.Mutex // guards writing to conn
	conn *websocket.Conn
}

func (s *subscriber) write(frame string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.conn.WriteMessage(websocket.TextMessage, []byte(frame)) // the reader notices
}

func (e *echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	conn, err := e.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	s := &subscriber{conn: conn}
	defer func() {
		e.mu.Lock()
		delete(e.subscribers, s)
		e.mu.Unlock()
		_ = conn.Close()
	}()
	for {
		_, data, err := conn.ReadMessage()
		if err != nil {
			return
		}
		ref, kind := read(data)
		reply := `["1","` + ref + `","lv:phx-1","phx_reply",`
		switch kind {
		case "phx_join":
			e.mu.Lock()
			e.subscribers[s] = struct{}{}
			e.mu.Unlock()
			s.write(reply + joined)
		case "fire":
			s.write(reply + done)
			e.mu.Lock()
			for other := range e.subscribers {
				other.write(pushed)
			}
			e.mu.Unlock()
		default:
			s.write(reply + change)
		}
	}
}

// read finds a frame's ref, its second string, and what it is about. A floor
// doesn't parse.
func read(data []byte) (ref, kind string) {
	quoted := bytes.SplitN(data, []byte{'"'}, 5)
	if len(quoted) < 5 {
		return "", ""
	}
	for _, kind := range []string{"phx_join", "fire"} {
		if bytes.Contains(quoted[4], []byte(`"`+kind+`"`)) {
			return string(quoted[3]), kind
		}
	}
	return string(quoted[3]), ""
}
