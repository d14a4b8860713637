package phoenix

import "sync"

// Frame is a message that went over a socket, either way.
type Frame struct {
	Sent  bool   // by the client
	Topic string // of which channel
	Event string // its name, such as "event" or "phx_reply"
	Size  int    // in bytes
}

// Log notes the messages of a page's sockets, one after the other. Heartbeats and
// what a channel pings for aren't noted, as no user makes them.
type Log struct {
	mu      sync.Mutex // guards the fields below
	frames  []Frame
	ignored map[string]bool // refs whose replies aren't noted
}

// Frames returns what was noted.
func (l *Log) Frames() []Frame {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.frames[:len(l.frames):len(l.frames)]
}

func (l *Log) add(f Frame) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.frames = append(l.frames, f)
}

// ignore has the reply to a ref not be noted.
func (l *Log) ignore(ref string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ignored == nil {
		l.ignored = map[string]bool{}
	}
	l.ignored[ref] = true
}

// received notes a frame of the server's.
func (l *Log) received(f frame, size int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ignored[f.ref] {
		delete(l.ignored, f.ref)
		return
	}
	l.frames = append(l.frames, Frame{Topic: f.topic, Event: f.event, Size: size})
}
