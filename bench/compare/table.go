package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// median is the middle one, or the mean of the middle two; NaN of nothing.
func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[middle-1] + sorted[middle]) / 2
	}
	return sorted[middle]
}

// over is the median of what each round says. Ratios are taken within a round,
// whose two sides had the same neighbours, and only then is the median taken.
func over(rounds []round, of func(round) float64) float64 {
	var values []float64
	for _, r := range rounds {
		values = append(values, of(r))
	}
	return median(values)
}

// met tells whether the rounds reach the goal. The table's rounding doesn't
// matter here. A figure that isn't a number reaches nothing.
func (g goal) met(rounds []round) bool {
	if g.least {
		return over(rounds, g.of) >= g.limit
	}
	return over(rounds, g.of) <= g.limit
}

// number is a figure with as many digits as it deserves.
func number(v float64) string {
	switch {
	case math.Abs(v) >= 100:
		return fmt.Sprintf("%.0f", v)
	case math.Abs(v) >= 10:
		return fmt.Sprintf("%.1f", v)
	case math.Abs(v) >= 0.1:
		return fmt.Sprintf("%.2f", v)
	default:
		return fmt.Sprintf("%.3f", v)
	}
}

// write prints the medians of the rounds as a table in Markdown, and returns
// how many goals are missed.
func write(w io.Writer, lines []line, rounds []round) (missed int, err error) {
	var b strings.Builder
	b.WriteString("| | floor | ours | ratio (lowest to highest) | measured | target | |\n|---|---|---|---|---|---|---|\n")
	for _, l := range lines {
		var measured, target, verdict []string
		for _, g := range l.goals {
			bound, word := "at most ", "met"
			if g.least {
				bound = "at least "
			}
			if !g.met(rounds) {
				missed, word = missed+1, "**missed**"
			}
			measured = append(measured, fmt.Sprintf(g.label, number(over(rounds, g.of))))
			target = append(target, bound+fmt.Sprintf(g.label, fmt.Sprint(g.limit)))
			verdict = append(verdict, word)
		}
		var ratios []float64
		for _, r := range rounds {
			ratios = append(ratios, r[l.name].ratio())
		}
		side := func(figures func(pair) figure) string {
			text := number(over(rounds, func(r round) float64 { return figures(r[l.name]).cost })) + " " + l.unit
			if bytes := over(rounds, func(r round) float64 { return figures(r[l.name]).bytes }); bytes > 0 {
				text += fmt.Sprintf(", %.0f B", bytes)
			}
			return text
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s (%s to %s) | %s | %s | %s |\n", l.name,
			side(func(p pair) figure { return p.floor }), side(func(p pair) figure { return p.ours }),
			number(median(ratios)), number(slices.Min(ratios)), number(slices.Max(ratios)),
			strings.Join(measured, "; "), strings.Join(target, "; "), strings.Join(verdict, "; "))
	}
	_, err = io.WriteString(w, b.String())
	return missed, err
}

// noise is the median of the cores that other processes kept busy.
func noise(rounds []round) float64 {
	var values []float64
	for _, r := range rounds {
		for _, p := range r {
			if p.ours.bytes > 0 { // an idle view's figures have none
				values = append(values, p.floor.noise, p.ours.noise)
			}
		}
	}
	return median(values)
}
