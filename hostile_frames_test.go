package liveview_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// A message that doesn't come to its end keeps its socket open for no longer than silence
// would, whatever is sent of it, and takes no memory to speak of.
func TestMessagesWithoutAnEnd(t *testing.T) {
	var longest time.Duration
	most := 0
	head := func(first byte, length byte) []byte { return []byte{first, 0x80 | length, 0, 0, 0, 0} }
	empty := masked(more, nil)
	for name, test := range map[string]struct {
		begin []byte        // what is sent first
		again []byte        // and then again and again
		every time.Duration // of the bubble's clock
	}{
		"a byte a second":            {head(final|textKind, 125), []byte{'x'}, time.Second},
		"a byte of a large one":      {masked(final|textKind, make([]byte, 60_000))[:100], []byte{'x'}, time.Second},
		"fragments of a byte":        {masked(textKind, []byte{'['}), masked(more, []byte{'1'}), 10 * time.Millisecond},
		"fragments of nothing":       {masked(textKind, nil), empty, 5 * time.Millisecond},
		"fragments, and pings":       {masked(textKind, []byte{'['}), append(masked(final|pingKind, []byte("?")), empty...), time.Second},
		"a head of a frame, no more": {[]byte{final | textKind}, nil, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) })
				c, other := s.open("/"), s.open("/")
				conn := c.conn.NetConn()
				begin := time.Now()
				_, err := conn.Write(test.begin)
				before, held, beats := heapNow(), 0, time.Duration(1)
				for err == nil && time.Since(begin) < 2*time.Minute {
					time.Sleep(test.every) // of the bubble's clock, as the client sends no faster
					if len(test.again) > 0 {
						_, err = conn.Write(test.again)
					}
					select {
					case _, open := <-c.frames:
						if !open {
							err = c.closed
						}
					default:
					}
					if time.Since(begin) > beats*20*time.Second {
						held = max(held, heapNow()-before)
						other.click("inc", nil)
						beats++
					}
				}
				took := time.Since(begin)
				if err == nil || took > 61*time.Second {
					t.Errorf("the socket is open after %s", took)
				}
				if held > 256<<10 {
					t.Errorf("%d KiB are held", held>>10)
				}
				longest, most = max(longest, took), max(most, held)
				s.wantSockets(1)
			})
		})
	}
	figure(t, "closed after %s at most, %d KiB held at most", longest, most>>10)
}

// What breaks WebSocket's rules ends its socket by the code that there is for it, and what
// only isn't a message of the protocol's ends nothing.
func TestFramesThatBreakTheRules(t *testing.T) {
	const closeKind = 0x8
	inc := func(c *client) string {
		return fmt.Sprintf(`["1","50",%q,"event",{"type":"click","event":"inc","value":{}}]`, c.topic())
	}
	raw := func(b ...byte) func(*client) []byte { return func(*client) []byte { return b } }
	frames := func(all ...[]byte) func(*client) []byte {
		return func(*client) []byte {
			var b []byte
			for _, f := range all {
				b = append(b, f...)
			}
			return b
		}
	}
	long := strings.Repeat("x", 126)
	for name, test := range map[string]struct {
		send  func(c *client) []byte
		codes []int // 0: the socket lives
	}{
		"reserved bit 1":             {frames(masked(final|rsv1|textKind, []byte("[]"))), []int{1002}},
		"reserved bit 2":             {frames(masked(final|0x20|textKind, []byte("[]"))), []int{1002}},
		"reserved bit 3":             {frames(masked(final|0x10|textKind, []byte("[]"))), []int{1002}},
		"an unknown kind":            {frames(masked(final|0x3, []byte("[]"))), []int{1002}},
		"an unknown control":         {frames(masked(final|0xb, nil)), []int{1002}},
		"no mask":                    {raw(final|textKind, 2, '[', ']'), []int{1002}},
		"a ping that is long":        {frames(masked(final|pingKind, []byte(long))), []int{1002}},
		"a ping in fragments":        {frames(masked(pingKind, []byte("?"))), []int{1002}},
		"a fragment of nothing":      {frames(masked(final|more, []byte("[]"))), []int{1002}},
		"a message within another":   {frames(masked(textKind, []byte("[")), masked(final|textKind, []byte("[]"))), []int{1002}},
		"a length beyond all":        {raw(final|textKind, 0x80|127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0), []int{1002, 1006, 1009}},
		"a goodbye with half a code": {frames(masked(final|closeKind, []byte{3})), []int{1002, 1005}},
		"a goodbye with no code":     {frames(masked(final|closeKind, []byte{3, 0xe7})), []int{1002}},
		"a goodbye that isn't text":  {frames(masked(final|closeKind, []byte{3, 0xe8, 0xff})), []int{1002, 1007}},
		"an event after a goodbye": {func(c *client) []byte {
			return frames(masked(final|closeKind, []byte{3, 0xe8}), masked(final|textKind, []byte(inc(c))))(c)
		}, []int{1000}},
		"text that isn't UTF-8": {func(c *client) []byte {
			return masked(final|textKind, []byte(strings.Replace(inc(c), "inc", "in\xff", 1)))
		}, []int{0}},
		"text cut within a letter": {func(c *client) []byte {
			text := []byte(strings.Replace(inc(c), "inc", "ü", 1))
			at := strings.Index(string(text), "ü") + 1
			return frames(masked(textKind, text[:at]), masked(final|more, text[at:]))(c)
		}, []int{0}},
		"an empty message":        {frames(masked(final|textKind, nil)), []int{0}},
		"bytes that are no chunk": {frames(masked(final|0x2, []byte{1, 2, 3})), []int{0}},
	} {
		t.Run(name, func(t *testing.T) {
			v, _, events := blockingView(nil)
			s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
			c, other := s.open("/"), s.open("/")
			if _, err := c.conn.NetConn().Write(test.send(c)); err != nil && test.codes[0] == 0 {
				t.Fatal(err)
			}
			code := 0
			if test.codes[0] == 0 {
				c.write(`[null,"99","phoenix","heartbeat",{}]`)
				for f := c.next(); f.ref != "99"; f = c.next() {
				}
			} else if code = c.end(); events.Load() != 0 {
				t.Error("an event was handled")
			}
			if !slices.Contains(test.codes, code) {
				t.Errorf("closed with %d, want %v", code, test.codes)
			}
			if diff := other.click("inc", nil); diff["0"] != "1" {
				t.Errorf("another socket's diff is %v", diff)
			}
		})
	}
}
