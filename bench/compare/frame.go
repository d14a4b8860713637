package main

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// frame is a message of the protocol: [join_ref, ref, topic, event, payload].
//
// Source: phoenix/assets/js/phoenix/serializer.js.
type frame struct {
	ref     string // empty for null
	event   string
	payload []byte
}

// parseFrame reads a frame. It is on the way of each measured event, so it
// looks for quotes instead of parsing JSON: what precedes the payload holds no
// escapes.
func parseFrame(data []byte) (frame, error) {
	rest, ok := bytes.CutPrefix(data, []byte("["))
	var head [4]string // join_ref, ref, topic, event
	for i := range head {
		if !ok {
			break
		}
		var value []byte
		if after, null := bytes.CutPrefix(rest, []byte("null,")); null {
			rest = after
			continue
		}
		if rest, ok = bytes.CutPrefix(rest, []byte(`"`)); ok {
			value, rest, ok = bytes.Cut(rest, []byte(`",`))
			head[i] = string(value)
		}
	}
	payload, closed := bytes.CutSuffix(bytes.TrimSpace(rest), []byte("]"))
	if !ok || !closed {
		return frame{}, fmt.Errorf("not a frame: %.100s", data)
	}
	return frame{ref: head[1], event: head[3], payload: payload}, nil
}

// accepted tells whether a reply's status is ok.
func (f frame) accepted() bool {
	status := []byte(`"status":"ok"`)
	if bytes.HasPrefix(f.payload, append([]byte("{"), status...)) || bytes.HasSuffix(f.payload, append(status, '}')) {
		return true
	}
	var reply struct{ Status string }
	return json.Unmarshal(f.payload, &reply) == nil && reply.Status == "ok"
}

// joinFrame is the first message on a topic, with ref 1. A page that calls itself something
// may come back to the view that it had, and says that it has been joined before.
func joinFrame(p page, url, name string) ([]byte, error) {
	params := map[string]any{"_csrf_token": p.csrf, "_mounts": 0, "_mount_attempts": 0}
	if name != "" {
		params["_page"], params["_mounts"] = name, 1
	}
	return json.Marshal([]any{"1", "1", "lv:" + p.id, "phx_join", map[string]any{
		"url":     url,
		"params":  params,
		"session": p.session,
		"static":  p.static,
	}})
}

// appendChange appends the change of the form whose body is that, which needs no escapes
// in JSON.
func appendChange(dst []byte, p page, ref int, event, body string) []byte {
	return fmt.Appendf(dst, `["1","%d","lv:%s","event",{"type":"form","event":%q,"value":"%s","meta":{"_target":"f[a][name]"}}]`, ref, p.id, event, body)
}

// appendClick appends a click on an element with phx-click, which stands in the live
// component of that number; 0 for none.
func appendClick(dst []byte, p page, ref int, event string, cid int) []byte {
	dst = fmt.Appendf(dst, `["1","%d","lv:%s","event",{"type":"click","event":%q,"value":{}`, ref, p.id, event)
	if cid > 0 {
		dst = fmt.Appendf(dst, `,"cid":%d`, cid)
	}
	return append(dst, "}]"...)
}
