package e2e

import (
	"fmt"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/gin-liveview/liveview/internal/freeport"
)

// broker is a server that nodes talk over, which the test stops and starts.
type broker struct {
	url         string
	stop, start func()
}

// startNATS runs a NATS server within the test.
func startNATS(t testing.TB) *broker {
	t.Helper()
	b := &broker{}
	_, p, _ := net.SplitHostPort(freeport.Address(t))
	port, _ := strconv.Atoi(p)
	var s *server.Server
	b.start = func() {
		var err error
		if s, err = server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, NoLog: true, NoSigs: true}); err != nil {
			t.Fatal(err)
		}
		go s.Start() // until Shutdown
		if !s.ReadyForConnections(patience) {
			t.Fatal("the NATS server doesn't start")
		}
	}
	b.stop = func() { s.Shutdown(); s.WaitForShutdown() }
	b.start()
	t.Cleanup(func() { b.stop() })
	b.url = s.ClientURL()
	return b
}

// startRedisBroker runs a redis-server.
func startRedisBroker(t testing.TB) *broker {
	t.Helper()
	r := newRedis(t)
	return &broker{url: "redis://" + r.addr, stop: r.stop, start: r.start}
}

// Three nodes, a broker, and nginx in front: people talk to each other wherever
// they are; a node that is killed takes its people with it until they are back
// elsewhere; without the broker each node goes on by itself, and afterwards
// everyone is told.
func TestChatBetweenNodes(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(testing.TB) *broker{"redis": startRedisBroker, "nats": startNATS} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t) // which is stopped
			c := startNginx(t, 3, "BROKER="+b.url, "BEAT=500ms")
			var tabs []*tab
			onNode := map[string]*tab{}
			for len(onNode) < 3 && len(tabs) < 30 {
				tb := c.open(newPerson(t), "/chat?user=ann")
				at := c.at(tb).name
				if onNode[at] != nil {
					tb.close()
					continue
				}
				onNode[at] = tb
				tabs = append(tabs, tb)
			}
			if len(tabs) != 3 {
				t.Fatalf("people are on %d nodes only", len(tabs))
			}
			all := func(condition string) {
				t.Helper()
				for _, tb := range tabs {
					tb.holds(condition)
				}
			}
			all(`document.querySelector("#people").textContent === "3"`)
			say := func(tb *tab, text string) {
				tb.enter("[name=text]", text)
				tb.click("#say button")
			}
			lines := 0
			for i := range 3 {
				for at, tb := range onNode {
					say(tb, fmt.Sprint("line ", i))
					lines++
					all(fmt.Sprintf(`document.querySelectorAll("#lines li").length === %d && document.querySelector("#lines li:last-child").textContent === "%s: line %d"`, lines, at, i))
				}
			}

			began := time.Now()
			b.stop()
			for at, tb := range onNode {
				eventually(t, "a line without the broker", func() error {
					say(tb, "alone")
					tb.holds(fmt.Sprintf(`document.querySelector("#lines li:last-child").textContent === "%s: alone"`, at))
					return nil
				})
			}
			b.start()
			back := time.Now()
			all(`Number(document.querySelector("#missed").textContent) >= 1`)
			t.Attr("figure", fmt.Sprintf("%s away for %v: three nodes went on by themselves, and everyone was told %v after its return", name, back.Sub(began), time.Since(back)))
			for _, tb := range onNode {
				say(tb, "together again")
			}
			all(`[...document.querySelectorAll("#lines li")].filter(li => li.textContent.endsWith("together again")).length === 3`)
			all(`document.querySelector("#people").textContent === "3"`)

			killed := c.nodes[0]
			stays := onNode[c.nodes[1].name]
			killed.kill()
			// Its people come back at another node before they are given up.
			onNode[killed.name].goesElsewhere(killed)
			say(onNode[killed.name], "from elsewhere")
			stays.holds(`document.querySelector("#lines li:last-child").textContent.endsWith("from elsewhere")`)
			onNode[killed.name].close()
			stays.holds(`document.querySelector("#people").textContent === "2"`)

			// One node is told to disconnect a user: all nodes do, and the pages
			// come back.
			asked := time.Now()
			if err := answers(c.client, "https://"+c.addr+"/disconnect/bob"); err != nil {
				t.Error(err)
			}
			if err := answers(c.client, "https://"+c.addr+"/disconnect/ann"); err != nil {
				t.Error(err)
			}
			for _, tb := range tabs {
				if tb != onNode[killed.name] {
					tb.holds(`outages.length === 1`)
				}
			}
			t.Attr("figure", fmt.Sprintf("all of a user's sockets, over %s, were closed, and back, %v after the call", name, time.Since(asked)))
		})
	}
}
