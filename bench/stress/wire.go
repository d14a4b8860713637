package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// frame is a message of the protocol: [join_ref, ref, topic, event, payload].
//
// Source: phoenix/assets/js/phoenix/serializer.js.
type frame struct {
	join, ref, topic, event string
	payload                 json.RawMessage
	lost                    error // of the last one, which has nothing else
}

// reply is the payload of a phx_reply.
type reply struct {
	Status   string
	Response json.RawMessage
}

// record is the last hundred frames of a client, for when something is found.
type record struct {
	mu    sync.Mutex // guards lines
	lines []string
}

const maxRecord = 100

func (r *record) add(arrow string, data []byte) {
	line := fmt.Sprintf("%s %s %.1500s", time.Now().Format("15:04:05.000000"), arrow, data)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.lines) == maxRecord {
		r.lines = append(r.lines[:0], r.lines[1:]...)
	}
	r.lines = append(r.lines, line)
}

func (r *record) write(w io.Writer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, line := range r.lines {
		_, _ = fmt.Fprintln(w, "    ", line)
	}
}

// wire is one open socket of a client.
type wire struct {
	conn   conn
	frames chan frame
	record *record
	ref    int
	joins  map[string]string // the ref of the last join of each topic
	others func(frame)       // takes what comes of other topics while an answer is waited for; nil drops it

	mu    sync.Mutex
	pause chan struct{} // guarded by mu: closed when the reader may read on; nil while it may
}

func newWire(conn conn, record *record) *wire {
	w := &wire{conn: conn, frames: make(chan frame, 256), record: record, joins: make(map[string]string)}
	go w.read() // ends with the connection
	return w
}

func (w *wire) read() {
	defer close(w.frames)
	for {
		w.mu.Lock()
		pause := w.pause
		w.mu.Unlock()
		if pause != nil {
			<-pause
		}
		data, err := w.conn.receive()
		if err != nil {
			w.record.add("lost:", []byte(err.Error()))
			w.frames <- frame{lost: err}
			return
		}
		w.record.add("<", data)
		var parts []json.RawMessage
		if err := json.Unmarshal(data, &parts); err != nil || len(parts) != 5 {
			w.frames <- frame{lost: fmt.Errorf("it isn't a frame: %.200s", data)}
			return
		}
		var f frame
		for i, dst := range []*string{&f.join, &f.ref, &f.topic, &f.event} {
			_ = json.Unmarshal(parts[i], dst) // null stays ""
		}
		f.payload = parts[4]
		w.frames <- f
	}
}

// stall has nothing more be read until the returned function is called.
func (w *wire) stall() (goOn func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	pause := make(chan struct{})
	w.pause = pause
	return func() { w.readOn(pause) }
}

// readOn ends a stall, if it is still that one.
func (w *wire) readOn(stalled chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if stalled != nil && w.pause == stalled {
		close(stalled)
		w.pause = nil
	}
}

// push sends a frame, whose ref it returns.
func (w *wire) push(join, topic, event string, payload any) (ref string, err error) {
	w.ref++
	ref = strconv.Itoa(w.ref)
	if event == "phx_join" {
		join, w.joins[topic] = ref, ref
	}
	data, err := json.Marshal([]any{join, ref, topic, event, payload})
	if err != nil {
		return "", err
	}
	return ref, w.send(websocket.TextMessage, data)
}

func (w *wire) send(kind int, data []byte) error {
	w.record.add(">", data)
	return w.conn.send(kind, data)
}

// cut ends the connection without a word, as a network does.
func (w *wire) cut() {
	w.conn.cut()
	w.mu.Lock()
	stalled := w.pause
	w.mu.Unlock()
	w.readOn(stalled)
	for range w.frames { // so that the reader ends
	}
}

// leave closes it as a browser does that leaves the page, and waits for the server to.
func (w *wire) leave() {
	w.conn.leave()
	for range w.frames {
	}
	w.conn.cut()
}
