package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// clumsy has a page whose callbacks panic, return errors, exit and block, and whose diffs are
// large: the page comes back each time, and nobody else notices.
type clumsy struct {
	browser
	events int
}

func newClumsy(r *run, number int) *clumsy { return &clumsy{browser: newBrowser(r, "c", number)} }

func (c *clumsy) live(ctx, acting context.Context) {
	for acting.Err() == nil {
		mount := []string{"", "", "", "", "?mount=panic", "?mount=error", "?mount=exit"}[c.rnd.IntN(7)]
		p, ok := c.load(ctx, "/fragile") // which is mounted well; the join isn't
		if !ok {
			return
		}
		c.visit(ctx, acting, p, "/fragile"+mount)
	}
}

// visit joins the page again and again, for a while.
func (c *clumsy) visit(ctx, acting context.Context, p page, path string) {
	name := strconv.FormatUint(c.rnd.Uint64(), 36)
	for mounts := range 4 {
		if acting.Err() != nil {
			return
		}
		w, err := c.dial(ctx, p.csrf)
		if err != nil {
			c.pause(ctx, 300*time.Millisecond)
			continue
		}
		began := time.Now()
		join, _, err := c.join(ctx, w, p, path, map[string]any{"_page": name, "_mounts": mounts})
		if path == "/fragile" && errors.Is(err, errRefused) && !c.journal.excused("", began, time.Now()) {
			c.journal.find("a join that is refused", err.Error(), c.record.write)
		}
		for err == nil && acting.Err() == nil {
			c.pause(ctx, c.upTo(300*time.Millisecond))
			err = c.act(ctx, w, join, p)
		}
		switch c.rnd.IntN(3) {
		case 0:
			w.cut()
		case 1:
			w.leave()
			return
		default:
			_, _ = w.push(join, "lv:"+p.id, "phx_leave", map[string]any{}) // or it is lost
			w.cut()
			return
		}
		c.pause(ctx, 50*time.Millisecond+c.upTo(200*time.Millisecond))
	}
}

// act sends an event, and waits for what comes of it.
func (c *clumsy) act(ctx context.Context, w *wire, join string, p page) error {
	name := []string{"small", "small", "small", "big", "block", "panic", "error", "exit", "unheard"}[c.rnd.IntN(9)]
	c.events++
	c.journal.count("events that fail, block or are large", 1)
	topic, sent := "lv:"+p.id, time.Now()
	ref, err := w.push(join, topic, "event", map[string]any{"type": "click", "event": name, "value": map[string]any{"n": strconv.Itoa(c.events)}})
	if err != nil {
		return err
	}
	response, err := w.answer(ctx, topic, ref)
	fails := name == "panic" || name == "error" || name == "exit"
	switch {
	case err == nil && fails:
		c.find("an event that fails and is answered", name)
	case errors.Is(err, errOver) && !fails && !c.journal.excused("", sent, time.Now()):
		c.find("a view that ends", name)
	case err == nil && bytes.Contains(response, []byte("twice")):
		c.find("an event that is handled twice", fmt.Sprintf("%.300s", response))
	}
	return err
}

func (c *clumsy) find(kind, what string) {
	c.journal.find(kind, c.who+": "+what, func(w io.Writer) { c.record.write(w) })
}
