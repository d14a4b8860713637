package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// figure is what e2e/node says at /figures.
type figure struct{ Heap, Objects, Goroutines, Timers, Sockets, Browsers, Views, Kept int64 }

func (n *node) figure() (f figure, err error) {
	res, err := (&http.Client{Transport: walkerTransport, Timeout: patience}).Get("http://" + n.addr + "/figures")
	if err != nil {
		return f, err
	}
	defer func() { _ = res.Body.Close() }()
	return f, json.NewDecoder(res.Body).Decode(&f)
}

// size returns how many keys there are.
func (b *broker) size() (int, error) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(b.url, "redis://"))
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Write([]byte("DBSIZE\r\n")); err != nil {
		return 0, err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.Trim(line, ":\r\n"))
}

// do sends an event and waits for its answer.
func (w *walker) do() error {
	ref, err := w.click()
	for err == nil {
		f := <-w.frames
		if err = f.lost; err == nil {
			w.look(f.raw)
			if f.event == "phx_reply" && f.ref == ref {
				return nil
			}
		}
	}
	return err
}

// drop loses the connection without a word.
func (w *walker) drop() {
	_ = w.conn.NetConn().Close()
	w.hangUp()
}

// leave closes it as a browser does that leaves the page.
func (w *walker) leave() error {
	err := w.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseGoingAway, ""), time.Now().Add(patience))
	for f := range w.frames { // the server's close comes
		if f.lost != nil {
			break
		}
	}
	_ = w.conn.Close()
	w.conn = nil
	return err
}

// visit is one visitor of two nodes: some leave, some are never seen again, and some come
// back, to the same node or the other, and find what they had.
func visit(number int, nodes []*node, keep time.Duration, j *journal) error {
	here, there := nodes[number%2], nodes[1-number%2]
	w := newWalker("http://"+here.addr, number, j)
	w.header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d", number>>16&255, number>>8&255, number&255))
	defer w.hangUp()
	if err := w.load(); err != nil {
		return err
	}
	if err := w.connect(context.Background()); err != nil {
		return err
	}
	for range number % 5 {
		if err := w.do(); err != nil {
			return err
		}
	}
	switch number % 6 {
	case 0, 1:
		w.drop()
		return nil
	case 2:
		return w.leave()
	case 3:
		w.site = "http://" + there.addr
		j.do(func() { j.hops++ })
	}
	lost := time.Now()
	w.drop()
	if err := w.connect(context.Background()); err != nil {
		return err
	}
	lacks := len(w.missing()) > 0
	if lacks && w.site == "http://"+there.addr && w.doubled()+len(w.wrong()) == 0 {
		j.do(func() { j.late++ }) // the other node hadn't answered in time
	} else if time.Since(lost) < keep/2 && (lacks || w.doubled() > 0 || len(w.wrong()) > 0) {
		return fmt.Errorf("a page that came back to %s after %v, from %s, lacks %v and has wrong %v", w.node, time.Since(lost), here.name, w.missing(), w.wrong())
	}
	if err := w.do(); err != nil {
		return err
	}
	if number%4 == 0 {
		return w.leave()
	}
	w.drop()
	return nil
}

