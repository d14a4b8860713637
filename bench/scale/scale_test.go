package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if playsRole() {
		return
	}
	os.Exit(m.Run())
}

// All kinds of work are measured, over both brokers, and what crosses them is what must.
func TestMeasure(t *testing.T) {
	t.Parallel()
	const nodes, views = 3, 2
	for _, broker := range []string{"redis", "nats"} {
		t.Run(broker, func(t *testing.T) {
			t.Parallel()
			all, err := measure(t.Context(), broker, nodes, views, 200*time.Millisecond)
			if err != nil {
				t.Fatal(err)
			}
			got := make(map[string]measurement)
			for _, m := range all {
				got[m.what] = m
			}
			own := 1.0 // a message comes back to who has sent it
			if broker == "nats" {
				own = 0
			}
			for what, want := range map[string]struct{ in, out float64 }{
				anEvent: {0, 0}, aJoin: {0, 0}, aTopic: {0, 0},
				aBroadcast: {1, nodes - 1 + own}, aDisconnect: {1, nodes - 1 + own},
				aMessage: {1, nodes - 1 + own},
			} {
				m, ok := got[what]
				if !ok || m.times == 0 {
					t.Errorf("%s wasn't measured: %+v", what, m)
					continue
				}
				// What processes tell each other at rest is more, or less, by a message now and then.
				off := math.Max(0.3, 6/float64(m.times))
				if math.Abs(m.in-want.in) > off || math.Abs(m.out-want.out) > off {
					t.Errorf("%s takes %.2f messages and %.2f, want %v and %v, of %d times", what, m.in, m.out, want.in, want.out, m.times)
				}
			}
			for _, what := range []string{atRest, aPresence, aHop} {
				if m := got[what]; m.times == 0 || m.out == 0 {
					t.Errorf("%s: %+v", what, m)
				}
			}
			if m := got[aDeploy]; m.times != views {
				t.Errorf("%s: %+v", aDeploy, m)
			}
		})
	}
}

func TestFit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		x, y []float64
		want line
	}{
		{[]float64{1, 2, 4, 8}, []float64{5, 8, 14, 26}, line{2, 3}},
		{[]float64{1, 2, 4}, []float64{7, 7, 7}, line{7, 0}},
		{[]float64{1, 2, 3}, []float64{9, 8, 7}, line{8, 0}},        // it doesn't fall
		{[]float64{1, 2, 3}, []float64{0, 2, 4}, line{0, 16. / 14}}, // nor begins below nothing
		{[]float64{4}, []float64{7}, line{7, 0}},
	} {
		got := fit(test.x, test.y)
		if math.Abs(got.a-test.want.a) > 1e-9 || math.Abs(got.b-test.want.b) > 1e-9 {
			t.Errorf("fit(%v, %v) = %v, want %v", test.x, test.y, got, test.want)
		}
	}
}

// The report carries costs to a hundred processes: what is told to all is heard by each view,
// a room's by ten, and what a visit does in any case isn't counted twice.
func TestReport(t *testing.T) {
	t.Parallel()
	var all []measurement
	for _, n := range []int{1, 2} {
		f := float64(n)
		all = append(all,
			measurement{broker: "redis", nodes: n, what: atRest, times: 1, nodesCPU: 10, in: 0.5, out: f / 2},
			measurement{broker: "redis", nodes: n, what: anEvent, times: 1, nodesCPU: 20},
			measurement{broker: "redis", nodes: n, what: aJoin, times: 1, nodesCPU: 300},
			measurement{broker: "redis", nodes: n, what: aPresence, times: 1, nodesCPU: 310, brokerCPU: 2 * f, in: 1, out: f},
			measurement{broker: "redis", nodes: n, what: aBroadcast, times: 1, nodesCPU: 100 * f, brokerCPU: f, in: 1, out: f, heard: 10 * n},
		)
	}
	of := loads(costs(all, "redis"))
	want := make(map[string]load)
	want["at rest"] = load{perNode: 1e-5, in: 50, out: 5000}
	want["each view has an event in 10 s"] = load{perNode: 0.02}
	want["of these, one in ten is told to all"] = load{perNode: 1e6 / 6000 * 10 / 100 / 1e6, brokerCPU: 1e6 / 6000 * 200 / 1e6, in: 1e6 / 6000, out: 1e6 / 6000 * 100}
	want["each view says something in 5 minutes, in a room of ten"] = load{perNode: 1e6 / 300 * 100 / 100 / 1e6, brokerCPU: 1e6 / 300 * 10 / 1e6, in: 1e6 / 300, out: 1e6 / 300 * 10}
	want["something is told to all views in 10 s"] = load{perNode: 0.1 * 10 * 1e6 / 100 / 1e6, brokerCPU: 1e-5, in: 0.1, out: 10}
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-9*math.Max(1, math.Abs(b)) }
	for _, l := range of {
		w, ok := want[l.words]
		delete(want, l.words)
		if ok && (!near(l.perNode, w.perNode) || !near(l.brokerCPU, w.brokerCPU) || !near(l.in, w.in) || !near(l.out, w.out)) {
			t.Errorf("%s: %+v, want %+v", l.words, l, w)
		}
	}
	if len(want) > 0 {
		t.Errorf("not in the report: %v", want)
	}
	name := filepath.Join(t.TempDir(), "scale.md")
	if err := os.WriteFile(name, []byte("before\n"+mark+"stale"+markEnd+"\nbehind\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := writeBetween(name, report(all, []int{1, 2})); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"before\n", "| an event | 20.0, 20.0 | 20.0 |", "| 1.00 | 1.00 n |", "100,000 x 0 = 0", "\nbehind\n"} {
		if !strings.Contains(string(text), part) {
			t.Errorf("%q isn't in %s", part, text)
		}
	}
	if strings.Contains(string(text), "stale") || strings.Count(string(text), "Measured with Redis") != 1 {
		t.Errorf("what was between the marks isn't replaced: %s", text)
	}
}
