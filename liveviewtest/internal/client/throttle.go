package client

import (
	"fmt"
	"strconv"
	"time"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// defaultThrottle is how long phx-throttle without a value is.
const defaultThrottle = 300 * time.Millisecond

// throttled says that the client drops an event of n's, as the last one was too
// short a time ago; nil if it doesn't, and then the time begins. key is that of a
// keydown, of which another one than the last is never dropped.
//
// Source: debounce in phoenix_live_view/assets/js/phoenix_live_view/dom.ts.
func throttled(doc *document, n *html.Node, key string) error {
	said, ok := dom.LookupAttr(n, "phx-throttle")
	if !ok {
		return nil
	}
	interval := defaultThrottle
	if ms, err := strconv.Atoi(said); err == nil {
		interval = time.Duration(ms) * time.Millisecond
	}
	now := time.Now()
	throttle := &doc.Edit(n).Throttle
	anew := key != "" && key != throttle.Key
	if key != "" {
		throttle.Key = key
	}
	if left := throttle.Until.Sub(now); left > 0 && !anew {
		return fmt.Errorf("the client drops this, as %s has phx-throttle=%q and the last was less than %v ago; in a testing/synctest bubble, time.Sleep lets the time pass", dom.Describe(n), said, interval)
	}
	throttle.Until = now.Add(interval)
	return nil
}

// debounced sends an event of n's: when n loses the focus if that is what its
// phx-debounce says, in place of one that waits for it already, and now if not. The
// error says that the client drops it; key is as in throttled.
func debounced(doc *document, n *html.Node, key string, send func()) error {
	if dom.Attr(n, "phx-debounce") == "blur" {
		doc.Edit(n).Pending = send
		return nil
	}
	if err := throttled(doc, n, key); err != nil {
		return err
	}
	send()
	return nil
}

// unthrottle is for when a field is left, or its form submitted.
func unthrottle(doc *document, n *html.Node) {
	if dom.HasAttr(n, "phx-throttle") {
		doc.Edit(n).Throttle.Until = time.Time{}
	}
}
