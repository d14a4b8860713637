package main

import (
	"math"
	"strings"
	"testing"
)

func TestMedian(t *testing.T) {
	values := []float64{9, 1, 5}
	if got := median(values); got != 5 {
		t.Errorf("median(%v) = %v, want 5", values, got)
	}
	if values[0] != 9 {
		t.Error("median sorts its caller's values")
	}
	if got := median([]float64{4, 1, 2, 100}); got != 3 {
		t.Errorf("median of four = %v, want 3", got)
	}
	if got := median(nil); !math.IsNaN(got) {
		t.Errorf("median of nothing = %v, want NaN", got)
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{1234.5: "1234", 99.06: "99.1", 8.412: "8.41", 0.5: "0.50", 0.0421: "0.042", -12.34: "-12.3"} {
		if got := number(v); got != want {
			t.Errorf("number(%v) = %s, want %s", v, got, want)
		}
	}
}

func TestGoalMet(t *testing.T) {
	rounds := make([]round, 3)
	for i, v := range []float64{1, 2, 60} {
		rounds[i] = round{"a": {figure{cost: 1}, figure{cost: v}}}
	}
	for _, c := range []struct {
		limit       float64
		least, want bool
	}{{2, false, true}, {1.99, false, false}, {2, true, true}, {2.01, true, false}} {
		g := goal{of: ratio("a"), limit: c.limit, least: c.least}
		if got := g.met(rounds); got != c.want {
			t.Errorf("a median of 2 with limit %v, least %v: met = %v", c.limit, c.least, got)
		}
	}
	nothing := goal{of: func(round) float64 { return math.NaN() }, limit: 1}
	if nothing.met(rounds) {
		t.Error("a figure that isn't a number meets its goal")
	}
	if nothing.least = true; nothing.met(rounds) {
		t.Error("a figure that isn't a number meets its goal of a least")
	}
}

// TestRatioWithinRound: a slow round slows both sides, so the ratio is taken
// there, not between the medians.
func TestRatioWithinRound(t *testing.T) {
	var rounds []round
	for _, p := range [][2]float64{{1, 2}, {10, 20}, {3, 9}} {
		rounds = append(rounds, round{"a": {figure{cost: p[0]}, figure{cost: p[1]}}})
	}
	if got := over(rounds, ratio("a")); got != 2 { // 9/3 between the medians
		t.Errorf("over = %v, want 2", got)
	}
}

func TestWrite(t *testing.T) {
	r := round{
		counterEvent: {figure{5, 87, 0}, figure{5.5, 101, 0}},
		idleCounter:  {figure{17, 0, 0}, figure{7.25, 0, 0}},
	}
	var table []line
	for _, l := range lines(0) {
		if _, ok := r[l.name]; ok {
			table = append(table, l)
		}
	}
	var b strings.Builder
	missed, err := write(&b, table, []round{r})
	if err != nil {
		t.Fatal(err)
	}
	const want = "| | floor | ours | ratio (lowest to highest) | measured | target | |\n" +
		"|---|---|---|---|---|---|---|\n" +
		"| event on `/counter` | 5.00 µs, 87 B | 5.50 µs, 101 B | 1.10 (1.10 to 1.10) | 1.10 x floor; 101 B | at most 1.12 x floor; at most 100 B | met; **missed** |\n" +
		"| idle view of `/counter`, 3,000 open | 17.0 KiB | 7.25 KiB | 0.43 (0.43 to 0.43) | 7.25 KiB | at most 7.5 KiB | met |\n"
	if b.String() != want || missed != 1 {
		t.Errorf("write missed %d, want 1, and wrote:\n%swant:\n%s", missed, b.String(), want)
	}
}

func TestNoise(t *testing.T) {
	rounds := []round{{
		"a": {figure{1, 1, 0.1}, figure{1, 1, 0.3}},
		"b": {figure{1, 0, 9}, figure{1, 0, 9}}, // memory isn't a question of time
	}}
	if got := noise(rounds); math.Abs(got-0.2) > 1e-9 {
		t.Errorf("noise = %v, want 0.2", got)
	}
}
