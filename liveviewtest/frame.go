package liveviewtest

// Frame is a message that went over a page's socket.
type Frame struct {
	Sent  bool   // by the client; else by the server
	Topic string // of which channel: "lv:" and the view's id, or "lvu:" and a file's ref
	Event string // its name, such as "event", "phx_reply" and "diff"
	Size  int    // in bytes, before the WebSocket compresses and wraps it
}

// Frames returns the messages that have gone over the page's sockets since it was
// opened, so that a test can hold an act against a budget:
//
//	before := len(v.Frames())
//	v.Click("#inc")
//	for _, f := range v.Frames()[before:] {
//		if f.Size > 200 {
//			t.Errorf("a click costs %+v", f)
//		}
//	}
//
// Heartbeats aren't among them, nor what [View.WaitIdle] asks the server.
func (v *View) Frames() []Frame {
	v.t.Helper()
	v.page.Update()
	frames := v.page.Frames()
	all := make([]Frame, len(frames))
	for i, f := range frames {
		all[i] = Frame(f)
	}
	return all
}