// Very many visitors come and go. When they are gone nothing is left of them: no page that
// is kept, no goroutine, no timer, no state in the store; and the nodes need as much
// memory after the last as they did after the first.
func TestVisitorsLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	each, rounds := 60, 6
	if *slow {
		each, rounds = 1000, 10
	}
	const keep = 3 * time.Second
	b := startRedisBroker(t)
	var nodes []*node
	for i := range 2 {
		nodes = append(nodes, startNode(t, fmt.Sprint("node-", i+1), "BROKER="+b.url, "STORE="+b.url[len("redis://"):], "KEEP="+keep.String(), "STORETIME=5s", "MEMPROFILE=1"))
	}
	var j journal
	number := 0
	round := func() {
		slots := make(chan struct{}, 24) // that are there at the same time
		var all sync.WaitGroup
		for range each {
			n := number
			number++
			slots <- struct{}{}
			all.Go(func() {
				defer func() { <-slots }()
				if err := visit(n, nodes, keep, &j); err != nil {
					t.Errorf("visitor %d: %v", n, err)
				}
			})
		}
		all.Wait()
	}
	// Returns the figures once nobody is there, and ends holds for them.
	settle := func(what string, ends func(i int, f figure) error) []figure {
		figures := make([]figure, len(nodes))
		eventually(t, what, func() (err error) {
			for i, n := range nodes {
				if figures[i], err = n.figure(); err != nil {
					return err
				}
				if f := figures[i]; f.Sockets+f.Views+f.Kept+f.Browsers != 0 {
					return fmt.Errorf("%s has %+v", n.name, f)
				}
				if err := ends(i, figures[i]); err != nil {
					return err
				}
			}
			return nil
		})
		return figures
	}
	any := func(int, figure) error { return nil }
	before := settle("nobody is there", any)
	round() // fills what is kept for reuse: buffers, connections to Redis
	settle("all who were first have gone", any)
	// Returns the heaps after each of the rounds, in KiB, and whether that of a node grows.
	measure := func() (heaps [][]int64, isGrowing bool) {
		heaps = make([][]int64, len(nodes))
		for range rounds {
			round()
			for i, f := range settle("all have gone", any) {
				heaps[i] = append(heaps[i], f.Heap>>10)
			}
			if t.Failed() {
				t.FailNow()
			}
		}
		for _, of := range heaps {
			first, second := of[:rounds/2], of[rounds/2:]
			isGrowing = isGrowing || slices.Min(second) > slices.Max(first)+noiseOf(first)/2 || usualStep(of) > of[0]/100
		}
		return heaps, isGrowing
	}
	heaps, isGrowing := measure()
	if isGrowing {
		// A buffer or a map that found its size is a step, which isn't there a second time.
		// What visitors leave is.
		t.Logf("heap in KiB %d, once more", heaps)
		if heaps, isGrowing = measure(); isGrowing {
			t.Errorf("the heap grows: %d KiB", heaps)
		}
	}
	after := settle("nothing is left", func(i int, f figure) error {
		if f.Goroutines > before[i].Goroutines || f.Timers > before[i].Timers {
			return fmt.Errorf("%s had %+v before, and has %+v", nodes[i].name, before[i], f)
		}
		return nil
	})
	eventually(t, "no state is left in the store", func() error {
		n, err := b.size()
		if err == nil && n != 0 {
			err = fmt.Errorf("there are %d keys", n)
		}
		return err
	})
	t.Attr("figure", fmt.Sprintf("%d visitors of %d nodes, of whom %d came back to another node: goroutines and timers as before, the store empty", number, len(nodes), j.hops))
	t.Logf("of %d pages that came back to another node %d weren't answered for in time", j.hops, j.late)
	if j.late > 1+j.hops/20 {
		t.Errorf("%d of %d pages that came back to another node began anew there", j.late, j.hops)
	}
	for i, n := range nodes {
		t.Attr("figure", fmt.Sprintf("%s: %d KiB of heap after %d of them, %d after all", n.name, heaps[i][0], number-each*(rounds-1), after[i].Heap>>10))
		t.Logf("%s, after %d visitors and %d more: heap in KiB %d, after all %d; goroutines %d and %d, timers %d and %d", n.name, each, number-each,
			heaps[i], after[i].Heap>>10, before[i].Goroutines, after[i].Goroutines, before[i].Timers, after[i].Timers)
		if first := heaps[i][:rounds/2]; after[i].Heap>>10 > slices.Max(first)+noiseOf(first) {
			t.Errorf("the heap of %s grows: %d KiB, %d after all", n.name, heaps[i], after[i].Heap>>10)
		}
	}
}

// noiseOf is by how much heaps differ of which none grows.
func noiseOf(heaps []int64) int64 {
	return slices.Max(heaps)/20 + slices.Max(heaps) - slices.Min(heaps)
}

// usualStep is by how much heaps grow from one to the next in the median: what each round
// leaves is in each of the steps, where the noise of the first would hide it.
func usualStep(heaps []int64) int64 {
	var steps []int64
	for i, heap := range heaps[1:] {
		steps = append(steps, heap-heaps[i])
	}
	slices.Sort(steps)
	return steps[len(steps)/2]
}
