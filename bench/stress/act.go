package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/gin-liveview/liveview/bench/stress/node"
)

const rooms = node.Rooms

// act does one of the things that visitors do. It reports false when the page is left, or the
// connection cut.
func (v *visitor) act(ctx context.Context) bool {
	switch n := v.rnd.IntN(1000); {
	case n < 700:
		if len(v.waiting) == 0 {
			v.click()
		}
	case n < 760: // many at once
		for range 2 + v.rnd.IntN(8) {
			v.click()
		}
	case n < 820:
		if len(v.waiting) == 0 {
			v.patch()
		}
	case n < 850:
		v.journal.count("connections cut by their clients", 1)
		v.wire.cut()
		v.wire = nil
		return false
	case n < 856: // within the keep time, or just beyond it
		v.journal.count("pages that were away", 1)
		v.wire.cut()
		v.wire = nil
		v.pause(ctx, v.upTo(node.KeepTime*3/2))
		return false
	case n < 862:
		v.journal.count("readers that stall", 1)
		goOn := v.wire.stall()
		v.pause(ctx, v.upTo(7*time.Second))
		goOn()
	case n < 870: // another page, over a socket of its own
		v.wire.leave()
		v.wire = nil
		v.room = strconv.Itoa(v.rnd.IntN(rooms))
		v.tab = ""
		return v.open(ctx) && false
	case n < 880:
		return v.navigate(ctx)
	}
	return true
}

// navigate goes to another room by a link, over the same socket. It reports false if that is
// lost.
func (v *visitor) navigate(ctx context.Context) bool {
	if len(v.waiting) > 0 {
		return true
	}
	v.journal.count("live navigations", 1)
	for _, g := range v.guests {
		if !g.sticky {
			v.dismiss(g)
		}
	}
	if _, err := v.wire.push(v.join, v.topic(), "phx_leave", map[string]any{}); err != nil {
		return false
	}
	v.room, v.tab, v.mounts, v.state = strconv.Itoa(v.rnd.IntN(rooms)), "", 0, handedOn{}
	v.page.navigated = true
	v.shown, v.lostAt = shown{}, time.Now()
	v.forget()
	return v.joinOver(ctx) == nil
}

// click sends the next event: to the page, to one of its cells, or to one of its guests.
func (v *visitor) click() {
	if in := v.present(); len(in) > 0 && v.rnd.IntN(5) == 0 {
		in[v.rnd.IntN(len(in))].click()
		return
	}
	if cells := v.shown.cells; len(cells) > 0 && v.rnd.IntN(4) == 0 {
		c := cells[v.rnd.IntN(len(cells))]
		more := &v.model.more[c.id]
		*more = append(*more, action{name: "more", at: c.id, node: v.shown.node, sent: time.Now()})
		v.send([2]int{c.id, len(*more) - 1}, map[string]any{
			"type": "click", "event": "more", "cid": c.cid, "value": map[string]any{"n": strconv.Itoa(len(*more))},
		})
		return
	}
	name := []string{"next", "next", "name", "card", "add", "cell", "row", "row", "unrow", "say", "load"}[v.rnd.IntN(11)]
	if name == "cell" && v.cellGoes() {
		name = "next"
	}
	a := action{name: name, node: v.shown.node, sent: time.Now()}
	n := len(v.model.actions) + 1
	value := map[string]any{"n": strconv.Itoa(n)}
	payload := map[string]any{"type": "click", "event": name, "value": value}
	switch name {
	case "card":
		a.at = v.rnd.IntN(node.MaxCards)
	case "cell":
		a.at = v.rnd.IntN(node.MaxCells)
		a.mark = len(v.model.more[a.at])
	case "name":
		payload["type"] = "form"
		payload["value"] = fmt.Sprintf("n=%d&name=%%3Cn%%26%d%%3E&_target=name", n, n)
	}
	value["at"] = strconv.Itoa(a.at)
	v.model.actions = append(v.model.actions, a)
	v.send([2]int{ofPage, n - 1}, payload)
}

// cellGoes reports whether a cell is about to come or go: one that comes back before its page
// has said that it is gone keeps its state, so what it must show would be up to the moment.
func (v *visitor) cellGoes() bool {
	return len(v.gone)+len(v.dropped) > 0 || slices.ContainsFunc(v.waiting, func(w waiting) bool {
		return w.index[0] == ofPage && v.model.actions[w.index[1]].name == "cell"
	})
}

func (v *visitor) send(index [2]int, payload map[string]any) {
	ref, err := v.wire.push(v.join, v.topic(), "event", payload)
	if err == nil { // or the reader says why
		v.waiting = append(v.waiting, waiting{ref: ref, sent: time.Now(), index: index})
	}
	v.journal.count("events sent", 1)
}

// patch follows a link to another tab.
func (v *visitor) patch() {
	before := v.tab
	v.tab = strconv.Itoa(v.rnd.IntN(100))
	to, tab := v.site+v.path(), v.tab
	v.tab = before
	ref, err := v.wire.push(v.join, v.topic(), "live_patch", map[string]any{"url": to})
	if err == nil {
		v.waiting = append(v.waiting, waiting{ref: ref, sent: time.Now(), index: [2]int{patching}, tab: tab})
	}
}
