package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// rogue is a client that does harm: it floods, sends what is no frame, forges, and doesn't
// read. Whatever becomes of its own socket is right; nobody else is to notice, and nothing is
// to be left.
type rogue struct{ browser }

func newRogue(r *run, number int) *rogue { return &rogue{newBrowser(r, "r", number)} }

func (r *rogue) live(ctx, acting context.Context) {
	for acting.Err() == nil {
		r.browser = r.another()
		p, ok := r.load(ctx, []string{"/room/0?who=", "/fragile", "/files"}[r.rnd.IntN(3)])
		if !ok {
			return
		}
		w, err := r.dial(ctx, p.csrf)
		if err != nil {
			r.pause(ctx, 300*time.Millisecond)
			continue
		}
		drained := make(chan struct{})
		go func() { // ends with the connection
			for range w.frames {
			}
			close(drained)
		}()
		join := "1"
		if r.rnd.IntN(4) > 0 {
			join, _ = w.push("", "lv:"+p.id, "phx_join", map[string]any{
				"url": r.site + "/fragile", "session": p.session, "static": p.static, "params": map[string]any{"_csrf_token": p.csrf, "_mounts": r.rnd.IntN(3), "_page": "x"},
			}) // or it is lost
		}
		for range 1 + r.rnd.IntN(10) {
			if acting.Err() != nil || r.harm(w, join, p) != nil {
				break
			}
			r.journal.count("hostile acts", 1)
			r.pause(ctx, r.upTo(200*time.Millisecond))
		}
		w.conn.cut()
		<-drained
	}
}

// harm does one hostile thing. An error says that the socket is lost.
func (r *rogue) harm(w *wire, join string, p page) error {
	topic := "lv:" + p.id
	push := func(topic, event string, payload any) error {
		_, err := w.push(join, topic, event, payload)
		return err
	}
	switch r.rnd.IntN(9) {
	case 0: // a flood
		for i := range 300 {
			if err := push(topic, "event", map[string]any{"type": "click", "event": "small", "value": map[string]any{"n": strconv.Itoa(i)}}); err != nil {
				return err
			}
		}
	case 1: // of joins
		for range 30 {
			if err := push("lv:"+strconv.Itoa(r.rnd.IntN(100)), "phx_join", map[string]any{"url": r.site + "/fragile", "session": "x"}); err != nil {
				return err
			}
		}
	case 2:
		return w.send(websocket.TextMessage, []byte(noFrames[r.rnd.IntN(len(noFrames))]))
	case 3: // a frame of which some has changed
		data, _ := json.Marshal([]any{join, "9", topic, "event", map[string]any{"type": "click", "event": "small", "value": map[string]any{"n": "1"}, "cid": 1}})
		for range 1 + r.rnd.IntN(4) {
			data[r.rnd.IntN(len(data))] = byte(r.rnd.Uint32()) //nolint:gosec // any byte will do
		}
		return w.send(websocket.TextMessage, data)
	case 4: // a chunk of no file, with lengths that lie
		data := make([]byte, 5+r.rnd.IntN(200))
		for i := range data {
			data[i] = byte(r.rnd.Uint32()) //nolint:gosec // any byte will do
		}
		data[0] = 0
		return w.send(websocket.BinaryMessage, data)
	case 5: // a large one
		return push(topic, "event", map[string]any{"type": "click", "event": "small", "value": map[string]any{"n": strings.Repeat("1", 1<<(10+r.rnd.IntN(12)))}})
	case 6: // what isn't asked for
		return errors.Join(push(topic, "allow_upload", map[string]any{"ref": "phx-x", "entries": []any{map[string]any{"ref": "0", "name": "../x", "size": -1}}}),
			push(topic, "progress", map[string]any{"ref": "phx-x", "entry_ref": "0", "progress": 1e9}),
			push(topic, "live_patch", map[string]any{"url": "//elsewhere/%zz"}),
			push(topic, "cids_destroyed", map[string]any{"cids": []int{-1, 0, 1 << 40}}))
	case 7: // twice
		return errors.Join(push(topic, "phx_leave", nil), push(topic, "phx_leave", nil), push(topic, "event", nil))
	default: // large diffs, none of which is read
		goOn := w.stall()
		defer goOn()
		for i := range 20 {
			if err := push(topic, "event", map[string]any{"type": "click", "event": "big", "value": map[string]any{"n": strconv.Itoa(i)}}); err != nil {
				return err
			}
		}
		r.pause(context.Background(), time.Duration(rand.Int64N(int64(3*time.Second))))
	}
	return nil
}

// noFrames are messages that aren't what they should be.
var noFrames = []string{
	"", "[", "{}", "null", `["1","2","lv:x","event",{}]`, `[1,2,3,4,5]`, `["1","1","lv:x","phx_join",` + strings.Repeat("[", 5000), "\x00\xff\xfe",
	`["1","1","phoenix","heartbeat",{}]`, `["1","1","` + strings.Repeat("x", 3000) + `","phx_join",{}]`, fmt.Sprintf(`["1","1","lv:x","event",{"value":%s1%s}]`, strings.Repeat(`{"a":`, 200), strings.Repeat("}", 200)),
}
